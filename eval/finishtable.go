package eval

import "github.com/tierwise/tierwise/routing"

// A finishedTable is what a table came to on the tasks that it dispatches to, judged.
type finishedTable struct {
	parts []taskPartial
	mixed mixture
	tasks []TaskResult // of the parts, in the order of the table
	whole Result
}

// finishTable judges a table by its partials by task id. shares are those of production, nil for none; alone says that the
// table treats a task as the baseline does; all are the requests that the whole's share is of, leftOut those that it is not
// judged on although they are graded.
func (j *Job) finishTable(
	table *routing.Table, totals []*Partial, shares map[string]float64, alone func(routing.TaskID) bool, all, leftOut *Count,
) *finishedTable {
	f := &finishedTable{tasks: []TaskResult{}}
	var routed Count
	for _, p := range totals {
		routed.merge(&p.Rows)
	}
	for k, p := range totals {
		task := routing.TaskID(k)
		if p.Rows.N == 0 {
			continue
		}
		var models, tiers []string
		for _, step := range table.Chain(task) {
			models, tiers = append(models, table.ModelName(step.Model)), append(tiers, table.TierName(step.Tier))
		}
		part := newTaskPartial(table.TaskName(task), p, alone(task))
		f.parts = append(f.parts, part)
		f.tasks = append(f.tasks, TaskResult{Task: part.task, Chain: tiers, Result: j.finishTask(&part, &routed, models)})
	}
	f.mixed = mixtureOf(shares, f.parts, func(name string) bool {
		task, _ := table.Task(name)
		return alone(task)
	})
	f.whole = j.finishWhole(&f.mixed, all, leftOut)
	f.whole.Answers = sortedShares(f.mixed.answered(table), &f.mixed.whole.Walked)
	f.addIntervals(j.opts.Seed)
	return f
}

// totals returns the sums of cells over all splits.
func (s *Sums) totals(cells []int) []*Partial {
	out := make([]*Partial, len(cells))
	for k, cell := range cells {
		out[k] = s.Cells[cell].total()
	}
	return out
}
