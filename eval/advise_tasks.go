package eval

import (
	"math"
	"slices"

	"github.com/tierwise/tierwise/eval/stats"
)

// tasks looks for cheaper models, task by task.
func (a *adviser) tasks() {
	bill := Number(0)
	named := false
	for i := range a.base.Tasks {
		if t := &a.base.Tasks[i]; t.CostPer1000.Known() {
			bill += t.Share * t.CostPer1000
		}
		named = named || a.base.Tasks[i].Task != ""
	}
	if !named {
		return
	}
	for i := range a.base.Tasks {
		t := &a.base.Tasks[i]
		task := AdviceTask{
			Task: t.Task, Requests: t.Requests, Graded: t.Graded, Share: t.Share, Bill: Unknown, State: TaskUnknown,
		}
		if t.CostPer1000.Known() && bill > 0 {
			task.Bill = t.Share * t.CostPer1000 / bill
		}
		if t.Task != "" && task.Bill.Known() && t.Covered > 0 {
			a.moves(&task)
		}
		a.out.Tasks = append(a.out.Tasks, task)
	}
	slices.SortStableFunc(a.out.Tasks, func(x, y AdviceTask) int { return compareUnknownLast(-x.Bill, -y.Bill) })
}

// moves finds the models that save most on a task, of those that are proven and of those that seem good enough.
func (a *adviser) moves(t *AdviceTask) {
	var nearest *Move
	unjudged := false
	for i := range a.c.References {
		switch r := a.other(i, t.Task); {
		case r == nil || !(r.Savings > 0):
		case !r.cheaper():
			unjudged = true
		default:
			t.Tried++
			if nearest == nil || r.Delta > nearest.Delta {
				nearest = a.move(i, r)
			}
		}
	}
	for i := range a.c.References {
		r := a.other(i, t.Task)
		if r == nil || !a.hoped(r) {
			continue
		}
		proven := a.proven(r, t.Tried)
		if proven && (t.Proven == nil || r.Savings > t.Proven.Savings) {
			t.Proven = a.move(i, r)
		}
		if t.Hoped == nil || r.Savings > t.Hoped.Savings {
			t.Hoped = a.move(i, r)
			if !proven {
				t.Hoped.Labels = a.labelsNeeded(r, t.Tried)
			}
		}
	}
	switch {
	case t.Proven != nil:
		t.State = TaskHolds
	case t.Hoped != nil:
		t.State = TaskCouldHold
	case !unjudged || t.Tried > 0:
		t.State, t.Nearest = TaskStays, nearest
	}
}

// move describes the move of a task to reference i, whose result on it is r.
func (a *adviser) move(i int, r *Result) *Move {
	return &Move{Model: a.c.References[i].Model, Delta: r.Delta, Bound: r.Bound, N: r.Covered, Savings: r.Savings}
}

// other returns the result of reference i on a task, nil if there is none or it is the baseline.
func (a *adviser) other(i int, task string) *Result {
	r := &a.c.References[i]
	if r.Model == a.c.Baseline {
		return nil
	}
	return r.task(task)
}

// labelsNeeded returns how many more labels would prove a move, one of so many tried, if the true delta is the one that
// was seen, shrunk as in Result.sayLabels; 0: more will not help.
func (a *adviser) labelsNeeded(r *Result, tried int) int64 {
	n := float64(r.Covered)
	theta := float64(r.Delta) * n / (n + 100)
	psi := (float64(r.Better+r.Lost) + 0.5) / (n + 1)
	total, ok := stats.LabelsNeeded(max(psi, math.Abs(theta)), theta, a.c.Settings.TaskTolerance, a.c.Settings.Alpha/float64(tried), power)
	if !ok {
		return 0
	}
	return max(int64(total)-r.Covered, 1)
}

// skew adds the tasks up by state.
func (a *adviser) skew() {
	if len(a.out.Tasks) == 0 {
		return
	}
	for _, state := range TaskStates() {
		s := SkewShare{State: state}
		for i := range a.out.Tasks {
			t := &a.out.Tasks[i]
			if t.State != state {
				continue
			}
			s.Tasks++
			s.Share += t.Share
			if t.Bill.Known() {
				s.Bill += t.Bill
			}
		}
		a.out.Skew = append(a.out.Skew, s)
	}
}
