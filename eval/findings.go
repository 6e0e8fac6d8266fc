package eval

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// findings returns what a reader should know before trusting a figure.
func (j *Job) findings(s *Sums, c *Comparison) []Finding {
	var out []Finding
	for i := range c.References {
		r := &c.References[i]
		if r.Whole.CostKnown == 0 && r.Whole.Requests > r.Whole.Unevaluable {
			out = append(out, Finding{
				ID:      "cost-unknown",
				Message: fmt.Sprintf("what %s costs is not known: no cost_usd and no tokens with a price", r.Model),
				Fix:     fmt.Sprintf("give [models.%q] a price in the config, or record cost_usd", r.Model),
			})
		}
		if r.Whole.Requests == r.Whole.Unevaluable {
			out = append(out, Finding{
				ID: "no-outcomes", Message: fmt.Sprintf("the data has no outcome of %s", r.Model),
				Fix: "check the model's name in the config's [tiers]",
			})
		}
	}
	for i := range c.Candidates {
		out = append(out, candidateFindings(&c.Candidates[i])...)
		if e := j.candidates[i].Config.Cache; e.Exact != nil || e.Semantic != nil {
			out = append(out, Finding{
				ID:      "caches-not-replayed",
				Message: c.Candidates[i].Label + ": the caches are not replayed: costs and latencies are those of requests that all miss",
			})
		}
	}
	return out
}

func candidateFindings(r *CandidateResult) []Finding {
	var out []Finding
	if r.Whole.Coverage < minCoverage {
		out = append(out, Finding{
			ID: "coverage",
			Message: fmt.Sprintf("%s is judged on %.1f %% of the graded requests: below %.0f %% every verdict is inconclusive (%s)",
				r.Label, 100*r.Whole.Coverage, 100*minCoverage, reasons(r.Whole.Uncovered)),
			Fix: "collect the missing outcomes, or take the model or check out of the chains",
		})
	}
	if len(r.UnknownTasks) > 0 {
		out = append(out, Finding{
			ID:      "unknown-tasks",
			Message: fmt.Sprintf("%s has no such task, so these requests go to the default: %s", r.Label, reasons(r.UnknownTasks)),
		})
	}
	if r.Unrouted > 0 {
		out = append(out, Finding{
			ID: "unrouted",
			Message: fmt.Sprintf("%s: the LLM router's answer is not recorded for %d requests: they go to the default, at a cost that is not known",
				r.Label, r.Unrouted),
			Fix: "record router_task with router_model, or evaluate callers who name the task with --gold-tasks",
		})
	}
	return out
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
