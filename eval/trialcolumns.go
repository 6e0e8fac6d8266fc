package eval

import (
	"cmp"
	"context"
	"slices"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/llm"
)

// TrialColumns are what the models of a trial's chain did on the requests that are dispatched to its task: what a walk of
// these models meets, whatever lets their answers pass. All columns have an entry per request, in the order of the data.
type TrialColumns struct {
	Weight      []float64
	BaseQuality []float64 // of the baseline, 0 where it failed; NaN: it is not graded
	BaseCost    []float64 // of the baseline as recorded, USD; NaN: unknown
	Places      []PlaceColumns
}

// PlaceColumns are what the model at a place of a chain did.
type PlaceColumns struct {
	Cause         []llm.Cause
	Quality       []float64   // of the answer; NaN: ungraded or none
	Cost          []float64   // USD, also of calls that failed; NaN: unknown
	Signals       [][]float64 // by check of the trial; NaN: there is none
	SelfCheckCost []float64   // USD; NaN: unknown; nil: no check of the trial asks a model
	Misfit        []bool      // the request is too large for the model; nil: none is
}

// Columns returns the columns of the trials, in their order. It holds all of them in memory: about 60 bytes per request and
// model.
func (t *Trials) Columns(ctx context.Context, d *datasets.Dataset, run *RunOptions) ([]TrialColumns, error) {
	parts, err := pass(ctx, d, d.Shards(), t.job.Columns(), run, func() (func(*datasets.Traffic), func() []*columnsChunk) {
		w := &columnsWorker{trials: t, replayer: t.job.NewReplayer()}
		return func(b *datasets.Traffic) { w.add(ctx, b) }, func() []*columnsChunk { return w.chunks }
	})
	if err != nil {
		return nil, err
	}
	chunks := slices.Concat(parts...)
	slices.SortFunc(chunks, func(a, b *columnsChunk) int {
		return cmp.Or(cmp.Compare(a.trial, b.trial), cmp.Compare(a.shard, b.shard), cmp.Compare(a.first, b.first))
	})
	out := make([]TrialColumns, len(t.policies))
	for from := 0; from < len(chunks); {
		to := from
		for to < len(chunks) && chunks[to].trial == chunks[from].trial {
			to++
		}
		out[chunks[from].trial] = joinColumns(chunks[from:to])
		clear(chunks[from:to])
		from = to
	}
	return out, nil
}

// A columnsChunk is the columns of a trial on the requests of a block.
type columnsChunk struct {
	TrialColumns
	trial, shard int
	first        int64 // row of the block's first request
}

type columnsWorker struct {
	trials   *Trials
	replayer *Replayer
	chunks   []*columnsChunk
}

func (w *columnsWorker) add(ctx context.Context, t *datasets.Traffic) {
	if t.Len == 0 {
		return
	}
	r := w.replayer
	r.prepare(ctx, t)
	routes := r.routes[0]
	r.bucket(len(w.trials.tasks), len(routes), func(i int) int { return int(routes[i].Task) })
	for k, trials := range w.trials.of {
		for _, trial := range trials {
			if rows := r.byTask[k].rows; len(rows) > 0 {
				w.chunks = append(w.chunks, &columnsChunk{w.look(trial, rows), trial, t.Index, t.Rows[0]})
			}
		}
	}
}

// look copies what the block has of a trial's chain.
func (w *columnsWorker) look(trial int, rows []int32) TrialColumns {
	b, policy := w.replayer.block, w.trials.policies[trial]
	walker := w.replayer.walker(policy)
	out := TrialColumns{Places: make([]PlaceColumns, len(walker.chain))}
	for _, i := range rows {
		quality, cost, _ := walker.baseline(int(i))
		out.Weight = append(out.Weight, b.weight(int(i)))
		out.BaseQuality, out.BaseCost = append(out.BaseQuality, quality), append(out.BaseCost, cost)
	}
	checks := walker.world.checks
	for p := range out.Places {
		columns, place := walker.world.columns[p], &out.Places[p]
		place.Cause, place.Quality, place.Cost = pick(columns.cause, rows), pick(columns.quality, rows), pick(columns.cost, rows)
		for c := range checks {
			signal := walker.world.signals[p*checks+c]
			if signal == nil {
				signal = b.nan
			}
			place.Signals = append(place.Signals, pick(signal, rows))
		}
		if len(walker.world.checkSpent) > 0 {
			place.SelfCheckCost = pick(b.selfCheckCost[walker.models[p]], rows)
		}
	}
	if w.replayer.job.policies[policy].sized {
		w.measureFit(walker, rows, out.Places)
	}
	return out
}

// measureFit finds out which requests are too large for which place.
func (w *columnsWorker) measureFit(walker *walker, rows []int32, places []PlaceColumns) {
	for p := range places {
		places[p].Misfit = slices.Repeat([]bool{true}, len(rows))
	}
	for at, i := range rows {
		walker.table.Reachable(walker.task, int(walker.tokens[i]), func(s *routing.Step, _ *routing.Check) {
			places[s.Position].Misfit[at] = false
		})
	}
}

// pick copies the entries of some rows.
func pick[T any](column []T, rows []int32) []T {
	out := make([]T, len(rows))
	for at, i := range rows {
		out[at] = column[i]
	}
	return out
}

// joinColumns appends the columns of one trial's chunks.
func joinColumns(chunks []*columnsChunk) TrialColumns {
	out := TrialColumns{
		Weight:      join(chunks, func(c *columnsChunk) []float64 { return c.Weight }),
		BaseQuality: join(chunks, func(c *columnsChunk) []float64 { return c.BaseQuality }),
		BaseCost:    join(chunks, func(c *columnsChunk) []float64 { return c.BaseCost }),
		Places:      make([]PlaceColumns, len(chunks[0].Places)),
	}
	for p := range out.Places {
		place := &out.Places[p]
		place.Cause = join(chunks, func(c *columnsChunk) []llm.Cause { return c.Places[p].Cause })
		place.Quality = join(chunks, func(c *columnsChunk) []float64 { return c.Places[p].Quality })
		place.Cost = join(chunks, func(c *columnsChunk) []float64 { return c.Places[p].Cost })
		place.SelfCheckCost = join(chunks, func(c *columnsChunk) []float64 { return c.Places[p].SelfCheckCost })
		place.Misfit = join(chunks, func(c *columnsChunk) []bool { return c.Places[p].Misfit })
		for s := range chunks[0].Places[p].Signals {
			place.Signals = append(place.Signals, join(chunks, func(c *columnsChunk) []float64 { return c.Places[p].Signals[s] }))
		}
	}
	return out
}

// join appends one column of all chunks; nil if none has it.
func join[T any](chunks []*columnsChunk, column func(*columnsChunk) []T) []T {
	var all [][]T
	for _, c := range chunks {
		all = append(all, column(c))
	}
	return slices.Concat(all...)
}
