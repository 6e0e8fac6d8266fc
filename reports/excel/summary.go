package excel

import (
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/tierwise/tierwise/reports"
)

// The Summary is a page of 12 columns: cards of 3, charts of 6.
const (
	summaryColumns = 12
	summaryWidth   = 12.5 // of a column
	cardColumns    = 3
	cardsARow      = summaryColumns / cardColumns
)

func (b *book) writeSummary() error {
	widths := make([]float64, summaryColumns)
	for i := range widths {
		widths[i] = summaryWidth
	}
	x, err := b.sheet(summarySheet, &frame{widths: widths, color: goodInk})
	if err != nil {
		return err
	}
	s := b.doc.Summary
	x.paragraph(b.doc.Title, summaryColumns, style{color: muted, size: 11})
	x.paragraph(s.Sentence, summaryColumns, style{size: 18, bold: true, color: ink})
	x.banner(s)
	x.skip(1)
	x.cards(s.Figures)
	if len(s.Lines) > 0 {
		x.caption("What this means, and what was not moved")
		for _, line := range joined(s.Lines) {
			x.paragraph(line, summaryColumns, style{})
		}
	}
	x.paragraph(reports.HowToRead, summaryColumns, style{color: muted, size: 10})
	x.summaryCharts(s.Charts)
	x.contents()
	x.portrait = true
	return x.close(summaryColumns, 0)
}

// caption heads a part of the page.
func (x *sheet) caption(text string) {
	x.skip(1)
	row := make([]any, summaryColumns)
	look := style{size: 12, bold: true, color: blue, line: faint}
	row[0] = x.text(text, look)
	for i := 1; i < len(row); i++ {
		row[i] = excelize.Cell{StyleID: x.style(look)}
	}
	x.put(20, row...)
	x.put(4)
}

// banner is the verdict: a word, a glyph and a colour.
func (x *sheet) banner(s *reports.Summary) {
	if s.Word == "" {
		return
	}
	text, fill := toneColors(s.Verdict)
	line := strings.TrimSpace(glyphs[s.Verdict] + " " + strings.ToUpper(s.Word))
	if s.Meaning != "" {
		line += ": " + s.Meaning
	}
	look := style{size: 13, bold: true, color: text, fill: fill, middle: true, indent: true, wrap: true}
	row := make([]any, summaryColumns)
	row[0] = x.text(line, look)
	for i := 1; i < len(row); i++ {
		row[i] = excelize.Cell{StyleID: x.style(look)}
	}
	lines := textLines(clean(line), x.width(1, summaryColumns)*charsWide*11/look.size)
	x.put(float64(lines)*18+12, row...)
	x.merge(1, summaryColumns)
}

// cards are the figures: name, number, and what it is.
func (x *sheet) cards(figures []reports.Figure) {
	for start := 0; start < len(figures); start += cardsARow {
		row := figures[start:min(start+cardsARow, len(figures))]
		x.cardRow(row, 18, func(f *reports.Figure) excelize.Cell {
			return x.text(f.Name, style{size: 10, color: muted, fill: pale, middle: true, indent: true})
		})
		x.cardRow(row, 32, x.cardNumber)
		lines := 1
		for i := range row {
			lines = max(lines, textLines(figureNote(&row[i]), 3*summaryWidth*11/9-4))
		}
		x.cardRow(row, float64(lines)*12.5+6, func(f *reports.Figure) excelize.Cell {
			return x.text(figureNote(f), style{size: 9, color: muted, fill: pale, wrap: true, indent: true})
		})
		x.put(8)
	}
}

// cardRow writes a row of cards, with a gap between them: the last column of each stays white.
func (x *sheet) cardRow(figures []reports.Figure, height float64, of func(*reports.Figure) excelize.Cell) {
	row := make([]any, len(figures)*cardColumns)
	for i := range figures {
		c := of(&figures[i])
		for k := range cardColumns {
			row[i*cardColumns+k] = excelize.Cell{StyleID: c.StyleID}
		}
		row[i*cardColumns] = c
	}
	x.put(height, row...)
	for i := range figures {
		x.merge(i*cardColumns+1, (i+1)*cardColumns)
	}
}

func (x *sheet) cardNumber(f *reports.Figure) excelize.Cell {
	look := style{size: 20, bold: true, color: blue, fill: pale, middle: true, left: true, indent: true}
	if f.Cell.Tone != reports.Neutral {
		look.color, _ = toneColors(f.Cell.Tone)
	}
	if f.Cell.IsText || !f.Cell.Known() {
		return x.text(reports.Format(f.Unit, f.Cell), look)
	}
	look.format = numberFormat(f.Unit, decimalsOf(f.Unit, f.Cell, dollarDecimals(abs(f.Cell.Number))))
	if f.Unit == reports.USD && abs(f.Cell.Number) >= 1000 {
		look.format = numberFormat(f.Unit, 0)
	}
	return x.number(value(f.Unit, f.Cell.Number), look)
}

func abs(x float64) float64 { return max(x, -x) }

// figureNote says how sure a figure is, of what, and what it is.
func figureNote(f *reports.Figure) string {
	var parts []string
	if i := f.Cell.Interval; i != nil {
		lo, hi := reports.FormatNumber(f.Unit, i.Lo), reports.FormatNumber(f.Unit, i.Hi)
		parts = append(parts, fmt.Sprintf("%s sure: between %s and %s", strings.Replace(reports.FormatNumber(reports.Share, i.Confidence), ".0 %", " %", 1), lo, hi))
	}
	if f.Note != "" {
		parts = append(parts, f.Note)
	}
	if f.Cell.N > 0 {
		parts = append(parts, "n "+reports.FormatNumber(reports.Count, float64(f.Cell.N)))
	}
	return strings.Join(parts, "; ")
}

// summaryCharts puts two charts in a row, one over the whole width.
func (x *sheet) summaryCharts(charts []*reports.Chart) {
	const whole, half, height = 1090, 545, 380
	for i := 0; i < len(charts); i += 2 {
		x.skip(1)
		for _, c := range charts[i:min(i+2, len(charts))] {
			x.paragraph(c.Title+". "+caption(c), summaryColumns, style{color: muted, size: 10})
		}
		if i+1 == len(charts) {
			x.chart(charts[i], 1, whole, height)
		} else {
			x.chart(charts[i], 1, half, height)
			x.chart(charts[i+1], summaryColumns/2+1, half, height)
		}
		x.skip(height/rowPixels + 1)
	}
}

// contents lists the sheets, and what would be there besides.
func (x *sheet) contents() {
	x.caption("In this workbook")
	for i := range x.book.plan {
		p := &x.book.plan[i]
		if p.name == x.name {
			continue
		}
		about := style{color: muted, size: 10, wrap: true}
		lines := textLines(clean(p.about), x.width(3, summaryColumns)*1.1*charsWide)
		x.put(float64(lines)*13.5+2, x.text(p.name, style{color: blue, link: true}), nil, x.text(p.about, about))
		x.merge(3, summaryColumns)
		x.link(cell(1, x.row), p.name)
	}
	small := style{size: 9, color: muted}
	for _, line := range x.book.doc.LeftOut {
		x.paragraph("Left out: "+line, summaryColumns, small)
	}
	for _, line := range x.book.doc.Source {
		x.paragraph(line, summaryColumns, small)
	}
}
