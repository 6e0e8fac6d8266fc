package eval

import (
	"context"
	"math"
	"slices"
)

// ControlSums are what shuffled tasks come to: requests dispatched to a task drawn at random, as often as the
// candidate dispatches to it, whatever they ask. It is what the table is worth without knowing the task. The
// expectation over the draw is computed, not a draw, on a sample of the requests by hash.
type ControlSums struct {
	// Strata holds the sampled requests by the task that the candidate dispatches them to: they stand for the traffic of
	// that task, labeled as densely as it may be.
	Strata []ControlStratum
}

// A ControlStratum is the sampled requests of one task.
type ControlStratum struct {
	Rows  Count // on which all of the candidate's tables and the baseline can be judged
	Base  Fixed // Σw·quality of the baseline on these
	Tasks []ControlTask
}

// A ControlTask is the table of a task, applied to the requests of a stratum.
type ControlTask struct {
	Quality   Fixed // Σw·quality, on those that can be judged
	CostKnown Count
	Cost      Fixed // Σw·cost, routing included
}

func (s *ControlSums) merge(o *ControlSums) {
	if len(s.Strata) == 0 && len(o.Strata) > 0 {
		s.Strata = newStrata(len(o.Strata))
	}
	for i := range o.Strata {
		to, from := &s.Strata[i], &o.Strata[i]
		to.Rows.merge(&from.Rows)
		to.Base.AddFixed(from.Base)
		for k := range from.Tasks {
			to.Tasks[k].Quality.AddFixed(from.Tasks[k].Quality)
			to.Tasks[k].CostKnown.merge(&from.Tasks[k].CostKnown)
			to.Tasks[k].Cost.AddFixed(from.Tasks[k].Cost)
		}
	}
}

func newStrata(tasks int) []ControlStratum {
	out := make([]ControlStratum, tasks)
	for i := range out {
		out[i].Tasks = make([]ControlTask, tasks)
	}
	return out
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
	for i := range j.cells[:j.ownCells] {
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
	if sums.Strata == nil {
		sums.Strata = newStrata(len(plan))
	}
	routes := r.routes[r.job.cells[plan[0]].router]
	w := r.walker(r.job.cells[plan[0]].policy)
	for k, i := range c.rows {
		if routes[i].Task == leftOut {
			continue
		}
		stratum := &sums.Strata[routes[i].Task]
		weight := w.world.block.weight(int(i))
		base, _, _ := w.baseline(int(i))
		judged := base == base && !slices.ContainsFunc(plan, func(cell int) bool { return !c.judged[r.job.cells[cell].policy][k] })
		if judged {
			stratum.Rows.add(weight)
			stratum.Base.Add(weight * base)
		}
		for t, cell := range plan {
			out, task := &c.results[r.job.cells[cell].policy][k], &stratum.Tasks[t]
			if judged {
				task.Quality.Add(weight * out.quality)
			}
			if cost := out.cost + routes[i].cost; cost == cost {
				task.CostKnown.add(weight)
				task.Cost.Add(weight * cost)
			}
		}
	}
}
