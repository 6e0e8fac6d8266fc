package eval

import (
	"context"
	"math"
	"slices"

	"github.com/tierwise/tierwise/routing"
)

// ControlSums are what shuffled tasks come to: requests dispatched to a task drawn at random, as often as the
// candidate dispatches to it, whatever they ask. It is what the table is worth without knowing the task. The
// expectation over the draw is computed, not a draw, on a sample of the requests by hash.
type ControlSums struct {
	// Tasks holds, for each of the candidate's tasks, what its table comes to on the sampled requests on which all of
	// the candidate's tables and the baseline can be judged.
	Tasks []ControlTask
	Rows  Count
	Base  Fixed // Σw·quality of the baseline
}

// A ControlTask is the table of one task, applied to requests of all tasks.
type ControlTask struct {
	Quality   Fixed // Σw·quality
	CostKnown Count
	Cost      Fixed // Σw·cost
}

func (s *ControlSums) merge(o *ControlSums) {
	for len(s.Tasks) < len(o.Tasks) {
		s.Tasks = append(s.Tasks, ControlTask{})
	}
	for k := range o.Tasks {
		s.Tasks[k].Quality.AddFixed(o.Tasks[k].Quality)
		s.Tasks[k].CostKnown.merge(&o.Tasks[k].CostKnown)
		s.Tasks[k].Cost.AddFixed(o.Tasks[k].Cost)
	}
	s.Rows.merge(&o.Rows)
	s.Base.AddFixed(o.Base)
}

// A control replays the sampled requests of a block through all policies.
type control struct {
	threshold uint64 // requests whose hash is not above are sampled
	rows      []int32
	all       []int32    // policies that candidates use
	results   [][]result // by policy, sampled request
	judged    [][]bool
}

func newControl(j *Job) *control {
	c := &control{threshold: math.MaxUint64, results: make([][]result, len(j.policies)), judged: make([][]bool, len(j.policies))}
	if j.opts.TotalRows > j.opts.ControlRows {
		c.threshold = uint64(float64(j.opts.ControlRows) / float64(j.opts.TotalRows) * math.MaxUint64)
	}
	for i := range j.cells {
		if p := int32(j.cells[i].policy); !slices.Contains(c.all, p) {
			c.all = append(c.all, p)
		}
	}
	return c
}

func (c *control) replay(ctx context.Context, r *Replayer) {
	c.rows = c.rows[:0]
	for i, id := range r.block.traffic.IDHash {
		if mix(id^r.job.opts.Seed) <= c.threshold {
			c.rows = append(c.rows, int32(i))
		}
	}
	if len(c.rows) == 0 {
		return
	}
	for _, p := range c.all {
		w := r.walker(int(p))
		r.cover(int(p), c.rows)
		c.results[p], c.judged[p] = resize(c.results[p], len(c.rows)), resize(c.judged[p], len(c.rows))
		for k, i := range c.rows {
			w.walk(ctx, int(i), &free, &c.results[p][k])
			c.judged[p][k] = w.covered[i]&judgeable != 0
		}
	}
	for v, plan := range r.job.plan {
		c.add(r, &r.sums.Control[v], plan)
	}
}

// add adds the sampled requests to the sums of one candidate.
func (c *control) add(r *Replayer, sums *ControlSums, plan []int) {
	if sums.Tasks == nil {
		sums.Tasks = make([]ControlTask, len(plan))
	}
	w := r.walker(r.job.cells[plan[0]].policy)
	for k, i := range c.rows {
		base, _, _ := w.baseline(int(i))
		unjudged := func(cell int) bool { return !c.judged[r.job.cells[cell].policy][k] }
		if base != base || slices.ContainsFunc(plan, unjudged) {
			continue
		}
		weight := w.world.block.weight(int(i))
		sums.Rows.add(weight)
		sums.Base.Add(weight * base)
		for t, cell := range plan {
			out := &c.results[r.job.cells[cell].policy][k]
			sums.Tasks[t].Quality.Add(weight * out.quality)
			if out.Ended != routing.Unevaluable && out.cost == out.cost {
				sums.Tasks[t].CostKnown.add(weight)
				sums.Tasks[t].Cost.Add(weight * out.cost)
			}
		}
	}
}
