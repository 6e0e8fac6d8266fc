package datasets

import (
	"math"
	"strconv"
)

// oddNumber deals with a value outside the range of its column: not a number is null in most, the rest are problems.
// model is "" for a column of requests.
func (b *block) oddNumber(c *numberColumn, row int64, model string, v float64) {
	if math.IsNaN(v) && c.nanIsNull {
		return
	}
	what, fix := b.whatIsOdd(c, v)
	if model != "" {
		what += " (model " + strconv.Quote(model) + ")"
	}
	b.problem(row, c.name, what, fix)
}

func (b *block) whatIsOdd(c *numberColumn, v float64) (what, fix string) {
	scaled := c.name == "quality" && b.opts.Scale != nil
	if scaled && !math.IsNaN(v) {
		raw := b.opts.Scale.Lo + v*(b.opts.Scale.Hi-b.opts.Scale.Lo)
		return formatNumber(raw) + " is outside the scale " + b.opts.Scale.String(), ""
	}
	switch {
	case math.IsNaN(v):
		return "NaN is not a score", "an outcome that was not graded is null"
	case v == -1:
		fix = "an unknown value is null, not -1"
	case c.name == "quality" && v >= 2 && v <= 100:
		hi := "100"
		if v <= 10 {
			hi = "10"
		}
		fix = "scores on another scale need --scale, perhaps --scale 0:" + hi
	}
	switch {
	case math.IsInf(v, 0):
		return formatNumber(v) + " is not finite", ""
	case c.hi == 1:
		return formatNumber(v) + " is outside [0, 1]", fix
	default:
		return formatNumber(v) + " is negative", fix
	}
}

func formatNumber(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// problem notes what is wrong with the row of that number.
func (b *block) problem(number int64, column, message, fix string) {
	file, row := b.at(number)
	b.problems.add(Problem{File: file, Row: row, Column: column, Message: message, Fix: fix})
}

// requestProblem notes what is wrong with request i of the block.
func (b *block) requestProblem(i int, column, message, fix string) {
	b.problems.add(Problem{File: b.t.File, Row: b.t.Rows[i], Column: column, Message: message, Fix: fix})
}
