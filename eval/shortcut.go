package eval

import (
	"context"

	"github.com/tierwise/tierwise/routing"
)

// A shortcut replays policies of one model without checks. Such a walk is the model's own outcome, so most requests can be
// added straight from the columns: those that model and baseline both answered, of weight 1 and without group. All others
// go the plain way; a test wants the same sums from both.
type shortcut struct {
	model, base *variantColumns
	changed     bool // the model is not the baseline's
	bill        *bill
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
		bill:  &r.bill,
		model: &r.block.variants[v], base: &r.block.variants[view.base],
		changed: r.job.variants[v].model != r.job.variants[view.base].model,
	}
}

// direct says for which grades of model and baseline a request is added directly: both right or wrong, or the baseline
// not graded.
var direct = func() (table [numGrades * numGrades]bool) {
	for m := wrong; m <= ungraded; m++ {
		table[m*numGrades+ungraded] = true
		table[m*numGrades+wrong] = m <= right
		table[m*numGrades+right] = m <= right
	}
	return table
}()

// add adds the given requests to p. What it cannot add it leaves to plain.
func (s *shortcut) add(p *Partial, rows []int32, routes []routed, groups []uint64, plain func(i int)) {
	var n, known, savable int64
	var spent, behindRouter Fixed // of the calls: where routing was free, which is what the request costs, and where it was not
	var grades [numGrades * numGrades]int64
	m, b := s.model, s.base
	for _, i := range rows {
		g := m.grade[i]*numGrades + b.grade[i]
		if !direct[g] || len(groups) > 0 && groups[i] != 0 {
			plain(int(i))
			continue
		}
		n++
		grades[g]++
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
				p.Spread.addCost(cost, baseCost)
				if routes != nil && routes[i].cost != 0 {
					p.SavableCost.Add(cost)
					behindRouter.Add(m.cost[i])
				} else {
					spent.Add(cost)
				}
				if routes != nil {
					p.RouterSpend.add(1, routes[i].llm)
				}
			} else {
				p.OtherCost.Add(cost)
			}
		}
		if latency == latency {
			p.Latency.add(latency, 1)
		}
	}
	p.SavableCost.AddFixed(spent)
	spent.AddFixed(behindRouter)
	p.Spend[0].merge(&Spend{savable, spent})
	s.addBase(p, rows, routes, groups, savable)
	for _, c := range []struct {
		to *Count
		n  int64
	}{
		{&p.Rows, n}, {&p.Walked, n}, {&p.Attempts, n}, {&p.Answers[0], n}, {&p.CostKnown, known}, {&p.Savable, savable},
	} {
		c.to.addUnits(c.n)
	}
	for g := wrong; g <= ungraded; g++ {
		p.Gradable.addUnits(grades[g*numGrades+ungraded])
	}
	for q1 := range 2 {
		for q0 := range 2 {
			s.addPairs(p, q1, q0, grades[q1*numGrades+q0])
		}
	}
}

// A bill is what the baseline costs on some requests, to be added up once for all policies.
type bill struct {
	base *variantColumns
	rows []int32
	sum  Fixed
	sum2 Fixed // of squares, as in CostSpread
}

// of adds up the baseline's costs on rows, unless that was the last thing it did.
func (l *bill) of(base *variantColumns, rows []int32) *bill {
	if l.base == base && len(l.rows) == len(rows) && (len(rows) == 0 || &l.rows[0] == &rows[0]) {
		return l
	}
	*l = bill{base: base, rows: rows}
	for _, i := range rows {
		if cost := base.cost[i]; cost == cost {
			l.sum.Add(cost)
			l.sum2.Add(square(cost, cost))
		}
	}
	return l
}

// addBase adds the baseline's costs on the savable requests: mostly that is all of them.
func (s *shortcut) addBase(p *Partial, rows []int32, routes []routed, groups []uint64, savable int64) {
	if savable == int64(len(rows)) {
		bill := s.bill.of(s.base, rows)
		p.SavableBase.AddFixed(bill.sum)
		p.Spread.addBases(savable, &bill.sum2)
		return
	}
	for _, i := range rows {
		g := s.model.grade[i]*numGrades + s.base.grade[i]
		if !direct[g] || len(groups) > 0 && groups[i] != 0 {
			continue
		}
		cost := s.model.cost[i]
		if routes != nil {
			cost += routes[i].cost
		}
		if baseCost := s.base.cost[i]; cost == cost && baseCost == baseCost {
			p.SavableBase.Add(baseCost)
			p.Spread.addBase(baseCost)
		}
	}
}

// addPairs adds n graded requests of which the model got q1 and the baseline q0.
func (s *shortcut) addPairs(p *Partial, q1, q0 int, n int64) {
	p.Graded.addUnits(n)
	p.Covered.addUnits(n)
	p.Pairs[2*q1+q0].addUnits(n)
	if s.changed {
		p.Changed.addUnits(n)
	}
	switch {
	case q1 > q0:
		p.Better.addUnits(n)
	case q1 < q0:
		p.Lost.addUnits(n)
		p.Worse.addUnits(n)
	}
}

// replay walks the given requests through a policy and adds what comes out.
func (r *Replayer) replay(ctx context.Context, policy int, splits Splits, rows []int32, routes []routed) {
	w := r.walker(policy)
	partials := splits.forBlock(&r.block.traffic.Split, len(w.chain))
	if routes == nil { // a reference model: the intervals of deltas are of candidates
		for _, p := range partials.partials {
			p.Values.Over = true
		}
	}
	if s := r.shortcut(policy); s != nil {
		p := partials.partials[0]
		s.add(p, rows, routes, r.groups, func(i int) { r.replayOne(ctx, policy, w, p, i, routes) })
		if r.cross.on {
			keepOutcomes(r.cross.walks, s.model, rows)
		}
		return
	}
	r.cover(policy, rows)
	var result result
	for _, i := range rows {
		w.walk(ctx, int(i), routeOf(routes, i), &result)
		p := partials.at(int(i))
		p.add(w, int(i), &result)
		if r.checks.walks != nil {
			r.checks.walks.add(w, int(i), &result)
		}
		if r.cross.on {
			r.cross.walks[i].keep(w, int(i), &result)
		}
		if r.job.opts.Details && !r.aside {
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
