package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Tango returns the score statistic T(delta) for the paired difference of two rates and the p-value 1−Φ(T) against "the
// true difference is delta or less": Tango (1998), Statistics in Medicine 17:891. Of n pairs, b are right only under the
// candidate and c only under the baseline, so that the estimate is (b−c)/n; the counts need not be whole numbers. delta
// is in [−1, 1]. At delta 0 it is McNemar's test, and unlike Wald's it is defined where b = c = 0.
func Tango(n, b, c, delta float64) (t, p float64) {
	if !validCounts(n, b, c) || !(math.Abs(delta) <= 1) {
		return math.NaN(), math.NaN()
	}
	t = tango(n, b, c, delta)
	return t, distuv.UnitNormal.Survival(t)
}

// TangoInterval returns the two-sided interval that inverts [Tango], of the given level such as 0.95.
func TangoInterval(n, b, c, level float64) Interval {
	if !validCounts(n, b, c) || !validLevel(level) {
		return Interval{math.NaN(), math.NaN()}
	}
	z := distuv.UnitNormal.Quantile((1 + level) / 2)
	return Interval{tangoLower(n, b, c, z), -tangoLower(n, c, b, z)}
}

// maxUnits is the number up to which floating-point numbers can count.
const maxUnits = 1 << 53

// validCounts leaves room for the rounding of weighted counts: b + c = n may come out a few ulps above n.
func validCounts(n, b, c float64) bool {
	return n >= 0 && b >= 0 && c >= 0 && b+c <= n*(1+1e-9) && n <= maxUnits
}

// validLevel asks for levels with quantiles: next to 1 there are none.
func validLevel(level float64) bool { return level > 0 && (1+level)/2 < 1 }

func tango(n, b, c, delta float64) float64 {
	num := b - c - n*delta
	q := lostRate(n, b, c, delta)
	variance := n * (2*q + delta*(1-delta))
	if variance <= 0 { // only where the rates leave no room: |delta| = 1, or delta = 0 with b = c = 0
		switch {
		case num > 0:
			return math.Inf(1)
		case num < 0:
			return math.Inf(-1)
		default:
			return 0
		}
	}
	return num / math.Sqrt(variance)
}

// lostRate is the rate of lost pairs that is most likely where the difference is delta: the root q̃ of Tango's quadratic.
func lostRate(n, b, c, delta float64) float64 {
	if n == 0 {
		return max(0, -delta)
	}
	qa := 2 * n
	qb := -b - c + (2*n-b+c)*delta
	qc := -c * delta * (1 - delta)
	root := math.Sqrt(max(qb*qb-4*qa*qc, 0))
	if qb > 0 { // the same root without subtracting two nearly equal numbers
		return -2 * qc / (root + qb)
	}
	return (root - qb) / (2 * qa)
}

// tangoLower returns the smallest delta with T(delta) ≤ z: the lower bound. T falls from T(−1) ≥ z to T((b−c)/n) = 0.
func tangoLower(n, b, c, z float64) float64 {
	if n == 0 {
		return -1
	}
	return bisect(-1, (b-c)/n, func(delta float64) bool { return tango(n, b, c, delta) <= z })
}

// bisect returns the smallest x in [lo, hi], to the last bit, for which ok holds; ok is false, then true, as x rises.
// Where ok holds nowhere it returns hi.
func bisect(lo, hi float64, ok func(float64) bool) float64 {
	if ok(lo) {
		return lo
	}
	for {
		mid := lo + (hi-lo)/2
		if mid <= lo || mid >= hi {
			return hi
		}
		if ok(mid) {
			hi = mid
		} else {
			lo = mid
		}
	}
}
