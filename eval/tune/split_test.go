package tune_test

import (
	"math/rand/v2"
	"testing"
)

// twoKinds is a world with one task in which the cheap models do as well as the baseline on easy requests and lose much on
// hard ones, and tasks in which they lose much on all.
func twoKinds(rng *rand.Rand, tells float64) splitWorld {
	w := splitWorld{labels: 800}
	for k := range 4 {
		t := splitTask{hard: 0.4, tells: tells}
		for kind := range t.kinds {
			m := madeTask{base: 0.9}
			for range madeCost {
				loss := 0.3
				if kind == 0 && k == 0 {
					loss = 0
				}
				m.tiers = append(m.tiers, loses(loss, m.base, 0.2, 0))
			}
			t.kinds[kind] = m
		}
		w.tasks = append(w.tasks, t)
	}
	return w
}

func TestSplitTry(t *testing.T) {
	for seed := range uint64(4) {
		for _, tells := range []float64{0, 0.9} {
			for _, split := range []bool{false, true} {
				rng := rand.New(rand.NewPCG(1, seed))
				w := twoKinds(rng, tells)
				tuned, err := w.tune(t.Context(), rng, split)
				if err != nil {
					t.Fatal(err)
				}
				t.Logf("tells %v split %v: saves %.3f %s, %+v", tells, split, tuned.Tables[tuned.Table].SavingShare, tuned.Verdict, tuned.Splits)
				if split {
					delta, share, err := w.truths(tuned.Config, rng)
					t.Log(delta, share, err)
				}
			}
		}
	}
}
