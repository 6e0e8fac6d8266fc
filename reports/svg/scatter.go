package svg

import (
	"fmt"
	"math"
	"strings"

	"github.com/tierwise/tierwise/reports"
)

// The frame of a scatter plot.
const (
	plotLeft   = 64.0
	plotRight  = width - 20
	plotHeight = 330.0
)

// A plot is a scatter plot in the making.
type plot struct {
	*drawing
	x, y   scale
	top    float64
	bottom float64
	taken  []box // what labels must not cover
}

type box struct{ left, top, right, bottom float64 }

func (b box) hits(o box) bool {
	return b.left < o.right && o.left < b.right && b.top < o.bottom && o.top < b.bottom
}

// scatter draws points and lines, and returns the height of it.
func (d *drawing) scatter(c *reports.Chart) float64 {
	xs, ys := newSpan(), newSpan()
	for i := range c.Series {
		for _, p := range c.Series[i].Points {
			xs.add(p.X)
			ys.add(p.Y)
			if hasInterval(&p) {
				ys.add(p.Lo, p.Hi)
			}
		}
	}
	if xs.lo > xs.hi || ys.lo > ys.hi {
		return 0
	}
	for _, m := range c.Y.Marks {
		ys.add(m.At)
	}
	for _, m := range c.X.Marks {
		xs.add(m.At)
	}
	bounds(&xs, &c.X, 0.06)
	bounds(&ys, &c.Y, 0.08)
	p := &plot{drawing: d}
	p.top = d.legend(c, 18) + 38
	p.bottom = p.top + plotHeight
	p.x = scale{lo: xs.lo, hi: xs.hi, from: plotLeft, to: plotRight, log: c.X.Log}
	p.y = scale{lo: ys.lo, hi: ys.hi, from: p.bottom, to: p.top, log: c.Y.Log}
	p.axes(c)
	style := 0
	for i := range c.Series {
		s := &c.Series[i]
		if s.Joined {
			class := seriesClass(s, style)
			if s.Role == reports.Other {
				style++
			}
			p.path(s, class)
		}
	}
	for i := range c.Series {
		if s := &c.Series[i]; !s.Joined {
			for k := range s.Points {
				p.point(s, &s.Points[k])
			}
		}
	}
	p.labels(c)
	for _, m := range c.Y.Marks {
		p.mark(m.Label, p.y.at(m.At))
	}
	return p.bottom + 52
}

// bounds ends a range of an axis: at 0 and 1 where it would be little more, else with some room.
func bounds(s *span, a *reports.Axis, room float64) {
	if a.Log {
		s.lo, s.hi = max(s.lo, 1e-9)/1.1, s.hi*1.1
		return
	}
	positive := s.lo >= 0
	below := s.hi <= 1
	s.pad(room)
	if positive && (s.lo < 0 || a.Unit == reports.USD) {
		s.lo = 0
	}
	if a.Unit == reports.Share && below && s.hi > 1 {
		s.hi = 1
	}
}

func hasInterval(p *reports.Point) bool {
	return !math.IsNaN(p.Lo) && !math.IsNaN(p.Hi) && (p.Lo != 0 || p.Hi != 0)
}

func (p *plot) axes(c *reports.Chart) {
	at, step := ticks(&p.y, 6)
	for _, v := range at {
		y := p.y.at(v)
		p.line("grid", plotLeft, y, plotRight, y)
		p.text("tick", "end", plotLeft-8, y+4, tick(c.Y.Unit, v, step))
	}
	at, step = ticks(&p.x, 7)
	for _, v := range at {
		x := p.x.at(v)
		p.line("grid", x, p.top, x, p.bottom)
		p.text("tick", "middle", x, p.bottom+18, tick(c.X.Unit, v, step))
	}
	p.line("axis", plotLeft, p.bottom, plotRight, p.bottom)
	p.text("axis-title", "end", plotRight, p.bottom+40, upper(c.X.Title)+" →")
	p.text("axis-title", "start", 12, p.top-12, "↑ "+upper(c.Y.Title))
	for _, m := range c.Y.Marks {
		y := p.y.at(m.At)
		p.line("mark", plotLeft, y, plotRight, y)
	}
	for _, m := range c.X.Marks {
		x := p.x.at(m.At)
		p.line("mark", x, p.top, x, p.bottom)
		p.text("mark-label", "start", x+4, p.top+12, m.Label)
	}
}

// mark labels a horizontal line at one of its ends, above or below it, where nothing else is.
func (p *plot) mark(label string, y float64) {
	w := widthOf(label)
	for _, left := range []float64{plotRight - w - 4, plotLeft + 6, (plotLeft + plotRight - w) / 2} {
		for _, at := range []float64{y - 5, y + 14} {
			b := box{left, at - 11, left + w, at + 3}
			if !p.covered(b) {
				p.taken = append(p.taken, b)
				p.text("mark-label", "start", left, at, label)
				return
			}
		}
	}
}

func (p *plot) covered(b box) bool {
	for _, t := range p.taken {
		if t.hits(b) {
			return true
		}
	}
	return false
}

// path draws the line of a series, and what to point at along it.
func (p *plot) path(s *reports.Series, class string) {
	var d strings.Builder
	last := 0.0
	for i, q := range s.Points {
		x, y := p.x.at(q.X), p.y.at(q.Y)
		switch {
		case i == 0 && s.Step:
			fmt.Fprintf(&d, "M%s %sL%s %s", num(x), num(p.bottom), num(x), num(y))
		case i == 0:
			fmt.Fprintf(&d, "M%s %s", num(x), num(y))
		case s.Step:
			fmt.Fprintf(&d, "L%s %sL%s %s", num(x), num(last), num(x), num(y))
		default:
			fmt.Fprintf(&d, "L%s %s", num(x), num(y))
		}
		last = y
	}
	fmt.Fprintf(&p.b, "<path class=\"line %s\" d=\"%s\"/>\n", class, d.String())
	for i := range s.Points {
		q := &s.Points[i]
		if q.Note == "" {
			continue
		}
		p.begin(q)
		fmt.Fprintf(&p.b, "<circle class=\"hit\" cx=\"%s\" cy=\"%s\" r=\"6\"/><circle class=\"dot %s\" cx=\"%[1]s\" cy=\"%[2]s\" r=\"2\"/>\n", num(p.x.at(q.X)), num(p.y.at(q.Y)), class)
		p.end()
	}
}

// point draws a point with its whisker.
func (p *plot) point(s *reports.Series, q *reports.Point) {
	x, y := p.x.at(q.X), p.y.at(q.Y)
	p.begin(q)
	class := roleClass(s.Role)
	if hasInterval(q) {
		p.line("whisker "+class, x, p.y.at(q.Lo), x, p.y.at(q.Hi))
		for _, end := range []float64{q.Lo, q.Hi} {
			p.line("whisker "+class, x-4, p.y.at(end), x+4, p.y.at(end))
		}
		p.taken = append(p.taken, box{x - 5, p.y.at(q.Hi), x + 5, p.y.at(q.Lo)})
	}
	p.symbol(s.Role, x, y)
	fmt.Fprintf(&p.b, "<circle class=\"hit\" cx=\"%s\" cy=\"%s\" r=\"11\"/>\n", num(x), num(y))
	p.end()
	p.taken = append(p.taken, box{x - 8, y - 8, x + 8, y + 8})
}

// labels writes the names of points beside them, where there is room.
func (p *plot) labels(c *reports.Chart) {
	for i := len(c.Series) - 1; i >= 0; i-- { // what is drawn last matters most
		s := &c.Series[i]
		for k := range s.Points {
			if q := &s.Points[k]; q.Label != "" && !s.Joined {
				p.label(s, q)
			}
		}
	}
}

func (p *plot) label(s *reports.Series, q *reports.Point) {
	text := q.Label
	if g := Glyph(q.Tone); g != "" {
		text += " " + g
		if word, _, ok := strings.Cut(q.Note, ":"); ok {
			text += " " + word
		}
	}
	text = fit(text, 220)
	x, y, w := p.x.at(q.X), p.y.at(q.Y), widthOf(text)
	class := "label"
	if s.Role == reports.Chosen {
		class += " strong"
	}
	for _, o := range []struct {
		anchor string
		dx, dy float64
		left   float64
	}{{"start", 12, 4, 12}, {"end", -12, 4, -12 - w}, {"middle", 0, -14, -w / 2}, {"middle", 0, 24, -w / 2}, {"start", 10, -12, 10}, {"start", 10, 22, 10}, {"end", -10, -12, -10 - w}, {"end", -10, 22, -10 - w}} {
		b := box{x + o.left, y + o.dy - 11, x + o.left + w, y + o.dy + 4}
		if b.left < plotLeft || b.right > width || b.top < p.top-8 || b.bottom > p.bottom || p.covered(b) {
			continue
		}
		p.taken = append(p.taken, b)
		p.text(class, o.anchor, x+o.dx, y+o.dy, text)
		return
	}
	p.labelAway(class, x, y, w, text)
}

// labelAway writes a name where there is no room beside its point: further off, with a line to the point.
func (p *plot) labelAway(class string, x, y, w float64, text string) {
	const step, rings, angles = 18.0, 12, 16
	for ring := 2; ring <= rings; ring++ {
		for a := range angles {
			angle := 2 * math.Pi * float64(a) / angles
			cx, cy := x+float64(ring)*step*math.Cos(angle), y+float64(ring)*step*math.Sin(angle)
			left := cx
			if math.Cos(angle) < 0 {
				left = cx - w
			}
			b := box{left, cy - 11, left + w, cy + 4}
			if b.left < plotLeft || b.right > width || b.top < p.top-8 || b.bottom > p.bottom || p.covered(b) {
				continue
			}
			p.taken = append(p.taken, b)
			p.line("connector", x, y, cx, cy-4)
			p.text(class, "start", left, cy, text)
			return
		}
	}
}

// symbol draws the sign of a role.
func (d *drawing) symbol(role reports.Role, x, y float64) {
	class := "symbol " + roleClass(role)
	switch role {
	case reports.Baseline:
		d.rect(class, x-6, y-6, 12, 12)
	case reports.Candidate:
		fmt.Fprintf(&d.b, "<path class=\"%s\" d=\"M%s %sl7 7l-7 7l-7 -7z\"/>\n", class, num(x), num(y-7))
	case reports.Chosen:
		fmt.Fprintf(&d.b, "<circle class=\"%s\" cx=\"%s\" cy=\"%s\" r=\"7.5\"/>\n", class, num(x), num(y))
	case reports.Reference, reports.Curve, reports.Other:
		fmt.Fprintf(&d.b, "<circle class=\"%s\" cx=\"%s\" cy=\"%s\" r=\"5\"/>\n", class, num(x), num(y))
	}
}

// legend names the series, from y on, and returns where it ends.
func (d *drawing) legend(c *reports.Chart, y float64) float64 {
	if len(c.Series) < 2 {
		return y - 18
	}
	x, style := 12.0, 0
	for i := range c.Series {
		s := &c.Series[i]
		name := fit(s.Name, 240)
		if w := 34 + widthOf(name); x > 12 && x+w > width-12 {
			x, y = 12, y+20
		}
		if s.Joined {
			class := seriesClass(s, style)
			if s.Role == reports.Other {
				style++
			}
			d.line("line "+class, x, y-4, x+22, y-4)
		} else {
			d.symbol(s.Role, x+11, y-4)
		}
		d.text("legend", "start", x+28, y, name)
		x += 28 + widthOf(name) + 22
	}
	return y
}

// styles is how many lines of series without a role look different.
const styles = 6

func seriesClass(s *reports.Series, style int) string {
	if s.Role != reports.Other {
		return roleClass(s.Role)
	}
	return fmt.Sprintf("s%d", style%styles)
}

func roleClass(r reports.Role) string {
	switch r {
	case reports.Baseline:
		return "baseline"
	case reports.Reference:
		return "reference"
	case reports.Chosen:
		return "chosen"
	case reports.Candidate:
		return "candidate"
	case reports.Curve:
		return "curve"
	case reports.Other:
	}
	return "other"
}
