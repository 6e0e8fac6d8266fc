package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Power returns the chance that n labels let [Pairs.NonInferior] hold, where the share psi of pairs is discordant and the
// true delta is theta: the normal approximation that [LabelsNeeded] inverts. Below the floor of labels it is 0.
func Power(n, psi, theta, tolerance, alpha float64) float64 {
	if !(n >= 0) || !validPower(psi, alpha, 0.5) || !validLevel(tolerance) || !(math.Abs(theta) <= 1) {
		return math.NaN()
	}
	if n < floorLabels(tolerance, alpha)-1e-9 {
		return 0
	}
	atEdge, atTheta := variances(psi, theta, tolerance)
	return reach((tolerance+theta)*math.Sqrt(n)-distuv.UnitNormal.Quantile(1-alpha)*math.Sqrt(atEdge), math.Sqrt(atTheta))
}

// reach is the chance that a normal variable of mean margin and deviation sd is not negative.
func reach(margin, sd float64) float64 {
	switch {
	case sd > 0:
		return distuv.UnitNormal.CDF(margin / sd)
	case margin >= 0:
		return 1
	default:
		return 0
	}
}

// ShareLabels returns how many labels make the Wilson interval of a share at most halfWidth wide to each side of its middle,
// where the share is about as given: 0.5 where nothing is known of it. It returns 0 where an argument is outside (0, 1),
// the share outside [0, 1].
func ShareLabels(share, halfWidth, level float64) int {
	if !(share >= 0 && share <= 1) || !validLevel(halfWidth) || !validLevel(level) {
		return 0
	}
	z := distuv.UnitNormal.Quantile((1 + level) / 2)
	// The half width is z·√(n·p(1−p) + z²/4)/(n + z²): squared, h²(n+z²)² = z²(n·p(1−p) + z²/4), a quadratic in n + z².
	v, h2, z2 := share*(1-share), halfWidth*halfWidth, z*z
	sum := (z2*v + z2*math.Sqrt(v*v+4*h2*(0.25-v))) / (2 * h2)
	return toInt(max(sum-z2, 0))
}
