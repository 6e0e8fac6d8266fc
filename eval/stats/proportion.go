package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// An Interval is a confidence interval, both ends included.
type Interval struct{ Lo, Hi float64 }

// KishN returns the effective number of units behind weights w: (Σw)²/Σw² (Kish 1965). It is the plain number where all
// weights are equal, and 0 where there are none.
func KishN(sumW, sumW2 float64) float64 {
	if sumW2 == 0 {
		return 0
	}
	return sumW * sumW / sumW2
}

// Wilson returns the score interval (Wilson 1927) of the given two-sided level for a rate of k in n; k may be a sum of
// scores in [0, 1] and n an effective number. Without units it is [0, 1].
func Wilson(k, n, level float64) Interval {
	if !validCounts(n, k, 0) || !validLevel(level) {
		return Interval{math.NaN(), math.NaN()}
	}
	if n == 0 {
		return Interval{0, 1}
	}
	z := distuv.UnitNormal.Quantile((1 + level) / 2)
	rate := min(k/n, 1)
	mid := rate + z*z/(2*n)
	half := z * math.Sqrt(rate*(1-rate)/n+z*z/(4*n*n))
	scale := 1 + z*z/n
	return Interval{max(0, (mid-half)/scale), min(1, (mid+half)/scale)}
}

// UpperShare returns the exact upper one-sided 1−alpha bound (Clopper and Pearson 1934) of a share of which k of n units
// were seen. Fractions, which weighted counts have, are rounded to the side of caution: k up, n down.
func UpperShare(k, n, alpha float64) float64 {
	if !validCounts(n, k, 0) || !validLevel(alpha) {
		return math.NaN()
	}
	k, n = ceil(k), floor(n)
	if k >= n {
		return 1
	}
	return bisect(0, 1, func(share float64) bool { return atMost(k, n, share) <= alpha })
}

// lowerShare is the lower counterpart of UpperShare, rounded the other way.
func lowerShare(k, n, alpha float64) float64 {
	k, n = floor(k), ceil(n)
	if k == 0 {
		return 0
	}
	return bisect(0, 1, func(share float64) bool { return atLeast(k, n, share) > alpha })
}

// atMost is P(Bin(n, p) ≤ k). gonum's incomplete beta takes 5 µs at n = 1e7 and is within 4e-8 of the exact sum there
// (1e-12 at 1,000), so no approximation of our own is needed.
func atMost(k, n, p float64) float64 {
	switch {
	case k >= n || p <= 0:
		return 1
	case p >= 1:
		return 0
	}
	return distuv.Binomial{N: n, P: p}.CDF(k)
}

// atLeast is P(Bin(n, p) ≥ k).
func atLeast(k, n, p float64) float64 {
	if k <= 0 {
		return 1
	}
	return 1 - atMost(k-1, n, p)
}

// ceil and floor take a sum that is a whole number but for rounding errors as that number.
func ceil(x float64) float64  { return math.Ceil(x - slack(x)) }
func floor(x float64) float64 { return math.Floor(x + slack(x)) }

func slack(x float64) float64 { return max(1e-9, 1e-12*math.Abs(x)) }
