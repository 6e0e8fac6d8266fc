package labels

import (
	"encoding/csv"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"
)

// A Row is an answer to grade.
type Row struct {
	ID, Task, Model string
	Candidates      []string // labels of the configs whose verdict wants it

	Prompt, Expected, Response string
}

// maxCellBytes is what is written of a text: a spreadsheet takes no more than 32,767 characters in a cell and spills the rest
// over the rows that follow.
const maxCellBytes = 32_000

// WriteOptions of Write; nil: the defaults.
type WriteOptions struct {
	NoText bool // leave out the columns of texts
}

// Write writes rows to grade, their quality empty. The file starts with a byte order mark, without which Excel takes it for
// another encoding than UTF-8.
func Write(w io.Writer, rows []Row, opts *WriteOptions) error {
	if opts == nil {
		opts = &WriteOptions{}
	}
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	c := csv.NewWriter(w)
	header := []string{"id", "task", "model", "candidates", "prompt", "expected", "response", "quality"}
	if opts.NoText {
		header = []string{"id", "task", "model", "candidates", "quality"}
	}
	if err := c.Write(header); err != nil {
		return err
	}
	for i := range rows {
		r := &rows[i]
		cells := []string{r.ID, r.Task, r.Model, strings.Join(r.Candidates, ", ")}
		if !opts.NoText {
			cells = append(cells, cut(r.Prompt), cut(r.Expected), cut(r.Response))
		}
		for k, cell := range cells {
			cells[k] = escape(cell)
		}
		if err := c.Write(append(cells, "")); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// cut cuts a text that is too long for a cell, and says so at its end.
func cut(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	if len(s) <= maxCellBytes {
		return s
	}
	n := maxCellBytes
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + " […cut]"
}

// formula is a cell that a spreadsheet would take for a formula, or that escape made of one.
var formula = regexp.MustCompile("^'*[=+\\-@\t\r]")

// escape puts an apostrophe before what a spreadsheet would run as a formula: texts of traffic come from anybody (OWASP, CSV
// injection).
func escape(cell string) string {
	if formula.MatchString(cell) {
		return "'" + cell
	}
	return cell
}

// unescape takes it off again.
func unescape(cell string) string {
	if rest, ok := strings.CutPrefix(cell, "'"); ok && formula.MatchString(rest) {
		return rest
	}
	return cell
}
