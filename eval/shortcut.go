package eval

import (
	"context"

	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/llm"
)

// A shortcut replays policies of one model without checks. Such a walk is the model's own outcome, so most requests can be
// added straight from the columns: those that model and baseline both answered, of weight 1 and without group. All others
// go the plain way; a test wants the same sums from both.
type shortcut struct {
	model, base *variantColumns
	changed     bool // the model is not the baseline's
	routerCosts bool
}

// shortcut returns the short way for a policy, nil if it has none.
func (r *Replayer) shortcut(index int) *shortcut {
	p := &r.job.policies[index]
	view := &r.job.tables[p.view]
	chain := view.table.Chain(p.task)
	if r.job.plain || r.job.opts.Details || len(chain) > 1 || p.sized || len(view.table.Checks(p.task)) > 0 {
		return nil
	}
	if len(r.block.weights) > 0 || r.block.traffic.Split.Index != nil {
		return nil
	}
	v := view.variants[chain[0].Model]
	return &shortcut{
		model: &r.block.variants[v], base: &r.block.variants[view.base],
		changed: r.job.variants[v].model != r.job.variants[view.base].model,
	}
}

// add adds the given requests to p. What it cannot add it leaves to plain.
func (s *shortcut) add(p *Partial, rows []int32, routes []routed, groups []uint64, plain func(i int)) {
	var n, known, savable, graded int64
	var pairs [4]int64
	m, b := s.model, s.base
	for _, i := range rows {
		if m.cause[i] != llm.OK || b.cause[i] != llm.OK || len(groups) > 0 && groups[i] != 0 {
			plain(int(i))
			continue
		}
		q1, q0 := m.quality[i], b.quality[i]
		if q0 == q0 && !(isBinary(q1) && isBinary(q0)) {
			plain(int(i))
			continue
		}
		n++
		cost, latency := m.cost[i], m.latency[i]
		if routes != nil {
			cost, latency = routes[i].cost+cost, routes[i].latency+latency
		}
		if cost == cost {
			known++
			if routes != nil && routes[i].cost != 0 {
				p.RouterCost.Add(routes[i].cost)
			}
			if baseCost := b.cost[i]; baseCost == baseCost {
				savable++
				p.SavableCost.Add(cost)
				p.SavableBase.Add(baseCost)
			} else {
				p.OtherCost.Add(cost)
			}
		}
		if latency == latency {
			p.Latency.add(latency, 1)
		}
		if q0 == q0 {
			graded++
			pairs[2*int(q1)+int(q0)]++
		}
	}
	for _, c := range []struct {
		to *Count
		n  int64
	}{
		{&p.Rows, n}, {&p.Walked, n}, {&p.Attempts, n}, {&p.Answers[0], n}, {&p.CostKnown, known}, {&p.Savable, savable},
		{&p.Graded, graded}, {&p.Covered, graded}, {&p.Better, pairs[2]}, {&p.Lost, pairs[1]}, {&p.Worse, pairs[1]},
	} {
		c.to.addUnits(c.n)
	}
	if s.changed {
		p.Changed.addUnits(graded)
	}
	for i := range pairs {
		p.Pairs[i].addUnits(pairs[i])
	}
}

// replay walks the given requests through a policy and adds what comes out.
func (r *Replayer) replay(ctx context.Context, policy int, splits Splits, rows []int32, routes []routed) {
	w := r.walker(policy)
	partials := splits.forBlock(&r.block.traffic.Split, len(w.chain))
	if s := r.shortcut(policy); s != nil {
		p := partials.partials[0]
		s.add(p, rows, routes, r.groups, func(i int) { r.replayOne(ctx, policy, w, p, i, routes) })
		return
	}
	r.cover(policy, rows)
	var result result
	for _, i := range rows {
		w.walk(ctx, int(i), routeOf(routes, i), &result)
		p := partials.at(int(i))
		p.add(w, int(i), &result)
		if r.job.opts.Details {
			r.addExamples(p, w, int(i), &result)
		}
	}
}

func (r *Replayer) replayOne(ctx context.Context, policy int, w *walker, p *Partial, i int, routes []routed) {
	r.one[0] = int32(i)
	r.cover(policy, r.one[:])
	var result result
	w.walk(ctx, i, routeOf(routes, int32(i)), &result)
	p.add(w, i, &result)
}

// free is a route that cost nothing.
var free = routed{Route: routing.Route{Rule: -1}}

// routeOf returns the route of request i; nil routes are free.
func routeOf(routes []routed, i int32) *routed {
	if routes == nil {
		return &free
	}
	return &routes[i]
}
