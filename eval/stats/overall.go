package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// A Stratum is one class of a comparison of whole tables.
type Stratum struct {
	Weight    float64 // share of the traffic; any unit, they are scaled to sum 1
	Unchanged bool    // the candidate cannot differ here: its delta is 0 by construction
	Pairs     Pairs   // right-or-wrong outcomes, unless Graded
	Graded    bool
	Deltas    Deltas
}

// Overall tests whether the weighted mean of the strata's deltas loses more than tolerance, at one-sided level alpha.
//
// With right-or-wrong outcomes it is a score test that is Tango's where all strata have the same weight per unit: with
// W_k the weights, w_k = W_k/n_k and u_k = (b_k+c_k+½)/(n_k+1), the units count as n_e = ΣW_k·u_k / ΣW_k·w_k·u_k, and the
// variance under the hypothesis is ψ̂/n_e + max(ψ0−ψ̂, 0)·max w_k − δ²/n_e, with ψ̂ the weighted share of discordant pairs
// and ψ0 the one that Tango's quadratic gives at n_e. Simulated size at alpha 5 % is at most 5.7 %, with weights as
// unequal as Zipf's 6.2 %; Wald's test reaches 12 %. As soon as one stratum is graded it is a t-test with Satterthwaite's
// degrees of freedom, each stratum with the pseudo-loss of [Deltas.NonInferior], and with the floor that sets losses against
// gains at n_e; without that floor rare whole losses behind common small gains bring its size to 8.5 %.
//
// Where one stratum has all the weight, the test is that of its [Pairs] or [Deltas], floor and all.
//
// A stratum that can change and has no units makes the result undefined: P is NaN.
func Overall(strata []Stratum, tolerance, alpha float64) Noninferiority {
	o, ok := newOverall(strata)
	if ok && len(o.strata) == 1 && o.strata[0].Weight == 1 {
		s := o.strata[0]
		if s.Graded {
			return s.Deltas.NonInferior(tolerance, alpha)
		}
		return s.Pairs.NonInferior(tolerance, alpha)
	}
	return o.test(ok, tolerance, alpha)
}

// test is the test of several strata, which for one of counts has Tango's interval.
func (o *overall) test(ok bool, tolerance, alpha float64) Noninferiority {
	r := Noninferiority{Tolerance: tolerance, Alpha: alpha}
	if !ok || !validTest(tolerance, alpha) {
		r.Test = "overall score test"
		return r.undefined()
	}
	if len(o.strata) == 0 {
		return Unchanged(o.n, tolerance, alpha)
	}
	r.N, r.Delta = o.n, o.delta()
	z := distuv.UnitNormal.Quantile(1 - alpha)
	if o.graded {
		r.Test = "stratified t with binomial floor and pseudo-losses"
		lower, upper := o.tTest(true), o.tTest(false)
		r.P, r.Bound = lower.survival(-tolerance), max(-1, lower.lowerBound(alpha))
		r.PFails, r.Upper = 1-upper.survival(-tolerance), min(1, upper.upperBound(alpha))
		return r.withGainsFloor(o.effective())
	}
	r.Test = "overall score test"
	t := o.score(-tolerance)
	r.P, r.PFails = distuv.UnitNormal.Survival(t), distuv.UnitNormal.CDF(t)
	mirror := o.mirrored()
	r.Bound = bisect(-1, r.Delta, func(d float64) bool { return o.score(d) <= z })
	r.Upper = -bisect(-1, -r.Delta, func(d float64) bool { return mirror.score(d) <= z })
	return r
}

// An overall is the changeable strata, with weights that sum to 1 over all strata.
type overall struct {
	strata []Stratum
	n      float64 // units of all strata that have a weight
	graded bool
}

// noWeight is a share of the traffic that changes no delta, but whose square would be lost.
const noWeight = 1e-30

func newOverall(strata []Stratum) (o overall, ok bool) {
	total := 0.0
	for _, s := range strata {
		total += s.Weight
	}
	for _, s := range strata {
		s.Weight /= total
		valid := validCounts(s.Pairs.N, s.Pairs.B, s.Pairs.C)
		units := s.Pairs.N
		if s.Graded {
			valid, units = s.Deltas.valid(), s.Deltas.N
		}
		if s.Weight > 0 || total == 0 { // of what is no part of the traffic nothing is claimed
			o.n += units
		}
		if s.Unchanged {
			continue
		}
		if !valid || units == 0 || !(s.Weight >= 0) {
			return o, false
		}
		if s.Weight < noWeight {
			continue
		}
		o.graded = o.graded || s.Graded
		o.strata = append(o.strata, s)
	}
	return o, true
}

func (s *Stratum) deltas() Deltas {
	if s.Graded {
		return s.Deltas
	}
	p := s.Pairs
	return Deltas{N: p.N, Sum: p.B - p.C, Gains: p.B, SumSq: p.B + p.C, Nonzero: int(math.Ceil(p.B + p.C))}
}

func (o *overall) delta() float64 {
	sum := 0.0
	for i := range o.strata {
		d := o.strata[i].deltas()
		sum += o.strata[i].Weight * d.Sum / d.N
	}
	return sum
}

// effective returns the weighted sums of all strata as those of n_e units of one weight.
func (o *overall) effective() Deltas {
	var wu, wwu, delta, gains float64
	for i := range o.strata {
		d := o.strata[i].deltas()
		w := o.strata[i].Weight / d.N
		u := (float64(d.Nonzero) + 0.5) / (d.N + 1)
		wu += o.strata[i].Weight * u
		wwu += o.strata[i].Weight * w * u
		delta += w * d.Sum
		gains += w * d.Gains
	}
	n := wu / wwu
	return Deltas{N: n, Sum: n * delta, Gains: n * gains}
}

func (o *overall) mirrored() overall {
	m := overall{n: o.n}
	for _, s := range o.strata {
		s.Pairs.B, s.Pairs.C = s.Pairs.C, s.Pairs.B
		m.strata = append(m.strata, s)
	}
	return m
}

// score is the statistic of "the true overall delta is delta".
func (o *overall) score(delta float64) float64 {
	var theta, psi, wu, wwu, maxW float64
	for _, s := range o.strata {
		w := s.Weight / s.Pairs.N
		u := (s.Pairs.B + s.Pairs.C + 0.5) / (s.Pairs.N + 1)
		theta += w * (s.Pairs.B - s.Pairs.C)
		psi += w * (s.Pairs.B + s.Pairs.C)
		wu += s.Weight * u
		wwu += s.Weight * w * u
		maxW = max(maxW, w)
	}
	n := wu / wwu
	psi0 := 2*lostRate(n, n*(psi+theta)/2, n*(psi-theta)/2, delta) + delta
	variance := psi/n + max(psi0-psi, 0)*maxW - delta*delta/n
	if num := theta - delta; variance > 0 {
		return num / math.Sqrt(variance)
	} else if num != 0 {
		return math.Copysign(math.Inf(1), num)
	}
	return 0
}

// maxFreedom is a number of degrees of freedom at which Student's t is normal.
const maxFreedom = 1e7

// tTest combines the strata's means, Satterthwaite's degrees of freedom behind them. With cautious, strata with few
// nonzero deltas get the pseudo-loss.
func (o *overall) tTest(cautious bool) tTest {
	var out tTest
	var variances, freedoms []float64
	for i := range o.strata {
		s, d := &o.strata[i], o.strata[i].deltas()
		if cautious && d.Nonzero < fewNonzero {
			d = Deltas{N: d.N + 1, Sum: d.Sum - 1, SumSq: d.SumSq + 1}
		}
		t := d.tTest()
		if t.df == 0 {
			return tTest{}
		}
		v := s.Weight * s.Weight * t.se * t.se
		out.mean += s.Weight * t.mean
		out.se += v
		variances, freedoms = append(variances, v), append(freedoms, t.df)
	}
	inverse := 1 / maxFreedom
	for i, v := range variances {
		if share := v / out.se; share > 0 {
			inverse += share * share / freedoms[i]
		}
	}
	out.df = 1 / inverse
	out.se = math.Sqrt(out.se)
	return out
}
