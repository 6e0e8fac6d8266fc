package excel

import (
	"cmp"

	"github.com/xuri/excelize/v2"

	"github.com/tierwise/tierwise/reports"
)

// labeled is how many points of a chart can have their names beside them before these cover each other.
const labeled = 14

// tail is where the axis of a distribution of latencies ends: the last few requests would squeeze all others to the edge.
const tail = 0.995

// scatter draws points, and lines where a series is joined. Excelize cannot label points from cells, so a named point is a
// series of its own, and the series' name is the label.
func (b *book) scatter(c *reports.Chart) []*excelize.Chart {
	lines := &excelize.Chart{Type: excelize.Scatter}
	named := &excelize.Chart{Type: excelize.Scatter}
	named.PlotArea.ShowSerName = true
	ex, ey := newExtent(), newExtent()
	each := namesPoints(c)
	for i := range c.Series {
		s := &c.Series[i]
		var rows [][]any
		for j := range s.Points {
			p := &s.Points[j]
			if !finite(p.X, p.Y) {
				continue
			}
			row := point(&c.X, &c.Y, p)
			if s.Step && len(rows) > 0 {
				corner := point(&c.X, &c.Y, p)
				corner[dataY-1] = rows[len(rows)-1][dataY-1]
				rows = append(rows, corner)
			}
			rows = append(rows, row)
			if each && !s.Joined && finite(p.Lo, p.Hi) && p.Lo != p.Hi {
				lines.Series = append(lines.Series, b.whisker(c, p))
				ey.add(value(c.Y.Unit, p.Lo))
				ey.add(value(c.Y.Unit, p.Hi))
			}
			if c.X.Unit != reports.Millis || p.Y < tail {
				ex.add(row[dataX-1].(float64))
			}
			ey.add(row[dataY-1].(float64))
		}
		color := colorOf(s, i)
		switch {
		case len(rows) == 0:
		case each && !s.Joined:
			for k, row := range rows {
				label, _ := row[dataLabel-1].(string)
				at := b.charts.add(c.Title, cmp.Or(label, s.Name), rows[k:k+1])
				named.Series = append(named.Series, scatterSeries(at, color, s))
			}
		default:
			lines.Series = append(lines.Series, scatterSeries(b.charts.add(c.Title, s.Name, rows), color, s))
			if each && s.Role == reports.Curve {
				named.Series = append(named.Series, b.curveName(c, s, rows, color))
			}
		}
	}
	if len(lines.Series)+len(named.Series) == 0 {
		return nil
	}
	for _, a := range []struct {
		of     *reports.Axis
		extent *extent
	}{{&c.X, &ex}, {&c.Y, &ey}} {
		for _, m := range a.of.Marks {
			a.extent.add(value(a.of.Unit, m.At))
		}
	}
	b.marks(c, lines, &ex, &ey)
	out := []*excelize.Chart{lines, named}
	if len(named.Series) == 0 {
		out = out[:1]
	} else if len(lines.Series) == 0 {
		out = out[1:]
	}
	across := c.X
	across.Log = false // excelize makes no logarithmic axis along the bottom
	for _, x := range out {
		x.XAxis, x.YAxis = axis(&across), axis(&c.Y)
		scale(&x.XAxis, &across, ex.lo, ex.hi)
		scale(&x.YAxis, &c.Y, ey.lo, ey.hi)
		x.XAxis.TickLabelPosition, x.YAxis.TickLabelPosition = excelize.ChartTickLabelLow, excelize.ChartTickLabelLow
		x.YAxis.MajorGridLines = true
	}
	if len(named.Series) > 0 {
		out[0].Legend.Position = "none" // the names stand at the points
	}
	return out
}

// curveName writes what a curve is at its dear end, or where that leaves no room to the right of it, at its cheap end.
func (b *book) curveName(c *reports.Chart, s *reports.Series, rows [][]any, color string) excelize.ChartSeries {
	dearest := 0.0
	for i := range c.Series {
		for _, p := range c.Series[i].Points {
			if finite(p.X) {
				dearest = max(dearest, p.X)
			}
		}
	}
	at := rows[len(rows)-1]
	if x, ok := at[dataX-1].(float64); !ok || x > dearest*2/3 {
		at = rows[0]
	}
	out := scatterSeries(b.charts.add(c.Title, upperFirst(curveWords(s)), [][]any{at}), color, s)
	out.Marker.Symbol, out.Line = "none", excelize.LineOptions{Type: excelize.LineNone}
	return out
}

// namesPoints reports whether the points that no line joins are few enough to be named.
func namesPoints(c *reports.Chart) bool {
	n := 0
	for i := range c.Series {
		if s := &c.Series[i]; !s.Joined {
			n += len(s.Points)
		}
	}
	return n <= labeled
}

func scatterSeries(at span, color string, s *reports.Series) excelize.ChartSeries {
	out := excelize.ChartSeries{
		Name: at.name(), Categories: at.column(dataX), Values: at.column(dataY), Fill: solid(color),
		Marker: excelize.ChartMarker{Symbol: "circle", Size: 7, Fill: solid(color), Border: excelize.LineOptions{Type: excelize.LineSolid, Fill: solid(white), Width: 0.75}},
		Line:   excelize.LineOptions{Type: excelize.LineNone},
	}
	if s.Joined {
		out.Line = excelize.LineOptions{Type: excelize.LineSolid, Width: 1.75, Fill: solid(color)}
		out.Marker.Size = 4
		if at.last-at.first > labeled || s.Step {
			out.Marker.Symbol = "none"
		}
	}
	if s.Joined {
		return out
	}
	switch s.Role {
	case reports.Chosen:
		out.Marker.Size, out.Marker.Symbol = 11, "diamond"
	case reports.Baseline:
		out.Marker.Size, out.Marker.Symbol = 10, "square"
	case reports.Other, reports.Reference, reports.Candidate, reports.Curve:
	}
	return out
}

// whisker draws a point's interval: excelize makes no error bars.
func (b *book) whisker(c *reports.Chart, p *reports.Point) excelize.ChartSeries {
	lo, hi := point(&c.X, &c.Y, p), point(&c.X, &c.Y, p)
	lo[dataY-1], hi[dataY-1] = value(c.Y.Unit, p.Lo), value(c.Y.Unit, p.Hi)
	s := scatterSeries(b.charts.add(c.Title, "interval", [][]any{lo, hi}), grey, &reports.Series{Joined: true})
	s.Line.Width, s.Marker.Symbol, s.Marker.Size = 1, "dash", 5
	return s
}

// marks draws a dashed line across the chart for every mark of an axis.
func (b *book) marks(c *reports.Chart, to *excelize.Chart, ex, ey *extent) {
	across := func(label string, x0, y0, x1, y1 float64) {
		rows := make([][]any, 2)
		for i, at := range [][2]float64{{x0, y0}, {x1, y1}} {
			rows[i] = make([]any, dataColumns)
			rows[i][dataLabel-1], rows[i][dataX-1], rows[i][dataY-1] = label, at[0], at[1]
		}
		s := scatterSeries(b.charts.add(c.Title, cmp.Or(label, "mark"), rows), muted, &reports.Series{Joined: true})
		s.Line.Dash, s.Line.Width, s.Marker.Symbol = excelize.LineDashDash, 1, "none"
		to.Series = append(to.Series, s)
	}
	for _, m := range c.X.Marks {
		across(m.Label, value(c.X.Unit, m.At), ey.lo, value(c.X.Unit, m.At), ey.hi)
	}
	for _, m := range c.Y.Marks {
		across(m.Label, ex.lo, value(c.Y.Unit, m.At), ex.hi, value(c.Y.Unit, m.At))
	}
}
