package tune

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// A belief is what the pilot says of an option in a task, after shrinking towards the other tasks.
type belief struct {
	n     float64 // units of the pilot, effective
	delta float64 // mean delta there; NaN without units
	psi   float64 // Σd²/n, shrunk: the share of discordant pairs where outcomes are right or wrong
	mean  float64 // of the delta, shrunk
	s2    float64 // variance of mean
}

// shrinkLabels is how many labels' worth the mean discordance over the tasks counts in each.
const shrinkLabels = 10

// minBetween is the least variance between tasks that is assumed.
const minBetween = 1e-5

// shrink returns the beliefs in one option in all tasks that offer it: samples are those of the pilot. Deltas are normal
// with a variance ψ/n within and t between the tasks, t by the method of moments.
func shrink(samples []sample, out []belief) {
	k, psi := 0.0, 0.0
	for i := range samples {
		if n := samples[i].n(); n > 0 {
			k++
			psi += samples[i].spread() / n
		}
	}
	psi /= max(k, 1)
	var mean, within float64
	for i := range samples {
		b := belief{n: samples[i].n(), delta: math.NaN()}
		b.psi = (samples[i].spread() + shrinkLabels*psi + 0.5) / (b.n + shrinkLabels + 1)
		if b.n > 0 {
			b.delta = samples[i].delta()
			mean += b.delta / k
			within += b.psi / b.n / k
		}
		out[i] = b
	}
	between := minBetween
	if k > 1 {
		squares := 0.0
		for i := range out {
			if out[i].n > 0 {
				squares += (out[i].delta - mean) * (out[i].delta - mean)
			}
		}
		between = max(squares/(k-1)-within, minBetween)
	}
	for i := range out {
		out[i].combine(k, mean, between, within)
	}
}

// combine weighs a task's own pilot against the mean of the k tasks that have one.
func (b *belief) combine(k, mean, between, within float64) {
	switch {
	case k == 0: // no pilot at all: anything may be
		b.mean, b.s2 = 0, 1
	case b.n == 0:
		b.mean, b.s2 = mean, between+(between+within)/k
	case k == 1:
		b.mean, b.s2 = b.delta*b.n/(b.n+shrinkLabels), b.psi/b.n
	default:
		v := b.psi / b.n
		own := between / (between + v)
		b.mean = mean + own*(b.delta-mean)
		b.s2 = own*v + (1-own)*(1-own)*(between+within)/k
	}
}

// chance is the probability that n units of verify will certify the option at a tolerance, where z is the normal quantile
// of the level: that of a normal delta, uncertain by s2, to be above its bound.
func (b *belief) chance(tolerance, z, n float64) float64 {
	return distuv.UnitNormal.CDF(((b.mean+tolerance)*math.Sqrt(n/b.psi) - z) / math.Sqrt(1+n*b.s2/b.psi))
}
