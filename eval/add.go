package eval

import (
	"github.com/tierwise/tierwise/routing"
)

// worseBy is the loss of quality from which a request counts as much worse.
const worseBy = 0.5

// add adds what the walk of request i came to.
func (p *Partial) add(w *walker, i int, r *result) {
	weight := w.world.block.weight(i)
	baseQuality, baseCost, baseModel := w.baseline(i)
	p.Rows.add(weight)
	if r.Ended != routing.Unevaluable {
		p.addWalk(weight, r)
	}
	flags := w.covered[i]
	group := uint64(0)
	if len(w.groups) > 0 {
		group = w.groups[i]
	}
	if r.cost == r.cost {
		p.CostKnown.add(weight)
		if r.route.cost != 0 {
			p.RouterCost.Add(weight * r.route.cost)
		}
		if r.check != 0 {
			p.CheckCost.Add(weight * r.check)
		}
		if baseCost == baseCost && flags&savable != 0 {
			p.Savable.add(weight)
			p.SavableCost.Add(weight * r.cost)
			p.SavableBase.Add(weight * baseCost)
			p.Spread.add(group, weight*r.cost, weight*baseCost)
			p.addSpend(weight, w.world, r)
			if w.usage {
				p.addTokens(weight, w, r, baseCost)
			}
		} else {
			p.OtherCost.Add(weight * r.cost)
		}
	}
	if gradable(w, i, flags, baseQuality) {
		p.Gradable.add(weight)
	}
	if baseQuality != baseQuality {
		return
	}
	p.Graded.add(weight)
	if flags&judgeable == 0 {
		w.uncovered(i, p.addUncovered)
		return
	}
	p.Covered.add(weight)
	if r.model != baseModel {
		p.Changed.add(weight)
	}
	p.addPair(weight, r.quality, baseQuality, group)
}

func (p *Partial) addUncovered(reason string) {
	if p.Uncovered == nil {
		p.Uncovered = map[string]int64{}
	}
	p.Uncovered[reason]++
}

// addWalk adds how the walk went.
func (p *Partial) addWalk(weight float64, r *result) {
	p.Walked.add(weight)
	p.Unbilled += r.unbilled
	p.Attempts.N += int64(r.Attempts)
	if weight == 1 {
		p.Attempts.Unit += int64(r.Attempts)
	} else {
		p.Attempts.W.Add(weight * float64(r.Attempts))
	}
	if r.Escalations > 0 {
		p.Escalated.add(weight)
	}
	if r.Failovers > 0 {
		p.FailedOver.add(weight)
	}
	if r.Ended == routing.Exhausted {
		p.Exhausted.add(weight)
	}
	if r.Returned() {
		p.Answers[r.Answer].add(weight)
	} else {
		p.Failed.add(weight)
	}
	if r.latency == r.latency {
		p.Latency.add(r.latency, weight)
	}
}

// addPair adds the qualities of a covered request, q1 the candidate's and q0 the baseline's.
func (p *Partial) addPair(weight, q1, q0 float64, group uint64) {
	switch {
	case q1 > q0:
		p.Better.add(weight)
	case q1 < q0:
		p.Lost.add(weight)
		if q1-q0 <= -worseBy {
			p.Worse.add(weight)
		}
	}
	if group != 0 {
		if p.Groups == nil {
			p.Groups = map[uint64]Group{}
		}
		g := p.Groups[group]
		g.add(weight, q1, q0)
		p.Groups[group] = g
		return
	}
	p.addUngrouped(weight, q1, q0)
}

// addUngrouped adds a pair that is a unit of evidence of its own.
func (p *Partial) addUngrouped(weight, q1, q0 float64) {
	binary := isBinary(q1) && isBinary(q0)
	if q1 != q0 && (!binary || weight != 1) {
		p.Values.add(weight, weight*(q1-q0))
	}
	if !binary {
		p.Deltas.add(weight, q1, q0)
		return
	}
	p.Pairs[2*int(q1)+int(q0)].add(weight)
	if weight != 1 {
		p.PairsW2.Add(weight * weight)
		p.PairsW3.Add(weight * weight * weight)
		if q1 != q0 {
			p.DiscordantW2.Add(weight * weight)
		}
	}
}

func isBinary(q float64) bool { return q == 0 || q == 1 }
