package excel

import (
	"cmp"
	"fmt"
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
		x.chart(c, 1, chartWidth, chartHeight)
		x.skip(chartHeight/rowPixels + 1)
	}
}

// caption says what is to be seen, and what the dashed lines are.
func caption(c *reports.Chart) string {
	text := clean(c.About)
	if c.Kind != reports.Scatter {
		return text
	}
	var marks []string
	for _, a := range []*reports.Axis{&c.X, &c.Y} {
		for _, m := range a.Marks {
			marks = append(marks, fmt.Sprintf("%s at %s", m.Label, reports.FormatNumber(a.Unit, m.At)))
		}
	}
	if len(marks) > 0 {
		text += " Dashed: " + strings.Join(marks, ", ") + "."
	}
	return text
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

// crowded is how many labels along an axis can still be read.
const crowded = 20

// largest tells which points are drawn: all, or where those are too many the ones of the largest size. The table has the rest.
func largest(c *reports.Chart, size func(*reports.Point) float64) func(*reports.Point) bool {
	var sizes []float64
	for i := range c.Series {
		for j := range c.Series[i].Points {
			if x := math.Abs(size(&c.Series[i].Points[j])); x > 0 {
				sizes = append(sizes, x)
			}
		}
	}
	n := 0
	for i := range c.Series {
		n += len(c.Series[i].Points)
	}
	if n <= crowded {
		return func(*reports.Point) bool { return true }
	}
	slices.SortFunc(sizes, func(a, b float64) int { return cmp.Compare(b, a) })
	least := 0.0
	if len(sizes) > crowded {
		least = sizes[crowded-1]
	}
	return func(p *reports.Point) bool { x := math.Abs(size(p)); return x > 0 && x >= least }
}

// forest draws each point as a mark on its interval. Excel has no error bars that excelize can make, so it is a stock chart:
// high, low, close.
func (b *book) forest(c *reports.Chart) []*excelize.Chart {
	var rows [][]any
	e := newExtent()
	shown := largest(c, func(p *reports.Point) float64 { return p.X })
	for i := range c.Series {
		for j := range c.Series[i].Points {
			p := &c.Series[i].Points[j]
			if !finite(p.X) || !shown(p) {
				continue
			}
			row := point(&c.X, &c.Y, p)
			row[dataY-1] = nil
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
	return []*excelize.Chart{out}
}

// waterfall draws columns that stand on an invisible one.
func (b *book) waterfall(c *reports.Chart) []*excelize.Chart {
	var rows [][]any
	e := newExtent()
	e.add(0)
	height, rest := 0.0, 0.0
	shown := largest(c, func(p *reports.Point) float64 { return p.Y })
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
				rows = append(rows, b.step(c, &reports.Point{Label: "(others)", Y: rest}, &height, &e))
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
		{dataBase, excelize.Fill{Type: "pattern", Pattern: 0}}, {dataWhole, solid(blue)}, {dataBetter, solid("4C9F70")},
		{dataWorse, solid("C8574F")}, {dataBelow, solid("C8574F")},
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
	part := dataWorse
	switch {
	case p.Total:
		part = dataWhole
	case p.Tone == reports.Good, p.Tone == reports.Neutral && to < from:
		part = dataBetter
	}
	switch {
	case lo >= 0:
		row[dataBase-1], row[part-1] = lo, hi-lo
	case hi <= 0:
		row[dataBase-1], row[dataBelow-1] = hi, lo-hi
	default:
		row[part-1], row[dataBelow-1] = hi, lo
	}
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
