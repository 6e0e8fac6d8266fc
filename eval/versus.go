package eval

import (
	"context"
	"fmt"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/routing"
)

// A Versus compares a candidate with another one on the same requests, as a [Comparison] does with the baseline: in all
// results the other candidate stands where there the baseline does. Requests are judged if both tables can be judged on
// them and the baseline is graded, so that its figures have the requests of the comparison with the baseline.
type Versus struct {
	New     string       `json:"new"` // label
	Old     string       `json:"old"`
	Whole   Result       `json:"whole"`
	Tasks   []TaskResult `json:"tasks"`              // those that the new one dispatches to, in the order of its config
	LeftOut int64        `json:"left_out,omitempty"` // requests that one of the two is not judged on: see [CandidateResult]

	wholeWants map[string]int64 // how many labels of each task the verdict of the whole wants
}

// VersusOptions are what the verdicts of a Versus go by; zeros are those of [Options].
type VersusOptions struct {
	Tolerance, TaskTolerance, Alpha float64
}

// Versus replays all of a dataset once more, under the candidates labeled fresh and old, and compares the two. It keeps
// no more in memory than a block for each worker. It does not look for duplicate ids: [Job.Run] does.
func (j *Job) Versus(ctx context.Context, d *datasets.Dataset, fresh, old string, opts *VersusOptions, run *RunOptions) (*Versus, error) {
	v, err := j.newVersus(fresh, old)
	if err != nil {
		return nil, err
	}
	sums, err := v.run(ctx, d, run)
	if err != nil {
		return nil, err
	}
	if opts == nil {
		opts = &VersusOptions{}
	}
	return v.finish(sums, opts), nil
}

func (j *Job) newVersus(fresh, old string) (*versus, error) {
	v := &versus{job: j}
	var err error
	if v.fresh, err = j.candidate(fresh); err != nil {
		return nil, err
	}
	v.old, err = j.candidate(old)
	return v, err
}

// run replays all of the dataset.
func (v *versus) run(ctx context.Context, d *datasets.Dataset, run *RunOptions) (*versusSums, error) {
	parts, err := pass(ctx, d, d.Shards(), v.job.Columns(), run, func() (func(*datasets.Traffic), func() *versusSums) {
		w := &versusWorker{versus: v, replayer: v.job.NewReplayer(), sums: v.newSums()}
		return func(t *datasets.Traffic) { w.replay(ctx, t) }, func() *versusSums { return w.sums }
	})
	if err != nil {
		return nil, err
	}
	total := v.newSums()
	for _, p := range parts {
		total.merge(p)
	}
	return total, nil
}

// candidate returns the index of the candidate with a label.
func (j *Job) candidate(label string) (int, error) {
	for i := range j.candidates {
		if j.candidates[i].Label == label {
			return i, nil
		}
	}
	return 0, fmt.Errorf("no candidate is called %q", label)
}

// A versus is two candidates of a job that are compared with each other.
type versus struct {
	job        *Job
	fresh, old int
	diff       *differ // what a diff looks at besides; nil: nothing
}

// versusSums add up what a versus comes to: the new candidate in the place of the candidate, the old one in that of the
// baseline.
type versusSums struct {
	tasks         []Partial // by task of the new candidate
	leftOut       int64
	leftOutGraded Count // those of them with a graded baseline outcome
	diff          *diffSums
}

func (v *versus) newSums() *versusSums {
	s := &versusSums{tasks: make([]Partial, len(v.job.plan[v.fresh]))}
	for k := range s.tasks {
		s.tasks[k].Answers = make([]Count, len(v.table().Chain(routing.TaskID(k))))
	}
	if v.diff != nil {
		s.diff = newDiffSums(len(s.tasks))
	}
	return s
}

func (s *versusSums) merge(o *versusSums) {
	for k := range s.tasks {
		s.tasks[k].Merge(&o.tasks[k])
	}
	s.leftOut += o.leftOut
	s.leftOutGraded.merge(&o.leftOutGraded)
	if s.diff != nil {
		s.diff.merge(o.diff)
	}
}

func (v *versus) table() *routing.Table { return v.job.tables[v.fresh].table }

// same reports whether the two candidates treat all requests alike that the new one sends to a task, whatever that costs:
// then nothing can differ, whatever the labels.
func (v *versus) same(task routing.TaskID) bool {
	a, b := &v.job.candidates[v.fresh], &v.job.candidates[v.old]
	if sameOutOfFold(a, b) && a.Config.DecisionHash() == b.Config.DecisionHash() {
		return true
	}
	fresh, old := v.job.plan[v.fresh], v.job.plan[v.old]
	if v.job.cells[fresh[0]].router != v.job.cells[old[0]].router { // one router has one list of tasks
		return false
	}
	return fresh[task] == old[task] || v.job.decisionKey(v.fresh, task) == v.job.decisionKey(v.old, task)
}

// A versusWorker replays blocks.
type versusWorker struct {
	*versus
	replayer *Replayer
	sums     *versusSums
	old      []oldWalk // by request of the block
}

// An oldWalk is what the walk of a request came to under the old candidate.
type oldWalk struct {
	quality, cost float64 // NaN: unknown
	model         int     // as in result
	policy        int
	flags         uint8 // savable and judgeable; 0 also if the request is left out
	leftOut       bool
	judged        bool // under both candidates

	task        routing.TaskID // of the old table
	latency     float64
	escalations int
	walked      bool
}

func (w *versusWorker) replay(ctx context.Context, t *datasets.Traffic) {
	if t.Len == 0 {
		return
	}
	w.walkOld(ctx, t)
	w.walkAll(ctx, w.fresh, func(task routing.TaskID, _ int, walker *walker, i int, r *result) {
		if !w.old[i].leftOut {
			w.old[i].judged = true
			w.add(&w.sums.tasks[task], walker, i, r)
			if w.diff != nil {
				w.addDiff(task, walker, i, r)
			}
		}
	})
	b := w.replayer.block
	base := &b.variants[w.job.tables[w.fresh].base]
	for i := range w.old {
		if w.old[i].judged {
			continue
		}
		w.sums.leftOut++
		if q := b.baseQuality(base, i); q == q {
			w.sums.leftOutGraded.add(b.weight(i))
		}
	}
}

// walkOld walks all requests of a block under the old candidate.
func (w *versusWorker) walkOld(ctx context.Context, t *datasets.Traffic) {
	w.replayer.prepare(ctx, t)
	w.old = resize(w.old, t.Len)
	for i := range w.old {
		w.old[i] = oldWalk{leftOut: true}
	}
	w.walkAll(ctx, w.versus.old, func(task routing.TaskID, policy int, walker *walker, i int, r *result) {
		w.old[i] = oldWalk{
			quality: r.quality, cost: r.cost, model: r.model, policy: policy, flags: walker.covered[i],
			task: task, latency: r.latency, escalations: int(r.Escalations), walked: r.Ended != routing.Unevaluable,
		}
	})
}

// walkAll walks all requests of the block that a candidate is judged on, task by task.
func (w *versusWorker) walkAll(ctx context.Context, candidate int, visit func(routing.TaskID, int, *walker, int, *result)) {
	r := w.replayer
	plan := r.job.plan[candidate]
	routes := r.routes[r.job.cells[plan[0]].router]
	r.bucket(len(plan), len(routes), func(i int) int { return int(routes[i].Task) })
	var result result
	for k := range plan {
		policy, rows := r.job.cells[plan[k]].policy, r.byTask[k].rows
		if len(rows) == 0 {
			continue
		}
		walker := r.walker(policy)
		r.cover(policy, rows)
		for _, i := range rows {
			walker.walk(ctx, int(i), &routes[i], &result)
			visit(routing.TaskID(k), policy, walker, int(i), &result)
		}
	}
}

// add adds a request to what the task comes to, as Partial.add does against the baseline.
func (w *versusWorker) add(p *Partial, walker *walker, i int, r *result) {
	old := &w.old[i]
	weight := walker.world.block.weight(i)
	base, _, _ := walker.baseline(i)
	p.Rows.add(weight)
	if r.Ended != routing.Unevaluable {
		p.addWalk(weight, r)
	}
	flags := walker.covered[i] & old.flags
	group := uint64(0)
	if len(walker.groups) > 0 {
		group = walker.groups[i]
	}
	p.addCost(weight, r, old.cost, flags, group)
	if gradable(walker, i, flags, base) {
		p.Gradable.add(weight)
	}
	if base != base {
		return
	}
	p.Graded.add(weight)
	if flags&judgeable == 0 {
		walker.uncovered(i, p.addUncovered)
		if walker.covered[i]&judgeable != 0 {
			w.replayer.missing(old.policy, i, func(flags uint8, n need) { p.addUncovered(w.job.describe(flags, n)) })
		}
		return
	}
	p.Covered.add(weight)
	if r.model != old.model {
		p.Changed.add(weight)
	}
	p.addPair(weight, r.quality, old.quality, group)
}

// addCost adds what a request costs, and what it did cost before.
func (p *Partial) addCost(weight float64, r *result, before float64, flags uint8, group uint64) {
	if r.cost != r.cost {
		return
	}
	p.CostKnown.add(weight)
	p.RouterCost.Add(weight * r.route.cost)
	p.CheckCost.Add(weight * r.check)
	if before != before || flags&savable == 0 {
		p.OtherCost.Add(weight * r.cost)
		return
	}
	p.Savable.add(weight)
	p.SavableCost.Add(weight * r.cost)
	p.SavableBase.Add(weight * before)
	p.Spread.add(group, weight*r.cost, weight*before)
}

// finish judges the sums as Finish does.
func (v *versus) finish(s *versusSums, opts *VersusOptions) *Versus {
	j := *v.job // with these options for its own
	o := Options{Tolerance: opts.Tolerance, TaskTolerance: opts.TaskTolerance, Alpha: opts.Alpha}
	o = o.withDefaults()
	j.opts.Tolerance, j.opts.TaskTolerance, j.opts.Alpha = o.Tolerance, o.TaskTolerance, o.Alpha
	totals := make([]*Partial, len(s.tasks))
	var routed Count
	for k := range s.tasks {
		totals[k] = &s.tasks[k]
		routed.merge(&s.tasks[k].Rows)
	}
	f := j.finishTable(v.table(), totals, nil, v.same, &routed, &s.leftOutGraded)
	out := &Versus{
		New: j.candidates[v.fresh].Label, Old: j.candidates[v.old].Label, Whole: f.whole, Tasks: f.tasks, LeftOut: s.leftOut,
		wholeWants: f.mixed.wants(&f.whole),
	}
	out.PlanLabels(allVerdicts)
	return out
}
