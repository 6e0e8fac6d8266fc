// Package excel writes documents as workbooks for people who never open a terminal: a Summary to read first, a sheet for every
// section with real tables, native charts, and a What-if sheet whose formulas follow the prices, the volume and the mix that
// are typed into it.
//
// Numbers stay numbers: a share is stored as 0.43 and shown as 43.0 %, dollars and milliseconds as they are. A difference in
// points is stored in points, -1.2 for -0.012, because no number format of Excel multiplies without a percent sign. What is not
// known is an en dash, never 0. Text is written as inline strings, so that nothing in it can become a formula, and as
// [reports.Visible] spells it.
//
// The same document makes the same bytes.
package excel

import (
	"cmp"
	"fmt"
	"io"
	"os"

	"github.com/xuri/excelize/v2"

	"github.com/tierwise/tierwise/reports"
)

// Options say what a workbook has beside the document.
type Options struct {
	Tool string // program and version, for the properties and the footer; "" is tierwise
	// TempDir takes what does not fit in memory while it is written; "" is the system's.
	TempDir string
}

// Write writes the document as a workbook. Rows that a table streams are not held in memory.
func Write(w io.Writer, d *reports.Document, opts *Options) (err error) {
	if opts == nil {
		opts = &Options{}
	}
	dir, err := os.MkdirTemp(opts.TempDir, "tierwise-xlsx-")
	if err != nil {
		return err
	}
	defer func() { err = cmp.Or(err, os.RemoveAll(dir)) }()
	b := &book{file: excelize.NewFile(excelize.Options{TmpDir: dir}), styles: map[style]int{}, tool: cmp.Or(opts.Tool, "tierwise"), doc: d}
	defer func() { err = cmp.Or(err, b.file.Close()) }()
	if err := b.write(); err != nil {
		return fmt.Errorf("workbook: %w", err)
	}
	raw, err := os.CreateTemp(dir, "raw-")
	if err != nil {
		return err
	}
	defer raw.Close()
	if err := b.file.Write(raw); err != nil {
		return fmt.Errorf("workbook: %w", err)
	}
	return normalize(w, raw)
}

// A book is a workbook in the making.
type book struct {
	file   *excelize.File
	doc    *reports.Document
	tool   string
	styles map[style]int
	first  bool // a sheet was made
	plan   []planned
	charts chartData
	tables int // tables named so far
}

func (b *book) write() error {
	b.makePlan()
	for i := range b.plan {
		if err := b.plan[i].write(); err != nil {
			return fmt.Errorf("sheet %s: %w", b.plan[i].name, err)
		}
	}
	if err := b.writeChartData(); err != nil {
		return fmt.Errorf("sheet %s: %w", chartSheet, err)
	}
	return b.properties()
}

// created is the time of all workbooks: the time of writing would make no two alike, and the findings carry their own dates.
const created = "2000-01-01T00:00:00Z"

func (b *book) properties() error {
	full := true
	if err := b.file.SetCalcProps(&excelize.CalcPropsOptions{FullCalcOnLoad: &full}); err != nil {
		return err
	}
	// LibreOffice recalculates the files of programs that it does not know, and trusts what Excel wrote.
	if err := b.file.SetAppProps(&excelize.AppProperties{Application: b.tool}); err != nil {
		return err
	}
	p := &excelize.DocProperties{
		Title: clean(b.doc.Title), Creator: b.tool, LastModifiedBy: b.tool, Created: created, Modified: created, Language: "en-US",
	}
	if s := b.doc.Summary; s != nil {
		p.Description = clean(s.Sentence)
	}
	return b.file.SetDocProps(p)
}
