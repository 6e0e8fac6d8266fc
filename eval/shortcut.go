package eval

import (
	"context"

	"github.com/tierwise/tierwise/routing"
)

// hasShortcut reports whether the policy is one model without checks. Such a walk is the model's own outcome: the ordinary
// ones are added straight from the columns.
func (r *Replayer) hasShortcut(policy int, w *walker) bool {
	return !r.job.opts.Details && len(w.chain) == 1 && !r.job.policies[policy].sized && len(w.table.Checks(w.task)) == 0
}

// addOutcomes adds the outcomes of the policy's only model on the bucket. What is not ordinary it leaves to plain.
func (t *tally) addOutcomes(rows []int32, routes []routed, plain func(i int)) {
	m, base, groups := t.w.world.columns[0], t.w.base, t.w.groups
	for _, i := range rows {
		pair := pairOf[m.grade[i]*numGrades+base.grade[i]]
		if pair == noPair || len(groups) > 0 && groups[i] != 0 {
			t.pass(int(i))
			plain(int(i))
			continue
		}
		route := routeOf(routes, i)
		t.count(int(i), int(routing.Accepted), pair, route.cost+m.cost[i], route.latency+m.latency[i], route)
	}
}

// replay walks the requests of a bucket through a policy and adds what comes out. Nil routes are free.
func (r *Replayer) replay(ctx context.Context, policy int, splits Splits, k *bucket, routes []routed) {
	w := r.walker(policy)
	w.usage = r.job.opts.Details && routes != nil && !r.aside
	partials := splits.forBlock(&r.block.traffic.Split, len(w.chain))
	t := r.startTally(policy, w, partials.partials[0], k)
	if t != nil {
		defer t.flush()
		if r.hasShortcut(policy, w) {
			t.addOutcomes(k.rows, routes, func(i int) { r.replayOne(ctx, policy, w, t.p, i, routes) })
			if r.cross.on {
				keepOutcomes(r.cross.walks, w.world.columns[0], k.rows)
			}
			return
		}
	}
	r.cover(policy, k.rows)
	var result result
	for _, i := range k.rows {
		w.walk(ctx, int(i), routeOf(routes, i), &result)
		if t == nil || !t.add(int(i), &result) {
			p := partials.at(int(i))
			p.add(w, int(i), &result)
			if r.checks.walks != nil {
				r.checks.walks.add(w, int(i), &result)
			}
		}
		if r.cross.on {
			r.cross.walks[i].keep(w, int(i), &result)
		}
		if r.job.opts.Details && !r.aside {
			r.addExamples(ctx, partials.at(int(i)), w, int(i), &result)
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
