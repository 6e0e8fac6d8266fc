package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// fewNonzero is the number of nonzero deltas below which the graded test is given a pseudo-unit.
const fewNonzero = 20

// Deltas are the sufficient statistics of paired differences of scores, each in [−1, 1]. With unequal weights they are
// effective sums: see [WeightedDeltas].
type Deltas struct {
	N       float64 // units
	Sum     float64 // Σd
	SumSq   float64 // Σd²
	Nonzero int     // units with d ≠ 0, never scaled
	Gains   float64 // Σmax(d, 0); 0 where not known, which costs some of the protection against rare losses
}

// WithGains adds the mean gain, Σw·max(d, 0)/Σw over all units, to sums with or without weights.
func (s Deltas) WithGains(mean float64) Deltas {
	s.Gains = s.N * mean
	return s
}

// WeightedDeltas scales weighted sums to Kish's effective number of units: sumW, sumW2, sumWD and sumWD2 are Σw, Σw², Σwd
// and Σwd² over all units.
func WeightedDeltas(sumW, sumW2, sumWD, sumWD2 float64, nonzero int) Deltas {
	n := KishN(sumW, sumW2)
	if n == 0 {
		return Deltas{}
	}
	return Deltas{N: n, Sum: n * (sumWD / sumW), SumSq: n * (sumWD2 / sumW), Nonzero: nonzero}
}

// NonInferior tests whether the candidate loses more than tolerance, in [0, 1), at one-sided level alpha, in (0, 0.5].
//
// P is the largest of the paired t-test's p-value and of two binomial floors. P(Bin(n, τ) ≤ max(⌈−Σd⌉, 0)): a mean of
// scores in [−1, 1] can lose τ by losing whole units at that rate, which a variance estimated from deltas without one of
// them cannot know. P(Bin(n, τ + g) ≤ ⌈L⌉), with g the mean gain and L the sum of the losses: to lose τ on top of what it
// gains the candidate must lose at the rate τ + g, and where whole losses are rare and small gains common, that it lost so
// little says more than their sum. With fewer than 20 nonzero deltas the t-test is also given one unit with d = −1. PFails
// mirrors all terms, its pseudo-unit has d = 1. The bounds invert the tests.
//
// The size at alpha 5 % is in the grid of TestErrorRates. Without the second floor it reaches 11 % where rare whole
// losses hide behind common small gains; plain t reaches 40 %.
func (s Deltas) NonInferior(tolerance, alpha float64) Noninferiority {
	r := Noninferiority{Test: "paired t with binomial floor", N: s.N, Delta: s.Sum / s.N, Tolerance: tolerance, Alpha: alpha}
	if !s.valid() || !validTest(tolerance, alpha) {
		return r.undefined()
	}
	lower, upper := s.tTest(), s.tTest()
	if s.Nonzero < fewNonzero {
		lower, upper = s.with(-1).tTest(), s.with(1).tTest()
		r.Test = "paired t with binomial floor and pseudo-unit"
	}
	r.P, r.Bound = lower.survival(-tolerance), lower.lowerBound(alpha)
	r.PFails, r.Upper = 1-upper.survival(-tolerance), upper.upperBound(alpha)
	return r.withFloor(max(-s.Sum, 0)).withGainsFloor(s)
}

// withGainsFloor adds the binomial terms that set what was lost against what was gained.
func (r Noninferiority) withGainsFloor(s Deltas) Noninferiority {
	if s.N == 0 {
		return r
	}
	losses := max(s.Gains-s.Sum, 0)
	gained, lost := s.Gains/s.N, losses/s.N
	r.P = max(r.P, r.gainsFloor(s))
	r.PFails = max(r.PFails, atMost(ceil(s.Gains), floor(s.N), max(lost-r.Tolerance, 0)))
	r.Bound = max(-1, min(r.Bound, gained-UpperShare(losses, s.N, r.Alpha)))
	r.Upper = min(1, max(r.Upper, UpperShare(s.Gains, s.N, r.Alpha)-lost))
	return r
}

// gainsFloor is the chance of no more losses than s has, where the true delta is −Tolerance and the true gains are those of s.
func (r Noninferiority) gainsFloor(s Deltas) float64 {
	if s.N == 0 {
		return 0
	}
	return atMost(ceil(max(s.Gains-s.Sum, 0)), floor(s.N), min(r.Tolerance+s.Gains/s.N, 1))
}

// with adds one unit with delta d of size 1.
func (s Deltas) with(d float64) Deltas {
	return Deltas{N: s.N + 1, Sum: s.Sum + d, SumSq: s.SumSq + 1}
}

func (s Deltas) valid() bool {
	room := s.N * (1 + 1e-9)
	return s.N >= 0 && s.N <= maxUnits && math.Abs(s.Sum) <= room && s.Gains >= 0 && s.Gains <= room && s.Gains-s.Sum <= room && s.SumSq >= 0 && s.SumSq <= room && s.Nonzero >= 0
}

// A tTest is a mean with its standard error and degrees of freedom; without degrees of freedom it knows nothing.
type tTest struct{ mean, se, df float64 }

func (s Deltas) tTest() tTest {
	if s.N < 2 { // an effective number between 1 and 2 has less than one degree of freedom
		return tTest{}
	}
	mean := s.Sum / s.N
	variance := max(s.SumSq-s.N*mean*mean, 0) / (s.N - 1)
	return tTest{mean: mean, se: math.Sqrt(variance / s.N), df: s.N - 1}
}

// survival is the p-value against "the true mean is at most m".
func (t tTest) survival(m float64) float64 {
	switch {
	case t.df == 0:
		return 0.5
	case t.se == 0 && t.mean == m:
		return 0.5
	case t.se == 0 && t.mean > m:
		return 0
	case t.se == 0:
		return 1
	}
	return t.dist().Survival((t.mean - m) / t.se)
}

func (t tTest) lowerBound(alpha float64) float64 {
	switch {
	case t.df == 0:
		return -1
	case t.se == 0:
		return t.mean
	}
	return t.mean - t.se*t.dist().Quantile(1-alpha)
}

func (t tTest) upperBound(alpha float64) float64 {
	switch {
	case t.df == 0:
		return 1
	case t.se == 0:
		return t.mean
	}
	return t.mean + t.se*t.dist().Quantile(1-alpha)
}

func (t tTest) dist() distuv.StudentsT { return distuv.StudentsT{Sigma: 1, Nu: t.df} }
