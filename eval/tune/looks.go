package tune

import (
	"fmt"
	"math"
	"slices"
)

// Chose reports whether a request of a task of the result, in a fold, only chose and did not certify. In a later look it
// must be Searched.
func (r *Result) Chose(task, fold int) bool {
	switch {
	case fold == Searched:
		return true
	case r.Searched || r.Tasks[task].Pilot == 0:
		return false
	}
	return fold < pilotFolds
}

// Opened returns, by task, the chains that were walked for any of the tables, by price: those that later looks of a schedule
// are held to. It depends on the pilot alone.
func (r *Result) Opened(m *Menu) map[string][]string {
	out := map[string][]string{}
	for _, t := range r.Tasks {
		for _, c := range t.Chains {
			if c.Opened {
				out[t.Task] = append(out[t.Task], m.Chains[c.Chain].Name)
			}
		}
	}
	return out
}

// KeepChains takes from the task all options of other chains than those named.
func (t *Task) KeepChains(m *Menu, names []string) error {
	for _, name := range names {
		if !slices.ContainsFunc(m.Chains, func(c Chain) bool { return c.Name == name }) {
			return fmt.Errorf("an earlier look walked the chain %q for task %q, and there is none of that name now", name, t.Name)
		}
	}
	for j, o := range m.Options {
		if !slices.Contains(names, m.Chains[o.Chain].Name) {
			t.Saving[j] = math.NaN()
		}
	}
	return nil
}
