package eval

import (
	"context"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/routing"
)

// LabelNextVersus draws the requests that v, which is what [Job.Versus] made of the same data, wants labeled. They are drawn
// as those of [Job.LabelNext] are, from the requests that both tables can be judged on but for grades: the answers to grade are
// those within reach of either, and the baseline's.
func (j *Job) LabelNextVersus(ctx context.Context, d *datasets.Dataset, v *Versus, run *RunOptions) (*LabelList, error) {
	pair, err := j.newVersus(v.New, v.Old)
	if err != nil {
		return nil, err
	}
	total, err := j.drawLabels(ctx, d, run, j.quotas(pair.fresh, v.Tasks), func(draws []labelDraw) func(*datasets.Traffic) {
		w := &versusWorker{versus: pair, replayer: j.NewReplayer()}
		return func(t *datasets.Traffic) { w.drawLabels(ctx, t, draws) }
	})
	if err != nil {
		return nil, err
	}
	return j.listDraws(total), nil
}

// drawLabels draws from a block.
func (w *versusWorker) drawLabels(ctx context.Context, t *datasets.Traffic, draws []labelDraw) {
	if t.Len == 0 {
		return
	}
	byTask := map[routing.TaskID]*labelDraw{}
	for i := range draws {
		byTask[draws[i].task] = &draws[i]
	}
	w.walkOld(ctx, t)
	w.walkAll(ctx, w.fresh, func(task routing.TaskID, policy int, walker *walker, i int, _ *result) {
		if draw, old := byTask[task], &w.old[i]; draw != nil && !old.leftOut {
			draw.consider(w.replayer, walker, i, walker.covered[i]&old.flags, policy, old.policy)
		}
	})
}
