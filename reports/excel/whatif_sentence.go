package excel

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/tierwise/tierwise/reports"
)

const nothingToSay = "Without costs of the baseline nothing can be said of savings."

// sentence is what the typed figures come to: a formula, beside what it comes to as given. What is rounded to zero has no sign.
func (x *whatIf) sentence(last int) {
	b, c, s, d := cell(2, baseRow), cell(2, tableRow), cell(2, shareRow), cell(2, deltaRow)
	money := func(of string) string { return fmt.Sprintf(`FIXED(%s,IF(%s>=100,0,2))`, of, b) }
	saves, points := fmt.Sprintf("ROUND(100*%s,1)", s), fmt.Sprintf("ROUND(%s,1)", d)
	does := fmt.Sprintf(`IF(%[1]s>=0,"saves "&FIXED(ABS(%[1]s),1)&" %% of the bill","costs "&FIXED(ABS(%[1]s),1)&" %% more than the baseline")`, saves)
	moves := fmt.Sprintf(`IF(%[1]s>0,"+",IF(%[1]s<0,"-",""))&FIXED(ABS(%[1]s),1)&" points"`, points)
	beyond := `""`
	if t := x.w.Tolerance; t > 0 {
		beyond = fmt.Sprintf(`IF(%s<%s,"%s","")`, d, strconv.FormatFloat(value(reports.Points, -t), 'f', -1, 64), x.tooFar())
	}
	formula := fmt.Sprintf(`IF(ISNUMBER(%s),"The routing table "&%s&": $"&%s&" → $"&%s&" a month"&IF(ISNUMBER(%s),"; quality moves by "&%s&"%s"&%s,"; nothing is known of quality")&".","%s")`,
		s, does, money(b), money(c), d, moves, x.inReplay(), beyond, nothingToSay)
	x.put(44, x.formula(formula, x.sentenceNow(), style{size: 16, bold: true, color: blue, wrap: true, middle: true}))
	x.merge(1, last)
}

// sentenceNow is what the sentence says as given.
func (x *whatIf) sentenceNow() string {
	r := x.r
	if math.IsNaN(r.Savings) {
		return nothingToSay
	}
	money := func(v float64) string {
		if r.Base >= 100 {
			return fixed(v, 0)
		}
		return fixed(v, 2)
	}
	does := "saves " + fixed(100*r.Savings, 1) + " % of the bill"
	if v := fixed(100*r.Savings, 1); v[0] == '-' {
		does = "costs " + v[1:] + " % more than the baseline"
	}
	quality := "; nothing is known of quality"
	if points := value(reports.Points, r.Delta); !math.IsNaN(points) {
		moves := fixed(points, 1)
		if moves[0] != '-' && strings.Trim(moves, "0.") != "" {
			moves = "+" + moves
		}
		quality = "; quality moves by " + moves + " points" + x.inReplay()
		if t := x.w.Tolerance; t > 0 && points < value(reports.Points, -t) {
			quality += x.tooFar()
		}
	}
	return "The routing table " + does + ": $" + money(r.Base) + " → $" + money(r.Cost) + " a month" + quality + "."
}

// tooFar warns of a loss beyond the tolerance.
func (x *whatIf) tooFar() string {
	return ": more than the " + strings.TrimPrefix(reports.FormatNumber(reports.Points, x.w.Tolerance), "+") + " that it may lose"
}

// inReplay says whose change of quality it is where the Summary has another.
func (x *whatIf) inReplay() string { return x.otherChange(" in the replay (Summary: %s)") }

// otherChange writes the Summary's change of quality if it is another than the one measured here: that of a tuning is by labels
// that did not choose the table.
func (x *whatIf) otherChange(format string) string {
	s := x.book.doc.Summary
	if s == nil {
		return ""
	}
	for i := range s.Figures {
		f := &s.Figures[i]
		if f.Unit != reports.Points {
			continue
		}
		there := reports.Format(f.Unit, f.Cell)
		if there == reports.FormatNumber(reports.Points, x.r.Delta) || !f.Cell.Known() {
			return ""
		}
		return fmt.Sprintf(format, there)
	}
	return ""
}

// caveats stand below the sentence: what is known of its quality, and what the figures are of.
func (x *whatIf) caveats(last int) {
	x.at(caveatRow)
	var lines []string
	if t := x.w.Tolerance; t > 0 && x.w.Verdict != "" && !math.IsNaN(x.r.Delta) {
		lines = append(lines, fmt.Sprintf("As measured, before anything is typed, quality %s within %s.", verdictWords(string(x.w.Verdict)), strings.TrimPrefix(reports.FormatNumber(reports.Points, t), "+")))
	}
	lines = append(lines, x.w.Notes...)
	if len(lines) > 0 {
		x.paragraph(strings.Join(lines, "\n"), last, style{color: muted, size: 10})
	}
}

// verdictWords makes a verdict part of a sentence.
func verdictWords(verdict string) string {
	if verdict == "inconclusive" {
		return "is not shown to hold"
	}
	return verdict // "holds", "fails"
}

// fixed is what FIXED of Excel writes: so many decimals, commas between groups of three digits.
func fixed(v float64, decimals int) string {
	scale := math.Pow(10, float64(decimals))
	rounded := math.Round(math.Abs(v)*scale) / scale // half away from zero, as spreadsheets do
	whole, fraction, _ := strings.Cut(strconv.FormatFloat(rounded, 'f', decimals, 64), ".")
	n, _ := strconv.ParseFloat(whole, 64)
	s := reports.FormatNumber(reports.Count, n)
	if fraction != "" {
		s += "." + fraction
	}
	if v < 0 && strings.Trim(s, "0.,") != "" {
		s = "-" + s
	}
	return s
}
