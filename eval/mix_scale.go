package eval

import (
	"maps"
	"math"
	"slices"
)

// scaled returns the partial with all weights times factor, above 0: the same requests, standing for more or less traffic.
// Counts of requests stay. The evidence (pairs, deltas, groups), examples and tokens are left out: a whole is judged by its tasks.
func (p *Partial) scaled(factor float64) *Partial {
	out := &Partial{Unbilled: p.Unbilled, Uncovered: p.Uncovered, Latency: p.Latency.scaled(factor)}
	for _, c := range []struct{ to, from *Count }{
		{&out.Rows, &p.Rows}, {&out.Graded, &p.Graded}, {&out.Covered, &p.Covered}, {&out.Gradable, &p.Gradable}, {&out.Changed, &p.Changed},
		{&out.Better, &p.Better}, {&out.Lost, &p.Lost}, {&out.Worse, &p.Worse}, {&out.CostKnown, &p.CostKnown},
		{&out.Savable, &p.Savable}, {&out.Walked, &p.Walked}, {&out.Attempts, &p.Attempts}, {&out.Escalated, &p.Escalated},
		{&out.FailedOver, &p.FailedOver}, {&out.Exhausted, &p.Exhausted}, {&out.Failed, &p.Failed},
	} {
		*c.to = c.from.scaled(factor)
	}
	for _, f := range []struct{ to, from *Fixed }{
		{&out.OtherCost, &p.OtherCost}, {&out.RouterCost, &p.RouterCost}, {&out.CheckCost, &p.CheckCost},
		{&out.SavableCost, &p.SavableCost}, {&out.SavableBase, &p.SavableBase},
	} {
		*f.to = fixedOf(factor * f.from.Float64())
	}
	out.Spread = p.Spread.scaled(factor)
	out.RouterSpend = p.RouterSpend.scaled(factor)
	out.Spend, out.CheckSpend = scaledSpends(p.Spend, factor), scaledSpends(p.CheckSpend, factor)
	for i := range p.Answers {
		out.Answers = append(out.Answers, p.Answers[i].scaled(factor))
	}
	return out
}

func (c *Count) scaled(factor float64) Count { return Count{N: c.N, W: fixedOf(factor * c.Weight())} }

func (s *Spend) scaled(factor float64) Spend {
	return Spend{s.Calls, fixedOf(factor * s.Cost.Float64())}
}

func scaledSpends(spends []Spend, factor float64) []Spend {
	var out []Spend
	for i := range spends {
		out = append(out, spends[i].scaled(factor))
	}
	return out
}

func (s *CostSpread) scaled(factor float64) CostSpread {
	square := factor * factor
	out := CostSpread{
		Units: s.Units, CC: fixedOf(square * s.CC.Float64()), BB: fixedOf(square * s.BB.Float64()), CB: fixedOf(square * s.CB.Float64()),
	}
	if s.Powers != nil {
		out.Powers = s.Powers.scaled(factor)
	}
	for i := range s.Groups {
		g := &s.Groups[i]
		out.Groups = append(out.Groups, GroupedCost{g.N, fixedOf(factor * g.C.Float64()), fixedOf(factor * g.B.Float64())})
	}
	return out
}

func (h *Histogram) scaled(factor float64) Histogram {
	out := Histogram{N: h.N, W: map[int32]Fixed{}}
	for i, n := range h.Counts {
		if n > 0 {
			out.W[int32(h.First+i)] = fixedOf(factor * float64(n))
		}
	}
	for b, w := range h.W {
		f := out.W[b]
		f.AddFixed(fixedOf(factor * w.Float64()))
		out.W[b] = f
	}
	return out
}

// fixedOf returns x as a sum; NaN is an overflow.
func fixedOf(x float64) Fixed {
	if math.IsNaN(x) {
		return Fixed{overflow: true}
	}
	var f Fixed
	f.Add(x)
	return f
}

// scaled returns the sums with all weights times factor.
func (s *CrossSums) scaled(factor float64) CrossSums {
	out := CrossSums{Covered: s.Covered.scaled(factor), Priced: s.Priced.scaled(factor)}
	for _, f := range []struct{ to, from *Fixed }{
		{&out.Quality, &s.Quality}, {&out.GoldQuality, &s.GoldQuality}, {&out.Base, &s.Base},
		{&out.Cost, &s.Cost}, {&out.GoldCost, &s.GoldCost}, {&out.BaseCost, &s.BaseCost}, {&out.RouterCost, &s.RouterCost},
	} {
		*f.to = fixedOf(factor * f.from.Float64())
	}
	return out
}

// weighGold scales gold tasks to their shares; nil: they stay as they are. Tasks of share 0 are taken out.
func weighGold(shares map[string]float64, byGold map[string]*comparedTask) {
	if shares == nil {
		return
	}
	total := 0.0
	for _, name := range slices.Sorted(maps.Keys(byGold)) { // in order: these are plain floats
		total += byGold[name].rows.Weight()
	}
	for name, k := range byGold {
		rows := k.rows.Weight()
		if shares[name] == 0 || rows == 0 {
			delete(byGold, name)
			continue
		}
		factor := shares[name] * total / rows
		k.rows, k.sums = k.rows.scaled(factor), k.sums.scaled(factor)
	}
}
