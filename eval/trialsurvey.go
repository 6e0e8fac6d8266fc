package eval

import (
	"cmp"
	"context"
	"slices"

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

// SignalValues are what a check measures of the answers of one model.
type SignalValues struct {
	values []weighted
	Known  int64 // answers with a signal
}

type weighted struct{ value, weight float64 }

// AtShare returns the largest threshold that at least a share of the answers with a signal passes, by weight; NaN if there
// are none.
func (s *SignalValues) AtShare(share float64) float64 {
	var total, passed Fixed
	for _, v := range s.values {
		total.Add(v.weight)
	}
	want := share * total.Float64()
	for i, v := range s.values { // falling
		passed.Add(v.weight)
		if passed.Float64() >= want-1e-9*total.Float64() && (i+1 == len(s.values) || s.values[i+1].value != v.value) {
			return v.value
		}
	}
	return nan
}

// Survey looks at the chains of the trials: what their models cost, and the signals that their checks measure. All
// requests count, labeled or not. It also finds requests with the same id.
func (t *Trials) Survey(ctx context.Context, d *datasets.Dataset, run *RunOptions) ([]Surveyed, error) {
	parts, err := pass(ctx, d, d.Shards(), t.job.Columns(), run, func() (func(*datasets.Traffic), func() *surveyWorker) {
		w := &surveyWorker{trials: t, replayer: t.job.NewReplayer(), sums: t.newSurvey()}
		return func(b *datasets.Traffic) { w.add(ctx, b) }, func() *surveyWorker { return w }
	})
	if err != nil {
		return nil, err
	}
	total := t.newSurvey()
	var ids []*idSet
	for _, w := range parts {
		ids = append(ids, &w.ids)
		for i := range total {
			total[i].merge(&w.sums[i])
		}
	}
	out := make([]Surveyed, len(total))
	for i := range total {
		out[i] = total[i].finish()
	}
	return out, checkDuplicates(ctx, d, ids...)
}

type surveyWorker struct {
	trials   *Trials
	replayer *Replayer
	sums     []surveySums
	ids      idSet
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
			for _, i := range rows {
				if v := column[i]; v == v && columns.cause[i] == llm.OK {
					place.Signals[c].values = append(place.Signals[c].values, weighted{v, b.weight(int(i))})
				}
			}
		}
	}
}

func (s *surveySums) merge(o *surveySums) {
	s.Requests += o.Requests
	for p := range s.Places {
		a, b := &s.Places[p], &o.Places[p]
		a.Known.merge(&b.Known)
		a.Outcomes += b.Outcomes
		a.Answers += b.Answers
		s.costs[p].AddFixed(o.costs[p])
		for c := range a.Signals {
			a.Signals[c].values = append(a.Signals[c].values, b.Signals[c].values...)
		}
	}
}

func (s *surveySums) finish() Surveyed {
	for p := range s.Places {
		place := &s.Places[p]
		place.Cost = ratio(&s.costs[p], &place.Known)
		for c := range place.Signals {
			values := place.Signals[c].values
			slices.SortFunc(values, func(a, b weighted) int {
				return cmp.Or(cmp.Compare(b.value, a.value), cmp.Compare(a.weight, b.weight))
			})
			place.Signals[c].Known = int64(len(values))
		}
	}
	return s.Surveyed
}
