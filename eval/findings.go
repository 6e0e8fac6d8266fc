package eval

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// findings returns what a reader should know before trusting a figure.
func (j *Job) findings(s *Sums, c *Comparison) []Finding {
	out := referenceFindings(c)
	out = append(out, j.priceFindings(s)...)
	out = append(out, j.mixFindings(c)...)
	for i := range c.Candidates {
		k := &c.Candidates[i]
		out = append(out, candidateFindings(k)...)
		out = append(out, routingFindings(k, &j.candidates[i])...)
		out = append(out, checkFindings(k)...)
		out = append(out, cacheFindings(k, &j.candidates[i].Config.Cache, c.CachesOff)...)
		if k.PriceHash != c.Candidates[0].PriceHash {
			out = append(out, Finding{
				ID:      "prices-differ",
				Message: fmt.Sprintf("%s has other prices than %s, whose prices the baseline and the reference rows are shown at", k.Label, c.Candidates[0].Label),
				Fix:     "compare configs at the same prices, or each with its own run",
			})
		}
	}
	return out
}

// referenceFindings says what is not known of single models.
func referenceFindings(c *Comparison) []Finding {
	var out []Finding
	var unpriced []string
	for i := range c.References {
		r := &c.References[i]
		walked := r.Whole.Requests - r.Whole.Unevaluable
		switch {
		case walked == 0:
			out = append(out, Finding{
				ID: "no-outcomes", Message: fmt.Sprintf("the data has no outcome of %s", r.Model),
				Fix: "check the model's name in the config's [tiers]",
			})
		case r.Whole.CostKnown == 0:
			unpriced = append(unpriced, r.Model)
		case float64(r.Whole.CostKnown) < minCoverage*float64(walked):
			out = append(out, Finding{
				ID: "cost-partly-known",
				Message: fmt.Sprintf("the cost of %s is known for %d of its %d outcomes: its figures in dollars speak for those alone",
					r.Model, r.Whole.CostKnown, walked),
			})
		}
	}
	if len(unpriced) > 0 {
		out = append(out, Finding{
			ID:      "cost-unknown",
			Message: "no cost is known of " + list(unpriced) + ": there is no cost_usd, and no tokens with a price",
			Fix:     "record cost_usd, or tokens, and give the models a price in a config",
		})
	}
	return out
}

// priceFindings says where recorded costs override a config's price.
func (j *Job) priceFindings(s *Sums) []Finding {
	var out []Finding
	for v := range s.Prices {
		p := &s.Prices[v]
		recorded, priced := p.Recorded.Float64(), p.Priced.Float64()
		if p.Calls == 0 || math.Abs(priced-recorded) <= 0.01*math.Abs(recorded) {
			continue
		}
		f := Finding{
			ID: "price-overridden",
			Message: fmt.Sprintf("recorded costs of %s count, not the config's price, at which they would change by %+.0f %%",
				j.models[j.variants[v].model], 100*(priced/recorded-1)),
			Fix: "--reprice takes the config's prices",
		}
		if !slices.Contains(out, f) { // a model with another time-out is another variant
			out = append(out, f)
		}
	}
	return out
}

// list names at most five.
func list(names []string) string {
	if len(names) > 5 {
		return fmt.Sprintf("%s and %d more models", strings.Join(names[:5], ", "), len(names)-5)
	}
	return strings.Join(names, ", ")
}

func candidateFindings(r *CandidateResult) []Finding {
	var out []Finding
	if r.Whole.Coverage < minCoverage {
		why, fix := "", "collect the missing outcomes, or take the model or check out of the chains"
		switch {
		case len(r.Whole.Uncovered) > 0:
			why = " (" + reasons(r.Whole.Uncovered) + ")"
		case r.LeftOut > 0:
			why, fix = " (the others are left out)", "bring back what is left out"
		}
		out = append(out, Finding{
			ID: "coverage",
			Message: fmt.Sprintf("%s is judged on %.1f %% of the graded requests: below %.0f %% every verdict is inconclusive%s",
				r.Label, 100*r.Whole.Coverage, 100*minCoverage, why),
			Fix: fix,
		})
	}
	if r.Whole.LabeledShare < 0.999 {
		out = append(out, Finding{
			ID: "unlabeled-tasks",
			Message: fmt.Sprintf("%s: quality and delta of the whole speak for the tasks with labels, %.1f %% of the requests; without labels: %s",
				r.Label, 100*r.Whole.LabeledShare, unlabeled(r)),
		})
	}
	if walked := r.Whole.Requests - r.Whole.Unevaluable; float64(r.Whole.SavingsKnown) < minCoverage*float64(r.Whole.Requests) {
		out = append(out, Finding{
			ID: "savings-partly-known",
			Message: fmt.Sprintf("%s: what it saves is known on %d of %d requests (%d can be walked): the dollars speak for those alone",
				r.Label, r.Whole.SavingsKnown, r.Whole.Requests, walked),
		})
	}
	return out
}

// unlabeled names the tasks that have no labels to judge them by.
func unlabeled(r *CandidateResult) string {
	var names []string
	for i := range r.Tasks {
		if r.Tasks[i].Covered == 0 && r.inMix(r.Tasks[i].Task) {
			names = append(names, r.Tasks[i].Task)
		}
	}
	names = append(names, r.onlyInMix()...)
	return strings.Join(names, ", ")
}

// reasons lists counts, most first, the rest summed up.
func reasons(counts map[string]int64) string {
	names := slices.Sorted(maps.Keys(counts))
	slices.SortStableFunc(names, func(a, b string) int { return int(counts[b] - counts[a]) })
	var parts []string
	for i, n := range names {
		if i == 5 {
			parts = append(parts, fmt.Sprintf("and %d more", len(names)-i))
			break
		}
		parts = append(parts, fmt.Sprintf("%s: %d", n, counts[n]))
	}
	return strings.Join(parts, ", ")
}
