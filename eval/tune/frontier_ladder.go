package tune

import (
	"cmp"
	"math"
	"slices"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
)

// A floor is a tier of the frontier's ladder, the baseline included.
type floor struct {
	tier  string
	place int     // in the chain of the columns
	cost  float64 // mean over all requests, USD
}

// columnChecks are the checks of which the columns of a task have signals: those that can be swept, then the others of its own.
func (l *ladder) columnChecks(t *routing.Task) []routing.Accept {
	out := l.sweepable(t)
	for _, a := range t.Accept {
		if signalOf(out, &a) < 0 {
			open := 0.0
			a.Min, a.PerTier = &open, nil
			out = append(out, a)
		}
	}
	return out
}

// signalOf returns the place among some checks of the one that measures the same; −1: there is none.
func signalOf(checks []routing.Accept, a *routing.Accept) int {
	return slices.IndexFunc(checks, func(c routing.Accept) bool {
		return c.Check == a.Check && c.Pattern == a.Pattern && c.Schema == a.Schema && c.Model == a.Model
	})
}

// columnTrials are the trials of which columns are taken: of each task all tiers, with all signals.
func (l *ladder) columnTrials() []eval.Trial {
	out := l.surveys()
	for i := range out {
		out[i].Accept = l.columnChecks(&l.config.Tasks[i])
	}
	return out
}

// floors returns the tiers by rising mean cost, and which of them is the baseline. Of equally dear ones that of [tiers] which
// comes first does.
func (l *ladder) floors(columns []eval.TrialColumns) (out []floor, base int) {
	for _, r := range l.rungs {
		out = append(out, floor{tier: r.tier, place: r.place})
	}
	out = append(out, floor{tier: l.baseline, place: len(l.rungs)})
	slices.SortStableFunc(out, func(a, b floor) int { return cmp.Compare(l.order(a.tier), l.order(b.tier)) })
	for i := range out {
		var sum, weight eval.Fixed
		for c := range columns {
			if len(columns[c].Places) == 0 { // no request is dispatched to the task
				continue
			}
			for at, cost := range columns[c].Places[out[i].place].Cost {
				if cost == cost {
					sum.Add(columns[c].Weight[at] * cost)
					weight.Add(columns[c].Weight[at])
				}
			}
		}
		out[i].cost = math.Inf(1)
		if w := weight.Float64(); w > 0 {
			out[i].cost = sum.Float64() / w
		}
	}
	slices.SortStableFunc(out, func(a, b floor) int { return cmp.Compare(a.cost, b.cost) })
	return out, slices.IndexFunc(out, func(f floor) bool { return f.tier == l.baseline })
}

// order is the place of a tier in [tiers].
func (l *ladder) order(tier string) int {
	return slices.IndexFunc(l.config.Tiers, func(t routing.Tier) bool { return t.Name == tier })
}
