package reports

import (
	"math"
	"strconv"
	"strings"
)

// Dash is what is written for a number that is not known: never 0.
const Dash = "–"

// Format writes a cell of a column of the given unit.
func Format(u Unit, c Cell) string {
	switch {
	case c.IsText:
		return c.Text
	case math.IsNaN(c.Number):
		return Dash
	}
	s := FormatNumber(u, c.Number)
	if c.Limit == 0 || c.Number == c.Limit || u != Points && u != Bound {
		return s
	}
	for decimals := 2; decimals <= 4 && s == pointsOf(u, c.Limit, decimals-1); decimals++ {
		s = pointsOf(u, c.Number, decimals)
	}
	return s
}

// pointsOf writes a delta, or a bound of one, in points with so many decimals.
func pointsOf(u Unit, x float64, decimals int) string {
	s := signed(100*x, decimals) + " pp"
	if u == Bound {
		return "≥ " + s
	}
	return s
}

// FormatNumber writes a number of the given unit.
func FormatNumber(u Unit, x float64) string {
	if math.IsNaN(x) {
		return Dash
	}
	switch u {
	case Count:
		return group(strconv.FormatFloat(math.Round(x), 'f', 0, 64))
	case Share:
		return fixed(100*x, 1) + " %"
	case Points:
		return pointsOf(Points, x, 1)
	case Bound:
		return pointsOf(Bound, x, 1)
	case USD:
		return formatUSD(x)
	case Millis:
		return group(fixed(x, 0)) + " ms"
	case PValue:
		if x < 0.001 {
			return "<0.001"
		}
		return fixed(x, 3)
	case Text, Decimals:
	}
	return fixed(x, 2)
}

// formatUSD writes dollars with the digits that matter: two decimals from a dollar up, else three significant digits.
func formatUSD(x float64) string {
	sign := ""
	if x < 0 {
		sign, x = "-", -x
	}
	switch {
	case x == 0:
		return "$0"
	case x >= 1:
		return sign + "$" + group(fixed(x, 2))
	}
	decimals := min(2-int(math.Floor(math.Log10(x))), 12)
	s := strings.TrimRight(fixed(x, decimals), "0")
	if dot := strings.IndexByte(s, '.'); len(s)-dot < 3 {
		s = fixed(x, 2)
	}
	return sign + "$" + s
}

// fixed writes x with so many decimals, and never a negative zero.
func fixed(x float64, decimals int) string {
	s := strconv.FormatFloat(x, 'f', decimals, 64)
	if strings.Trim(s, "-0.") == "" {
		return strings.TrimPrefix(s, "-")
	}
	return s
}

// signed writes x with its sign, zero without one.
func signed(x float64, decimals int) string {
	s := fixed(x, decimals)
	if strings.Trim(s, "-0.") == "" || s[0] == '-' {
		return s
	}
	return "+" + s
}

// group puts commas between groups of three digits.
func group(s string) string {
	whole, fraction, _ := strings.Cut(s, ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if fraction != "" {
		whole += "." + fraction
	}
	return sign + whole
}
