package gate

import (
	"fmt"
	"slices"
	"time"

	"github.com/tierwise/tierwise/eval"
)

// waive applies the policy's waivers. One that ran out fails by itself, so that it is renewed or removed; one that is
// for nothing is noted. Those in force come first: what one of them waives needs none that ran out.
func (j *judge) waive() {
	rules := len(j.result.Rules) // what the policy asks for: no waiver waives that another ran out
	for _, expired := range []bool{false, true} {
		for i := range j.Policy.Waivers {
			if w := &j.Policy.Waivers[i]; expired == !j.Now.UTC().Before(w.Until.AddDate(0, 0, 1)) {
				j.apply(w, j.result.Rules[:rules], expired)
			}
		}
	}
}

// apply applies a waiver to rules.
func (j *judge) apply(w *Waiver, rules []Entry, expired bool) {
	matched, needed := false, 0
	for k := range rules {
		e := &rules[k]
		if !w.matches(e) {
			continue
		}
		matched = true
		if e.Outcome != Fail && e.Outcome != Unclear {
			continue
		}
		needed++
		if !expired {
			e.Message += fmt.Sprintf("; waived until %s: %s", w.Until.Format(time.DateOnly), w.Reason)
			e.Outcome, e.Command = Waived, ""
		}
	}
	switch {
	case expired:
		j.addExpired(w, needed)
	case !matched:
		j.noteWaiver(w, "unmatched-waiver", j.unmatched(w))
	case needed == 0:
		j.noteWaiver(w, "unneeded-waiver", "what it is for passes, or only warns; remove it")
	}
}

// unmatched says why a waiver is for nothing that was judged.
func (j *judge) unmatched(w *Waiver) string {
	var tasks []string
	for i := range j.Config.Tasks {
		tasks = append(tasks, j.Config.Tasks[i].Name)
	}
	if w.Task != "" && !slices.Contains(tasks, w.Task) {
		return fmt.Sprintf("%s has no task %q%s", j.Config.Source, w.Task, suggest(w.Task, tasks))
	}
	return "nothing is judged by that name; remove it"
}

// matches reports whether the waiver is for an entry.
func (w *Waiver) matches(e *Entry) bool {
	return w.Rule == e.Rule && (w.Section == "" || w.Section == e.Section) && (w.Task == "" || w.Task == e.Task)
}

func (w *Waiver) name() string {
	name := w.Rule
	if w.Section != "" {
		name = w.Section + "." + name
	}
	if w.Task != "" {
		name += " (" + w.Task + ")"
	}
	return name
}

func (j *judge) addExpired(w *Waiver, needed int) {
	e := Entry{
		Section: "waivers", Rule: w.Rule, Task: w.Task, Limit: eval.Unknown, Measured: eval.Unknown, Bound: eval.Unknown,
		LimitText: "until " + w.Until.Format(time.DateOnly), MeasuredText: j.Now.UTC().Format(time.DateOnly), Outcome: Fail,
		File: j.Policy.Source, Line: w.Position.Line, Column: w.Position.Column,
		Message: fmt.Sprintf("the waiver of %s ran out on %s (%s): ", w.name(), w.Until.Format(time.DateOnly), w.Reason),
	}
	if needed > 0 {
		e.Message += "mend the table, or decide anew and give it another date"
	} else {
		e.Message += "it is not needed any more, remove it"
	}
	j.result.Rules = append(j.result.Rules, e)
}

func (j *judge) noteWaiver(w *Waiver, id, why string) {
	j.result.Notes = append(j.result.Notes, Note{
		ID: id, Message: fmt.Sprintf("the waiver of %s is for nothing: %s", w.name(), why),
		File: j.Policy.Source, Line: w.Position.Line, Column: w.Position.Column,
	})
}
