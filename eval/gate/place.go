package gate

import (
	"strings"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
)

// place returns where a key of the config stands; "", and whatever is not there, is the start of the file.
func (j *judge) place(path string) routing.Position {
	if p, ok := j.Config.Position(path); ok {
		return p
	}
	return routing.Position{Line: 1, Column: 1}
}

// taskPlace returns where a key of a task stands, else its chain, else the task.
func (j *judge) taskPlace(task, key string) routing.Position {
	table := routing.KeyPath("tasks", task)
	for _, path := range []string{table + "." + key, table + ".chain"} {
		if p, ok := j.Config.Position(path); ok {
			return p
		}
	}
	return j.place(table)
}

// blame returns the place of the task that weighs most, the first of equals.
func (j *judge) blame(e *evidence, key string, weight func(*eval.TaskResult) float64) routing.Position {
	most := -1
	for i := range e.tasks {
		if w := weight(&e.tasks[i]); w == w && (most < 0 || w > weight(&e.tasks[most])) {
			most = i
		}
	}
	if most < 0 {
		return j.place("tasks")
	}
	return j.taskPlace(e.tasks[most].Task, key)
}

// blameCost blames the price that was raised, else the chain that costs most.
func (j *judge) blameCost(e *evidence) routing.Position {
	if j.dearer != "" {
		for _, path := range []string{routing.KeyPath("models", j.dearer, "price"), routing.KeyPath("models", j.dearer)} {
			if p, ok := j.Config.Position(path); ok {
				return p
			}
		}
	}
	return j.blame(e, "chain", func(t *eval.TaskResult) float64 { return float64(t.Share * t.CostPer1000) })
}

// blameCoverage blames the tier whose model lacks most, else the chain of the task that is covered least.
func (j *judge) blameCoverage(e *evidence) routing.Position {
	for _, reason := range missing(&e.whole) {
		model, _, _ := strings.Cut(reason, ": ")
		for _, t := range j.Config.Tiers {
			if t.Model == model {
				return j.place(routing.KeyPath("tiers", t.Name))
			}
		}
	}
	return j.blame(e, "chain", func(t *eval.TaskResult) float64 { return -float64(t.Coverage) })
}
