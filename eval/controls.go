package eval

import "slices"

// mixAt returns the best mix of at most two reference models, drawn at random for each request, that costs no more
// than so much: the point above that cost on the upper concave envelope of the single models (RouterBench's zero
// router, Hu et al. 2024, arXiv:2403.12031).
func (c *Comparison) mixAt(costPer1000 Number) Control {
	best := Control{Delta: Unknown, CostPer1000: Unknown}
	if !costPer1000.Known() {
		return best
	}
	offer := func(o Control) {
		if !(o.Delta <= best.Delta) {
			best = o
		}
	}
	for i := range c.References {
		a := &c.References[i].Whole
		if !a.mixable() || a.CostPer1000 > costPer1000 {
			continue
		}
		offer(Control{Delta: a.Delta, CostPer1000: a.CostPer1000, Models: []string{c.References[i].Model}})
		for k := range c.References {
			b := &c.References[k].Whole
			if !b.mixable() || b.CostPer1000 <= costPer1000 {
				continue
			}
			share := (costPer1000 - a.CostPer1000) / (b.CostPer1000 - a.CostPer1000)
			offer(Control{
				Delta: a.Delta + share*(b.Delta-a.Delta), CostPer1000: costPer1000,
				Models: []string{c.References[i].Model, c.References[k].Model},
			})
		}
	}
	return best
}

// mixable reports whether a single model's quality and cost are both known well enough to mix it.
func (r *Result) mixable() bool {
	return r.CostPer1000.Known() && r.Delta.Known() && r.Coverage >= minCoverage
}

// perfectTable sends each gold task to the cheapest model that, in hindsight, did it at least as well as the baseline.
func (c *Comparison) perfectTable() TaskTable {
	out := TaskTable{Tasks: []TaskChoice{}, Delta: Unknown, Savings: Unknown}
	base := c.reference(c.Baseline)
	var delta, labeled, cost, baseCost Number
	for _, t := range base.Tasks {
		choice := TaskChoice{
			Task: t.Task, Requests: t.Requests, Graded: t.Graded, Model: c.Baseline, BestQuality: Unknown,
			Quality: t.Quality, BaseQuality: t.BaseQuality, Savings: Unknown,
		}
		picked := t.CostPer1000
		for i := range c.References { // cheapest first
			r := c.References[i].task(t.Task)
			if r == nil || !r.Delta.Known() || r.Coverage < minCoverage {
				continue
			}
			if !(r.Quality <= choice.BestQuality) {
				choice.Best, choice.BestQuality = c.References[i].Model, r.Quality
			}
			if r.Delta >= 0 && r.CostPer1000 < picked {
				choice.Model, choice.Quality, picked = c.References[i].Model, r.Quality, r.CostPer1000
			}
		}
		weight := t.Share
		if c.goldShares != nil {
			weight = Number(c.goldShares[t.Task])
		}
		if t.CostPer1000.Known() {
			choice.Savings = 1 - picked/t.CostPer1000
			cost, baseCost = cost+weight*picked, baseCost+weight*t.CostPer1000
		}
		if choice.Quality.Known() {
			delta, labeled = delta+weight*(choice.Quality-choice.BaseQuality), labeled+weight
		}
		out.Tasks = append(out.Tasks, choice)
	}
	if labeled > 0 {
		out.Delta = delta / labeled
	}
	if baseCost > 0 {
		out.Savings = 1 - cost/baseCost
	}
	return out
}

// task returns the result on one gold task, nil if there is none.
func (r *ReferenceResult) task(name string) *Result {
	i := slices.IndexFunc(r.Tasks, func(t TaskResult) bool { return t.Task == name })
	if i < 0 {
		return nil
	}
	return &r.Tasks[i].Result
}
