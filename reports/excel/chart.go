package excel

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/tierwise/tierwise/reports"
)

// The size of a chart in pixels of a sheet, and of a row and a line of those in it.
const (
	chartWidth, chartHeight = 860, 400
	rowPixels               = 20
	chartChars              = 118 // a chart is as wide as a text of so many characters
)

// charts writes charts below what stands there.
func (x *sheet) charts(charts []*reports.Chart) {
	for _, c := range charts {
		x.skip(1)
		x.paragraph(caption(c), x.upTo(chartChars), style{color: muted, size: 10})
		height := chartHeight
		if labels(c) > slanted {
			height += slantedHeight
		}
		x.chart(c, 1, x.chartWidth(c), height)
		x.skip(height/rowPixels + 1)
	}
}

// chart draws a chart from the next row and the given column on. It takes no rows.
func (x *sheet) chart(c *reports.Chart, column, width, height int) {
	parts := x.book.nativeChart(c)
	if len(parts) == 0 {
		return
	}
	main := parts[0]
	main.Dimension = excelize.ChartDimension{Width: uint(width), Height: uint(height)}
	x.do(func() error { return x.book.file.AddChart(x.name, cell(column, x.row+1), main, parts[1:]...) })
}

// nativeChart returns a chart and those that are drawn into it; none if it has no points.
func (b *book) nativeChart(c *reports.Chart) []*excelize.Chart {
	var parts []*excelize.Chart
	switch c.Kind {
	case reports.Scatter:
		parts = b.scatter(c)
	case reports.Forest:
		parts = b.forest(c)
	case reports.Waterfall:
		parts = b.waterfall(c)
	case reports.Bars:
		parts = b.bars(c)
	}
	for i := range parts {
		if i == 0 {
			b.dress(parts[0], c)
		}
		if c.Kind != reports.Scatter && labels(c) > slanted {
			parts[i].XAxis.Alignment.TextRotation = -45
		}
		parts[i].YAxis.Title.Paragraph = nil // excelize writes it lying, beside the chart: it stands in the title
	}
	return parts
}

// dress gives a chart its title, its frame and what is read to people who do not see it.
func (b *book) dress(x *excelize.Chart, c *reports.Chart) {
	size := 12.0
	x.Title.Paragraph = []excelize.RichTextRun{{Text: clean(c.Title), Font: &excelize.Font{Family: fontName, Size: size, Bold: true, Color: ink}}}
	if up := x.YAxis.Title.Paragraph; len(up) > 0 {
		x.Title.Paragraph = append(x.Title.Paragraph, excelize.RichTextRun{Text: "    ↑ " + up[0].Text, Font: &excelize.Font{Family: fontName, Size: 9, Color: muted}})
	}
	x.Format = excelize.GraphicOptions{Positioning: "oneCell", AltText: clean(cmp.Or(c.About, c.Title)), Name: clean(c.ID)}
	if x.Legend.Position == "" {
		x.Legend.Position = "bottom"
	}
	x.Legend.Font = &excelize.Font{Family: fontName, Size: 9, Color: ink}
	x.Border = excelize.LineOptions{Type: excelize.LineSolid, Fill: solid(faint), Width: 0.75}
	x.ShowBlanksAs = "gap"
}

func solid(color string) excelize.Fill {
	return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{color}}
}

// axis is an axis with its fonts said: those of a theme are all but unseen in LibreOffice.
func axis(a *reports.Axis) excelize.ChartAxis {
	out := excelize.ChartAxis{
		Font:  excelize.Font{Family: fontName, Size: 9, Color: ink},
		Title: excelize.ChartTitle{Paragraph: []excelize.RichTextRun{{Text: clean(axisTitle(a)), Font: &excelize.Font{Family: fontName, Size: 9, Color: muted}}}},
	}
	if a.Title == "" {
		out.Title.Paragraph = nil
	}
	return out
}

func axisTitle(a *reports.Axis) string {
	if u := unitOf(a.Unit); u != "" && u != "%" && !strings.Contains(a.Title, u) {
		return a.Title + " (" + u + ")"
	}
	return a.Title
}

// scale sets the ends and steps of an axis to round numbers around the values, which are as cells have them.
func scale(out *excelize.ChartAxis, a *reports.Axis, lo, hi float64) {
	if a.Log {
		out.LogBase = 10
		out.NumFmt = excelize.ChartNumFmt{CustomNumFmt: axisFormat(a.Unit, lo)}
		return
	}
	if !(hi > lo) {
		pad := cmp.Or(math.Abs(lo)/10, 1)
		lo, hi = lo-pad, hi+pad
	}
	step := niceStep((hi - lo) / 5)
	floor, ceiling := step*math.Floor(lo/step), step*math.Ceil(hi/step)
	if lo >= 0 && lo < (hi-lo)/2 {
		floor = 0
	}
	out.Minimum, out.Maximum, out.MajorUnit = &floor, &ceiling, step
	out.NumFmt = excelize.ChartNumFmt{CustomNumFmt: axisFormat(a.Unit, step)}
}

// niceStep is 1, 2 or 5 times a power of ten, at least x.
func niceStep(x float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(x)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= x*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// axisFormat is a number format that tells values apart which lie a step from each other.
func axisFormat(u reports.Unit, step float64) string {
	if u == reports.Share {
		step *= 100
	}
	decimals := 0
	if step > 0 && step < 1 {
		decimals = min(int(math.Ceil(-math.Log10(step)-1e-9)), 8)
	}
	switch u {
	case reports.Points, reports.Bound:
		return "+" + zeros(decimals) + ";-" + zeros(decimals) + ";" + zeros(0)
	case reports.Count:
		return "#,##0"
	case reports.Millis:
		return "#,##0"
	case reports.USD:
		return "$#,##" + zeros(decimals)
	case reports.Share:
		return zeros(decimals) + " %"
	case reports.Text, reports.PValue, reports.Decimals:
	}
	return zeros(decimals)
}

// colors of roles, alike in all charts.
var colors = map[reports.Role]string{
	reports.Baseline: ink, reports.Reference: grey, reports.Chosen: blue, reports.Candidate: amber, reports.Curve: sky,
}

// others are the colours of series without a role, in turn.
var others = []string{blue, amber, goodInk, "7C5BA6", grey, "B8860B"}

func colorOf(s *reports.Series, i int) string {
	if c, ok := colors[s.Role]; ok {
		return c
	}
	return others[i%len(others)]
}

// An extent is what values lie between.
type extent struct{ lo, hi float64 }

func newExtent() extent { return extent{math.Inf(1), math.Inf(-1)} }

func (e *extent) add(x float64) {
	if !math.IsNaN(x) && !math.IsInf(x, 0) {
		e.lo, e.hi = min(e.lo, x), max(e.hi, x)
	}
}

func finite(xs ...float64) bool {
	return !slices.ContainsFunc(xs, func(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) })
}

// bars draws a column for each point.
func (b *book) bars(c *reports.Chart) []*excelize.Chart {
	out := &excelize.Chart{Type: excelize.Col}
	e := newExtent()
	e.add(0)
	for i := range c.Series {
		s := &c.Series[i]
		var rows [][]any
		for j := range s.Points {
			row := point(&c.X, &c.Y, &s.Points[j])
			row[dataX-1] = nil
			e.add(value(c.Y.Unit, s.Points[j].Y))
			rows = append(rows, row)
		}
		if len(rows) == 0 {
			continue
		}
		at := b.charts.add(c.Title, s.Name, rows)
		out.Series = append(out.Series, excelize.ChartSeries{Name: at.name(), Categories: at.column(dataLabel), Values: at.column(dataY), Fill: solid(colorOf(s, i))})
	}
	if len(out.Series) == 0 {
		return nil
	}
	if len(out.Series) == 1 {
		out.Legend.Position = "none"
	}
	out.XAxis, out.YAxis = axis(&c.X), axis(&c.Y)
	out.XAxis.TickLabelPosition = excelize.ChartTickLabelLow
	scale(&out.YAxis, &c.Y, e.lo, e.hi)
	out.YAxis.MajorGridLines = true
	gap := uint(60)
	out.GapWidth = &gap
	return []*excelize.Chart{out}
}
