package excel

import (
	"math"
	"strings"

	"github.com/tierwise/tierwise/reports"
)

// value is a number as a cell has it: points are stored as points, free of the noise of multiplying.
func value(u reports.Unit, x float64) float64 {
	if u == reports.Points || u == reports.Bound {
		return math.Round(x*1e12) / 1e10
	}
	return x
}

// numberFormat is the format of numbers of a unit, with so many decimals where the unit leaves a choice.
func numberFormat(u reports.Unit, decimals int) string {
	d := zeros(decimals)
	switch u {
	case reports.Count:
		return "#,##0"
	case reports.Share:
		return d + " %"
	case reports.Points:
		return "+" + d + `" pp";-` + d + `" pp";` + d + `" pp"`
	case reports.Bound:
		return `"≥ +"` + d + `" pp";"≥ -"` + d + `" pp";"≥ "` + d + `" pp"`
	case reports.USD:
		return "$#,##" + d + ";-$#,##" + d
	case reports.Millis:
		return `#,##0" ms"`
	case reports.PValue:
		return `[<0.001]"<0.001";0.000`
	case reports.Text, reports.Decimals:
	}
	return d
}

func zeros(decimals int) string {
	if decimals <= 0 {
		return "0"
	}
	return "0." + strings.Repeat("0", decimals)
}

// decimalsOf is how many decimals show a number: those that every renderer writes it with, of dollars those of the column.
func decimalsOf(u reports.Unit, c reports.Cell, dollars int) int {
	switch u {
	case reports.USD:
		return dollars
	case reports.Share:
		return 1
	case reports.Points, reports.Bound:
		_, fraction, _ := strings.Cut(reports.Format(u, c), ".")
		return strings.IndexFunc(fraction+" ", func(r rune) bool { return r < '0' || r > '9' })
	case reports.Text, reports.Count, reports.Millis, reports.PValue, reports.Decimals:
	}
	return 2
}

// dollarDecimals is how many decimals a column of dollars needs so that its largest amount has three digits: 2 to 6.
func dollarDecimals(most float64) int {
	if !(most > 0) || most >= 1 {
		return 2
	}
	return min(2-int(math.Floor(math.Log10(most))), 6)
}

// unitOf is the unit as an axis has it, "" where there is none.
func unitOf(u reports.Unit) string {
	switch u {
	case reports.Points, reports.Bound:
		return "pp"
	case reports.USD:
		return "$"
	case reports.Millis:
		return "ms"
	case reports.Share:
		return "%"
	case reports.Text, reports.Count, reports.PValue, reports.Decimals:
	}
	return ""
}
