package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// CostSums are sums over the requests whose cost is known under both tables, C for the candidate and B for the baseline, each
// already multiplied by the request's weight. Where requests come in groups, a unit is a group and its costs are its sums.
type CostSums struct {
	N          float64 // requests
	C, B       float64 // Σc, Σb in USD
	CC, BB, CB float64 // Σc², Σb², Σcb

	// Sums of third and fourth powers, which say how far a few dear requests decide; all 0 where not known.
	CCB, CBB, BBB                float64 // Σc²b, Σcb², Σb³
	CCCC, CCCB, CCBB, CBBB, BBBB float64 // Σc⁴, Σc³b, Σc²b², Σcb³, Σb⁴
}

// Add counts one request, or one group.
func (s *CostSums) Add(c, b float64) {
	s.N++
	s.C, s.B = s.C+c, s.B+b
	s.CC, s.BB, s.CB = s.CC+c*c, s.BB+b*b, s.CB+c*b
	s.CCB, s.CBB, s.BBB = s.CCB+c*c*b, s.CBB+c*b*b, s.BBB+b*b*b
	s.CCCC, s.CCCB, s.CCBB = s.CCCC+c*c*c*c, s.CCCB+c*c*c*b, s.CCBB+c*c*b*b
	s.CBBB, s.BBBB = s.CBBB+c*b*b*b, s.BBBB+b*b*b*b
}

// Savings returns the share of the baseline's bill that the candidate saves, 1 − ΣC/ΣB, negative where it costs more, and
// its two-sided interval of the given level, never above 1 because costs are not negative. NaN where the baseline's bill is
// not positive or a sum is negative; the interval is NaN with fewer than two requests.
//
// With all sums the interval is Student's t on the logarithm of the ratio, its variance the jackknife's to the second order in
// a request's share of the bill (Cochran 1977, §6.17) and its degrees of freedom Satterthwaite's, 2(Σe²)²/Σe⁴ of the
// residuals e = c − b·ΣC/ΣB, at most n − 1. With the sums of squares alone it is the delta method (Cochran 1977, eq. 6.13)
// at n − 1 degrees of freedom, which knows nothing of the dear requests that are not among so few: of lognormal costs with
// σ 1.5 and 100 requests it covers 84 % at 95 % in the worst case, where with all sums it is 92.9 % (TestCoverageOfSavings).
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
	if !s.higher() {
		residual := max(s.CC-2*ratio*s.CB+ratio*ratio*s.BB, 0) // Σe², whose mean is 0
		se := math.Sqrt(residual*s.N/(s.N-1)) / s.B
		half := se * distuv.StudentsT{Sigma: 1, Nu: s.N - 1}.Quantile((1+level)/2)
		return savings, Interval{savings - half, min(1, savings+half)}
	}
	if ratio == 0 {
		return 1, Interval{1, 1}
	}
	se, df := s.jackknife()
	factor := math.Exp(se / ratio * distuv.StudentsT{Sigma: 1, Nu: df}.Quantile((1+level)/2))
	return savings, Interval{1 - ratio*factor, 1 - ratio/factor}
}

// Method names how Savings gets its interval, which depends on the sums that are known.
func (s CostSums) Method() string {
	if s.higher() {
		return "ratio of sums, log scale"
	}
	return "ratio of sums"
}

// higher reports whether the sums of third and fourth powers are known: without costs of the baseline nothing is.
func (s CostSums) higher() bool { return s.BBBB != 0 }

// jackknife returns the standard error of ΣC/ΣB and its degrees of freedom. Without request i the ratio changes by
// −eᵢ/(B − bᵢ); with x = bᵢ/B, 1/(1−x)² = 1 + 2x + 3x² + …
func (s CostSums) jackknife() (se, df float64) {
	// Everything as shares of the bill, so that powers of small costs are not lost.
	r := s.C / s.B
	b2 := s.B * s.B
	b4 := b2 * b2
	e2 := max(s.CC-2*r*s.CB+r*r*s.BB, 0) / b2
	e2b := max(s.CCB-2*r*s.CBB+r*r*s.BBB, 0) / (b2 * s.B)
	e2bb := max(s.CCBB-2*r*s.CBBB+r*r*s.BBBB, 0) / b4
	e4 := (s.CCCC - 4*r*s.CCCB + 6*r*r*s.CCBB - 4*r*r*r*s.CBBB + r*r*r*r*s.BBBB) / b4
	df = s.N - 1
	if e4 > 0 {
		df = max(min(df, 2*e2*e2/e4), min(df, 2)) // below 2 by rounding only
	}
	return math.Sqrt((e2 + 2*e2b + 3*e2bb) * (s.N - 1) / s.N), df
}

func (s CostSums) valid() bool {
	sum := 0.0
	for _, x := range []float64{s.C, s.B, s.CC, s.BB, s.CB, s.CCB, s.CBB, s.BBB, s.CCCC, s.CCCB, s.CCBB, s.CBBB, s.BBBB} {
		if !(x >= 0) {
			return false
		}
		sum += x
	}
	return s.N >= 1 && s.N <= maxUnits && s.B > 0 && !math.IsInf(sum, 0)
}
