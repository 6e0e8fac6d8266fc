package eval

import (
	"context"
	"fmt"
	"slices"

	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/llm"
)

// A CrossKey names requests of a cell: those of one gold task, compared with what one policy would have come to.
type CrossKey struct {
	Policy int
	Gold   string
	From   string // the task that they were found to be of, if its split sent them to the cell's; "": the cell's own
	Sent   bool   // the split of the gold task sends them on
}

// MarshalText makes CrossKey a key of JSON objects.
func (k CrossKey) MarshalText() ([]byte, error) {
	if k.From == "" && !k.Sent {
		return fmt.Appendf(nil, "%d %q", k.Policy, k.Gold), nil
	}
	return fmt.Appendf(nil, "%d %q %q %t", k.Policy, k.Gold, k.From, k.Sent), nil
}

// UnmarshalText reads what MarshalText wrote.
func (k *CrossKey) UnmarshalText(text []byte) error {
	if n, err := fmt.Sscanf(string(text), "%d %q %q %t", &k.Policy, &k.Gold, &k.From, &k.Sent); n != 2 {
		return err
	}
	return nil // the two that are always there
}

// CrossSums compare, on requests of one gold task that a router sent to some task, the walks of that task's chain with
// those of the gold task's own.
type CrossSums struct {
	Covered                    Count // both chains and the baseline can be judged
	Quality, GoldQuality, Base Fixed // Σw·quality on these

	Priced                   Count // all costs are known, and all that either chain could reach has an outcome
	Cost, GoldCost, BaseCost Fixed // Σw·cost on these, of the walks alone
	RouterCost               Fixed
}

func (s *CrossSums) merge(o *CrossSums) {
	s.Covered.merge(&o.Covered)
	s.Priced.merge(&o.Priced)
	for _, f := range []struct{ to, from *Fixed }{
		{&s.Quality, &o.Quality}, {&s.GoldQuality, &o.GoldQuality}, {&s.Base, &o.Base},
		{&s.Cost, &o.Cost}, {&s.GoldCost, &o.GoldCost}, {&s.BaseCost, &o.BaseCost}, {&s.RouterCost, &o.RouterCost},
	} {
		f.to.AddFixed(*f.from)
	}
}

// add adds a request: what its walk came to, and what that of its gold task's chain did; of the latter nothing where it is
// the same chain, whose sums then are, too.
func (s *CrossSums) add(weight float64, routed, gold *kept, routerCost, base, baseCost float64, same bool) {
	flags := routed.flags & gold.flags
	if flags&judgeable != 0 && base == base {
		s.Covered.add(weight)
		s.Quality.Add(weight * routed.quality)
		s.Base.Add(weight * base)
		if !same {
			s.GoldQuality.Add(weight * gold.quality)
		}
	}
	if cost := routed.cost + gold.cost + baseCost + routerCost; flags&savable != 0 && cost == cost {
		s.Priced.add(weight)
		s.Cost.Add(weight * routed.cost)
		s.BaseCost.Add(weight * baseCost)
		s.RouterCost.Add(weight * routerCost)
		if !same {
			s.GoldCost.Add(weight * gold.cost)
		}
	}
}

// kept is what a walk came to, without routing, kept to be compared with other walks of the request.
type kept struct {
	quality, cost float64
	flags         uint8 // savable and judgeable
}

// keep keeps a walk.
func (k *kept) keep(w *walker, i int, r *result) {
	*k = kept{quality: r.quality, cost: w.world.cost, flags: w.covered[i]}
	if r.Ended == routing.Unevaluable {
		k.cost = nan
	}
}

// keepOutcomes keeps the walks of a chain of one model without checks: they are the model's outcomes.
func keepOutcomes(walks []kept, c *variantColumns, rows []int32) {
	for _, i := range rows {
		k := kept{quality: c.quality[i], cost: c.cost[i], flags: savable}
		switch {
		case c.cause[i] == llm.Unrecorded:
			k = kept{quality: nan, cost: nan}
		case c.cause[i] != llm.OK:
			k.quality = 0
		}
		if c.judged[i] {
			k.flags |= judgeable
		}
		walks[i] = k
	}
}

// A cross compares, for requests of known gold task, the chain that a router sent them to with their gold task's own. It
// is on while a router is replayed that does not go by the gold task anyway.
type cross struct {
	on     bool
	walks  []kept // by request: as routed
	view   *tableView
	byGold [][]int32   // requests of a cell by gold task; scratch
	parts  []crossPart // scratch
	seen   []int       // policies that were compared with; scratch
}

// start begins with a router, by the first of its tables.
func (x *cross) start(r *Replayer, view *tableView) {
	t := r.block.traffic
	x.view = view
	x.on = !r.job.opts.GoldTasks && t.Task.Index != nil
	if x.on {
		x.walks = resize(x.walks, t.Len)
	}
}

// add compares the requests of a cell, which was just replayed, with the chains of their gold tasks, as each candidate has
// them that shares the cell.
func (x *cross) add(ctx context.Context, r *Replayer, cell int, routes []routed, golds []routing.TaskID) {
	spec, t := &r.job.cells[cell], r.block.traffic
	x.sort(r.byTask[spec.task].rows, t.Task.Index, len(t.Task.Names))
	own := r.walker(spec.policy)
	for g, name := range t.Task.Names {
		for _, p := range x.divide(&r.world, x.byGold[g], golds[g+1], routes) {
			x.seen = x.seen[:0]
			for _, v := range r.job.sharing[cell] {
				policy := r.job.cells[r.job.plan[v][p.gold]].policy
				if slices.Contains(x.seen, policy) {
					continue
				}
				x.seen = append(x.seen, policy)
				key := CrossKey{policy, name, p.from, p.gold != golds[g+1]}
				sums := r.sums.Crossed[cell][key]
				if policy == spec.policy {
					x.addOwn(own, &sums, p.rows, routes)
				} else {
					x.addOther(ctx, r, policy, own, &sums, p.rows, routes)
				}
				r.sums.Crossed[cell][key] = sums
			}
		}
	}
}

// A crossPart is requests of one cell and one gold task that splits treat alike.
type crossPart struct {
	from string         // as in CrossKey
	gold routing.TaskID // what callers who name the gold task are served as
	rows []int32
}

// divide divides requests of a gold task by what splits do to them: there is one part, if any, where no task has a split.
func (x *cross) divide(w *world, rows []int32, gold routing.TaskID, routes []routed) []crossPart {
	x.parts = x.parts[:0]
	if x.view.splits == nil {
		if len(rows) > 0 {
			x.parts = append(x.parts, crossPart{gold: gold, rows: rows})
		}
		return x.parts
	}
	for _, i := range rows {
		own := crossPart{gold: w.served(x.view, gold, int(i))}
		if routes[i].Split {
			own.from = x.view.table.TaskName(routes[i].From)
		}
		at := slices.IndexFunc(x.parts, func(p crossPart) bool { return p.from == own.from && p.gold == own.gold })
		if at < 0 {
			at = len(x.parts)
			x.parts = append(x.parts, own)
		}
		x.parts[at].rows = append(x.parts[at].rows, i)
	}
	return x.parts
}

// sort sorts requests by gold task.
func (x *cross) sort(rows, index []int32, golds int) {
	for len(x.byGold) < golds {
		x.byGold = append(x.byGold, nil)
	}
	for g := range x.byGold {
		x.byGold[g] = x.byGold[g][:0]
	}
	for _, i := range rows {
		if g := index[i]; g >= 0 {
			x.byGold[g] = append(x.byGold[g], i)
		}
	}
}

// addOwn adds requests whose gold task is treated as the task that they were sent to.
func (x *cross) addOwn(own *walker, sums *CrossSums, rows []int32, routes []routed) {
	var part CrossSums
	for _, i := range rows {
		base, baseCost, _ := own.baseline(int(i))
		walk := &x.walks[i]
		part.add(own.world.block.weight(int(i)), walk, walk, routes[i].cost, base, baseCost, true)
	}
	part.GoldQuality, part.GoldCost = part.Quality, part.Cost
	sums.merge(&part)
}

// addOther adds requests whose gold task is treated by another policy.
func (x *cross) addOther(ctx context.Context, r *Replayer, policy int, own *walker, sums *CrossSums, rows []int32, routes []routed) {
	w := r.walker(policy)
	r.cover(policy, rows)
	var result result
	var gold kept
	for _, i := range rows {
		w.walk(ctx, int(i), &free, &result)
		gold.keep(w, int(i), &result)
		base, baseCost, _ := own.baseline(int(i))
		sums.add(w.world.block.weight(int(i)), &x.walks[i], &gold, routes[i].cost, base, baseCost, false)
	}
}
