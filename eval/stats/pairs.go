package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Pairs are the counts of a paired comparison of right-or-wrong outcomes. With unequal weights they are effective counts:
// see [WeightedPairs].
type Pairs struct {
	N float64 // units
	B float64 // gained: right only under the candidate
	C float64 // lost: right only under the baseline
}

// WeightedPairs scales weighted counts to Kish's effective number of units: sumW and sumW2 are Σw and Σw² over all units,
// b and c are Σw over those gained and lost. Counts that ignore the weights would reach a size of 25–89 % at alpha 3–10 %
// where the heavy units are those that lose.
func WeightedPairs(sumW, sumW2, b, c float64) Pairs {
	n := KishN(sumW, sumW2)
	if n == 0 {
		return Pairs{}
	}
	return Pairs{N: n, B: n * (b / sumW), C: n * (c / sumW)}
}

// WithDiscordant scales the counts down where the discordant units are heavier than units are: discordantW and discordantW2
// are Σw and Σw² over those gained or lost. One of them then counts as about one unit. Without it the size reaches 8 % at
// alpha 5 % where rows of three times the weight are those that lose.
func (s Pairs) WithDiscordant(sumW, sumW2, discordantW, discordantW2 float64) Pairs {
	if !(discordantW > 0) || !(sumW > 0) {
		return s
	}
	heavier := max(1, discordantW2/discordantW/(sumW2/sumW))
	return Pairs{N: s.N / heavier, B: s.B / heavier, C: s.C / heavier}
}

// NonInferior tests whether the candidate loses more than tolerance, in [0, 1), at one-sided level alpha, in (0, 0.5].
//
// P is the larger of the score test's p-value, 1−Φ(T(−τ)), and of the binomial floor P(Bin(n, τ) ≤ max(c−b, 0)): Tango's
// test alone reaches 6.8 % at alpha 5 % where losses are few and gains are none, the floor brings that to 5.4 % (exact, n
// 30–1000; 5.5 % at tolerances of 10 points). PFails mirrors both terms, with corrections for skewness and continuity of the
// score, as losses that are no more than the tolerance are the more frequent outcome and so the more skewed one: without
// them "fails" comes up in as much as 7.5 % at alpha 5 %, with them in 5.4 %; what they cost stands at failsContinuity. The
// bounds invert the two tests; as the floor says nothing of gains, Bound is below 0. Losses and units that are fractions, as
// weighted counts are, are rounded to the side of caution in the floor.
func (s Pairs) NonInferior(tolerance, alpha float64) Noninferiority {
	r := Noninferiority{Test: "Tango score with binomial floor", N: s.N, Delta: (s.B - s.C) / s.N, Tolerance: tolerance, Alpha: alpha}
	if !validCounts(s.N, s.B, s.C) || !validTest(tolerance, alpha) {
		return r.undefined()
	}
	losses := max(s.C-s.B, 0)
	t := tango(s.N, s.B, s.C, -tolerance)
	r.P = distuv.UnitNormal.Survival(t)
	r.PFails = distuv.UnitNormal.Survival(failsScore(s.N, s.B, s.C, -tolerance))
	z := distuv.UnitNormal.Quantile(1 - alpha)
	r.Bound = tangoLower(s.N, s.B, s.C, z)
	r.Upper = failsUpper(s.N, s.B, s.C, z)
	return r.withFloor(losses)
}

// withFloor adds the binomial terms to a test of which losses of N units, net and not negative, are known: the unit-sized
// losses that a true loss of the tolerance would have brought.
func (r Noninferiority) withFloor(losses float64) Noninferiority {
	r.P = max(r.P, atMost(ceil(losses), floor(r.N), r.Tolerance))
	r.PFails = max(r.PFails, atLeast(floor(losses), ceil(r.N), r.Tolerance))
	r.Bound = max(-1, min(r.Bound, -UpperShare(losses, r.N, r.Alpha)))
	r.Upper = min(1, max(r.Upper, -lowerShare(losses, r.N, r.Alpha)))
	return r
}

func (r Noninferiority) undefined() Noninferiority {
	r.P, r.PFails, r.Bound, r.Upper = math.NaN(), math.NaN(), math.NaN(), math.NaN()
	return r
}

func validTest(tolerance, alpha float64) bool {
	return tolerance >= 0 && tolerance < 1 && 1-alpha < 1 && alpha <= 0.5
}
