package excel

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/tierwise/tierwise/reports"
)

// forest is a chart of n tasks and the whole, the first task the largest.
func forest(kind reports.ChartKind, n int) *reports.Chart {
	s := reports.Series{Name: "s"}
	for i := range n {
		s.Points = append(s.Points, reports.Point{Label: fmt.Sprintf("task %d", i), X: float64(n-i) / 100, Y: -float64(n-i) / 1e4, Lo: math.NaN(), Hi: math.NaN()})
	}
	s.Points = append(s.Points, reports.Point{Label: wholeLabel, X: 0.0001, Y: 0.5, Total: true})
	return &reports.Chart{
		Kind: kind, Title: "Chart", About: "What lies right of a tolerance is within it.", Series: []reports.Series{s},
		X: reports.Axis{Unit: reports.Points, Marks: []reports.Mark{{At: 0, Label: "no change"}, {At: -0.05, Label: "a task may lose 5.0 pp"}}},
	}
}

// All points are drawn while there is room; then the largest and the whole, and the caption counts the rest.
func TestLargest(t *testing.T) {
	for _, tt := range []struct {
		kind    reports.ChartKind
		n, left int
		says    string
	}{
		{reports.Forest, 57, 0, ""},
		{reports.Forest, crowdedRows - 1, 0, ""},
		{reports.Forest, crowdedRows + 20, 21, "The 21 smallest are left out of the chart"},
		{reports.Waterfall, crowded - 1, 0, ""},
		{reports.Waterfall, crowded + 1, 2, "The 2 smallest are put together"},
		{reports.Bars, 500, 0, ""},
	} {
		c := forest(tt.kind, tt.n)
		shown, left := largest(c)
		points := c.Series[0].Points
		drawn := 0
		for i := range points {
			if shown(&points[i]) {
				drawn++
			}
		}
		if left != tt.left || drawn != len(points)-tt.left || !shown(&points[0]) || !shown(&points[len(points)-1]) {
			t.Errorf("%v of %d: %d are drawn and %d left, want %d left", tt.kind, tt.n, drawn, left, tt.left)
		}
		if text := caption(c); tt.says != "" && !strings.Contains(text, tt.says) || tt.says == "" && strings.Contains(text, "smallest") {
			t.Errorf("%v of %d: the caption is %q", tt.kind, tt.n, text)
		}
	}
}

// The tolerance is a line across the chart, and the caption says which way is within it.
func TestForestTolerance(t *testing.T) {
	b := &book{}
	c := forest(reports.Forest, 3)
	parts := b.forest(c)
	if len(parts) != 2 || len(parts[1].Series) != 1 {
		t.Fatalf("%d charts: %+v", len(parts), parts)
	}
	for i, row := range b.charts.rows {
		if row[dataLimit-1] != -5.0 {
			t.Errorf("row %d has the tolerance %v, want -5", i, row[dataLimit-1])
		}
	}
	if got := *parts[0].YAxis.Minimum; got > -5 {
		t.Errorf("the axis starts at %v: the tolerance is not on it", got)
	}
	if got, want := caption(c), "What lies above a tolerance is within it. Dashed: a task may lose 5.0 pp."; got != want {
		t.Errorf("the caption is %q, want %q", got, want)
	}
}

// A step's colour tells savings from costs, and what is proved from what is not.
func TestStepColors(t *testing.T) {
	for _, tt := range []struct {
		p    reports.Point
		part int
		says string
	}{
		{reports.Point{Y: 1, Total: true}, dataWhole, "Blue: the whole bill."},
		{reports.Point{Y: -0.1, Tone: reports.Good}, dataBetter, "Green: saves, and quality is shown to hold."},
		{reports.Point{Y: -0.1, Tone: reports.Unsure}, dataUnproved, "Grey: saves, but quality is not shown to hold, or nobody tells."},
		{reports.Point{Y: -0.1}, dataUnproved, "Grey: saves, but quality is not shown to hold, or nobody tells."},
		{reports.Point{Y: -0.1, Tone: reports.Bad}, dataFailed, "Amber: saves, but loses more quality than is allowed."},
		{reports.Point{Y: 0.1, Tone: reports.Good}, dataWorse, "Red: costs more."},
		{reports.Point{Y: 0.1, Tone: reports.Unsure}, dataWorse, "Red: costs more."},
	} {
		c := &reports.Chart{Kind: reports.Waterfall, Series: []reports.Series{{Points: []reports.Point{tt.p, {Y: math.NaN()}}}}}
		if got := caption(c); got != tt.says {
			t.Errorf("%+v: the caption is %q, want %q", tt.p, got, tt.says)
		}
		b := &book{}
		c.Series[0].Points = append([]reports.Point{{Y: 1, Total: true}}, c.Series[0].Points...)
		b.waterfall(c)
		if got, ok := b.charts.rows[1][tt.part-1].(float64); !ok || math.Abs(got-math.Abs(tt.p.Y)) > 1e-12 {
			t.Errorf("%+v: column %d has %v", tt.p, tt.part, b.charts.rows[1])
		}
	}
}

// What could be had in hindsight says that it is not certified, at the line and above the chart.
func TestCurveName(t *testing.T) {
	c := &reports.Chart{Kind: reports.Scatter, Series: []reports.Series{
		{Name: "Could be had, in hindsight", Role: reports.Curve, Joined: true, Points: []reports.Point{{X: 1, Y: 0.5}, {X: 2, Y: 0.6}}},
		{Name: "Baseline", Role: reports.Baseline, Points: []reports.Point{{Label: "big", X: 9, Y: 0.6}}},
	}}
	if got, want := caption(c), "The line could be had, in hindsight: not certified."; got != want {
		t.Errorf("the caption is %q, want %q", got, want)
	}
	for x, want := range map[float64]float64{9: 2, 2.5: 1} { // at the dear end if there is room to its right
		c.Series[1].Points[0].X = x
		b := &book{}
		b.scatter(c)
		i := slices.IndexFunc(b.charts.rows, func(row []any) bool { return row[dataSeries-1] == "Could be had, in hindsight: not certified" })
		if i < 0 || b.charts.rows[i][dataX-1] != want {
			t.Errorf("baseline at %v: the name is not at %v: %v", x, want, b.charts.rows)
		}
	}
}

// Names along an axis are cut with an ellipsis.
func TestAxisLabel(t *testing.T) {
	for in, want := range map[string]string{
		"short": "short", strings.Repeat("x", maxLabel): strings.Repeat("x", maxLabel),
		"high_school_government_and_politics": "high_school_government_an…", "words that are cut at a    blank, by me": "words that are cut at a…",
	} {
		if got := axisLabel(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}

// No number is written as a negative zero, and its value stays.
func TestSignless(t *testing.T) {
	points, bound, share, usd := numberFormat(reports.Points, 1), numberFormat(reports.Bound, 1), numberFormat(reports.Share, 1), numberFormat(reports.USD, 2)
	for _, tt := range []struct {
		format string
		v      float64
		zero   string // "": the format stays
	}{
		{points, -0.04, "0.0 pp"}, {points, -0.05, ""}, {points, 0.04, "0.0 pp"}, {points, 0, ""}, {numberFormat(reports.Points, 2), -0.04, ""}, {numberFormat(reports.Points, 2), -0.004, "0.00 pp"},
		{bound, -0.01, "≥ 0.0 pp"}, {share, -0.0004, "0.0 %"}, {share, -0.0006, ""}, {usd, -0.004, "$0.00"}, {usd, -0.006, ""},
		{numberFormat(reports.Decimals, 2), -0.001, "0.00"}, {numberFormat(reports.Millis, 0), -0.2, "0 ms"}, {numberFormat(reports.Count, 0), -0.3, "0"}, {numberFormat(reports.PValue, 0), -0.1, ""}, {"", -0.1, ""},
	} {
		want := tt.format
		if tt.zero != "" {
			want = literally(tt.zero)
		}
		if got := signless(tt.format, tt.v); got != want {
			t.Errorf("%v in %s gets %s, want %s", tt.v, tt.format, got, want)
		}
	}
}

// Only what goes on is joined: other lines stay lines, however long.
func TestJoined(t *testing.T) {
	long := strings.TrimSpace(strings.Repeat("word ", 22)) // as long as a terminal is wide
	in := []string{long, "[tasks.a] chain is another", long, "  goes on", "  and is a line of its own", "- an item", "", long, "    a command"}
	want := []string{long, "[tasks.a] chain is another", long + " goes on", "  and is a line of its own", "- an item", long, "    a command"}
	if got := joined(in); !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
}
