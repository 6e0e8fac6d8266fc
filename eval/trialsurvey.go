package eval

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/routing/llm"
)

// A Surveyed is what the chain of a trial holds, looked at without walking it and without a look at quality.
type Surveyed struct {
	Requests int64 // dispatched to the trial's task
	Places   []SurveyedPlace
}

// A SurveyedPlace is a place in a chain.
type SurveyedPlace struct {
	Cost     float64 // of the model, mean USD per request where it is known; NaN: nowhere
	Known    Count
	Outcomes int64          // recorded, failed ones included
	Answers  int64          // recorded
	Signals  []SignalValues // by check
}

// Survey looks at the chains of the trials: what their models cost, and the signals that their checks measure. All
// requests count, labeled or not. It also finds requests with the same id.
func (t *Trials) Survey(ctx context.Context, d *datasets.Dataset, run *RunOptions) ([]Surveyed, error) {
	parts, err := pass(ctx, d, d.Shards(), t.job.Columns(), run, func() (func(*datasets.Traffic), func() *surveyWorker) {
		w := &surveyWorker{trials: t, replayer: t.job.NewReplayer(), sums: t.newSurvey()}
		w.replayer.memo = run.memo()
		return func(b *datasets.Traffic) { w.add(ctx, b) }, func() *surveyWorker { return w }
	})
	if err != nil {
		return nil, err
	}
	var ids []*idSet
	for _, w := range parts {
		ids = append(ids, &w.ids)
	}
	out := make([]Surveyed, len(t.policies))
	var wg sync.WaitGroup
	var next atomic.Int64
	for range parts {
		wg.Go(func() {
			for i := int(next.Add(1) - 1); i < len(out); i = int(next.Add(1) - 1) {
				out[i] = finishSurvey(parts, i)
			}
		})
	}
	wg.Wait()
	return out, checkDuplicates(ctx, d, ids...)
}

type surveyWorker struct {
	trials   *Trials
	replayer *Replayer
	sums     []surveySums
	ids      idSet
	known    []int32 // scratch
}

type surveySums struct {
	Surveyed
	costs []Fixed // by place
}

func (t *Trials) newSurvey() []surveySums {
	out := make([]surveySums, len(t.policies))
	for i, p := range t.policies {
		policy := &t.job.policies[p]
		table := t.job.tables[policy.view].table
		places := len(table.Chain(policy.task))
		out[i].Places, out[i].costs = make([]SurveyedPlace, places), make([]Fixed, places)
		for k := range out[i].Places {
			out[i].Places[k].Signals = make([]SignalValues, len(table.Checks(policy.task)))
		}
	}
	return out
}

func (w *surveyWorker) add(ctx context.Context, t *datasets.Traffic) {
	if t.Len == 0 {
		return
	}
	w.ids.add(t.IDHash)
	r := w.replayer
	r.prepare(ctx, t)
	routes := r.routes[0]
	r.bucket(len(w.trials.tasks), len(routes), func(i int) int { return int(routes[i].Task) })
	for k, trials := range w.trials.of {
		for _, i := range trials {
			w.look(i, r.byTask[k].rows)
		}
	}
}

// look adds requests of a block to what is known of a trial's chain.
func (w *surveyWorker) look(trial int, rows []int32) {
	b, s := w.replayer.block, &w.sums[trial]
	walker := w.replayer.walker(w.trials.policies[trial])
	s.Requests += int64(len(rows))
	for p := range s.Places {
		place, columns := &s.Places[p], walker.world.columns[p]
		for _, i := range rows {
			cause := columns.cause[i]
			if cause == llm.Unrecorded {
				continue
			}
			place.Outcomes++
			if cause == llm.OK {
				place.Answers++
			}
			if cost := columns.cost[i]; cost == cost {
				weight := b.weight(int(i))
				place.Known.add(weight)
				s.costs[p].Add(weight * cost)
			}
		}
		for c := range place.Signals {
			column := walker.world.signals[p*walker.world.checks+c]
			if column == nil {
				continue
			}
			w.known = w.known[:0]
			for _, i := range rows {
				if v := column[i]; v == v && columns.cause[i] == llm.OK {
					w.known = append(w.known, i)
				}
			}
			place.Signals[c].add(column, b.weights, w.known)
		}
	}
}

// finishSurvey puts together what the workers know of a trial's chain.
func finishSurvey(workers []*surveyWorker, trial int) Surveyed {
	first := &workers[0].sums[trial]
	out := Surveyed{Places: make([]SurveyedPlace, len(first.Places))}
	for _, w := range workers {
		out.Requests += w.sums[trial].Requests
	}
	for p := range out.Places {
		place, cost := &out.Places[p], Fixed{}
		place.Signals = make([]SignalValues, len(first.Places[p].Signals))
		for _, w := range workers {
			part := &w.sums[trial].Places[p]
			place.Known.merge(&part.Known)
			place.Outcomes += part.Outcomes
			place.Answers += part.Answers
			cost.AddFixed(w.sums[trial].costs[p])
		}
		place.Cost = ratio(&cost, &place.Known)
		for c := range place.Signals {
			var parts []*SignalValues
			for _, w := range workers {
				parts = append(parts, &w.sums[trial].Places[p].Signals[c])
			}
			place.Signals[c].merge(parts)
		}
	}
	return out
}
