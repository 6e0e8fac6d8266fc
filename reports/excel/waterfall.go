package excel

import (
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/tierwise/tierwise/reports"
)

// waterfall draws columns that stand on an invisible one.
func (b *book) waterfall(c *reports.Chart) []*excelize.Chart {
	var rows [][]any
	e := newExtent()
	e.add(0)
	height, rest := 0.0, 0.0
	shown, left := largest(c)
	for i := range c.Series {
		for j := range c.Series[i].Points {
			p := &c.Series[i].Points[j]
			if !finite(p.Y) {
				continue
			}
			if !p.Total && !shown(p) {
				rest += p.Y
				continue
			}
			if p.Total && rest != 0 {
				rows = append(rows, b.step(c, &reports.Point{Label: fmt.Sprintf("%d others", left), Y: rest}, &height, &e))
				rest = 0
			}
			rows = append(rows, b.step(c, p, &height, &e))
		}
	}
	if len(rows) == 0 {
		return nil
	}
	at := b.charts.add(c.Title, "steps", rows)
	out := &excelize.Chart{Type: excelize.ColStacked, Legend: excelize.ChartLegend{Position: "none"}}
	for _, s := range []struct {
		column int
		fill   excelize.Fill
	}{
		{dataBase, excelize.Fill{Type: "pattern", Pattern: 0}}, {dataWhole, solid(blue)}, {dataBetter, solid(savesProved)}, {dataUnproved, solid(savesUnproved)},
		{dataFailed, solid(savesFailed)}, {dataWorse, solid(costsMore)}, {dataBelow, solid(costsMore)},
	} {
		out.Series = append(out.Series, excelize.ChartSeries{Name: dataHeading(s.column), Categories: at.column(dataLabel), Values: at.column(s.column), Fill: s.fill})
	}
	out.XAxis, out.YAxis = axis(&c.X), axis(&c.Y)
	out.XAxis.TickLabelPosition = excelize.ChartTickLabelLow
	scale(&out.YAxis, &c.Y, e.lo, e.hi)
	out.YAxis.MajorGridLines = true
	gap := uint(40)
	out.GapWidth = &gap
	return []*excelize.Chart{out}
}

// step is the column that goes from the height reached by p.
func (b *book) step(c *reports.Chart, p *reports.Point, height *float64, e *extent) []any {
	row := point(&c.X, &c.Y, p)
	row[dataX-1], row[dataY-1] = nil, value(c.Y.Unit, p.Y)
	from := *height
	if p.Total {
		from = 0
	}
	*height = from + p.Y
	stack(row, value(c.Y.Unit, from), value(c.Y.Unit, *height), p)
	e.add(value(c.Y.Unit, *height))
	return row
}

// stack sets the parts of a column from one height to another: what is not drawn below it, and what of it is above and below
// zero.
func stack(row []any, from, to float64, p *reports.Point) {
	lo, hi := min(from, to), max(from, to)
	part := partOf(p, to < from)
	switch {
	case lo >= 0:
		row[dataBase-1], row[part-1] = lo, hi-lo
	case hi <= 0:
		row[dataBase-1], row[dataBelow-1] = hi, lo-hi
	default:
		row[part-1], row[dataBelow-1] = hi, lo
	}
}

// The colours of the steps of a waterfall. Red is kept for money: what is not proved about quality is grey.
const (
	savesProved   = "4C9F70"
	savesUnproved = "B4BCC8"
	savesFailed   = "E0A458"
	costsMore     = "C8574F"
)

// partOf is the column of the data that a step is drawn from, which decides its colour.
func partOf(p *reports.Point, saves bool) int {
	switch {
	case p.Total:
		return dataWhole
	case !saves:
		return dataWorse
	case p.Tone == reports.Good:
		return dataBetter
	case p.Tone == reports.Bad:
		return dataFailed
	}
	return dataUnproved
}

// stepColors says what the colours that a waterfall has are.
func stepColors(c *reports.Chart) string {
	seen := map[int]bool{}
	for i := range c.Series {
		for j := range c.Series[i].Points {
			if p := &c.Series[i].Points[j]; finite(p.Y) && p.Y != 0 {
				seen[partOf(p, p.Y < 0)] = true
			}
		}
	}
	var said []string
	for _, s := range []struct {
		part int
		text string
	}{
		{dataWhole, "blue: the whole bill"}, {dataBetter, "green: saves, and quality is shown to hold"}, {dataUnproved, "grey: saves, but quality is not shown to hold, or nobody tells"},
		{dataFailed, "amber: saves, but loses more quality than is allowed"}, {dataWorse, "red: costs more"},
	} {
		if seen[s.part] {
			said = append(said, s.text)
		}
	}
	if len(said) == 0 {
		return ""
	}
	return upperFirst(strings.Join(said, "; ")) + "."
}
