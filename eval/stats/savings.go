package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// CostSums are sums over the requests whose cost is known under both tables, C for the candidate and B for the baseline, each
// already multiplied by the request's weight.
type CostSums struct {
	N          float64 // requests
	C, B       float64 // Σc, Σb in USD
	CC, BB, CB float64 // Σc², Σb², Σcb
}

// Savings returns the share of the baseline's bill that the candidate saves, 1 − ΣC/ΣB, negative where it costs more, and
// its two-sided interval of the given level, cut off at 1 because costs are not negative: the delta method for a ratio of sums (Cochran 1977, eq. 6.13), with Student's t
// at n−1 degrees of freedom. NaN where the baseline's bill is not positive or a sum is negative; the interval is NaN with fewer than two requests.
func (s CostSums) Savings(level float64) (float64, Interval) {
	unknown := Interval{math.NaN(), math.NaN()}
	if !s.valid() {
		return math.NaN(), unknown
	}
	ratio := s.C / s.B
	savings := 1 - ratio
	if s.N < 2 || !validLevel(level) {
		return savings, unknown
	}
	residual := max(s.CC-2*ratio*s.CB+ratio*ratio*s.BB, 0) // Σ(c − ratio·b)², whose mean is 0
	se := math.Sqrt(residual*s.N/(s.N-1)) / s.B
	half := se * distuv.StudentsT{Sigma: 1, Nu: s.N - 1}.Quantile((1+level)/2)
	return savings, Interval{savings - half, min(1, savings+half)}
}

func (s CostSums) valid() bool {
	return s.N >= 1 && s.B > 0 && s.C >= 0 && s.CC >= 0 && s.BB >= 0 && s.CB >= 0 && !math.IsInf(s.N+s.C+s.B+s.CC+s.BB+s.CB, 0)
}
