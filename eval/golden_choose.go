package eval

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/routing"
)

const (
	maxGolden = 200
	// goldenLooks is how many requests, about, are looked at to choose among.
	goldenLooks = 200_000
)

// A way is how a request goes through a candidate. There is a golden request of each, if there are so many.
type way struct {
	task                           routing.TaskID
	split                          bool // the task is another's, whose split sent the request there
	layer                          routing.Layer
	rule                           int
	ended                          string
	escalated, failedOver, skipped bool
}

// A goldenPick is a request that may be chosen.
type goldenPick struct {
	hash uint64
	id   string
	ref  datasets.RowRef
}

func (p goldenPick) compare(q goldenPick) int {
	return cmp.Or(cmp.Compare(p.hash, q.hash), cmp.Compare(p.id, q.id))
}

// goldenPicks are the first picks of each way, by hash.
type goldenPicks map[way][]goldenPick

func (g goldenPicks) wants(w way, hash uint64) bool {
	list := g[w]
	return len(list) < maxGolden || hash <= list[len(list)-1].hash
}

func (g goldenPicks) insert(w way, p goldenPick) {
	list := g[w]
	at, _ := slices.BinarySearchFunc(list, p, goldenPick.compare)
	list = slices.Insert(list, at, p)
	g[w] = list[:min(len(list), maxGolden)]
}

// choose returns the first of each way, then the second of each, and so on up to n: it depends on nothing but the set of
// requests.
func (g goldenPicks) choose(n int) []goldenPick {
	type ranked struct {
		rank int
		goldenPick
	}
	var all []ranked
	for _, list := range g {
		for rank, p := range list {
			all = append(all, ranked{rank, p})
		}
	}
	slices.SortFunc(all, func(a, b ranked) int { return cmp.Or(cmp.Compare(a.rank, b.rank), a.compare(b.goldenPick)) })
	var out []goldenPick
	for i := range all[:min(n, len(all))] {
		out = append(out, all[i].goldenPick)
	}
	return out
}

// chooseGolden finds the golden requests of a candidate in one pass over the data.
func (j *Job) chooseGolden(ctx context.Context, d *datasets.Dataset, candidate int, opts *RunOptions) ([]goldenPick, error) {
	limit := uint64(math.MaxUint64)
	if share := float64(goldenLooks) / float64(d.NumRows()); share < 1 {
		limit = uint64(share * math.MaxUint64)
	}
	parts, err := pass(ctx, d, d.Shards(), j.Columns(), opts, func() (func(*datasets.Traffic), func() goldenPicks) {
		g, picks := newGoldenReplay(j, candidate), goldenPicks{}
		g.memo = opts.memo()
		return func(t *datasets.Traffic) { g.pick(ctx, t, limit, picks) }, func() goldenPicks { return picks }
	})
	if err != nil {
		return nil, err
	}
	all := goldenPicks{}
	for _, picks := range parts {
		for w := range maps.Keys(picks) {
			for _, p := range picks[w] {
				all.insert(w, p)
			}
		}
	}
	return all.choose(maxGolden), nil
}

// pick adds the requests of a block whose hash is up to limit.
func (g *goldenReplay) pick(ctx context.Context, t *datasets.Traffic, limit uint64, picks goldenPicks) {
	g.load(t)
	routes := make([]routed, t.Len)
	for i := range routes {
		routes[i].Task = leftOut
		if g.hash(i) <= limit {
			routes[i].Route, _ = g.route(ctx, i)
		}
	}
	g.bucket(g.table.NumTasks(), t.Len, func(i int) int { return int(routes[i].Task) })
	for task := range g.table.NumTasks() {
		rows := g.byTask[task].rows
		if len(rows) == 0 {
			continue
		}
		w := g.walker(g.job.cells[g.job.plan[g.candidate][task]].policy)
		var result result
		for _, i := range rows {
			w.walk(ctx, int(i), &routes[i], &result)
			if result.Ended == routing.Unevaluable {
				continue
			}
			way := way{
				routes[i].Task, routes[i].Split, routes[i].Layer, routes[i].Rule, result.Reason(),
				result.Escalations > 0, result.Failovers > 0, result.Skipped != 0,
			}
			if hash := g.hash(int(i)); picks.wants(way, hash) {
				id, _ := t.ID.At(int(i))
				picks.insert(way, goldenPick{hash, string(id), datasets.RowRef{File: t.File, Row: t.Rows[i]}})
			}
		}
	}
}

func (g *goldenReplay) hash(i int) uint64 { return mix(g.block.traffic.IDHash[i] ^ g.job.opts.Seed) }
