package eval_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tierwise/tierwise/eval"
)

// The usage in the results is what savings are made of, task by task, and is there with details alone.
func TestUsageInResults(t *testing.T) {
	rows := askingRows(rand.New(rand.NewPCG(3, 31)), 150, true)
	for _, details := range []bool{true, false} {
		job, err := eval.NewJob(slices.Concat(twoCandidates(t), []eval.Candidate{askingCandidate(t)}), &eval.Options{Details: details})
		if err != nil {
			t.Fatal(err)
		}
		c := job.Finish(replayAll(t, job, rows))
		for v := range c.Candidates {
			k := &c.Candidates[v]
			if !details {
				if k.Usage != nil {
					t.Errorf("%s has usage without details", k.Label)
				}
				continue
			}
			for _, u := range k.Usage {
				var cost, base float64
				for _, m := range u.Calls {
					if m.Role == eval.RoleBaseline {
						base += float64(m.Cost)
					} else {
						cost += float64(m.Cost)
					}
				}
				i := slices.IndexFunc(k.Tasks, func(r eval.TaskResult) bool { return r.Task == u.Task })
				if r := &k.Tasks[i]; !closeTo(cost, float64(r.SavingsCostUSD)) || !closeTo(base, float64(r.SavingsBaseUSD)) || !(u.Weight > 0) {
					t.Errorf("%s of %s costs %v of %v (weight %v); savings are of %v and %v", u.Task, k.Label, cost, base, u.Weight, r.SavingsCostUSD, r.SavingsBaseUSD)
				}
			}
			if len(k.Usage) == 0 {
				t.Errorf("%s has no usage", k.Label)
			}
		}
	}
}
