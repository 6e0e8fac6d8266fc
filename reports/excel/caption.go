package excel

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/reports"
)

// caption says what is to be seen, what lines and colours are, and what is left out.
func caption(c *reports.Chart) string {
	parts := []string{clean(c.About)}
	if c.Kind == reports.Forest {
		parts = []string{upright(parts[0])}
	}
	if marks := markWords(c); marks != "" {
		parts = append(parts, "Dashed: "+marks+".")
	}
	switch c.Kind {
	case reports.Scatter:
		for i := range c.Series {
			if s := &c.Series[i]; s.Joined && s.Role == reports.Curve && len(s.Points) > 0 {
				parts = append(parts, "The line "+curveWords(s)+".")
			}
		}
	case reports.Waterfall:
		parts = append(parts, stepColors(c))
	case reports.Forest, reports.Bars:
	}
	if _, left := largest(c); left > 0 {
		how := "left out of the chart"
		if c.Kind == reports.Waterfall {
			how = "put together"
		}
		parts = append(parts, fmt.Sprintf("The %d smallest are %s; the table has them.", left, how))
	}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " ")
}

// upright is what is said of a chart whose values run to the right, for one whose values run upwards.
func upright(about string) string {
	return strings.NewReplacer("What lies right of a tolerance", "What lies above a tolerance", "to the right", "up", "to the left", "down").Replace(about)
}

// markWords says what the dashed lines are.
func markWords(c *reports.Chart) string {
	var marks []string
	for _, a := range []*reports.Axis{&c.X, &c.Y} {
		for _, m := range a.Marks {
			if c.Kind == reports.Forest && m.At == 0 || c.Kind == reports.Waterfall || c.Kind == reports.Bars {
				continue // zero is an axis there
			}
			mark := clean(m.Label)
			if c.Kind != reports.Forest { // whose labels have their values
				mark += " at " + reports.FormatNumber(a.Unit, m.At)
			}
			marks = append(marks, mark)
		}
	}
	return strings.Join(marks, ", ")
}

// curveWords says what a curve is: nothing on it is proved.
func curveWords(s *reports.Series) string {
	name := clean(s.Name)
	if name == "" {
		name = "could be had, in hindsight"
	}
	r := []rune(name)
	name = strings.ToLower(string(r[:1])) + string(r[1:])
	if strings.Contains(name, "not certified") {
		return name
	}
	return name + ": not certified"
}

// How many labels along an axis can still be read.
const (
	crowded     = 30 // of columns
	crowdedRows = 80 // of a forest, which grows with them
)

// room is how many points a chart of a kind has room for.
func room(k reports.ChartKind) int {
	if k == reports.Forest {
		return crowdedRows
	}
	return crowded
}

// largest tells which points are drawn: all, or where those are too many the ones that differ most from 0, and always those of
// the whole. left is how many are not drawn; the table has them.
func largest(c *reports.Chart) (shown func(*reports.Point) bool, left int) {
	size := func(p *reports.Point) float64 { return math.Abs(p.Y) }
	if c.Kind == reports.Forest {
		size = func(p *reports.Point) float64 { return math.Abs(p.X) }
	}
	all := func(*reports.Point) bool { return true }
	if c.Kind != reports.Forest && c.Kind != reports.Waterfall {
		return all, 0
	}
	var points []*reports.Point
	drawn := map[*reports.Point]bool{}
	for i := range c.Series {
		for j := range c.Series[i].Points {
			switch p := &c.Series[i].Points[j]; {
			case math.IsNaN(size(p)) || math.IsInf(size(p), 0):
			case p.Total || p.Label == wholeLabel:
				drawn[p] = true
			default:
				points = append(points, p)
			}
		}
	}
	most := room(c.Kind) - len(drawn)
	if len(points) <= most {
		return all, 0
	}
	slices.SortStableFunc(points, func(a, b *reports.Point) int { return cmp.Compare(size(b), size(a)) })
	for _, p := range points[:most] {
		drawn[p] = true
	}
	return func(p *reports.Point) bool { return drawn[p] }, len(points) - most
}

// wholeLabel is what the row of all tasks together is called.
const wholeLabel = "whole"

// chartWidth is how wide a chart is drawn: a forest of many rows as wide as their labels need, if the sheet is.
func (x *sheet) chartWidth(c *reports.Chart) int {
	const perRow, perChar = 19, 7
	if c.Kind != reports.Forest {
		return chartWidth
	}
	wide := int(x.width(1, len(x.widths)) * perChar)
	return max(chartWidth, min(perRow*min(labels(c), crowdedRows)+100, wide))
}

// More labels than slanted are written aslant, which takes a higher chart: upright they would be broken within words.
const (
	slanted       = 12
	slantedHeight = 120
)

// labels is how many labels there are along a chart's axis of names, 0 if it has none.
func labels(c *reports.Chart) int {
	n := 0
	for i := range c.Series {
		if c.Kind == reports.Scatter {
			return 0
		}
		n = max(n, len(c.Series[i].Points))
	}
	return n
}

// maxLabel is how long a name along an axis may be: longer ones leave no room for the chart.
const maxLabel = 26

// axisLabel is a name as an axis has it.
func axisLabel(s string) string {
	r := []rune(clean(s))
	if len(r) <= maxLabel {
		return string(r)
	}
	return strings.TrimRight(string(r[:maxLabel-1]), " ") + "…"
}
