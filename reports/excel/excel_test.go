package excel_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"io"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/tierwise/tierwise/reports"
	"github.com/tierwise/tierwise/reports/excel"
)

func TestSheets(t *testing.T) {
	f := open(t, write(t, document()))
	want := []string{"Summary", "Tasks", "Ladder", "What-if", "TEXTS of all kinds that are far", "Regressions", "Rows", "Notes", "Chart data"}
	if diff := cmp.Diff(want, f.GetSheetList()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	// Without a summary, and without anything, there still is a book.
	f = open(t, write(t, &reports.Document{Title: "empty"}))
	if diff := cmp.Diff([]string{"Notes"}, f.GetSheetList()); diff != "" {
		t.Errorf("of nothing: -want +got\n%s", diff)
	}
}

// Sheets of one name are told apart, whatever their case, within what Excel takes.
func TestSheetNames(t *testing.T) {
	d := &reports.Document{}
	for _, title := range []string{"Same", "same", "SAME", "", "History", "'quoted'", strings.Repeat("long ", 20), strings.Repeat("long ", 20), "👩‍🚀" + strings.Repeat("é", 40), "a/b\\c?*[d]:e", "Chart data", "\x00"} {
		d.Sections = append(d.Sections, reports.Section{Title: title, Table: &reports.Table{Columns: []reports.Column{{}}}})
	}
	names := open(t, write(t, d)).GetSheetList()
	if len(names) != len(d.Sections) {
		t.Errorf("%d sheets of %d sections: %q", len(names), len(d.Sections), names)
	}
	seen := map[string]bool{}
	for _, name := range names {
		if n := len(utf16.Encode([]rune(name))); n == 0 || n > 31 || seen[strings.ToLower(name)] || strings.ContainsAny(name, `:\/?*[]`) || strings.Trim(name, "'") != name || strings.EqualFold(name, "history") {
			t.Errorf("%q is no name for a sheet (%d units), or comes twice", name, n)
		}
		seen[strings.ToLower(name)] = true
	}
}

// A number is a number with a format that says its unit; what is not known is a dash.
func TestNumbers(t *testing.T) {
	f := open(t, write(t, document()))
	head, err := f.GetRows("Tasks")
	if err != nil {
		t.Fatal(err)
	}
	wantHead := []string{"Name", "Verdict", "Requests", "Delta", "Delta, low 95 %", "Delta, high 95 %", "n", "At worst", "Saves", "New", "New 2", "P95", "P", "AUC"}
	if diff := cmp.Diff(wantHead, head[3]); diff != "" {
		t.Errorf("heading: -want +got\n%s", diff)
	}
	for _, c := range []struct{ cell, raw, format string }{
		{"C5", "12500", "#,##0"},
		{"D5", "-1.2", `+0.0" pp";-0.0" pp";0.0" pp"`},
		{"E5", "-3", `+0.0" pp";-0.0" pp";0.0" pp"`},
		{"F5", "0.4", `+0.0" pp";-0.0" pp";0.0" pp"`},
		{"G5", "300", "#,##0"},
		{"H5", "-3.21", `"≥ +"0.0" pp";"≥ -"0.0" pp";"≥ "0.0" pp"`},
		{"I5", "0.4321", "0.0 %"},
		{"J5", "0.0123", "$#,##0.000;-$#,##0.000"},
		{"K5", "1234.5", "$#,##0.00;-$#,##0.00"},
		{"L5", "6944.2", `#,##0" ms"`},
		{"M5", "0.0004", `[<0.001]"<0.001";0.000`},
		{"N5", "0.5", "0.00"},
		{"J6", "–", ""},
		{"L7", "–", ""},
		{"A8", "whole", ""},
	} {
		if got := at(t, f, "Tasks", c.cell); got != c.raw {
			t.Errorf("%s is %q, want %q", c.cell, got, c.raw)
		}
		if c.format == "" {
			continue
		}
		id, err := f.GetCellStyle("Tasks", c.cell)
		if err != nil {
			t.Fatal(err)
		}
		style, err := f.GetStyle(id)
		if err != nil {
			t.Fatal(err)
		}
		if style.CustomNumFmt == nil || *style.CustomNumFmt != c.format {
			t.Errorf("format of %s is %v, want %s", c.cell, style.CustomNumFmt, c.format)
		}
	}
}

// A verdict has a glyph, and a colour by a rule that goes by the glyph.
func TestVerdicts(t *testing.T) {
	f := open(t, write(t, document()))
	for cell, want := range map[string]string{"B5": "✓ holds", "B6": "✗ fails", "B7": "? inconclusive"} {
		if got := at(t, f, "Tasks", cell); got != want {
			t.Errorf("%s is %q, want %q", cell, got, want)
		}
	}
	rules, err := f.GetConditionalFormats("Tasks")
	if err != nil {
		t.Fatal(err)
	}
	if got := len(rules["B5:B7"]); got != 3 {
		t.Errorf("%d rules colour the verdicts, want 3: %v", got, rules)
	}
}

// No text becomes a formula or is lost, in any place of a book.
func TestHostileText(t *testing.T) {
	data := write(t, document())
	f := open(t, data)
	for i, h := range hostile {
		for _, column := range []string{"A", "B"} {
			cell, err := excelize.JoinCellName(column, 5+i)
			if err != nil {
				t.Fatal(err)
			}
			if got := at(t, f, "TEXTS of all kinds that are far", cell); got != h.want {
				t.Errorf("%q is written as %q, want %q", h.text, got, h.want)
			}
		}
	}
	for _, sheet := range f.GetSheetList() {
		xml := member(t, data, sheetPath(f, sheet))
		formulas := strings.Count(xml, "<f>")
		if (formulas > 0) != (sheet == "What-if") {
			t.Errorf("sheet %s has %d formulas", sheet, formulas)
		}
		if strings.Contains(xml, "<f>1+1") || strings.Contains(xml, "<f>HYPERLINK") || strings.Contains(xml, "<f>=") {
			t.Errorf("sheet %s has a text as a formula", sheet)
		}
	}
}

// A text that is too long for a cell is cut, and says by how much.
func TestLongText(t *testing.T) {
	f := open(t, write(t, document()))
	text := at(t, f, "Regressions", "D5")
	if n := len(utf16.Encode([]rune(text))); n > 32_767 || n < 32_000 {
		t.Errorf("the cell has %d units", n)
	}
	if !regexp.MustCompile(`… [\d,]+ more characters$`).MatchString(text) {
		t.Errorf("the text ends with %q", text[len(text)-60:])
	}
}

// What is set before a streamed sheet is flushed is in it: excelize loses what comes after, without an error.
func TestDecorations(t *testing.T) {
	data := write(t, document())
	f := open(t, data)
	for sheet, wants := range map[string][]string{
		"Summary": {"<mergeCells", "<hyperlinks", "<drawing", "<headerFooter", `orientation="portrait"`},
		"Tasks":   {`fitToPage="true"`, "<pane ", "<conditionalFormatting", "<tablePart", "<drawing", `orientation="landscape"`, "<hyperlinks", `showGridLines="false"`},
		"What-if": {"<sheetProtection", "<dataValidations", "<drawing", "<pane "},
		"Rows":    {"<tablePart", "<pane "},
	} {
		xml := member(t, data, sheetPath(f, sheet))
		for _, want := range wants {
			if !strings.Contains(xml, want) {
				t.Errorf("sheet %s has no %s", sheet, want)
			}
		}
	}
	var names []string
	for _, n := range f.GetDefinedName() {
		names = append(names, n.Name)
	}
	for _, want := range []string{"Requests_per_month", "Saved_share", "_xlnm.Print_Area", "_xlnm.Print_Titles"} {
		if !slices.Contains(names, want) {
			t.Errorf("no name %s is defined: %q", want, names)
		}
	}
	for _, n := range f.GetDefinedName() { // the rows are too many for paper
		if n.Name == "_xlnm.Print_Area" && n.Scope == "Rows" && !strings.HasSuffix(n.RefersTo, "$4") {
			t.Errorf("of Rows %s is printed", n.RefersTo)
		}
	}
	props, err := f.GetDocProps()
	if err != nil {
		t.Fatal(err)
	}
	if props.Title != "Routing by tuned & co" || props.Created != "2000-01-01T00:00:00Z" || props.Creator != "tierwise test" {
		t.Errorf("properties are %+v", props)
	}
}

// The same document makes the same bytes, however many threads there are.
func TestSameBytes(t *testing.T) {
	want := sha256.Sum256(write(t, document()))
	for _, procs := range []int{1, 8} {
		before := runtime.GOMAXPROCS(procs)
		for range 3 {
			if got := sha256.Sum256(write(t, document())); got != want {
				t.Errorf("with %d threads the hash is %x, before it was %x", procs, got, want)
			}
		}
		runtime.GOMAXPROCS(before)
	}
}

// An error of what is streamed is the workbook's.
func TestStreamError(t *testing.T) {
	table := &reports.Table{Columns: []reports.Column{{Title: "id"}}}
	table.Stream = func(yield func([]reports.Cell, error) bool) {
		for range 1000 { // beyond what is read ahead
			if !yield([]reports.Cell{reports.T("x")}, nil) {
				return
			}
		}
		yield(nil, io.ErrUnexpectedEOF)
	}
	err := excel.Write(io.Discard, &reports.Document{Sections: []reports.Section{{ID: "rows", Table: table}}}, nil)
	if err == nil || !strings.Contains(err.Error(), "sheet Rows: unexpected EOF") {
		t.Errorf("the error is %v", err)
	}
}

func sheetPath(f *excelize.File, sheet string) string {
	i := slices.Index(f.GetSheetList(), sheet)
	return "xl/worksheets/sheet" + string(rune('1'+i)) + ".xml"
}

func member(t *testing.T, data []byte, name string) string {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := r.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
