package stats

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// bca returns the bias-corrected and accelerated bootstrap interval of an estimate from its resamples, which it sorts:
// Efron (1987), JASA 82:171; DiCiccio and Efron (1996), Statistical Science 11:189, eq. 2.3. The bias correction z0 counts
// resamples that equal the estimate half, as discrete deltas ask for.
func bca(resamples []float64, estimate, acceleration, level float64) Interval {
	slices.Sort(resamples)
	r := float64(len(resamples))
	// Sums of the same deltas in another order differ in the last digits: what is so near is equal.
	slack := 1e-12 * max(math.Abs(resamples[0]), math.Abs(resamples[len(resamples)-1]))
	below, _ := slices.BinarySearch(resamples, estimate-slack)
	upTo, _ := slices.BinarySearch(resamples, math.Nextafter(estimate+slack, math.Inf(1)))
	share := (float64(below) + float64(upTo)) / (2 * r)
	z0 := distuv.UnitNormal.Quantile(max(0.5/r, min(share, 1-0.5/r)))
	end := func(p float64) float64 {
		x := stat.Quantile(bcaShare(p, z0, acceleration), stat.Empirical, resamples, nil)
		return max(-1, min(1, x)) // for rounding
	}
	return Interval{end((1 - level) / 2), end((1 + level) / 2)}
}

// bcaShare is the share of the resamples below the end of the interval that a normal one would have at share p.
func bcaShare(p, z0, acceleration float64) float64 {
	if p <= 0 || p >= 1 { // so few deltas tell of the variance that only the outermost resamples are left
		return p
	}
	z := z0 + distuv.UnitNormal.Quantile(p)
	scale := 1 - acceleration*z
	if scale <= 0 { // the correction has left its range: the outermost resample
		if z > 0 {
			return 1
		}
		return 0
	}
	return distuv.UnitNormal.CDF(z0 + z/scale)
}

// An influence sums powers of what each cluster contributes to an estimate: l = W_k·(Σwd − θ_k·Σw)/ΣW_k for a cluster of
// stratum k, the infinitesimal jackknife of a weighted mean of ratios.
type influence struct {
	l2, l3   float64
	changed2 float64 // Σl² and Σl⁴ of the clusters whose delta is not 0
	changed4 float64
}

// add takes one stratum in, weight its share of the traffic.
func (f *influence) add(s *sample, weight float64) {
	theta := s.delta()
	scale := weight / s.total.W // of each l, not of their powers: those of a large weight would overflow
	for _, c := range s.nonzero {
		l := (c.WD - theta*c.W) * scale
		f.l3 += l * l * l
		f.changed2 += l * l
		f.changed4 += l * l * l * l
		f.l2 += l * l
	}
	rest := theta * scale
	f.l2 += rest * rest * s.Rest.W2
	f.l3 -= rest * rest * rest * s.Rest.W3
}

// acceleration is Efron's a, Σl³ / (6·(Σl²)^1.5).
func (f *influence) acceleration() float64 {
	cubed := f.l2 * math.Sqrt(f.l2)
	if cubed == 0 {
		return 0
	}
	return f.l3 / (6 * cubed)
}

// freedom returns the degrees of freedom of Σl² as an estimate of its variance, by Satterthwaite: twice the square of what
// is estimated over the variance of the estimate, which is about Σl⁴ where it is chance which clusters are drawn.
func (f *influence) freedom() float64 {
	if f.changed4 == 0 {
		return 0
	}
	return 2 * f.changed2 * f.changed2 / f.changed4
}
