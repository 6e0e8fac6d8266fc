package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// FloorLabels returns how many labels the claim "loses no more than tolerance" takes at one-sided level alpha even if not
// one pair is lost: ⌈ln α / ln(1−τ)⌉, where the binomial floor of [Pairs.NonInferior] lets go. Both are in (0, 1); otherwise
// it returns 0. Below an alpha of 4 % the score test asks for a few labels more than this: 73, not 72, at 5 points and 2.5 %.
func FloorLabels(tolerance, alpha float64) int {
	if !validLevel(tolerance) || !validLevel(alpha) {
		return 0
	}
	return toInt(floorLabels(tolerance, alpha))
}

// FloorTolerance returns the smallest tolerance that n labels without one lost pair certify at level alpha: the inverse of
// [FloorLabels], 1 − α^(1/n). Without labels it is 1.
func FloorTolerance(n, alpha float64) float64 {
	return UpperShare(0, n, alpha)
}

// LabelsNeeded returns how many labels give the noninferiority test of a tolerance, at one-sided level alpha, the chance
// power to hold, where the share psi of pairs is discordant and the true delta is theta (so psi ≥ |theta|). The variance
// at the edge of the tolerance is Tango's, not the observed one, and the floor counts: exact power at the result is
// 80–86 % for power 0.8, where the textbook formula gives 0–80 %.
//
// It returns ok = false where theta is so near the edge that more labels will not help: at most a point above it, a fifth
// of the tolerance where that is smaller.
func LabelsNeeded(psi, theta, tolerance, alpha, power float64) (n int, ok bool) {
	if !validPower(psi, alpha, power) || !validLevel(tolerance) || !(theta > -tolerance+min(0.01, tolerance/5)) {
		return 0, false
	}
	return toInt(labels(psi, theta, tolerance, alpha, power)), true
}

// SmallestTolerance returns the smallest tolerance that n labels have the chance power to certify at one-sided level alpha
// where the share psi of pairs is discordant and the true delta is 0: the inverse of [LabelsNeeded]. It is 1 where n labels
// certify nothing.
func SmallestTolerance(n, psi, alpha, power float64) float64 {
	if !(n >= 0) || !validPower(psi, alpha, power) {
		return math.NaN()
	}
	return bisect(0, 1, func(tolerance float64) bool {
		return tolerance > 0 && labels(psi, 0, tolerance, alpha, power) <= n
	})
}

// labels is LabelsNeeded before rounding.
func labels(psi, theta, tolerance, alpha, power float64) float64 {
	atEdge, atTheta := variances(psi, theta, tolerance)
	z := distuv.UnitNormal.Quantile(1-alpha)*math.Sqrt(atEdge) + distuv.UnitNormal.Quantile(power)*math.Sqrt(atTheta)
	root := z / (tolerance + theta)
	return max(root*root, floorLabels(tolerance, alpha))
}

// variances are those of one pair's delta: Tango's where the true delta is at the edge of the tolerance, and the true one.
func variances(psi, theta, tolerance float64) (atEdge, atTheta float64) {
	psi = max(psi, math.Abs(theta))
	atEdge = 2*lostRate(1, (psi+theta)/2, (psi-theta)/2, -tolerance) - tolerance*(1+tolerance)
	return max(atEdge, 0), max(psi-theta*theta, 0)
}

func floorLabels(tolerance, alpha float64) float64 { return math.Log(alpha) / math.Log1p(-tolerance) }

func validPower(psi, alpha, power float64) bool {
	return psi >= 0 && psi <= 1 && alpha > 0 && alpha <= 0.5 && power >= 0.5 && power < 1
}

// toInt rounds up, and stays inside int where a tolerance of next to nothing asks for more, or for what is not a number.
func toInt(n float64) int {
	if !(n < maxUnits) {
		n = maxUnits
	}
	return int(ceil(n))
}
