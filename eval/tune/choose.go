package tune

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/tierwise/tierwise/eval/stats"
)

// A Result is a table that was chosen, with everything that was tried for it. Tasks are in order of their names.
type Result struct {
	Settings Settings // with defaults
	Tables   []Table  // at 0.6, 0.8 and 1 times the task tolerance
	Table    int      // which of them is the result
	// Verdict is that of the overall claim. Where it is inconclusive the task claims stand; where it fails, no task is moved
	// but pinned ones.
	Verdict  stats.Verdict
	Tasks    []TaskResult // of the result
	Searched bool         // some requests were: they alone are the pilot, and all others certify
	// AssumedWeights says that no task had a weight, so that labels stand for the traffic.
	AssumedWeights bool
	// Unlabeled is the share of the traffic whose tasks have no labels: they stay on the baseline.
	Unlabeled float64
	Warnings  []string
}

// Choose makes the table. Evidence may come in any order; of each task there is one.
func Choose(menu *Menu, evidence []*Evidence, settings *Settings) (*Result, error) {
	s, err := settings.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := menu.check(); err != nil {
		return nil, err
	}
	if len(evidence) == 0 {
		return nil, errors.New("there is no task to choose for")
	}
	evidence = slices.SortedFunc(slices.Values(evidence), func(a, b *Evidence) int { return cmp.Compare(a.task.Name, b.task.Name) })
	searched := false
	for i, e := range evidence {
		if i > 0 && evidence[i-1].task.Name == e.task.Name {
			return nil, fmt.Errorf("there are two tasks %q", e.task.Name)
		}
		if len(e.kept) != len(menu.Options) {
			return nil, fmt.Errorf("task %q was counted with a menu of %d options, not %d", e.task.Name, len(e.kept), len(menu.Options))
		}
		searched = searched || e.searched
	}
	shares, assumed := shares(evidence)
	views := make([]*view, len(evidence))
	for k, e := range evidence {
		views[k] = newView(e, menu, shares[k], searched, s.AlwaysPilot)
	}
	c := newChooser(views, menu, &s, searched)
	r := &Result{Settings: s, Searched: searched, AssumedWeights: assumed, Tables: make([]Table, len(c.grades))}
	for i, g := range c.grades {
		r.Tables[i], _ = c.crossFit(g, &s)
	}
	r.Table, r.Verdict = decide(r.Tables)
	for k := range views {
		r.Tasks = append(r.Tasks, c.explain(k, c.grades[r.Table]))
		if evidence[k].requests == 0 {
			r.Unlabeled += shares[k]
		}
	}
	if r.Verdict == stats.Fails {
		r.moveNothing()
	}
	r.Warnings = r.warnings(assumed)
	return r, nil
}

// moveNothing keeps all tasks on the baseline, because even the safest table loses too much as a whole. If some task is pinned
// the table is shipped for its sake, and says that it fails.
func (r *Result) moveNothing() {
	for k := range r.Tasks {
		if r.Tasks[k].Pinned {
			return
		}
	}
	for k := range r.Tasks {
		if t := &r.Tasks[k]; t.Option != stays {
			t.Option, t.Reason = stays, WholeFails
		}
	}
}

// Moved reports whether some task is moved off the baseline.
func (r *Result) Moved() bool {
	for k := range r.Tasks {
		if r.Tasks[k].Option != stays {
			return true
		}
	}
	return false
}

// shares scales the weights of the tasks to sum 1. Where none has any, the labels stand for the traffic.
func shares(evidence []*Evidence) (out []float64, assumed bool) {
	out = make([]float64, len(evidence))
	total := 0.0
	for k, e := range evidence {
		out[k] = e.task.Weight
		total += out[k]
	}
	if assumed = total == 0; assumed {
		for k, e := range evidence {
			out[k] = e.weight
			total += out[k]
		}
	}
	for k := range out {
		out[k] /= max(total, 1e-300)
	}
	return out, assumed
}
