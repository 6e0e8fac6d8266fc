package tune

import (
	"math"
	"testing"

	"github.com/tierwise/tierwise/eval/stats"
)

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9 }

func pairs(n, b, c float64) sample { return sample{pairs: stats.Pairs{N: n, B: b, C: c}} }

// Expected values are the formulas of the recipe, step 2, in a few lines of Python. The first case by hand: ψ̄ = 0.1, ψ̃ =
// (2+1+½)/31 = 0.112903, v = 0.005645; μ = −0.05, Σ(θ̂−μ)² − v̄ = 0.005 − 0.005645 < 0, so t = 1e-5 and B = 0.00177: next to
// nothing of the tasks' difference is left.
func TestShrink(t *testing.T) {
	for _, test := range []struct {
		name    string
		samples []sample
		want    []belief
	}{
		{"no more spread than chance", []sample{pairs(20, 0, 2), pairs(20, 1, 1)}, []belief{
			{n: 20, delta: -0.1, psi: 0.112903225806, mean: -0.050088414808, s2: 0.002827571804},
			{n: 20, delta: 0, psi: 0.112903225806, mean: -0.049911585192, s2: 0.002827571804},
		}},
		{"tasks that differ", []sample{pairs(40, 0, 0), pairs(20, 1, 9), pairs(60, 2, 1)}, []belief{
			{n: 40, delta: 0, psi: 0.045751633987, mean: -0.002960768953, s2: 0.00112724708},
			{n: 20, delta: -0.4, psi: 0.397849462366, mean: -0.320495130302, s2: 0.015664933754},
			{n: 60, delta: 1. / 60, psi: 0.075117370892, mean: 0.013011207499, s2: 0.001232152764},
		}},
		{"one task", []sample{pairs(20, 1, 3)}, []belief{
			{n: 20, delta: -0.1, psi: 0.209677419355, mean: -0.066666666667, s2: 0.010483870968},
		}},
		// The other task is all that is known: ψ = (10·0.2+½)/11; between = 1e-5, so s² = 1e-5 + (1e-5 + ψ̃/20)/1.
		{"no pilot here", []sample{pairs(20, 1, 3), pairs(0, 0, 0)}, []belief{
			{n: 20, delta: -0.1, psi: 0.209677419355, mean: -0.066666666667, s2: 0.010483870968},
			{n: 0, delta: math.NaN(), psi: 2.5 / 11, mean: -0.1, s2: 2e-5 + 0.010483870968},
		}},
		{"no pilot anywhere", []sample{pairs(0, 0, 0)}, []belief{{delta: math.NaN(), psi: 0.5 / 11, mean: 0, s2: 1}}},
	} {
		got := make([]belief, len(test.samples))
		shrink(test.samples, got)
		for i, want := range test.want {
			b := got[i]
			if !near(b.n, want.n) || !near(b.psi, want.psi) || !near(b.mean, want.mean) || !near(b.s2, want.s2) ||
				!(near(b.delta, want.delta) || math.IsNaN(b.delta) && math.IsNaN(want.delta)) {
				t.Errorf("%s, task %d: %+v, want %+v", test.name, i, b, want)
			}
		}
	}
}

// The same in Python: Φ(((m+τ)√(n2/ψ̃) − z)/√(1+n2·s²/ψ̃)) of the second case above, 160 labels on verify, 5 points, 2.5 %.
func TestChance(t *testing.T) {
	samples := []sample{pairs(40, 0, 0), pairs(20, 1, 9), pairs(60, 2, 1)}
	beliefs := make([]belief, 3)
	shrink(samples, beliefs)
	for i, want := range []float64{0.644180347810379, 0.00313664884483561, 0.6907631558607936} {
		if got := beliefs[i].chance(0.05, 1.959963984540054, 160); !near(got, want) {
			t.Errorf("task %d: chance %v, want %v", i, got, want)
		}
	}
}
