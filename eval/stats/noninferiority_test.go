package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestPairsNonInferior(t *testing.T) {
	// Upper is the corrected score's of TestFailsScore.
	tests := []struct {
		name      string
		pairs     Pairs
		tolerance float64
		want      Noninferiority
		verdict   Verdict
	}{
		// One unit, nothing lost: Tango's T = √(0.05/0.95), but Bin(1, 0.05) = 0 has probability 0.95.
		{"one unit", Pairs{N: 1}, 0.05, Noninferiority{P: 0.95, PFails: 1, Bound: -0.95, Upper: 0.94938}, Inconclusive},
		// The floor of 59 labels: 0.95^58 = 0.05105, 0.95^59 = 0.04849; the bound is 1 − 0.05^(1/n).
		{"one label short", Pairs{N: 58}, 0.05, Noninferiority{P: math.Pow(0.95, 58), PFails: 1, Bound: math.Pow(0.05, 1./58) - 1, Upper: 0.05498}, Inconclusive},
		{"just enough labels", Pairs{N: 59}, 0.05, Noninferiority{P: math.Pow(0.95, 59), PFails: 1, Bound: math.Pow(0.05, 1./59) - 1, Upper: 0.05409}, Holds},
		// Enough gains that losses net to none: the floor alone keeps the bound below 0.
		{"better", Pairs{N: 200, B: 25, C: 3}, 0.05, Noninferiority{P: math.Pow(0.95, 200), PFails: 1, Bound: math.Pow(0.05, 1./200) - 1, Upper: 0.15743}, Holds},
		// 22 net losses of 200; above, the corrected score decides (see TestFailsScore), not the floor P(Bin(200, 0.05) ≥ 22) = 0.00048.
		{"worse", Pairs{N: 200, B: 3, C: 25}, 0.05, Noninferiority{P: 0.99981, PFails: 0.008362, Bound: -0.15560, Upper: -0.06864}, Fails},
		{"no tolerance", Pairs{N: 1000}, 0, Noninferiority{P: 1, PFails: 1, Bound: -0.0029912, Upper: 0.0033298}, Inconclusive},
		{"no units", Pairs{}, 0.05, Noninferiority{P: 1, PFails: 1, Bound: -1, Upper: 1}, Inconclusive},
		{"negative tolerance", Pairs{N: 100}, -0.1, Noninferiority{P: math.NaN(), PFails: math.NaN(), Bound: math.NaN(), Upper: math.NaN()}, Inconclusive},
		{"not a number", Pairs{N: math.NaN()}, 0.05, Noninferiority{P: math.NaN(), PFails: math.NaN(), Bound: math.NaN(), Upper: math.NaN()}, Inconclusive},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.pairs.NonInferior(tt.tolerance, 0.05)
			checkNoninferiority(t, got, tt.want, tt.verdict)
			if got.Test != "Tango score with binomial floor" {
				t.Errorf("Test = %q", got.Test)
			}
		})
	}
}

func TestDeltasNonInferior(t *testing.T) {
	tests := []struct {
		name    string
		deltas  Deltas
		want    Noninferiority
		verdict Verdict
	}{
		// Mean −0.01, s² = (8 − 200·0.0001)/199 = 0.0401005, se = 0.0141599: T = 0.04/se = 2.82488 at 199 df; the floor is
		// P(Bin(200, 0.05) ≤ 2) = 0.95²⁰⁰ + 200·0.05·0.95¹⁹⁹ + 19900·0.0025·0.95¹⁹⁸ = 0.00234. t₀.₉₅ = 1.652547.
		{"t decides", Deltas{N: 200, Sum: -2, SumSq: 8, Nonzero: 30}, Noninferiority{P: 0.002606, PFails: 1, Bound: -0.0334, Upper: 0.0134}, Holds},
		// With the pseudo-loss t is at p = 0.025 with n = 60; the floor 0.95⁵⁹ is larger and decides, as for pairs. Above, t is at
		// 2.671093/60 with the pseudo-gain, and 59 units without a gain at 1 − 0.05^(1/59).
		{"just enough labels, no delta", Deltas{N: 59}, Noninferiority{P: math.Pow(0.95, 59), PFails: 1, Bound: math.Pow(0.05, 1./59) - 1, Upper: 1 - math.Pow(0.05, 1./59)}, Holds},
		// Mean −0.12, s² = (22 − 200·0.0144)/199 = 0.0960804, se = 0.0219181: T = −0.07/se = −3.1937, upper −0.12 + 1.652547·se.
		// Below, the floor decides: BETAINV(0.95, 25, 176) = 0.16459, the exact upper bound of 24 losses in 200.
		{"worse", Deltas{N: 200, Sum: -24, SumSq: 22, Nonzero: 30}, Noninferiority{P: 0.99997, PFails: 0.000817, Bound: -0.16459, Upper: -0.083779}, Fails},
		// One unit and its pseudo-loss: deltas 0 and −1 have mean −½ and se ½, t₀.₉₅ at 1 df is 6.3138.
		{"one unit", Deltas{N: 1}, Noninferiority{P: 0.95, PFails: 1, Bound: -1, Upper: 1}, Inconclusive},
		// The same loss on every unit has no variance to estimate from. The floor P(Bin(30, 0.05) ≥ 3) = 0.1878 keeps it
		// open, and so does what 30 units without a gain say of gains: P(Bin(30, 0.1−0.05) ≤ 0) = 0.95³⁰ and 1 − 0.05^(1/30) − 0.1.
		{"no variance", Deltas{N: 30, Sum: -3, SumSq: 0.3, Nonzero: 30}, Noninferiority{P: 1, PFails: math.Pow(0.95, 30), Bound: -0.2386, Upper: 0.9 - math.Pow(0.05, 1./30)}, Inconclusive},
		// The mean stands on the tolerance: t knows as little as it can, P(Bin(20, 0.05) ≤ 1) = 0.7358 more. Above, the
		// loss is no more than the tolerance, and 20 units without a gain may hide some: 1 − 0.05^(1/20) − 0.05.
		{"no variance, at the tolerance", Deltas{N: 20, Sum: -1, SumSq: 0.05, Nonzero: 20}, Noninferiority{P: 0.7358, PFails: 1, Bound: -0.21611, Upper: 0.95 - math.Pow(0.05, 1./20)}, Inconclusive},
		{"no units", Deltas{}, Noninferiority{P: 1, PFails: 1, Bound: -1, Upper: 1}, Inconclusive},
		{"delta above 1", Deltas{N: 10, Sum: 11, SumSq: 12, Nonzero: 10}, Noninferiority{P: math.NaN(), PFails: math.NaN(), Bound: math.NaN(), Upper: math.NaN()}, Inconclusive},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			checkNoninferiority(t, tt.deltas.NonInferior(0.05, 0.05), tt.want, tt.verdict)
		})
	}
}

func checkNoninferiority(t *testing.T, got, want Noninferiority, verdict Verdict) {
	t.Helper()
	for _, f := range []struct {
		name      string
		got, want float64
	}{{"P", got.P, want.P}, {"PFails", got.PFails, want.PFails}, {"Bound", got.Bound, want.Bound}, {"Upper", got.Upper, want.Upper}} {
		if !near(f.got, f.want, 6e-5) {
			t.Errorf("%s = %v, want %v", f.name, f.got, f.want)
		}
	}
	if got.Verdict() != verdict {
		t.Errorf("%s, want %s", got.Verdict(), verdict)
	}
}

func TestUnchanged(t *testing.T) {
	got := Unchanged(12, 0.05, 0.05)
	if got.Verdict() != Holds || got.Bound != 0 || got.Upper != 0 || got.Test != "nothing changed" {
		t.Errorf("Unchanged = %+v, %s", got, got.Verdict())
	}
}

// Equal weights, whatever their size, are no weights.
func TestEqualWeights(t *testing.T) {
	for _, w := range []float64{0.1, 1, 3} {
		// 0.1·59 and 0.01·59 are not exact, yet n must not fall to 58, nor two losses rise to three.
		got := WeightedPairs(59*w, 59*w*w, 1*w, 2*w).NonInferior(0.05, 0.05)
		want := Pairs{N: 59, B: 1, C: 2}.NonInferior(0.05, 0.05)
		if !near(got.P, want.P, 1e-9) || !near(got.Bound, want.Bound, 1e-9) || !near(got.Upper, want.Upper, 1e-9) {
			t.Errorf("weight %v: pairs %+v, want %+v", w, got, want)
		}
		got = WeightedDeltas(59*w, 59*w*w, -1.5*w, 1.25*w, 2).NonInferior(0.05, 0.05)
		want = Deltas{N: 59, Sum: -1.5, SumSq: 1.25, Nonzero: 2}.NonInferior(0.05, 0.05)
		if !near(got.P, want.P, 1e-9) || !near(got.Bound, want.Bound, 1e-9) || !near(got.Upper, want.Upper, 1e-9) {
			t.Errorf("weight %v: deltas %+v, want %+v", w, got, want)
		}
	}
	if got := WeightedPairs(0, 0, 0, 0); got != (Pairs{}) {
		t.Errorf("no weight at all: %+v", got)
	}
	if got := WeightedDeltas(0, 0, 0, 0, 0); got != (Deltas{}) {
		t.Errorf("no weight at all: %+v", got)
	}
}

// Weights 1 (×90) and 10 (×10): n = 190²/1090 = 33.119, and a lost unit of weight 10 counts 33.119·10/190 = 1.743 losses.
func TestUnequalWeights(t *testing.T) {
	s := WeightedPairs(190, 1090, 0, 10)
	if !near(s.N, 33.1193, 1e-4) || !near(s.C, 1.74312, 1e-5) {
		t.Errorf("WeightedPairs = %+v", s)
	}
	r := s.NonInferior(0.1, 0.05)
	// Rounded to caution: P(Bin(33, 0.1) ≤ 2) = 0.9³³ + 33·0.1·0.9³² + 528·0.01·0.9³¹ = 0.34566.
	if !near(r.P, 0.34566, 1e-5) {
		t.Errorf("P = %v, want the floor at n 33 and 2 losses, 0.34566", r.P)
	}
}

// The bounds say the same as the p-values at any tolerance.
func TestBoundsInvertTests(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 0))
	for range 2000 {
		pairs, tolerance, alpha := randomPairs(r), r.Float64()*r.Float64(), 0.01+0.2*r.Float64()
		checkInversion(t, pairs.NonInferior(tolerance, alpha))
		checkInversion(t, randomDeltas(r).NonInferior(tolerance, alpha))
	}
}

func checkInversion(t *testing.T, r Noninferiority) {
	t.Helper()
	const slack = 1e-9 // of a tolerance that stands on the bound itself
	if !(-1 <= r.Bound && r.Bound <= r.Delta+slack && r.Bound <= r.Upper && r.Upper <= 1) {
		t.Fatalf("bounds out of order: %+v", r)
	}
	if holds := r.P <= r.Alpha; holds != (r.Bound >= -r.Tolerance) && !near(r.Bound, -r.Tolerance, slack) {
		t.Fatalf("P and Bound disagree: %+v", r)
	}
	if fails := r.PFails <= r.Alpha; fails != (r.Upper < -r.Tolerance) && !near(r.Upper, -r.Tolerance, slack) {
		t.Fatalf("PFails and Upper disagree: %+v", r)
	}
}

// randomDeltas draws a sample and sums it.
func randomDeltas(r *rand.Rand) Deltas {
	s := Deltas{N: float64(1 + r.IntN(300))}
	share, tilt := r.Float64(), r.Float64()
	for range int(s.N) {
		if r.Float64() > share {
			continue
		}
		s.count(r.Float64()-tilt, 1)
	}
	return s
}

// What holds at a tolerance holds at any larger one.
func TestMoreToleranceIsEasier(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 0))
	for range 150 {
		pairs, deltas := randomPairs(r), randomDeltas(r)
		lastPairs, lastDeltas := pairs.NonInferior(0, 0.05), deltas.NonInferior(0, 0.05)
		for tolerance := 0.01; tolerance < 0.5; tolerance *= 1.3 {
			p, d := pairs.NonInferior(tolerance, 0.05), deltas.NonInferior(tolerance, 0.05)
			if p.P > lastPairs.P+1e-9 || p.PFails < lastPairs.PFails-1e-9 {
				t.Fatalf("pairs: %+v then %+v", lastPairs, p)
			}
			if d.P > lastDeltas.P+1e-9 || d.PFails < lastDeltas.PFails-1e-9 {
				t.Fatalf("deltas: %+v then %+v", lastDeltas, d)
			}
			lastPairs, lastDeltas = p, d
		}
	}
}

// A loss more, or a gain less, never makes the claim easier.
func TestLossesNeverHelp(t *testing.T) {
	for n := 20.0; n <= 400; n *= 2 {
		for b := range 6 {
			for c := range 10 {
				less := Pairs{N: n, B: float64(b), C: float64(c)}.NonInferior(0.05, 0.05)
				more := Pairs{N: n, B: float64(b), C: float64(c + 1)}.NonInferior(0.05, 0.05)
				if more.P < less.P || more.Bound > less.Bound {
					t.Errorf("n %v, b %d, c %d and one loss more: %+v then %+v", n, b, c, less, more)
				}
			}
		}
	}
}
