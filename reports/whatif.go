package reports

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tierwise/tierwise/eval"
)

// asItIs names the rows of a candidate under no scenario.
const asItIs = "as it is"

// whatIf adds what the candidates would come to under the scenarios, if there are any.
func (d *Document) whatIf(c *eval.Comparison) {
	if len(c.WhatIf) == 0 {
		return
	}
	t := &Table{Columns: []Column{
		{"", Text}, {"", Text}, {"verdict", Text}, {"delta", Points}, {"at worst", Bound}, {"quality", Share},
		{"saves", Share}, {"$/1,000", USD}, {"p95", Millis}, {"failed", Share},
	}}
	row := func(scenario, candidate string, r *eval.Result) {
		t.Rows = append(t.Rows, []Cell{
			T(candidate), T(scenario), T(string(r.Verdict)), N(r.Delta), beside(r.Bound, c.Settings.Tolerance), N(r.Quality),
			N(r.Savings), N(r.CostPer1000), N(r.LatencyP95), N(r.FailureRate),
		})
	}
	for i := range c.Candidates {
		k := &c.Candidates[i]
		row(asItIs, k.Label, &k.Whole)
		for w := range c.WhatIf {
			if r := &c.WhatIf[w]; r.Of == k.Label {
				row(r.Scenario, "", &r.Whole)
			}
		}
	}
	s := Section{Title: "WHAT IF", Table: t}
	outage := false
	for i := range c.Settings.Scenarios {
		scenario := &c.Settings.Scenarios[i]
		outage = outage || len(scenario.ModelsDown)+len(scenario.ProvidersDown) > 0
		if len(scenario.Prices) > 0 {
			s.Lines = append(s.Lines, scenario.Name+": "+priceChanges(scenario)+baselineBill(c, scenario.Name))
		}
	}
	if outage {
		s.Lines = append(s.Lines, "An outage: every call fails at once (connection), costs nothing and takes no time; one that hangs costs its time-out besides.",
			"All is compared with "+c.Baseline+" as recorded, which has no outage.")
	}
	d.add(s)
}

// priceChanges says what a scenario changes.
func priceChanges(s *eval.Scenario) string {
	parts := make([]string, 0, len(s.Prices))
	for i := range s.Prices {
		p := &s.Prices[i]
		part := p.Model
		if p.Price != nil {
			part += " " + listPrice(p.Price)
		}
		if p.Price == nil || p.Factor != 1 {
			part += " × " + factor(p.Factor)
		}
		parts = append(parts, part)
	}
	text := strings.Join(parts, ", ")
	if s.PriceDate != "" {
		text += "; list prices of " + s.PriceDate
	}
	return text
}

// listPrice writes a price per million tokens: input/output, and what has a price of its own.
func listPrice(p *eval.ListPrice) string {
	text := FormatNumber(USD, float64(p.Input)) + "/" + FormatNumber(USD, float64(p.Output))
	if p.CachedInput.Known() {
		text += ", cached " + FormatNumber(USD, float64(p.CachedInput))
	}
	if p.Reasoning.Known() {
		text += ", reasoning " + FormatNumber(USD, float64(p.Reasoning))
	}
	return text
}

// baselineBill says what a scenario does to the bill of the baseline: on the requests of the first candidate's savings.
func baselineBill(c *eval.Comparison, scenario string) string {
	i := slices.IndexFunc(c.WhatIf, func(r eval.WhatIfResult) bool { return r.Scenario == scenario })
	before, now := &c.Candidates[0].Whole, &c.WhatIf[i].Whole
	switch {
	case !now.SavingsBaseUSD.Known() || !(before.SavingsBaseUSD > 0) || before.SavingsKnown != now.SavingsKnown:
		return ""
	case now.SavingsBaseUSD == before.SavingsBaseUSD:
		return "; the bill of " + c.Baseline + " stays"
	}
	change := 100 * float64(now.SavingsBaseUSD/before.SavingsBaseUSD-1)
	return fmt.Sprintf("; the bill of %s changes by %s %%", c.Baseline, signed(change, 1))
}

// A candidate's line names shownFlips prices at most, and none that is farFlip times today's, or less than that part of it,
// unless there is no nearer one.
const (
	shownFlips = 4
	farFlip    = 100
)

// flipLines says at which prices a candidate's saving would turn into a loss, or back: the baseline's comes last.
func flipLines(c *eval.Comparison, k *eval.CandidateResult) []string {
	flips := k.Whole.Flips[:min(len(k.Whole.Flips), shownFlips)]
	if len(flips) == 0 {
		return nil
	}
	if i := slices.IndexFunc(flips, func(f eval.Flip) bool { return f.Factor > farFlip || f.Factor < 1./farFlip }); i >= 0 {
		flips = flips[:max(i, 1)]
	}
	if i := slices.IndexFunc(flips, func(f eval.Flip) bool { return f.Model == c.Baseline }); i >= 0 {
		flips = slices.Concat(flips[:i], flips[i+1:], flips[i:i+1])
	}
	parts := make([]string, 0, len(flips))
	for i, f := range flips {
		part := f.Model
		if f.Model == c.Baseline {
			part += " (baseline)"
		}
		if i == 0 {
			part += " costs"
		}
		parts = append(parts, part+" × "+factor(float64(f.Factor)))
	}
	when := "saves until "
	if !(k.Whole.Savings > 0) {
		when = "would save once "
	}
	list := strings.Join(parts, ", ") + " of today's price"
	if i := strings.LastIndex(list, ", "); i >= 0 {
		list = list[:i] + " or" + list[i+1:]
	}
	return []string{k.Label + ": " + when + list}
}

// factor writes a factor with three significant digits, and without an exponent.
func factor(x float64) string {
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'e', 2, 64), 64)
	text := strconv.FormatFloat(rounded, 'f', -1, 64)
	if rounded >= 1000 {
		return group(text)
	}
	return text
}
