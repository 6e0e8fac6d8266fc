package excel

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"github.com/tierwise/tierwise/reports"
)

// A column of a sheet is a column of a table, or what its cells carry beside their number.
type column struct {
	title   string
	unit    reports.Unit
	of      func(row []reports.Cell) reports.Cell
	dollars int // decimals of dollars
	verdict bool
	width   float64
}

const (
	headRow   = 4   // of a section's table
	minWidth  = 9   // characters
	maxWidth  = 56  // beyond, text is wrapped
	wideWidth = 54  // of columns with long texts
	pageWidth = 126 // a chart and its frame fit in
)

// sampled is how many rows decide how wide a column is: those of a stream come one by one.
const sampled = 500

// writeSection writes a section: what it is about, its table, its lines, its charts.
func (b *book) writeSection(name string, s *reports.Section) error {
	t := s.Table
	switch {
	case len(s.Pairs) == 0:
	case t == nil:
		t = pairTable(s.Pairs)
	case len(s.Pairs) <= len(t.Rows):
		t = withTexts(t, s.Pairs)
	}
	if t == nil {
		return b.writeNotes(name, []*reports.Section{s})
	}
	src, err := newSource(t)
	if err != nil {
		return err
	}
	defer src.close()
	columns := layOut(t, src.sample)
	widths := make([]float64, len(columns))
	total := 0.0
	for i := range columns {
		widths[i] = columns[i].width
		total += widths[i]
	}
	last := len(columns)
	for total < pageWidth { // so that lines of text have room
		widths = append(widths, 12)
		total += 12
		last++
	}
	f := &frame{widths: widths, freezeRows: headRow, freezeColumns: 1, color: tabColor(s.ID)}
	if widths[0] > maxWidth/2 {
		f.freezeColumns = 0
	}
	x, err := b.sheet(name, f)
	if err != nil {
		return err
	}
	head := *s
	if s.ID == reports.RowsID {
		head.About = strings.TrimSpace(head.About + " " + unprinted)
	}
	x.head(&head, last)
	if err := x.table(columns, src); err != nil {
		return err
	}
	x.lines(s.Lines, last)
	x.charts(s.Charts)
	if s.ID == reports.RowsID {
		return x.closeUnprinted(last)
	}
	return x.close(last, headRow)
}

// tabColor tells the sheets that decide from those that explain.
func tabColor(id string) string {
	switch id {
	case "tasks", "ladder", "candidates", "models":
		return blue
	case "regressions", "escalations", "misroutes", "checks":
		return amber
	}
	return grey
}

// head writes title, explanation and the way back.
func (x *sheet) head(s *reports.Section, last int) {
	title := s.Title
	if title == "" {
		title = x.name
	} else if title == strings.ToUpper(title) {
		title = sentenceCase(title)
	}
	x.put(26, x.text(title, style{size: 16, bold: true, color: blue, middle: true}))
	x.paragraph(s.About, min(last, x.upTo(130)), style{color: muted})
	if x.book.doc.Summary != nil {
		x.put(16, x.text("← "+summarySheet, style{size: 9, color: blue, link: true}))
		x.link(cell(1, x.row), summarySheet)
	} else {
		x.put(6)
	}
}

// upTo is the column at which so many characters are reached.
func (x *sheet) upTo(width float64) int {
	sum := 0.0
	for i, w := range x.widths {
		if sum += w; sum >= width {
			return i + 1
		}
	}
	return len(x.widths)
}

// table writes the heading and the rows, and makes them a table of Excel's.
func (x *sheet) table(columns []column, src *source) error {
	titles := uniqueTitles(columns)
	head := make([]any, len(columns))
	lines := 1
	for i, title := range titles {
		head[i] = x.text(title, style{bold: true, color: white, fill: blue, wrap: true, middle: true, right: columns[i].unit != reports.Text, indent: true})
		lines = max(lines, wordLines(title, columns[i].width-2))
	}
	x.put(float64(lines)*lineHeight+6, head...)
	first, left := x.row, int64(0)
	cells := make([]any, len(columns))
	for row, err := range src.rows() {
		switch {
		case err != nil:
			return err
		case x.err != nil:
			return x.err
		case x.row >= excelize.TotalRows-footRows:
			left++
			continue
		}
		x.tableRow(columns, row, cells)
	}
	if x.row == first {
		cells[0] = x.text("none", style{color: muted})
		for i := range cells[1:] {
			cells[i+1] = nil
		}
		x.put(0, cells...)
	}
	x.decorate(columns, first)
	x.foot = true
	for _, row := range src.foot {
		x.tableRow(columns, row, cells)
	}
	x.foot = false
	if left > 0 {
		x.skip(1)
		x.paragraph(fmt.Sprintf("%s more rows do not fit on a sheet of Excel.", reports.FormatNumber(reports.Count, float64(left))), len(columns), style{bold: true, color: badInk})
	}
	return x.err
}

// footRows are kept for what stands below a table.
const footRows = 200

// tableRow writes a row. Rows with wrapped text get the height that the text takes, up to a limit: the rest can be read in
// the cell.
func (x *sheet) tableRow(columns []column, row []reports.Cell, cells []any) {
	lines := 1
	for i := range columns {
		c := &columns[i]
		v := c.of(row)
		cells[i] = x.tableCell(c, v)
		if v.IsText {
			lines = max(lines, cellLines(v.Text, c.width))
		}
	}
	height := 0.0
	if lines > 1 {
		height = float64(min(lines, maxLines)) * lineHeight
	}
	x.put(height, cells...)
}

// maxLines is how many lines of a text are seen in a row of a table.
const maxLines = 20

func (x *sheet) tableCell(c *column, v reports.Cell) excelize.Cell {
	look := style{line: faint, indent: true, bold: x.foot}
	if x.foot {
		look.fill = pale
	}
	tone := toneOf(v)
	if v.IsText {
		text := v.Text
		if glyph := glyphs[tone]; glyph != "" && c.verdict && text != "" {
			text = glyph + " " + text
		}
		look.wrap, look.textValue = true, c.unit == reports.Text && text != ""
		look.right = c.unit != reports.Text
		return x.text(text, look)
	}
	if tone != reports.Neutral {
		look.color, _ = toneColors(tone)
	}
	look.right = true
	look.format = numberFormat(c.unit, decimalsOf(c.unit, v, c.dollars))
	return x.number(value(c.unit, v.Number), look)
}

// decorate makes a table of the rows from first, its heading, to the last one written, and colours its verdicts.
func (x *sheet) decorate(columns []column, first int) {
	x.book.tables++
	yes := true
	x.do(func() error {
		return x.stream.AddTable(&excelize.Table{
			Range: cell(1, first) + ":" + cell(len(columns), x.row), Name: tableName(x.name, x.book.tables), StyleName: "TableStyleLight1", ShowRowStripes: new(bool), ShowHeaderRow: &yes,
		})
	})
	for i := range columns {
		if columns[i].verdict {
			x.colorVerdicts(cell(i+1, first+1)+":"+cell(i+1, x.row), cell(i+1, first+1))
		}
	}
}

// colorVerdicts colours cells by the glyph that they start with.
func (x *sheet) colorVerdicts(area, corner string) {
	var rules []excelize.ConditionalFormatOptions
	for _, t := range []reports.Tone{reports.Good, reports.Unsure, reports.Bad} {
		text, fill := toneColors(t)
		x.do(func() error {
			id, err := x.book.file.NewConditionalStyle(&excelize.Style{
				Font: &excelize.Font{Color: text, Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{fill}},
			})
			rules = append(rules, excelize.ConditionalFormatOptions{Type: "formula", Criteria: fmt.Sprintf(`LEFT(%s,1)="%s"`, corner, glyphs[t]), Format: &id})
			return err
		})
	}
	x.do(func() error { return x.book.file.SetConditionalFormat(x.name, area, rules) })
}

// tableName is a name that Excel takes for a table.
func tableName(sheet string, n int) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, sheet)
	return fmt.Sprintf("table_%s_%d", name, n)
}

// lines writes what stands below a table.
func (x *sheet) lines(lines []string, last int) {
	wrote := false
	for _, line := range joined(lines) {
		if !wrote {
			x.skip(1)
			wrote = true
		}
		x.paragraph(line, min(last, x.upTo(130)), style{color: muted, size: 10})
	}
}

// terminalWidth is what reports break lines for.
const terminalWidth = 110

// joined puts lines that were broken for a terminal together again: those whose next word would not have fitted, where the next
// line is indented as what goes on is. Every other line stays one.
func joined(lines []string) []string {
	var out []string
	last := 0 // characters of the line before; 0: none that this one could go on
	for _, line := range lines {
		word, _, _ := strings.Cut(strings.TrimLeft(line, " "), " ")
		broken := last > 0 && last <= terminalWidth && last+1+utf8.RuneCountInString(word) > terminalWidth && strings.HasPrefix(line, "  ") && !strings.HasPrefix(line, "   ")
		last = utf8.RuneCountInString(line)
		switch {
		case line == "":
		case broken:
			out[len(out)-1] += " " + strings.TrimLeft(line, " ")
		default:
			out = append(out, line)
		}
	}
	return out
}

// writeNotes writes sections that are lines of text.
func (b *book) writeNotes(name string, sections []*reports.Section) error {
	x, err := b.sheet(name, &frame{widths: []float64{pageWidth}, freezeRows: 3, color: grey})
	if err != nil {
		return err
	}
	first := &reports.Section{Title: name}
	if len(sections) == 1 {
		first = &reports.Section{Title: sections[0].Title, About: sections[0].About}
	}
	x.head(first, 1)
	for i, s := range sections {
		if len(sections) > 1 && s.Title != "" {
			x.skip(min(i, 1))
			x.put(20, x.text(sectionTitle(s.Title), style{size: 13, bold: true, color: blue}))
		}
		for _, line := range joined(s.Lines) {
			x.paragraph(line, 1, style{})
		}
		x.charts(s.Charts)
	}
	return x.close(1, 0)
}

func sectionTitle(s string) string {
	if s == strings.ToUpper(s) {
		return sentenceCase(s)
	}
	return s
}
