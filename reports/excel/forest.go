package excel

import (
	"github.com/xuri/excelize/v2"

	"github.com/tierwise/tierwise/reports"
)

// forest draws each point as a mark on its interval. Excel has no error bars that excelize can make, so it is a stock chart:
// high, low, close.
func (b *book) forest(c *reports.Chart) []*excelize.Chart {
	var rows [][]any
	e := newExtent()
	shown, _ := largest(c)
	for i := range c.Series {
		for j := range c.Series[i].Points {
			p := &c.Series[i].Points[j]
			if !finite(p.X) || !shown(p) {
				continue
			}
			row := point(&c.X, &c.Y, p)
			row[dataY-1] = nil
			for k := range tolerances(c) {
				row[dataLimit+k-1] = value(c.X.Unit, tolerances(c)[k].At)
			}
			lo, hi := p.Lo, p.Hi
			if !finite(lo, hi) || lo == 0 && hi == 0 {
				lo, hi = p.X, p.X
			}
			row[dataLow-1], row[dataHigh-1] = value(c.X.Unit, lo), value(c.X.Unit, hi)
			for _, x := range []float64{lo, hi, p.X, 0} {
				e.add(value(c.X.Unit, x))
			}
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	for _, m := range tolerances(c) {
		e.add(value(c.X.Unit, m.At))
	}
	at := b.charts.add(c.Title, "measured", rows)
	series := func(column int, symbol, color string, size int) excelize.ChartSeries {
		return excelize.ChartSeries{
			Name: dataHeading(column), Categories: at.column(dataLabel), Values: at.column(column), Fill: solid(color),
			Marker: excelize.ChartMarker{Symbol: symbol, Size: size, Fill: solid(color), Border: excelize.LineOptions{Type: excelize.LineNone}},
			Line:   excelize.LineOptions{Type: excelize.LineNone},
		}
	}
	out := &excelize.Chart{Type: excelize.StockHighLowClose, Series: []excelize.ChartSeries{
		series(dataHigh, "dash", sky, 7), series(dataLow, "dash", sky, 7), series(dataX, "circle", blue, 8),
	}}
	out.XAxis, out.YAxis = axis(&c.Y), axis(&c.X)
	out.XAxis.TickLabelPosition = excelize.ChartTickLabelLow
	scale(&out.YAxis, &c.X, e.lo, e.hi)
	out.YAxis.MajorGridLines = true
	out.Legend.Position = "none" // what the marks are is said above
	parts := []*excelize.Chart{out}
	if limits := tolerances(c); len(limits) > 0 {
		parts = append(parts, b.limits(at, out, len(limits)))
	}
	return parts
}

// tolerances are the marks of a forest beside zero, as many as there are columns for.
func tolerances(c *reports.Chart) []reports.Mark {
	var out []reports.Mark
	for _, m := range c.X.Marks {
		if m.At != 0 && len(out) < dataLimits {
			out = append(out, m)
		}
	}
	return out
}

// limits are dashed lines across a forest: a line has the same value in every row.
func (b *book) limits(at span, of *excelize.Chart, n int) *excelize.Chart {
	out := &excelize.Chart{Type: excelize.Line, XAxis: of.XAxis, YAxis: of.YAxis, Legend: of.Legend}
	for k := range n {
		out.Series = append(out.Series, excelize.ChartSeries{
			Name: dataHeading(dataLimit + k), Categories: at.column(dataLabel), Values: at.column(dataLimit + k), Fill: solid(amber), // that of the line too
			Marker: excelize.ChartMarker{Symbol: "none"}, Line: excelize.LineOptions{Type: excelize.LineSolid, Dash: excelize.LineDashDash, Width: 1.25},
		})
	}
	return out
}
