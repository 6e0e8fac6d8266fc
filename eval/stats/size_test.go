package stats

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// TestPairsSize computes the exact chance that a candidate which loses just the tolerance is passed, over all outcomes
// (b, c) of n pairs. Wald's test is computed beside it: it reaches twice the level, so the test can tell the two apart.
func TestPairsSize(t *testing.T) {
	const alpha, limit = 0.05, 0.058
	wald := 0.0
	for _, n := range []int{30, 59, 100, 200} {
		for _, tolerance := range []float64{0.03, 0.05} {
			for _, gains := range []float64{0, 0.005, 0.02, 0.05} {
				var passed, waldPassed float64
				for c, pc := range outcomes(n, gains+tolerance) {
					for b, pb := range outcomes(n-c, gains/(1-gains-tolerance)) {
						s := Pairs{N: float64(n), B: float64(b), C: float64(c)}
						if s.NonInferior(tolerance, alpha).Verdict() == Holds {
							passed += pc * pb
						}
						if waldHolds(s, tolerance, alpha) {
							waldPassed += pc * pb
						}
					}
				}
				wald = max(wald, waldPassed)
				if passed > limit {
					t.Errorf("n %d, tolerance %v, gains %v: size %.4f, want ≤ %v", n, tolerance, gains, passed, limit)
				}
			}
		}
	}
	if wald < 1.5*limit {
		t.Errorf("Wald's size is %.4f: the cells do not tell a good test from a bad one", wald)
	}
}

// outcomes returns the probabilities of 0, 1, … of n at rate p, cut off where the rest is below 1e-9.
func outcomes(n int, p float64) []float64 {
	dist := distuv.Binomial{N: float64(n), P: p}
	var probs []float64
	for k, sum := 0, 0.0; k <= n && sum < 1-1e-9; k++ {
		pk := 0.0
		switch {
		case p > 0 && n > 0:
			pk = dist.Prob(float64(k))
		case k == 0:
			pk = 1
		}
		probs, sum = append(probs, pk), sum+pk
	}
	return probs
}

func waldHolds(s Pairs, tolerance, alpha float64) bool {
	d := (s.B - s.C) / s.N
	se := math.Sqrt(max((s.B+s.C)/s.N-d*d, 0) / s.N)
	return d-distuv.UnitNormal.Quantile(1-alpha)*se > -tolerance
}

// TestDeltasSize simulates graded candidates that lose just the tolerance: losses of one size at the rate that makes it,
// and none or a few gains. Plain t passes 40 % of the worst cell, for it sees no variance where it sees no loss.
func TestDeltasSize(t *testing.T) {
	const alpha, tolerance, reps = 0.05, 0.05, 4000
	const limit = 0.063 + 0.011 // the recipe's worst cell and three standard errors of the simulation
	plain := 0.0
	for _, n := range []int{30, 60, 150} {
		for _, loss := range []float64{1, 0.5} {
			for _, gains := range []float64{0, 0.01, 0.05} {
				rng := rand.New(rand.NewPCG(6, uint64(n)))
				losses := (tolerance + gains) / loss
				var passed, plainPassed float64
				verdicts := make(map[Deltas]Verdict) // few different samples come up
				for range reps {
					s := Deltas{N: float64(n)}
					for range n {
						switch u := rng.Float64(); {
						case u < losses:
							s.count(-loss, 1)
						case u < losses+gains:
							s.count(1, 1)
						}
					}
					if verdicts[s] == "" {
						verdicts[s] = s.NonInferior(tolerance, alpha).Verdict()
					}
					if verdicts[s] == Holds {
						passed++
					}
					if s.tTest().survival(-tolerance) <= alpha {
						plainPassed++
					}
				}
				plain = max(plain, plainPassed/reps)
				if passed/reps > limit {
					t.Errorf("n %d, loss %v, gains %v: size %.4f, want ≤ %v", n, loss, gains, passed/reps, limit)
				}
			}
		}
	}
	if plain < 2*limit {
		t.Errorf("plain t's size is %.4f: the cells do not tell a good test from a bad one", plain)
	}
}

// TestLabelsPower computes the exact power at the number of labels asked for.
func TestLabelsPower(t *testing.T) {
	const tolerance, alpha, power = 0.05, 0.05, 0.8
	for _, psi := range []float64{0.02, 0.05, 0.1} {
		for _, theta := range []float64{0, -0.01} {
			n, ok := LabelsNeeded(psi, theta, tolerance, alpha, power)
			if !ok {
				t.Fatalf("psi %v, theta %v: not ok", psi, theta)
			}
			losses, gains := (psi-theta)/2, (psi+theta)/2
			passed := 0.0
			for c, pc := range outcomes(n, losses) {
				for b, pb := range outcomes(n-c, gains/(1-losses)) {
					if (Pairs{N: float64(n), B: float64(b), C: float64(c)}).NonInferior(tolerance, alpha).Verdict() == Holds {
						passed += pc * pb
					}
				}
			}
			if passed < 0.79 || passed > 0.87 {
				t.Errorf("psi %v, theta %v: power %.3f at n %d, want 0.80–0.86", psi, theta, passed, n)
			}
		}
	}
}
