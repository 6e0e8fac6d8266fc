package stats

import (
	"math"
	"sort"

	"gonum.org/v1/gonum/stat/distuv"
)

// A Tester says whether the tests of [Pairs] and [Deltas] hold at one tolerance and level, and nothing else: no p-values,
// no bounds. Its answers are those of NonInferior; the binomial floor is looked up per number of units instead of computed
// per question, which makes it some hundred times as fast. It is for searches, which ask it a million times, and not safe
// for concurrent use.
type Tester struct {
	tolerance, alpha, z float64
	most                map[int]float64 // units → the most losses that the floor lets pass, −1 if none
}

// NewTester returns a Tester of a tolerance in [0, 1) at one-sided level alpha in (0, 0.5]; outside, nothing holds.
func NewTester(tolerance, alpha float64) *Tester {
	t := &Tester{tolerance: tolerance, alpha: alpha, z: math.NaN(), most: map[int]float64{}}
	if validTest(tolerance, alpha) {
		t.z = distuv.UnitNormal.Quantile(1 - alpha)
	}
	return t
}

// Pairs reports whether NonInferior of the pairs holds.
func (t *Tester) Pairs(s Pairs) bool {
	if !validCounts(s.N, s.B, s.C) || math.IsNaN(t.z) || s.N == 0 {
		return false
	}
	score := tango(s.N, s.B, s.C, -t.tolerance)
	if math.Abs(score-t.z) < 1e-6 { // the quantile and the tail may differ in their last digits: let the test itself say
		return s.NonInferior(t.tolerance, t.alpha).P <= t.alpha
	}
	return score > t.z && ceil(max(s.C-s.B, 0)) <= t.losses(floor(s.N))
}

// Deltas reports whether NonInferior of the deltas holds.
func (t *Tester) Deltas(s Deltas) bool {
	if !s.valid() || math.IsNaN(t.z) || ceil(max(-s.Sum, 0)) > t.losses(floor(s.N)) {
		return false
	}
	lower := s.tTest()
	if s.Nonzero < fewNonzero {
		lower = s.with(-1).tTest()
	}
	r := Noninferiority{N: s.N, Tolerance: t.tolerance, Alpha: t.alpha}
	return lower.survival(-t.tolerance) <= t.alpha && r.gainsFloor(s) <= t.alpha
}

// losses returns how many of n units may be lost at most.
func (t *Tester) losses(n float64) float64 {
	if most, ok := t.most[int(n)]; ok {
		return most
	}
	within := sort.Search(int(n)+1, func(k int) bool { return atMost(float64(k), n, t.tolerance) > t.alpha })
	most := float64(within - 1)
	t.most[int(n)] = most
	return most
}
