package tune

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/eval/stats"
)

// warnings are the sentences that belong beside the result.
func (r *Result) warnings(assumed bool) (out []string) {
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if assumed {
		add("no production weights: every task is taken to be as frequent as its labels are; the task claims do not depend on it")
	}
	if r.Unlabeled > 0 {
		add("%.1f %% of the traffic is of tasks without labels and stays on the baseline", 100*r.Unlabeled)
	}
	tested, hope := 0, false
	for i := range r.Tasks {
		t := &r.Tasks[i]
		if t.Level > 0 {
			tested++
		}
		hope = hope || t.Option >= 0 || t.Wanted() > 0
	}
	if !hope { // nothing is moved, nor will it be
		tested = 0
	}
	if r.Verdict == stats.Holds && r.Tables[r.Table].Changed { // then it is no longer a question
		tested = 0
	}
	switch tested {
	case 1:
		add("one task has enough labels to be tested: the overall claim is its own test at %s, which is mostly inconclusive", points(r.Settings.Tolerance))
	case 2, 3:
		add("%d tasks have enough labels to be tested: at %s the overall claim is mostly inconclusive", tested, points(r.Settings.Tolerance))
	}
	if t := &r.Tables[r.Table]; t.Changed && t.FoldSaving < minFoldSaving*t.Saving {
		add("the tables made without a twentieth of the requests save %.0f %% of what this one does: too little for the overall claim to speak for it", 100*t.FoldSaving/t.Saving)
	}
	if dropped := r.dropped(); len(dropped) > 0 {
		add("options judged on less than %.0f %% of a task's requests were left out, in %s", 100*minCoverage, strings.Join(dropped, ", "))
	}
	return out
}

// dropped names the tasks with options that were left out.
func (r *Result) dropped() (tasks []string) {
	for _, t := range r.Tasks {
		if len(t.Dropped) > 0 {
			tasks = append(tasks, t.Task)
		}
	}
	return slices.Compact(tasks)
}

func points(tolerance float64) string {
	n := strings.TrimSuffix(fmt.Sprintf("%.1f", 100*tolerance), ".0")
	if n == "1" {
		return "1 point"
	}
	return n + " points"
}
