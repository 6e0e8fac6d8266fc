package tune

import (
	"fmt"
	"math"
)

// A Chain is the options that are walked one after another: those with one first model and one swept signal.
type Chain struct {
	Name  string  // unique
	Price float64 // of its first model, in any unit: the cheaper of two chains that promise the same is kept
}

// An Option is one way to serve a task other than by the baseline.
type Option struct {
	Name  string // unique
	Chain int    // index of its chain
	Tiers int    // models that a request may visit; of two options that save the same, the one with fewer is shipped
}

// A Menu is all chains and options. A task need not offer all of them.
type Menu struct {
	Chains  []Chain
	Options []Option
}

func (m *Menu) check() error {
	chains, options := map[string]bool{}, map[string]bool{}
	for _, c := range m.Chains {
		if chains[c.Name] {
			return fmt.Errorf("two chains are called %q", c.Name)
		}
		chains[c.Name] = true
	}
	for _, o := range m.Options {
		if options[o.Name] {
			return fmt.Errorf("two options are called %q", o.Name)
		}
		options[o.Name] = true
		if o.Chain < 0 || o.Chain >= len(m.Chains) {
			return fmt.Errorf("option %q is of chain %d, and there are %d", o.Name, o.Chain, len(m.Chains))
		}
	}
	return nil
}

// A Task is the requests that are dispatched to one task, in columns. Only requests with a graded outcome of the baseline
// belong here; Weight, Cost and Savings are of all requests of the task, graded or not, and never look at quality.
type Task struct {
	Name   string    // unique
	Weight float64   // of the task in production traffic, in any unit
	Cost   float64   // of the baseline, USD per request
	Saving []float64 // per option of the menu, USD per request; NaN or at most 0: not offered
	// Pinned says that the task is served by the one option that it has, whatever that saves and the labels say.
	Pinned bool

	// Piloted spends a pilot also if there are but one or two chains, because it decided on what the task is.
	Piloted bool
	// RawWeights keeps weights as they are where all are equal: sums over these requests are added to those over others.
	RawWeights bool

	Fold  []int       // per request, from 0 to datasets.FoldCount−1, or Searched
	W     []float64   // sampling weight per request, positive; nil: all 1
	Group []uint64    // requests of one group are one unit of evidence; 0: a unit of its own; nil: all are
	Delta [][]float64 // per option and request, quality less that of the baseline, in [−1, 1]; NaN: not covered; nil option: none is
}

func (t *Task) check(m *Menu) error {
	n := len(t.Fold)
	switch {
	case len(t.Saving) != len(m.Options) || len(t.Delta) != len(m.Options):
		return fmt.Errorf("task %q has savings of %d and deltas of %d options, and the menu has %d", t.Name, len(t.Saving), len(t.Delta), len(m.Options))
	case t.W != nil && len(t.W) != n || t.Group != nil && len(t.Group) != n:
		return fmt.Errorf("task %q has %d requests, %d weights and %d groups", t.Name, n, len(t.W), len(t.Group))
	case !(t.Weight >= 0) || math.IsInf(t.Weight, 0):
		return fmt.Errorf("task %q has the weight %v", t.Name, t.Weight)
	case !(t.Cost >= 0) || math.IsInf(t.Cost, 0):
		return fmt.Errorf("task %q has the baseline cost %v: tuning needs to know what requests cost", t.Name, t.Cost)
	}
	for i, f := range t.Fold {
		if f < Searched || f >= foldCount {
			return fmt.Errorf("task %q, request %d: fold %d is not in [0, %d)", t.Name, i, f, foldCount)
		}
		if t.W != nil && (!(t.W[i] > 0) || math.IsInf(t.W[i], 0)) {
			return fmt.Errorf("task %q, request %d: weight %v is not positive", t.Name, i, t.W[i])
		}
	}
	options := 0
	for j, deltas := range t.Delta {
		if deltas == nil {
			continue
		}
		options++
		if len(deltas) != n {
			return fmt.Errorf("task %q, option %q: %d deltas for %d requests", t.Name, m.Options[j].Name, len(deltas), n)
		}
		for i, d := range deltas {
			if math.Abs(d) > 1 {
				return fmt.Errorf("task %q, option %q, request %d: delta %v is outside [−1, 1]", t.Name, m.Options[j].Name, i, d)
			}
		}
	}
	if t.Pinned && (options != 1 || n == 0) {
		return fmt.Errorf("task %q is pinned, with %d options and %d requests: it takes one option, and requests to judge it by", t.Name, options, n)
	}
	return nil
}

func (t *Task) weight(i int) float64 {
	if t.W == nil {
		return 1
	}
	return t.W[i]
}
