package stats

import "math"

// failsContinuity is the share of a unit that [Pairs.NonInferior] takes off the losses before it says "fails". Half a unit
// is what a normal limit of whole counts asks for, and more than needed: see there.
const failsContinuity = 1. / 3

// failsScore is the normal deviate of "the true difference is delta or more", large where so many losses speak against it.
//
// It is Tango's, mirrored, less two corrections, which never make the verdict easier: a continuity correction and
// one for skewness. Where the true difference is a loss, losses are more frequent than gains, so that their number has its
// longer tail at the side that makes a candidate fail: the deviate z solves x = z + γ/6·(z² − 1), x being the score and γ
// the skewness of the difference of the counts at the rates that fit delta best (Laud 2017, Pharmaceutical Statistics
// 16:334, after Gart and Nam 1988, Biometrics 44:323, who do this for unpaired rates).
func failsScore(n, b, c, delta float64) float64 {
	x := -tango(n, b, c, delta)
	if !(x > 0) || math.IsInf(x, 1) {
		return x
	}
	q := lostRate(n, b, c, delta)
	variance := 2*q + delta*(1-delta) // of one pair
	x = max(x-failsContinuity/math.Sqrt(n*variance), 0)
	skewness := -delta * (1 - 3*(2*q+delta) + 2*delta*delta) / (variance * math.Sqrt(n*variance))
	if k := skewness / 6; k > 0 && x > 1 {
		return 2 * (k + x) / (1 + math.Sqrt(1+4*k*(k+x)))
	}
	return x
}

// failsUpper returns the smallest delta that failsScore rejects at z: the upper bound.
func failsUpper(n, b, c, z float64) float64 {
	if n == 0 {
		return 1
	}
	return bisect((b-c)/n, 1, func(delta float64) bool { return failsScore(n, b, c, delta) >= z })
}
