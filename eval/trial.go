package eval

import (
	"fmt"
	"slices"

	"github.com/tierwise/tierwise/routing"
)

// A Trial is a way to serve a task, to be tried on the requests that are dispatched to it.
type Trial struct {
	Task   string   // of the config
	Chain  []string // tiers
	Accept []routing.Accept
}

// Trials replays many ways to serve each task of a config behind one routing. A request is walked by the code that
// [Job.Run] walks it by: what comes out of a trial is what a table with that chain and those checks comes to. It is
// immutable and safe for concurrent use.
type Trials struct {
	job      *Job
	tasks    []string // of the config
	of       [][]int  // task → its trials
	policies []int    // trial → how it is walked
}

// NewTrials compiles trials for the tasks of a candidate. The chains and checks of its config do not matter.
func NewTrials(c *Candidate, trials []Trial, opts *Options) (*Trials, error) {
	out := &Trials{of: make([][]int, len(c.Config.Tasks))}
	config := *c.Config
	config.Tasks = slices.Clone(config.Tasks)
	at := map[string]int{}
	for k, task := range c.Config.Tasks {
		out.tasks = append(out.tasks, task.Name)
		at[task.Name] = k
	}
	for i, trial := range trials {
		k, ok := at[trial.Task]
		if !ok {
			return nil, fmt.Errorf("trial of task %q, which the config does not have", trial.Task)
		}
		task := c.Config.Tasks[k]
		// A task of its own, which no router knows: requests of the real one are walked through it.
		task.Name = fmt.Sprintf("%s\x00%d", trial.Task, i)
		task.Chain, task.Accept, task.Split = trial.Chain, trial.Accept, nil
		config.Tasks = append(config.Tasks, task)
		out.of[k] = append(out.of[k], i)
	}
	own := *c
	own.Config = &config
	var err error
	if out.job, err = NewJob([]Candidate{own}, opts); err != nil {
		return nil, err
	}
	plan := out.job.plan[0]
	for i := range trials {
		out.policies = append(out.policies, out.job.cells[plan[len(out.tasks)+i]].policy)
	}
	return out, nil
}

// Baseline returns the model that trials are compared with.
func (t *Trials) Baseline() string { return t.job.baseline }
