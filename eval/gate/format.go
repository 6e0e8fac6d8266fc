package gate

import (
	"math"
	"strconv"
	"strings"

	"github.com/tierwise/tierwise/eval"
)

// dash is what is written for a number that is not known: never 0.
const dash = "–"

// text writes a value of a rule with its unit.
func text(rule string, x eval.Number) string {
	switch rule {
	case Tolerance, TaskTolerance:
		return points(x)
	case MinSavings, MaxEscalation, MinCoverage, MaxFalseHits:
		return percent(x)
	case MaxP95:
		return plain(x, 0, "", " ms")
	case MaxCost:
		return plain(x, 2, "$", "")
	}
	return plain(x, 0, "", "")
}

// points writes a difference of quality: -1.2 pp.
func points(x eval.Number) string { return signed(x, 1) }

// pointsBeside writes a difference with the decimals, four at most, that show on which side of a limit it is.
func pointsBeside(x eval.Number, limit float64) string {
	s := points(x)
	for decimals := 2; decimals <= 4 && float64(x) != limit && s == signed(eval.Number(limit), decimals-1); decimals++ {
		s = signed(x, decimals)
	}
	return s
}

func signed(x eval.Number, decimals int) string {
	s := plain(100*x, decimals, "", " pp")
	if x > 0 && strings.ContainsAny(s, "123456789") {
		s = "+" + s
	}
	return s
}

func percent(x eval.Number) string { return plain(100*x, 1, "", " %") }

func plain(x eval.Number, decimals int, before, after string) string {
	if !x.Known() {
		return dash
	}
	s := strconv.FormatFloat(math.Abs(float64(x)), 'f', decimals, 64)
	if whole, fraction, _ := strings.Cut(s, "."); len(whole) > 3 {
		for i := len(whole) - 3; i > 0; i -= 3 {
			whole = whole[:i] + "," + whole[i:]
		}
		if s = whole; fraction != "" {
			s += "." + fraction
		}
	}
	if x < 0 && strings.Trim(s, "0.") != "" {
		before = "-" + before
	}
	return before + s + after
}

// number writes a whole number.
func number(n int64) string { return plain(eval.Number(n), 0, "", "") }
