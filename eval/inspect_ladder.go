package eval

import (
	"fmt"
	"slices"
)

// ladder chooses the models of the tiers, in rising order of cost.
func (x *Inspection) ladder(opts *DraftOptions) ([]*InspectedModel, error) {
	base := x.Model(x.Baseline)
	if opts.Models != nil {
		return x.namedLadder(opts.Models)
	}
	most := opts.Tiers
	if most <= 0 {
		most = 3
	}
	var pool []*InspectedModel
	for i := range x.Models {
		m := &x.Models[i]
		cheaper := m.CostPer1000 < base.CostPer1000
		covered := m.Coverage >= minCoverage || x.Data.Graded == 0
		if cheaper && covered && m.DominatedBy == "" && m != base {
			pool = append(pool, m)
		}
	}
	var chosen []*InspectedModel
	worth := 0.0
	for len(chosen) < most-1 {
		best, reached := -1, worth+minGain
		for i, m := range pool {
			if w := x.cascadeSaving(append(slices.Clone(chosen), m)); w >= reached {
				best, reached = i, w
			}
		}
		if best < 0 {
			break
		}
		chosen = append(chosen, pool[best])
		pool = slices.Delete(pool, best, best+1)
		worth = reached
	}
	return append(x.inOrder(chosen), base), nil
}

// minGain is the share of the bill that a tier must add to what a ladder could save, to be worth having.
const minGain = 0.005

// cascadeSaving returns the share of the baseline's bill that chains "one of the models, else the baseline" would save, the
// best one for each task, if a perfect check told the right answers: a model right in q of the requests saves q of the
// baseline's cost and costs its own. It says which models can be of use; no real check reaches it.
func (x *Inspection) cascadeSaving(models []*InspectedModel) float64 {
	saved, bill := 0.0, 0.0
	for i := range x.Tasks {
		t := &x.Tasks[i]
		base := t.model(x.Baseline)
		if base == nil || !base.CostPer1000.Known() {
			continue
		}
		most := 0.0
		for _, m := range models {
			if o := t.model(m.Model); o != nil {
				most = max(most, perfectSaving(&o.Observed, &base.Observed))
			}
		}
		saved += float64(t.Share) * most
		bill += float64(t.Share) * float64(base.CostPer1000)
	}
	if bill == 0 {
		return 0
	}
	return saved / bill
}

// perfectSaving is cascadeSaving of one model on one task, in USD per 1,000 requests; 0 if it is not known.
func perfectSaving(o, base *Observed) float64 {
	if s := float64(o.Quality*base.CostPer1000 - o.CostPer1000); s > 0 {
		return s
	}
	return 0
}

// namedLadder returns the models with these names, and the baseline.
func (x *Inspection) namedLadder(names []string) ([]*InspectedModel, error) {
	var out []*InspectedModel
	priced := true
	for _, name := range names {
		m := x.Model(name)
		switch {
		case m == nil:
			return nil, fmt.Errorf("the data has no outcome of model %q; it has %s", name, some(x.which(func(*InspectedModel) bool { return true })))
		case slices.Contains(out, m):
			return nil, fmt.Errorf("model %q is named twice", name)
		}
		out = append(out, m)
		priced = priced && m.CostPer1000.Known()
	}
	base := x.Model(x.Baseline)
	if !slices.Contains(out, base) {
		out = append(out, base)
	}
	if priced && base.CostPer1000.Known() {
		out = x.inOrder(out)
	}
	return out, nil
}

// inOrder returns models in the order of x: rising cost.
func (x *Inspection) inOrder(models []*InspectedModel) []*InspectedModel {
	var out []*InspectedModel
	for i := range x.Models {
		if slices.Contains(models, &x.Models[i]) {
			out = append(out, &x.Models[i])
		}
	}
	return out
}
