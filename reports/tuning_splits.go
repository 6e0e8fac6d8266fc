package reports

import (
	"fmt"
	"slices"

	"github.com/tierwise/tierwise/eval/tune"
)

// splits say what became of the search for tasks that mix easy and hard requests.
func (t *Tuning) splits() Section {
	if !t.SplitSought {
		return Section{}
	}
	s := Section{Title: "EASY AND HARD REQUESTS"}
	for i := range t.Splits {
		s.Lines = append(s.Lines, wrap(t.splitLine(&t.Splits[i]))...)
	}
	switch {
	case len(t.Splits) > 0:
	case t.Mixed == 0:
		s.Lines = wrap("No task is split: none that is free to move has the " + count(tune.MinMixed) + " labels that it takes.")
	default:
		s.Lines = wrap(fmt.Sprintf("No task is split: of %s with %s labels or more, none promises enough more as two halves.",
			many(int64(t.Mixed), "task"), count(tune.MinMixed)))
	}
	return s
}

func (t *Tuning) splitLine(s *tune.Split) string {
	promise := fmt.Sprintf("The pilot promised savings of %s of its bill, against %s as one task; the gain was learned from %s.",
		percent(s.Promised), percent(s.Unsplit), many(int64(s.Labels), "label"))
	if s.Held {
		promise = fmt.Sprintf("The first look of this search split it there; the gain was learned from %s.", many(int64(s.Labels), "label"))
	}
	if !s.Used {
		return fmt.Sprintf("%s is not split: neither its easy half, of a predicted gain of %s over %s below %v, nor its hard one can be moved. %s",
			s.Task, s.Strong, s.Weak, s.Below, promise)
	}
	return fmt.Sprintf("%s is split: the %s of its requests on which %s is predicted to gain less than %v over %s are %s, which %s; the others are %s, which %s. %s",
		s.Task, percent(s.EasyShare), s.Strong, s.Below, s.Weak, s.Easy, t.halfGoes(s.Easy), s.Task, t.halfGoes(s.Task), promise)
}

// halfGoes says where a half goes.
func (t *Tuning) halfGoes(task string) string {
	k := slices.IndexFunc(t.Tasks, func(r tune.TaskResult) bool { return r.Task == task })
	if t.Tasks[k].Option < 0 {
		return "stays on the baseline"
	}
	return "goes to " + t.route(k, t.Tasks[k].Option)
}

// ofHalf says before what was tried of a task that it was its nearer half that was tried; "" if it was the task.
func (t *Tuning) ofHalf(task string) string {
	for i := range t.Splits {
		if s := &t.Splits[i]; s.Task == task && !s.Used {
			return "its " + s.Nearer + " half: "
		}
	}
	return ""
}

// splitEvidence says of a half what stands above it in a tuned config.
func (t *Tuning) splitEvidence(task string) []string {
	s := t.SplitOf(task)
	switch {
	case s == nil:
		return nil
	case task == s.Easy:
		return []string{fmt.Sprintf("the easy half of %s: %s is predicted to gain less than %v over %s, %s of the requests", s.Task, s.Strong, s.Below, s.Weak, percent(s.EasyShare))}
	}
	return []string{fmt.Sprintf("the hard half: %s of the requests go to %s", percent(s.EasyShare), s.Easy)}
}
