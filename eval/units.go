package eval

import "github.com/tierwise/tierwise/eval/stats"

// Units are the covered requests of a partial as units of evidence: a group is one, a request without is one.
type units struct {
	pairs    [4]Count // right or wrong on both sides, index 2·candidate + baseline
	pairsW2  Fixed
	pairsW3  Fixed
	apartW2  Fixed     // of the discordant ones
	deltas   DeltaSums // the others
	values   Values
	weighted bool
}

// units folds the groups: one of a single request counts as that request, one of several as the weighted mean of its
// deltas with the weight of all.
func (p *Partial) units() *units {
	u := &units{pairs: p.Pairs, pairsW2: p.PairsW2, pairsW3: p.PairsW3, apartW2: p.DiscordantW2, deltas: p.Deltas}
	u.values.merge(&p.Values)
	single := Partial{}
	for _, g := range p.Groups {
		if g.Count.N == 1 {
			single.addUngrouped(g.W, g.OnlyQ1, g.OnlyQ0)
			continue
		}
		w := g.Count.Weight()
		q1, q0 := g.WQ1.Float64()/w, g.WQ0.Float64()/w
		u.deltas.add(w, q1, q0)
		if q1 != q0 {
			u.values.add(w, w*(q1-q0))
		}
	}
	for i := range u.pairs {
		u.pairs[i].merge(&single.Pairs[i])
		u.weighted = u.weighted || u.pairs[i].Unit != u.pairs[i].N
	}
	u.pairsW2.AddFixed(single.PairsW2)
	u.pairsW3.AddFixed(single.PairsW3)
	u.apartW2.AddFixed(single.DiscordantW2)
	u.values.merge(&single.Values)
	u.deltas.merge(&single.Deltas)
	u.weighted = u.weighted || u.deltas.Count.Unit != u.deltas.Count.N
	return u
}

// count returns the number of units.
func (u *units) count() int64 {
	n := u.deltas.Count.N
	for i := range u.pairs {
		n += u.pairs[i].N
	}
	return n
}

// weight returns Σw and Σw² over all units.
func (u *units) weight() (sum, squares float64) {
	total := u.deltas.Count
	w2 := u.pairsW2
	w2.AddFixed(u.deltas.W2)
	for i := range u.pairs {
		total.merge(&u.pairs[i])
	}
	w2.AddInt(total.Unit)
	return total.Weight(), w2.Float64()
}

// test asks whether the candidate loses more than the tolerance: by counts where all units are right or wrong, else by
// the mean of the deltas.
func (u *units) test(tolerance, alpha float64) stats.Noninferiority {
	if u.deltas.Count.N == 0 {
		return u.pairsForTest().NonInferior(tolerance, alpha)
	}
	return u.deltasForTest().NonInferior(tolerance, alpha)
}

// pairsForTest returns the units that are right or wrong as counts, effective ones if their weights differ.
func (u *units) pairsForTest() stats.Pairs {
	sumW, sumW2 := u.weight()
	gained, lost := u.pairs[2].Weight(), u.pairs[1].Weight()
	if u.weighted {
		apart := u.apartW2
		apart.AddInt(u.pairs[1].Unit + u.pairs[2].Unit)
		return stats.WeightedPairs(sumW, sumW2, gained, lost).WithDiscordant(sumW, sumW2, gained+lost, apart.Float64())
	}
	return stats.Pairs{N: sumW, B: gained, C: lost}
}

// deltasForTest returns all units as sums of deltas, effective ones if their weights differ.
func (u *units) deltasForTest() stats.Deltas {
	sumW, sumW2 := u.weight()
	gained, lost := &u.pairs[2], &u.pairs[1]
	sum := u.deltas.WD.Float64() + gained.Weight() - lost.Weight()
	squares := u.deltas.WD2.Float64() + gained.Weight() + lost.Weight()
	nonzero := int(u.nonzero())
	gains := (u.deltas.WGains.Float64() + gained.Weight()) / sumW
	if u.weighted {
		return stats.WeightedDeltas(sumW, sumW2, sum, squares, nonzero).WithGains(gains)
	}
	return stats.Deltas{N: sumW, Sum: sum, SumSq: squares, Nonzero: nonzero}.WithGains(gains)
}

// discordance returns the share of units, plain, whose delta is not 0, with half a unit added.
func (u *units) discordance() float64 {
	n := float64(u.count())
	return (float64(u.nonzero()) + 0.5) / (n + 1)
}

// qualities returns Σw·q of the candidate and the baseline, and Σw, over all covered requests.
func (p *Partial) qualities() (candidate, base, weight float64) {
	q1, q0 := p.Deltas.WQ1, p.Deltas.WQ0
	for _, g := range p.Groups {
		q1.AddFixed(g.WQ1)
		q0.AddFixed(g.WQ0)
	}
	for i := range p.Pairs {
		c := p.Pairs[i]
		for _, side := range []struct {
			sum *Fixed
			on  bool
		}{{&q1, i >= 2}, {&q0, i&1 == 1}} {
			if side.on {
				side.sum.AddInt(c.Unit)
				side.sum.AddFixed(c.W)
			}
		}
	}
	return q1.Float64(), q0.Float64(), p.Covered.Weight()
}
