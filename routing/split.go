package routing

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/tierwise/tierwise/routing/classify"
)

// A Split sends the easy requests of a task to another one, with a chain of its own: those of which a trained predictor
// says that a stronger model would gain little on them over a weaker one. Whatever found the task, the split comes after
// it. It is asked once: the other task has no split.
type Split struct {
	Artifact string  // of a classify.Gain: a path, key of Config.Files
	Below    float64 // requests with a smaller predicted gain, in [−1, 1], are sent on
	Task     string  // where to
}

// A tableSplit is the split of a task.
type tableSplit struct {
	gain  *classify.Gain
	below float64
	task  TaskID
}

// compileSplits fills in the splits of the tasks, which are compiled.
func (t *Table) compileSplits(c *Config) error {
	decoded := map[string]*classify.Gain{}
	for i := range c.Tasks {
		s := c.Tasks[i].Split
		if s == nil {
			continue
		}
		split, err := t.compileSplit(c, TaskID(i), decoded)
		if err != nil {
			return fmt.Errorf("tasks.%s.split: %w", c.Tasks[i].Name, err)
		}
		t.tasks[i].split = split
	}
	return nil
}

func (t *Table) compileSplit(c *Config, id TaskID, decoded map[string]*classify.Gain) (*tableSplit, error) {
	s := c.Tasks[id].Split
	easy, ok := t.taskIDs[s.Task]
	switch {
	case !ok:
		return nil, fmt.Errorf("no task %q", s.Task)
	case easy == id:
		return nil, errors.New("sends requests to its own task")
	case c.Tasks[easy].Split != nil:
		return nil, fmt.Errorf("task %q has a split itself", s.Task)
	case !(s.Below > -1 && s.Below <= 1):
		return nil, fmt.Errorf("below is %v, which is outside (−1, 1]", s.Below)
	}
	data, ok := c.Files[s.Artifact]
	if !ok {
		return nil, fmt.Errorf("artifact %q was not read", s.Artifact)
	}
	gain := decoded[s.Artifact]
	if gain == nil {
		var err error
		if gain, err = classify.DecodeGain(data); err != nil {
			return nil, fmt.Errorf("artifact %q %w", s.Artifact, err)
		}
		decoded[s.Artifact] = gain
	}
	return &tableSplit{gain, s.Below, easy}, nil
}

// splitRoute asks the split of the task that was found, if it has one, and sends the request on if the predicted gain is
// small. A gain that is not known, NaN, is not.
func (t *Table) splitRoute(ctx context.Context, r Route, c Classifier) Route {
	s := t.tasks[r.Task].split
	if s == nil {
		return r
	}
	r.Gain = c.Gain(ctx, r.Task)
	if r.Gain < s.below {
		r.Split, r.From, r.Task = true, r.Task, s.task
	}
	return r
}

// HasSplits reports whether a task of the table has a split.
func (t *Table) HasSplits() bool {
	for i := range t.tasks {
		if t.tasks[i].split != nil {
			return true
		}
	}
	return false
}

// Split returns what the split of a task predicts by, the gain below which it sends requests on, and where to; false if
// the task has none.
func (t *Table) Split(id TaskID) (gain *classify.Gain, below float64, task TaskID, ok bool) {
	s := t.tasks[id].split
	if s == nil {
		return nil, math.NaN(), 0, false
	}
	return s.gain, s.below, s.task, true
}

// PredictGain asks the split of a task what a stronger model would gain on a request: what a Classifier answers for
// Gain. It is NaN if the task has no split.
func (t *Table) PredictGain(id TaskID, f *Features) float64 {
	s := t.tasks[id].split
	if s == nil {
		return math.NaN()
	}
	return s.gain.Predict(f.input())
}
