package eval

import (
	"fmt"

	"github.com/tierwise/tierwise/eval/stats"
)

// judgeWhole gives the whole table its verdict: the weighted mean of the tasks' deltas against the tolerance.
func (j *Job) judgeWhole(r *Result, parts []taskPartial, alone func(task string) bool) {
	r.Verdict = stats.Inconclusive
	var strata []stats.Stratum
	var unlabeled string
	for _, part := range parts {
		s := stats.Stratum{Weight: part.p.Rows.Weight(), Unchanged: alone(part.task) && part.p.Changed.N == 0}
		u := part.p.units()
		s.Pairs, s.Deltas, s.Graded = u.pairsForTest(), u.deltasForTest(), u.deltas.Count.N > 0
		if u.count() == 0 && !s.Unchanged {
			unlabeled = part.task
			continue
		}
		strata = append(strata, s)
	}
	if len(strata) == 0 {
		r.Reason = "no labels"
		return
	}
	r.setTest(stats.Overall(strata, j.opts.Tolerance, j.opts.Alpha))
	switch {
	case unlabeled != "":
		r.Verdict, r.Reason = stats.Inconclusive, fmt.Sprintf("task %q is changed and has no labels to judge it by", unlabeled)
	case r.Coverage < minCoverage && r.Test != "nothing changed":
		r.Verdict, r.Reason = stats.Inconclusive, fmt.Sprintf("coverage below %.0f %%", 100*minCoverage)
	}
}
