package svg

import (
	"fmt"
	"math"

	"github.com/tierwise/tierwise/reports"
)

const rowHeight = 28.0

// columns lays out a chart of rows: names at the left, figures at the right, the plot between.
func columns(points []reports.Point, figures []string) (left, right float64) {
	names, values := 0.0, 0.0
	for i := range points {
		names, values = max(names, widthOf(points[i].Label)), max(values, widthOf(figures[i]))
	}
	return 12 + min(names, 200) + 14, width - min(values, 250) - 20
}

// forest draws a row for each point: its value and what that is known to lie in.
func (d *drawing) forest(c *reports.Chart) float64 {
	if len(c.Series) == 0 || len(c.Series[0].Points) == 0 {
		return 0
	}
	points := c.Series[0].Points
	xs := newSpan()
	figures := make([]string, len(points))
	for i := range points {
		p := &points[i]
		xs.add(p.X)
		figures[i] = reports.FormatNumber(c.X.Unit, p.X)
		if hasInterval(p) {
			xs.add(p.Lo, p.Hi)
		}
		if p.N > 0 {
			figures[i] += " · n " + reports.FormatNumber(reports.Count, float64(p.N))
		}
		figures[i] += verdict(p)
	}
	for _, m := range c.X.Marks {
		xs.add(m.At)
	}
	if xs.lo > xs.hi {
		return 0
	}
	xs.pad(0.05)
	left, right := columns(points, figures)
	top := 22.0 + 16*float64(max(len(c.X.Marks)-1, 0))
	bottom := top + rowHeight*float64(len(points)) + 6
	x := scale{lo: xs.lo, hi: xs.hi, from: left, to: right}
	d.rowAxis(c, &x, top, bottom)
	for i := range points {
		p := &points[i]
		y := top + rowHeight*(float64(i)+0.5) + 3
		d.begin(p)
		fmt.Fprintf(&d.b, "<rect class=\"hit\" x=\"0\" y=\"%s\" width=\"%s\" height=\"%s\"/>\n", num(y-rowHeight/2), num(width), num(rowHeight))
		class := ToneClass(p.Tone)
		if hasInterval(p) {
			d.line("interval "+class, x.at(p.Lo), y, x.at(p.Hi), y)
			for _, end := range []float64{p.Lo, p.Hi} {
				d.line("interval "+class, x.at(end), y-4, x.at(end), y+4)
			}
		}
		fmt.Fprintf(&d.b, "<circle class=\"dot %s\" cx=\"%s\" cy=\"%s\" r=\"5\"/>\n", class, num(x.at(p.X)), num(y))
		d.text("label", "end", left-14, y+4, fit(p.Label, 200))
		d.text("figure "+class, "start", right+12, y+4, figures[i])
		d.end()
	}
	return bottom + 46
}

// verdict is the glyph of a tone with its word.
func verdict(p *reports.Point) string {
	switch p.Tone {
	case reports.Good:
		return " · ✓ holds"
	case reports.Unsure:
		return " · ? inconclusive"
	case reports.Bad:
		return " · ✕ fails"
	case reports.Neutral:
	}
	return ""
}

// rowAxis draws the axis below rows, with its marks named above them.
func (d *drawing) rowAxis(c *reports.Chart, x *scale, top, bottom float64) {
	at, step := ticks(x, int((x.to-x.from)/70))
	for _, v := range at {
		d.line("grid", x.at(v), top, x.at(v), bottom)
		d.text("tick", "middle", x.at(v), bottom+18, tick(c.X.Unit, v, step))
	}
	for i, m := range c.X.Marks {
		y := 16 + 16*float64(i)
		anchor, dx := "start", 4.0
		if x.at(m.At)+widthOf(m.Label) > width-12 || i > 0 && x.at(m.At) > (x.from+x.to)/2 {
			anchor, dx = "end", -4
		}
		d.line("mark", x.at(m.At), y-10, x.at(m.At), bottom)
		d.text("mark-label", anchor, x.at(m.At)+dx, y, m.Label)
	}
	d.line("axis", x.from, bottom, x.to, bottom)
	d.text("axis-title", "middle", (x.from+x.to)/2, bottom+38, upper(c.X.Title)+" →")
}

// waterfall draws a bar for each point, from where the one before ended.
func (d *drawing) waterfall(c *reports.Chart) float64 {
	if len(c.Series) == 0 || len(c.Series[0].Points) == 0 {
		return 0
	}
	points := c.Series[0].Points
	xs := newSpan()
	xs.add(0)
	figures, ends := make([]string, len(points)), make([][2]float64, len(points))
	at := 0.0
	for i := range points {
		p := &points[i]
		from := at
		if at += p.Y; p.Total {
			from, at = 0, p.Y
		}
		ends[i] = [2]float64{from, at}
		xs.add(from, at)
		figures[i] = reports.FormatNumber(c.Y.Unit, p.Y) + verdict(p)
		if !p.Total && p.Y > 0 {
			figures[i] = "+" + figures[i]
		}
	}
	return d.barRows(c, points, figures, ends, &xs)
}

// bars draws a bar for each point, from 0.
func (d *drawing) bars(c *reports.Chart) float64 {
	if len(c.Series) == 0 || len(c.Series[0].Points) == 0 {
		return 0
	}
	points := c.Series[0].Points
	xs := newSpan()
	xs.add(0)
	figures, ends := make([]string, len(points)), make([][2]float64, len(points))
	for i := range points {
		ends[i] = [2]float64{0, points[i].Y}
		figures[i] = reports.FormatNumber(c.Y.Unit, points[i].Y) + verdict(&points[i])
		xs.add(points[i].Y)
	}
	return d.barRows(c, points, figures, ends, &xs)
}

func (d *drawing) barRows(c *reports.Chart, points []reports.Point, figures []string, ends [][2]float64, xs *span) float64 {
	if xs.lo == xs.hi {
		xs.hi = xs.lo + 1
	}
	left, right := columns(points, figures)
	top := 6.0
	bottom := top + rowHeight*float64(len(points)) + 6
	x := scale{lo: xs.lo, hi: xs.hi, from: left, to: right}
	lying := *c
	lying.X = c.Y
	d.rowAxis(&lying, &x, top, bottom)
	for i := range points {
		p := &points[i]
		y := top + rowHeight*float64(i) + 6
		from, to := x.at(ends[i][0]), x.at(ends[i][1])
		d.begin(p)
		fmt.Fprintf(&d.b, "<rect class=\"hit\" x=\"0\" y=\"%s\" width=\"%s\" height=\"%s\"/>\n", num(y-3), num(width), num(rowHeight))
		d.rect(barClass(c, points, i), min(from, to), y, max(math.Abs(to-from), 1), rowHeight-8)
		if c.Kind == reports.Waterfall && i+1 < len(points) {
			d.line("connector", to, y+rowHeight-8, to, y+rowHeight)
		}
		d.text("label", "end", left-14, y+15, fit(p.Label, 200))
		d.text("figure "+ToneClass(p.Tone), "start", right+12, y+15, figures[i])
		d.end()
	}
	return bottom + 46
}

func barClass(c *reports.Chart, points []reports.Point, i int) string {
	p := &points[i]
	switch {
	case p.Total && i == 0:
		return "bar baseline"
	case p.Total, c.Kind == reports.Bars:
		return "bar chosen"
	case p.Y > 0:
		return "bar more"
	}
	return "bar less"
}
