package eval

import (
	"context"
	"fmt"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/routing"
)

// MeasureMix routes production's requests as the job's candidates do and returns how they spread over the tasks, by weight.
// The traffic needs no outcomes. Requests that a candidate's classifier was trained on count only with their out-of-fold
// prediction.
func (j *Job) MeasureMix(ctx context.Context, d *datasets.Dataset, source string, run *RunOptions) (*Mix, error) {
	columns := j.Columns()
	columns.Models, columns.Response, columns.Bare = []string{}, false, true
	parts, err := pass(ctx, d, d.Shards(), columns, run, func() (func(*datasets.Traffic), func() *mixSums) {
		replayer, sums := j.NewReplayer(), j.newMixSums()
		return func(t *datasets.Traffic) { sums.add(ctx, replayer, t) }, func() *mixSums { return sums }
	})
	if err != nil {
		return nil, err
	}
	total := j.newMixSums()
	for _, p := range parts {
		total.merge(p)
	}
	return j.finishMix(total, source)
}

// mixSums count requests by where they are sent.
type mixSums struct {
	rows       Count
	gold       map[string]Count // "": requests without
	candidates []mixCandidate
}

type mixCandidate struct {
	tasks             []Count // by task
	leftOut, unrouted int64
}

func (j *Job) newMixSums() *mixSums {
	s := &mixSums{gold: map[string]Count{}, candidates: make([]mixCandidate, len(j.candidates))}
	for v := range s.candidates {
		s.candidates[v].tasks = make([]Count, len(j.plan[v]))
	}
	return s
}

func (s *mixSums) merge(o *mixSums) {
	s.rows.merge(&o.rows)
	s.gold = mergeMap(s.gold, o.gold, func(a, b Count) Count { a.merge(&b); return a })
	for v := range s.candidates {
		to, from := &s.candidates[v], &o.candidates[v]
		for k := range to.tasks {
			to.tasks[k].merge(&from.tasks[k])
		}
		to.leftOut += from.leftOut
		to.unrouted += from.unrouted
	}
}

func (s *mixSums) add(ctx context.Context, r *Replayer, t *datasets.Traffic) {
	if t.Len == 0 {
		return
	}
	r.prepare(ctx, t)
	for i := range t.Len {
		w := r.block.weight(i)
		s.rows.add(w)
		name, _ := t.Task.At(i)
		addTo(s.gold, name, w)
		for v := range s.candidates {
			to, route := &s.candidates[v], &r.routes[r.job.cells[r.job.plan[v][0]].router][i]
			if route.Task == leftOut {
				to.leftOut++
				continue
			}
			to.tasks[route.Task].add(w)
			if route.Unrouted {
				to.unrouted++
			}
		}
	}
}

func (j *Job) finishMix(s *mixSums, source string) (*Mix, error) {
	if !(s.rows.Weight() > 0) {
		return nil, fmt.Errorf("--mix %s: its requests have no weight", source)
	}
	m := &Mix{Source: source, Requests: s.rows.N}
	for v := range s.candidates {
		sums, table := &s.candidates[v], j.tables[v].table
		var routed Count
		for k := range sums.tasks {
			routed.merge(&sums.tasks[k])
		}
		if !(routed.Weight() > 0) {
			return nil, fmt.Errorf("--mix %s: none of its requests counts for %s: its classifier was trained on them, and there are no out-of-fold predictions",
				source, j.candidates[v].Label)
		}
		shares := map[string]float64{}
		for k := range sums.tasks {
			shares[table.TaskName(routing.TaskID(k))] = sums.tasks[k].share(&routed)
		}
		m.Tasks, m.LeftOut, m.Unrouted = append(m.Tasks, shares), append(m.LeftOut, sums.leftOut), append(m.Unrouted, sums.unrouted)
	}
	if _, partly := s.gold[""]; !partly {
		m.Gold = map[string]float64{}
		for name, n := range s.gold {
			m.Gold[name] = n.share(&s.rows)
		}
	}
	return m, nil
}
