package reports

import (
	"fmt"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/stats"
)

// unproved names the tasks that are moved and that nobody proved to keep their quality: a whole can hold while they do not.
func (f *full) unproved() []string {
	var names []string
	for i := range f.k.Tasks {
		t := &f.k.Tasks[i]
		if t.Requests > 0 && t.Verdict != stats.Holds && !stays(t, f.c.Baseline) {
			names = append(names, fmt.Sprintf("%s (%s)", t.Task, t.Verdict))
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("Moved and not proved, each for itself, to lose less than the %s that a task may lose: %s.", plainPoints(f.c.Settings.TaskTolerance), some(names, ", "))}
}

// wellCovered is the share of the graded requests from which on a single model is compared.
const wellCovered = 0.95

// oneModel says which single model costs less than the table and is no worse, if there is one: the cheapest.
func (f *full) oneModel() []string {
	r := &f.k.Whole
	var best *eval.ReferenceResult
	for i := range f.c.References {
		m := &f.c.References[i]
		w := &m.Whole
		if m.Model == f.c.Baseline || !(w.Coverage >= wellCovered) || !(w.CostPer1000 < r.CostPer1000) || !(float64(w.Delta) >= float64(r.Delta)-1e-9) {
			continue
		}
		if best == nil || w.CostPer1000 < best.Whole.CostPer1000 {
			best = m
		}
	}
	if best == nil {
		return nil
	}
	w := &best.Whole
	return []string{fmt.Sprintf("One model alone does as well for less: %s for everything costs %s per 1,000 requests (saves %s) and changes quality by %s, this table %s (saves %s) and %s. It was not tested whether that holds.",
		best.Model, known(USD, w.CostPer1000), known(Share, w.Savings), known(Points, w.Delta), known(USD, r.CostPer1000), known(Share, r.Savings), known(Points, r.Delta))}
}
