package eval

import (
	"cmp"
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
	quotas := j.labelQuotas(c)
	parts, err := pass(ctx, d, d.Shards(), j.Columns(), run, func() (func(*datasets.Traffic), func() []labelDraw) {
		w := &labelWorker{replayer: j.NewReplayer(), draws: slices.Clone(quotas)}
		return func(t *datasets.Traffic) { w.add(ctx, t) }, func() []labelDraw { return w.draws }
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
	return j.listLabels(total, c), nil
}

// labelQuotas are draws with nothing drawn yet.
func (j *Job) labelQuotas(c *Comparison) []labelDraw {
	var out []labelDraw
	for v := range c.Candidates {
		for i := range c.Candidates[v].Tasks {
			t := &c.Candidates[v].Tasks[i]
			if t.LabelNext == 0 {
				continue
			}
			task, _ := j.tables[v].table.Task(t.Task)
			half := t.halfLabeledWanted()
			out = append(out, labelDraw{candidate: v, task: task, wanted: int(t.LabelNext), graded: half > 0 && half == t.LabelNext})
		}
	}
	return out
}

// listLabels puts the draws together: a request that several candidates want is there once.
func (j *Job) listLabels(draws []labelDraw, c *Comparison) *LabelList {
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
	// Draws are by candidate: of several candidates, bring the requests of a task together, in the order of one draw.
	order := map[string]int{}
	for _, need := range list.Needs {
		if _, ok := order[need.Task]; !ok {
			order[need.Task] = len(order)
		}
	}
	slices.SortStableFunc(list.Requests, func(a, b LabelRequest) int {
		return cmp.Or(cmp.Compare(order[a.Task], order[b.Task]), cmp.Compare(a.hash, b.hash), cmp.Compare(a.ID, b.ID))
	})
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
			w.consider(draw, cell.policy, walker, int(row))
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

// consider draws request i, if it is to be judged and lacks nothing but grades.
func (w *labelWorker) consider(draw *labelDraw, policy int, walker *walker, i int) {
	r := w.replayer
	base, _, _ := walker.baseline(i)
	graded := base == base
	if walker.covered[i]&judgeable != 0 && graded || r.block.weight(i) == 0 || draw.graded && !graded {
		return
	}
	cause := walker.base.cause[i]
	if walker.covered[i]&savable == 0 || cause == llm.Unrecorded {
		draw.incomplete++
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
	r.missing(policy, i, func(_ uint8, n need) { add(r.job.variants[n.variant].model) })
	if len(models) == 0 { // it failed everywhere, on a request that nobody labeled
		return
	}
	draw.there++
	t := r.block.traffic
	hash := r.job.labelHash(t.IDHash[i])
	if !draw.wants(hash) {
		return
	}
	id, _ := t.ID.At(i)
	draw.push(drawn{hash: hash, id: string(id), models: models, ref: datasets.RowRef{File: t.File, Row: t.Rows[i]}})
}
