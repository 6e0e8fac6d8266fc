package excel

import (
	"fmt"
	"math"
	"strings"

	"github.com/xuri/excelize/v2"
)

// A sheet is written from the top down. Its first error stays: what comes after it does nothing.
type sheet struct {
	book   *book
	name   string
	stream *excelize.StreamWriter
	row    int // the last one written
	// portrait: the sheet is printed upright, and on a single page.
	portrait bool
	height   float64 // of the rows written, beyond a line each, in points
	foot     bool    // the rows of a table's foot are being written
	widths   []float64
	err      error
}

// A frame is what must be said of a sheet before its first row.
type frame struct {
	widths []float64 // of columns, in characters
	// The rows above and the columns left of that cell stay where they are; 0 none.
	freezeRows, freezeColumns int
	color                     string // of the tab
}

// sheet makes a sheet, or takes the one that a new workbook has.
func (b *book) sheet(name string, f *frame) (*sheet, error) {
	if !b.first {
		b.first = true
		if err := b.file.SetSheetName(b.file.GetSheetName(0), name); err != nil {
			return nil, err
		}
	} else if _, err := b.file.NewSheet(name); err != nil {
		return nil, err
	}
	if err := b.pageProps(name, f); err != nil { // a stream has written them once it is there
		return nil, err
	}
	stream, err := b.file.NewStreamWriter(name)
	if err != nil {
		return nil, err
	}
	s := &sheet{book: b, name: name, stream: stream, widths: f.widths}
	for i, w := range f.widths {
		s.do(func() error { return stream.SetColWidth(i+1, i+1, w) })
	}
	if f.freezeRows > 0 || f.freezeColumns > 0 {
		corner := cell(f.freezeColumns+1, f.freezeRows+1)
		pane := "bottomRight"
		if f.freezeColumns == 0 {
			pane = "bottomLeft"
		}
		s.do(func() error {
			return stream.SetPanes(&excelize.Panes{
				Freeze: true, XSplit: f.freezeColumns, YSplit: f.freezeRows, TopLeftCell: corner, ActivePane: pane,
				Selection: []excelize.Selection{{SQRef: corner, ActiveCell: corner, Pane: pane}},
			})
		})
	}
	return s, s.err
}

// pageProps hides the grid, colours the tab, and lets the sheet be printed as wide as a page.
func (b *book) pageProps(name string, f *frame) error {
	no, yes := false, true
	if err := b.file.SetSheetView(name, 0, &excelize.ViewOptions{ShowGridLines: &no}); err != nil {
		return err
	}
	props := &excelize.SheetPropsOptions{FitToPage: &yes}
	if f.color != "" {
		props.TabColorRGB = &f.color
	}
	return b.file.SetSheetProps(name, props)
}

func (s *sheet) do(f func() error) {
	if s.err == nil {
		s.err = f()
	}
}

func (s *sheet) style(x style) int {
	id := 0
	s.do(func() (err error) { id, err = s.book.styleID(x); return err })
	return id
}

// text is a cell with a text. It is never taken for a formula.
func (s *sheet) text(text string, x style) excelize.Cell {
	return excelize.Cell{Value: clean(text), StyleID: s.style(x)}
}

// number is a cell with a number.
func (s *sheet) number(v float64, x style) excelize.Cell {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		x.color, x.right = muted, true
		return s.text(dash, x)
	}
	return excelize.Cell{Value: v, StyleID: s.style(x)}
}

// formula is a cell with a formula and the value that it has.
func (s *sheet) formula(formula string, v any, x style) excelize.Cell {
	if n, ok := v.(float64); ok && math.IsNaN(n) {
		v = dash
	}
	return excelize.Cell{Formula: formula, Value: v, StyleID: s.style(x)}
}

const dash = "–"

// skip leaves out rows.
func (s *sheet) skip(rows int) { s.row += rows }

// put writes the next row, of a height in points; 0: as high as it needs.
func (s *sheet) put(height float64, cells ...any) {
	s.row++
	s.height += max(min(height, maxHeight)-lineHeight, 0)
	s.do(func() error {
		return s.stream.SetRow(cell(1, s.row), cells, excelize.RowOpts{Height: min(height, maxHeight)})
	})
}

// maxHeight is how high a row may be, in points.
const maxHeight = 409

// merge makes one cell of the columns from to to of the last row written.
func (s *sheet) merge(from, to int) {
	if to > from {
		s.do(func() error { return s.stream.MergeCell(cell(from, s.row), cell(to, s.row)) })
	}
}

// width is that of the columns from to to, in characters.
func (s *sheet) width(from, to int) float64 {
	sum := 0.0
	for i := from; i <= to && i <= len(s.widths); i++ {
		sum += s.widths[i-1]
	}
	return sum
}

// paragraph writes a text over the columns 1 to last, as many lines high as it takes.
func (s *sheet) paragraph(text string, last int, x style) {
	x.wrap = true
	size := x.size
	if size == 0 {
		size = 11
	}
	lines := textLines(clean(text), s.width(1, last)*charsWide*11/size)
	row := make([]any, last)
	row[0] = s.text(text, x)
	for i := 1; i < last; i++ {
		row[i] = excelize.Cell{StyleID: s.style(x)}
	}
	s.put(float64(lines)*lineHeight*size/11+2, row...)
	s.merge(1, last)
}

// charsWide is how many characters of a text fit in a width that is counted in digits, words that are wrapped whole allowed for.
const charsWide = 1.12

// lineHeight is that of a line of text of size 11, in points.
const lineHeight = 15

// link makes a cell lead to a sheet.
func (s *sheet) link(at, to string) {
	s.do(func() error {
		return s.book.file.SetCellHyperLink(s.name, at, "'"+strings.ReplaceAll(to, "'", "''")+"'!A1", "Location")
	})
}

// close sets up printing for the columns 1 to last and ends the sheet. Rows up to titleRow, from that one on if it is one,
// come again on every page.
func (s *sheet) close(last, titleRow int) error {
	way, wide, tall, paper := "landscape", 1, 0, 9
	if s.portrait {
		way = "portrait"
	}
	if s.portrait || s.height+float64(s.row)*lineHeight <= onePage {
		tall = 1
	}
	s.do(func() error {
		return s.book.file.SetPageLayout(s.name, &excelize.PageLayoutOptions{Orientation: &way, FitToWidth: &wide, FitToHeight: &tall, Size: &paper})
	})
	margin, edge := 0.5, 0.6
	s.do(func() error {
		return s.book.file.SetPageMargins(s.name, &excelize.PageLayoutMarginsOptions{Left: &margin, Right: &margin, Top: &edge, Bottom: &edge})
	})
	s.do(func() error {
		return s.book.file.SetHeaderFooter(s.name, &excelize.HeaderFooterOptions{
			OddHeader: "&L&9" + headerText(s.book.doc.Title) + "&R&9&A",
			OddFooter: "&L&9" + headerText(s.book.tool) + "&R&9Page &P of &N",
		})
	})
	quoted := "'" + strings.ReplaceAll(s.name, "'", "''") + "'!"
	s.do(func() error {
		return s.book.file.SetDefinedName(&excelize.DefinedName{
			Name: "_xlnm.Print_Area", RefersTo: quoted + absolute(1, 1) + ":" + absolute(last, max(s.row, 1)), Scope: s.name,
		})
	})
	if titleRow > 0 {
		s.do(func() error {
			return s.book.file.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: fmt.Sprintf("%s$%d:$%d", quoted, titleRow, titleRow), Scope: s.name})
		})
	}
	s.do(s.stream.Flush)
	return s.err
}

// onePage is how high, in points, a sheet may be to be printed on a single page: a chart should not be cut in two.
const onePage = 1300

// headerText is a text of a header or footer: an ampersand there starts a code, and a digit after a size belongs to it.
func headerText(s string) string {
	return " " + cutUnits(strings.ReplaceAll(strings.ReplaceAll(clean(s), "\n", " "), "&", "&&"), 120)
}

func cell(column, row int) string {
	name, err := excelize.CoordinatesToCellName(column, row)
	if err != nil {
		panic(err) // columns and rows are counted from 1 here, and few
	}
	return name
}

func absolute(column, row int) string {
	name, err := excelize.CoordinatesToCellName(column, row, true)
	if err != nil {
		panic(err)
	}
	return name
}
