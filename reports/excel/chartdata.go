package excel

import (
	"math"
	"strings"

	"github.com/tierwise/tierwise/reports"
)

// chartData is the numbers behind the charts: a native chart draws cells, and these are on a sheet of their own at the end.
type chartData struct {
	rows [][]any // text or float64 or nil; row i stands in line i+dataHead+1
}

// dataHead is the row of that sheet's heading.
const dataHead = 4

// The columns of that sheet.
const (
	dataChart = iota + 1
	dataSeries
	dataLabel
	dataX
	dataY
	dataLow
	dataHigh
	dataBase
	dataBetter
	dataWorse
	dataWhole
	dataBelow
	dataUnproved
	dataFailed
	dataLimit   // the first of dataLimits
	dataColumns = dataLimit + dataLimits - 1
)

// dataLimits is how many tolerances a forest has at most.
const dataLimits = 2

var dataTitles = []string{
	"Chart", "Series", "Label", "x", "y", "Low", "High", "Base (not drawn)", "Saves, holds", "Costs more", "Whole", "Below zero", "Saves, not shown to hold", "Saves, fails",
	"Tolerance", "Tolerance 2",
}

// A span is consecutive rows of that sheet.
type span struct{ first, last int }

// column is a reference to a column of the rows.
func (s span) column(c int) string {
	return "'" + chartSheet + "'!" + absolute(c, s.first) + ":" + absolute(c, s.last)
}

// name is a reference to the series' name.
func (s span) name() string { return "'" + chartSheet + "'!" + absolute(dataSeries, s.first) }

// dataHeading is a reference to the heading of a column: the name of a series must be a cell.
func dataHeading(c int) string { return "'" + chartSheet + "'!" + absolute(c, dataHead) }

// add adds the points of a series, one to a row.
func (d *chartData) add(chart, series string, rows [][]any) span {
	first := dataHead + len(d.rows) + 1
	for _, r := range rows {
		row := make([]any, dataColumns)
		copy(row, r)
		row[dataChart-1], row[dataSeries-1] = chart, series
		d.rows = append(d.rows, row)
	}
	return span{first, dataHead + len(d.rows)}
}

// point is a row of a scatter chart or a chart of bars.
func point(x, y *reports.Axis, p *reports.Point) []any {
	row := make([]any, dataColumns)
	row[dataLabel-1], row[dataX-1], row[dataY-1] = axisLabel(p.Label), value(x.Unit, p.X), value(y.Unit, p.Y)
	return row
}

func (b *book) writeChartData() error {
	if len(b.charts.rows) == 0 {
		return nil
	}
	x, err := b.sheet(chartSheet, &frame{widths: []float64{34, 26, 26, 12, 12, 12, 12, 16, 12, 12, 12, 12, 22, 12, 12, 12}, freezeRows: dataHead, color: faint})
	if err != nil {
		return err
	}
	x.head(&reports.Section{Title: chartSheet, About: "The numbers that the charts of this workbook draw. Shares are from 0 to 1, differences of quality in points. " + unprinted}, dataColumns)
	head := make([]any, dataColumns)
	for i, t := range dataTitles {
		head[i] = x.text(t, style{bold: true, color: white, fill: blue, middle: true})
	}
	x.put(20, head...)
	for _, row := range b.charts.rows {
		for i, v := range row {
			switch v := v.(type) {
			case string:
				row[i] = x.text(strings.ReplaceAll(v, "\n", " "), style{size: 10})
			case float64:
				if math.IsNaN(v) || math.IsInf(v, 0) {
					row[i] = nil
					continue
				}
				row[i] = x.number(v, style{size: 10, right: true})
			}
		}
		x.put(0, row...)
	}
	return x.closeUnprinted(dataColumns)
}
