package frontier

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
)

// An Option is one way to serve a task.
type Option struct {
	Name    string
	Tiers   int     // that a request may visit: of two options that are equally good and dear, the one with fewer is taken
	Cost    float64 // USD per request of the task, on average
	Quality float64 // mean
}

// A Task is what may be done with the requests of one task.
type Task struct {
	Name    string
	Weight  float64 // share of the traffic, in any unit; 0: the task does not count
	Options []Option
}

// A Table is the choice of one option for each of several tasks: a multiple-choice knapsack. It is immutable and safe for
// concurrent use.
//
// Ties go to the cheaper table, then to the one of fewer tiers in all, then to the one whose options' names come first, task
// by task. A task of weight 0 gets its cheapest option.
type Table struct {
	tasks         []Task
	classes       [][]item // per task: its Pareto set, by rising cost and quality
	cost, quality units
}

// An item is an option in units of the whole table.
type item struct {
	cost, gain int64 // of cost, at most as much as is there is spent; of gain, as much as possible is wanted
	tiers      int32
	option     int32 // index in the task's options
}

// tableBits are the bits of a table's sums: floats hold them and their differences exactly.
const tableBits = 50

// NewTable prepares the choice. It is an error if there are no tasks, if one has no options, or if a number is no number.
func NewTable(tasks []Task) (*Table, error) {
	if len(tasks) == 0 {
		return nil, errors.New("there are no tasks to choose options for")
	}
	var weight float64
	for i := range tasks {
		if err := tasks[i].check(); err != nil {
			return nil, err
		}
		weight += tasks[i].Weight
	}
	if !(weight > 0) || math.IsInf(weight, 0) {
		return nil, fmt.Errorf("the tasks weigh %v in all: at least one needs a share of the traffic", weight)
	}
	t := &Table{tasks: tasks}
	var cost, quality float64
	for i := range tasks {
		var c, q float64
		for _, o := range tasks[i].Options {
			c, q = max(c, math.Abs(o.Cost)), max(q, math.Abs(o.Quality))
		}
		cost += tasks[i].Weight / weight * c
		quality += tasks[i].Weight / weight * q
	}
	t.cost, t.quality = unitsFor(cost, tableBits), unitsFor(quality, tableBits)
	for i := range tasks {
		t.classes = append(t.classes, t.pareto(&tasks[i], tasks[i].Weight/weight))
	}
	return t, nil
}

func (t *Task) check() error {
	switch {
	case len(t.Options) == 0:
		return fmt.Errorf("task %q has no options", t.Name)
	case !(t.Weight >= 0) || math.IsInf(t.Weight, 0):
		return fmt.Errorf("task %q has the weight %v", t.Name, t.Weight)
	}
	for _, o := range t.Options {
		if !finite(o.Cost) || !finite(o.Quality) {
			return fmt.Errorf("task %q, option %q: cost %v and quality %v: leave out what is not known", t.Name, o.Name, o.Cost, o.Quality)
		}
	}
	return nil
}

func finite(x float64) bool { return math.Abs(x) <= math.MaxFloat64 }

// pareto returns the options of a task that no other one makes pointless: dearer ones are better.
func (t *Table) pareto(task *Task, share float64) []item {
	items := make([]item, len(task.Options))
	for j, o := range task.Options {
		items[j] = item{t.cost.of(share * o.Cost), t.quality.of(share * o.Quality), int32(o.Tiers), int32(j)}
	}
	slices.SortFunc(items, func(a, b item) int {
		x, y := &task.Options[a.option], &task.Options[b.option]
		return cmp.Or(cmp.Compare(a.cost, b.cost), cmp.Compare(b.gain, a.gain), cmp.Compare(x.Cost, y.Cost),
			cmp.Compare(x.Tiers, y.Tiers), cmp.Compare(x.Name, y.Name), cmp.Compare(a.option, b.option))
	})
	kept := items[:0]
	for _, o := range items {
		if len(kept) == 0 || o.gain > kept[len(kept)-1].gain {
			kept = append(kept, o)
		}
	}
	return slices.Clip(kept)
}

// inverse returns the classes of the same choice with the roles exchanged: what is spent is quality below the best, what is
// wanted is money below the dearest.
func (t *Table) inverse() [][]item {
	out := make([][]item, len(t.classes))
	for i, class := range t.classes {
		last := class[len(class)-1]
		for _, o := range slices.Backward(class) {
			out[i] = append(out[i], item{last.gain - o.gain, last.cost - o.cost, o.tiers, o.option})
		}
	}
	return out
}
