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

func (x *sheet) do(f func() error) {
	if x.err == nil {
		x.err = f()
	}
}

func (x *sheet) style(look style) int {
	id := 0
	x.do(func() (err error) { id, err = x.book.styleID(look); return err })
	return id
}

// text is a cell with a text. It is never taken for a formula.
func (x *sheet) text(text string, look style) excelize.Cell {
	return excelize.Cell{Value: clean(text), StyleID: x.style(look)}
}

// number is a cell with a number.
func (x *sheet) number(v float64, look style) excelize.Cell {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		look.color, look.right = muted, true
		return x.text(dash, look)
	}
	look.format = signless(look.format, v)
	return excelize.Cell{Value: v, StyleID: x.style(look)}
}

// formula is a cell with a formula and the value that it has.
func (x *sheet) formula(formula string, v any, look style) excelize.Cell {
	if n, ok := v.(float64); ok && (math.IsNaN(n) || math.IsInf(n, 0)) {
		v = dash
	}
	return excelize.Cell{Formula: formula, Value: v, StyleID: x.style(look)}
}

const dash = "–"

// skip leaves out rows.
func (x *sheet) skip(rows int) { x.row += rows }

// put writes the next row, of a height in points; 0: as high as it needs.
func (x *sheet) put(height float64, cells ...any) {
	x.row++
	x.height += max(min(height, maxHeight)-lineHeight, 0)
	x.do(func() error {
		return x.stream.SetRow(cell(1, x.row), cells, excelize.RowOpts{Height: min(height, maxHeight)})
	})
}

// maxHeight is how high a row may be, in points.
const maxHeight = 409

// merge makes one cell of the columns from to to of the last row written.
func (x *sheet) merge(from, to int) {
	if to > from {
		x.do(func() error { return x.stream.MergeCell(cell(from, x.row), cell(to, x.row)) })
	}
}

// width is that of the columns from to to, in characters.
func (x *sheet) width(from, to int) float64 {
	sum := 0.0
	for i := from; i <= to && i <= len(x.widths); i++ {
		sum += x.widths[i-1]
	}
	return sum
}

// paragraph writes a text over the columns 1 to last, as many lines high as it takes.
func (x *sheet) paragraph(text string, last int, look style) {
	look.wrap = true
	size := look.size
	if size == 0 {
		size = 11
	}
	lines := textLines(clean(text), x.width(1, last)*charsWide*11/size)
	row := make([]any, last)
	row[0] = x.text(text, look)
	for i := 1; i < last; i++ {
		row[i] = excelize.Cell{StyleID: x.style(look)}
	}
	x.put(float64(lines)*lineHeight*size/11+2, row...)
	x.merge(1, last)
}

// charsWide is how many characters of a text fit in a width that is counted in digits, words that are wrapped whole allowed for.
const charsWide = 1.12

// lineHeight is that of a line of text of size 11, in points.
const lineHeight = 15

// link makes a cell lead to a sheet.
func (x *sheet) link(at, to string) {
	x.do(func() error {
		return x.book.file.SetCellHyperLink(x.name, at, "'"+strings.ReplaceAll(to, "'", "''")+"'!A1", "Location")
	})
}

// unprinted says that a sheet prints as its heading.
const unprinted = "The table is too long for paper: printed, this sheet is its heading alone. To print more, set the print area."

// closeUnprinted ends a sheet of which only the heading is printed.
func (x *sheet) closeUnprinted(last int) error { return x.closeTo(last, headRow, 0) }

// close sets up printing for the columns 1 to last and ends the sheet. Rows up to titleRow, from that one on if it is one,
// come again on every page.
func (x *sheet) close(last, titleRow int) error { return x.closeTo(last, max(x.row, 1), titleRow) }

// closeTo is close for the rows up to end.
func (x *sheet) closeTo(last, end, titleRow int) error {
	way, wide, tall, paper := "landscape", 1, 0, 9
	if x.portrait {
		way = "portrait"
	}
	if x.portrait || x.height+float64(x.row)*lineHeight <= onePage {
		tall = 1
	}
	x.do(func() error {
		return x.book.file.SetPageLayout(x.name, &excelize.PageLayoutOptions{Orientation: &way, FitToWidth: &wide, FitToHeight: &tall, Size: &paper})
	})
	margin, edge := 0.5, 0.6
	x.do(func() error {
		return x.book.file.SetPageMargins(x.name, &excelize.PageLayoutMarginsOptions{Left: &margin, Right: &margin, Top: &edge, Bottom: &edge})
	})
	x.do(func() error {
		return x.book.file.SetHeaderFooter(x.name, &excelize.HeaderFooterOptions{
			OddHeader: "&L&9" + headerText(x.book.doc.Title) + "&R&9&A",
			OddFooter: "&L&9" + headerText(x.book.tool) + "&R&9Page &P of &N",
		})
	})
	quoted := "'" + strings.ReplaceAll(x.name, "'", "''") + "'!"
	x.do(func() error {
		return x.book.file.SetDefinedName(&excelize.DefinedName{
			Name: "_xlnm.Print_Area", RefersTo: quoted + absolute(1, 1) + ":" + absolute(last, end), Scope: x.name,
		})
	})
	if titleRow > 0 {
		x.do(func() error {
			return x.book.file.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: fmt.Sprintf("%s$%d:$%d", quoted, titleRow, titleRow), Scope: x.name})
		})
	}
	x.do(x.stream.Flush)
	return x.err
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
