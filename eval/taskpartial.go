package eval

import "github.com/tierwise/tierwise/eval/stats"

// A taskPartial is what a table comes to on one task, ready to be judged.
type taskPartial struct {
	task  string
	p     *Partial
	units *units
	// unchanged says that the delta is 0 by construction: the table treats the task as the baseline does, and no request came out
	// otherwise.
	unchanged bool
}

// newTaskPartial returns a task's partial; alone says that the table treats the task as the baseline does.
func newTaskPartial(task string, p *Partial, alone bool) taskPartial {
	return taskPartial{task: task, p: p, units: p.units(), unchanged: alone && p.Changed.N == 0}
}

// weight is how much traffic the task stands for, graded or not.
func (t *taskPartial) weight() float64 { return t.p.Rows.Weight() }

// stratum returns the task as the overall test takes it.
func (t *taskPartial) stratum() stats.Stratum {
	return stats.Stratum{
		Weight: t.weight(), Unchanged: t.unchanged,
		Pairs: t.units.pairsForTest(), Deltas: t.units.deltasForTest(), Graded: t.units.graded(),
	}
}
