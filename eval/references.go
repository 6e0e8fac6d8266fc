package eval

import (
	"context"
	"math"

	"github.com/tierwise/tierwise/routing/llm"
)

// replayReferences replays every reference model alone, and the oracle, by gold task.
func (r *Replayer) replayReferences(ctx context.Context) {
	t := r.block.traffic
	names := append([]string{""}, t.Task.Names...)
	r.bucket(len(names), t.Len, func(i int) int {
		if t.Task.Index == nil {
			return 0
		}
		return int(t.Task.Index[i]) + 1
	})
	for m, policy := range r.job.references {
		for k := range names {
			rows := r.byTask[k].rows
			if len(rows) == 0 {
				continue
			}
			byTask := r.sums.References[m]
			if byTask[names[k]] == nil {
				byTask[names[k]] = Splits{}
			}
			for _, p := range byTask[names[k]].forBlock(&t.Split, 1).partials {
				p.Values.Over = true // the intervals of deltas are of candidates
			}
			r.replay(ctx, policy, byTask[names[k]], &r.byTask[k], nil)
			if r.job.opts.Details {
				r.addTokens(m, names[k], rows)
			}
		}
	}
	for k := range names {
		rows := r.byTask[k].rows
		if len(rows) == 0 {
			continue
		}
		sums := r.sums.Oracle[names[k]]
		if sums == nil {
			sums = &OracleSums{}
			r.sums.Oracle[names[k]] = sums
		}
		r.replayOracle(rows, sums)
	}
}

// addTokens adds the tokens of a reference model's calls.
func (r *Replayer) addTokens(m int, task string, rows []int32) {
	o := r.block.outcomes(r.job.variants[r.job.oracle[m]].model)
	if o == nil {
		return
	}
	sums := r.sums.Tokens[m][task]
	if sums == nil {
		sums = &TokenSums{}
		r.sums.Tokens[m][task] = sums
	}
	sums.add(r.block, o, rows)
}

// OracleSums add up the oracle: for each request the cheapest among the models that did it best. It runs over the
// requests with a graded baseline outcome, and over the models that were graded.
type OracleSums struct {
	Graded  Count
	Quality Fixed // Σw·quality
	Base    Fixed // Σw·quality of the baseline

	CostKnown Count // both costs known
	Cost      Fixed
	BaseCost  Fixed
}

func (s *OracleSums) merge(o *OracleSums) {
	s.Graded.merge(&o.Graded)
	s.Quality.AddFixed(o.Quality)
	s.Base.AddFixed(o.Base)
	s.CostKnown.merge(&o.CostKnown)
	s.Cost.AddFixed(o.Cost)
	s.BaseCost.AddFixed(o.BaseCost)
}

func (r *Replayer) replayOracle(rows []int32, sums *OracleSums) {
	w := r.walker(r.job.references[0])
	for _, i := range rows {
		base, baseCost, _ := w.baseline(int(i))
		if base != base {
			continue
		}
		weight := w.world.block.weight(int(i))
		quality, cost := r.best(int(i))
		sums.Graded.add(weight)
		sums.Quality.Add(weight * quality)
		sums.Base.Add(weight * base)
		if cost == cost && baseCost == baseCost {
			sums.CostKnown.add(weight)
			sums.Cost.Add(weight * cost)
			sums.BaseCost.Add(weight * baseCost)
		}
	}
}

// best returns the best quality that any reference model reached on a request, and the least cost at which one did:
// NaN if one that did has no known cost and none with a known cost did.
func (r *Replayer) best(row int) (quality, cost float64) {
	if quality, cost, ok := r.bestBinary(row); ok {
		return quality, cost
	}
	quality, cost = 0, nan
	for _, v := range r.job.oracle {
		c := &r.block.variants[v]
		if !c.judged[row] {
			continue
		}
		q := 0.0
		if c.cause[row] == llm.OK {
			q = c.quality[row]
		}
		switch usd := c.cost[row]; {
		case q > quality:
			quality, cost = q, usd
		case q == quality && !(cost <= usd) && usd == usd:
			cost = usd
		}
	}
	return quality, cost
}

// surcharge takes the models that were not right out of the search for the cheapest that was.
var surcharge = [numGrades]float64{wrong: math.Inf(1)}

// bestBinary is best where every model was right or wrong and all costs are known; else ok is false. It does not branch
// on who was right, which is as good as random.
func (r *Replayer) bestBinary(row int) (quality, cost float64, ok bool) {
	cheapest, cheapestRight := math.Inf(1), math.Inf(1)
	var worst, union grade
	for _, v := range r.job.oracle {
		c := &r.block.variants[v]
		g, usd := c.grade[row], c.cost[row]
		worst, union = max(worst, g), union|g
		cheapest = min(cheapest, usd)
		cheapestRight = min(cheapestRight, usd+surcharge[g])
	}
	switch {
	case worst > right || math.IsNaN(cheapest):
		return 0, 0, false
	case union == right:
		return 1, cheapestRight, true
	}
	return 0, cheapest, true
}
