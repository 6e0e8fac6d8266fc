package eval

import (
	"context"
	"slices"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval/stats"
	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/llm"
)

// A LabelList is the requests to label so that verdicts which are inconclusive for want of labels tell.
type LabelList struct {
	Needs    []LabelNeed
	Requests []LabelRequest // by task, then as drawn: the first of a task are a random sample of it too
}

// A LabelNeed is what one verdict wants: requests of a task, and how many there are to choose from.
type LabelNeed struct {
	Candidate string // label
	Task      string // dispatched
	Wanted    int64
	// There are requests that lack nothing but grades; those that lack an outcome or a signal first are Incomplete.
	There, Incomplete int64
}

// A LabelRequest is a request, and the models whose answers to it lack a grade.
type LabelRequest struct {
	ID         string
	Task       string   // as the first of the candidates dispatches it
	Candidates []string // labels of those that want it
	Models     []string
	Ref        datasets.RowRef

	hash uint64 // its place in the order of drawing
}

// LabelNext draws the requests that c, which is what [Job.Finish] made of the same data, wants labeled. They are drawn at
// random, by seed and id, from all requests that a candidate dispatches to the task, that are not judged yet, and that could
// be: every model within reach and the baseline has an outcome, and only grades are missing. Those whose answer is the
// baseline's own are drawn too: a verdict goes by all requests of the task, and it would be wrong to grade none but those
// that change. Where the coverage keeps a task from a verdict, only requests are drawn on which the baseline is graded.
func (j *Job) LabelNext(ctx context.Context, d *datasets.Dataset, c *Comparison, run *RunOptions) (*LabelList, error) {
	total, err := j.drawLabels(ctx, d, run, j.labelQuotas(c), func(draws []labelDraw) func(*datasets.Traffic) {
		w := &labelWorker{replayer: j.NewReplayer(), draws: draws}
		return func(t *datasets.Traffic) { w.add(ctx, t) }
	})
	if err != nil {
		return nil, err
	}
	return j.listLabels(total, c), nil
}

// drawLabels makes the draws over all of a dataset. start starts a worker that makes those it is given.
func (j *Job) drawLabels(
	ctx context.Context, d *datasets.Dataset, run *RunOptions, quotas []labelDraw, start func([]labelDraw) func(*datasets.Traffic),
) ([]labelDraw, error) {
	if len(quotas) == 0 {
		return nil, nil
	}
	parts, err := pass(ctx, d, d.Shards(), j.Columns(), run, func() (func(*datasets.Traffic), func() []labelDraw) {
		draws := slices.Clone(quotas)
		return start(draws), func() []labelDraw { return draws }
	})
	if err != nil {
		return nil, err
	}
	total := slices.Clone(quotas)
	for _, draws := range parts {
		for i := range draws {
			total[i].merge(&draws[i])
		}
	}
	return total, nil
}

// labelQuotas are draws with nothing drawn yet.
func (j *Job) labelQuotas(c *Comparison) []labelDraw {
	var out []labelDraw
	for v := range c.Candidates {
		out = append(out, j.quotas(v, c.Candidates[v].Tasks)...)
	}
	return out
}

// quotas are the draws of one candidate.
func (j *Job) quotas(v int, tasks []TaskResult) []labelDraw {
	var out []labelDraw
	for i := range tasks {
		t := &tasks[i]
		if t.LabelNext == 0 {
			continue
		}
		task, _ := j.tables[v].table.Task(t.Task)
		out = append(out, labelDraw{candidate: v, task: task, wanted: int(t.LabelNext), graded: t.halfLabeled})
	}
	return out
}

// listDraws puts the draws together: a request that several candidates want is there once.
func (j *Job) listDraws(draws []labelDraw) *LabelList {
	list := &LabelList{}
	at := map[string]int{} // id → place in list
	for i := range draws {
		w := &draws[i]
		label, task := j.candidates[w.candidate].Label, j.tables[w.candidate].table.TaskName(w.task)
		list.Needs = append(list.Needs, LabelNeed{label, task, int64(w.wanted), w.there, w.incomplete})
		for _, x := range w.sorted() {
			k, ok := at[x.id]
			if !ok {
				k = len(list.Requests)
				at[x.id] = k
				list.Requests = append(list.Requests, LabelRequest{ID: x.id, Task: task, Ref: x.ref, hash: x.hash})
			}
			r := &list.Requests[k]
			r.Candidates = append(r.Candidates, label)
			for _, m := range x.models {
				if name := j.models[m]; !slices.Contains(r.Models, name) {
					r.Models = append(r.Models, name)
				}
			}
			slices.Sort(r.Models)
		}
	}
	list.sort()
	return list
}

// listLabels puts the draws together, and adds what only production has.
func (j *Job) listLabels(draws []labelDraw, c *Comparison) *LabelList {
	list := j.listDraws(draws)
	for v := range c.Candidates {
		k := &c.Candidates[v]
		for _, name := range k.onlyInMix() {
			if task, ok := j.tables[v].table.Task(name); ok && !j.alone(v, task) {
				wanted := int64(stats.FloorLabels(j.opts.TaskTolerance, j.opts.Alpha))
				list.Needs = append(list.Needs, LabelNeed{Candidate: k.Label, Task: name, Wanted: wanted})
			}
		}
	}
	return list
}

// labelHash is the place of a request in the order of drawing: other than that of the controls' sample, which is by seed and
// id too.
func (j *Job) labelHash(id uint64) uint64 { return mix(mix(id^j.opts.Seed) ^ 0x6c6162656c) } // "label"

// A labelWorker draws from blocks.
type labelWorker struct {
	replayer *Replayer
	draws    []labelDraw
}

func (w *labelWorker) add(ctx context.Context, t *datasets.Traffic) {
	if t.Len == 0 || len(w.draws) == 0 {
		return
	}
	r := w.replayer
	r.prepare(ctx, t)
	for i := range w.draws {
		draw := &w.draws[i]
		plan := r.job.plan[draw.candidate]
		cell := &r.job.cells[plan[draw.task]]
		routes := r.routes[cell.router]
		rows := r.byTaskRows(routes, draw.task)
		walker := r.walker(cell.policy)
		r.cover(cell.policy, rows)
		for _, row := range rows {
			draw.consider(r, walker, int(row), walker.covered[row], cell.policy)
		}
	}
}

// byTaskRows returns the requests of the block that are sent to a task.
func (r *Replayer) byTaskRows(routes []routed, task routing.TaskID) []int32 {
	r.bucket(1, len(routes), func(i int) int {
		if routes[i].Task == task {
			return 0
		}
		return -1
	})
	return r.byTask[0].rows
}

// gradable reports whether request i is not judged and lacks nothing but grades: the baseline's, which has that quality, or
// those of the policies that flags, savable and judgeable, are of. Those are the requests that a draw is from.
func gradable(w *walker, i int, flags uint8, baseQuality float64) bool {
	cause := w.base.cause[i]
	lacks := flags&judgeable == 0 || cause == llm.OK && baseQuality != baseQuality
	return lacks && flags&savable != 0 && cause != llm.Unrecorded
}

// consider draws request i, if it is to be judged and lacks nothing but grades: flags are savable and judgeable, under all of
// the policies.
func (d *labelDraw) consider(r *Replayer, walker *walker, i int, flags uint8, policies ...int) {
	base, _, _ := walker.baseline(i)
	graded := base == base
	if flags&judgeable != 0 && graded || r.block.weight(i) == 0 || d.graded && !graded {
		return
	}
	cause := walker.base.cause[i]
	if flags&savable == 0 || cause == llm.Unrecorded {
		d.incomplete++
		return
	}
	var models []int
	add := func(model int) {
		if !slices.Contains(models, model) {
			models = append(models, model)
		}
	}
	if cause == llm.OK && !graded {
		add(walker.baseModel)
	}
	for _, policy := range policies {
		r.missing(policy, i, func(_ uint8, n need) { add(r.job.variants[n.variant].model) })
	}
	if len(models) == 0 { // it failed everywhere, on a request that nobody labeled
		return
	}
	d.there++
	t := r.block.traffic
	hash := r.job.labelHash(t.IDHash[i])
	if !d.wants(hash) {
		return
	}
	id, _ := t.ID.At(i)
	d.push(drawn{hash: hash, id: string(id), models: models, ref: datasets.RowRef{File: t.File, Row: t.Rows[i]}})
}
