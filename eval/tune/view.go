package tune

import (
	"cmp"
	"slices"

	"github.com/tierwise/tierwise/eval/stats"
)

// whole is the fold that is left out where none is.
const whole = -1

// A view is a task as one run of choosing sees it: its sums on pilot and on verify, whole and without each fold. Arrays
// are indexed by the fold left out plus one.
type view struct {
	*Evidence
	share   float64 // of the traffic
	piloted bool    // some requests only choose; otherwise all of them certify
	fresh   float64 // units that were not searched
	n       float64 // the same, effective
	pilot   [1 + foldCount]base
	verify  [1 + foldCount]base
	options []optionView
	chains  []chainView
}

// An optionView is an option that a task offers.
type optionView struct {
	index  int // in the menu
	saving float64
	tiers  int
	name   string
	pilot  [1 + foldCount]change
	verify [1 + foldCount]change
}

// A chainView is a chain of which a task offers an option: indices of view.options in the order of the walk.
type chainView struct {
	index   int // in the menu
	price   float64
	name    string
	options []int
}

// newView prepares a task. searched says that requests of any task were: then those are the pilot and all folds verify.
func newView(e *Evidence, m *Menu, share float64, searched, alwaysPilot bool) *view {
	v := newWholeView(e, m, share, searched, alwaysPilot)
	if len(e.without) == 0 {
		return v
	}
	own := *e // its own requests of a fold are those that it gets without the fold
	own.changes = slices.Clone(e.changes)
	for f, o := range e.without {
		own.graded = own.graded || o.graded
		own.base[f] = o.base[f]
		w := newWholeView(o, m, share, searched, alwaysPilot)
		v.pilot[f+1], v.verify[f+1] = w.pilot[f+1], w.verify[f+1]
		for i := range v.options {
			v.options[i].pilot[f+1], v.options[i].verify[f+1] = w.options[i].pilot[f+1], w.options[i].verify[f+1]
			own.changes[v.options[i].index][f] = o.changes[v.options[i].index][f]
		}
	}
	v.Evidence = &own
	return v
}

// newWholeView prepares a task whose requests no fold has a say in.
func newWholeView(e *Evidence, m *Menu, share float64, searched, alwaysPilot bool) *view {
	v := &view{Evidence: e, share: share}
	for j, kept := range e.kept {
		if kept {
			o := m.Options[j]
			v.options = append(v.options, optionView{index: j, saving: e.task.Saving[j], tiers: o.Tiers, name: o.Name})
		}
	}
	slices.SortFunc(v.options, func(a, b optionView) int { // safest first
		return cmp.Or(cmp.Compare(a.saving, b.saving), -cmp.Compare(a.tiers, b.tiers), -cmp.Compare(a.name, b.name))
	})
	v.gatherChains(m)
	v.piloted = searched || alwaysPilot || e.task.Piloted || len(v.chains) > 2
	pilot, verify := slotRange{0, pilotFolds}, slotRange{pilotFolds, foldCount}
	if searched {
		pilot = slotRange{foldCount, slots}
	}
	if searched || !v.piloted {
		verify = slotRange{0, foldCount}
	}
	v.pilot, v.verify = leaveOut(&e.base, pilot), leaveOut(&e.base, verify)
	for i := range v.options {
		o := &v.options[i]
		o.pilot, o.verify = leaveOut(&e.changes[o.index], pilot), leaveOut(&e.changes[o.index], verify)
	}
	all := leaveOut(&e.base, slotRange{0, foldCount})[0]
	v.n, v.fresh = stats.KishN(all.w, all.w2), all.n
	return v
}

func (v *view) gatherChains(m *Menu) {
	at := map[int]int{}
	for i, o := range v.options {
		c := m.Options[o.index].Chain
		if _, ok := at[c]; !ok {
			at[c] = len(v.chains)
			v.chains = append(v.chains, chainView{index: c, price: m.Chains[c].Price, name: m.Chains[c].Name})
		}
		chain := &v.chains[at[c]]
		chain.options = append(chain.options, i)
	}
	slices.SortFunc(v.chains, func(a, b chainView) int {
		return cmp.Or(cmp.Compare(a.price, b.price), cmp.Compare(a.name, b.name))
	})
}

// pinned reports whether there is nothing to choose: the task has its option, the first and only one.
func (v *view) pinned() bool { return v.task.Pinned && len(v.options) > 0 }

// n2 is the effective number of units on verify without a fold.
func (v *view) n2(fold int) float64 {
	b := &v.verify[fold+1]
	return stats.KishN(b.w, b.w2)
}

func (v *view) onVerify(option, fold int) sample {
	return v.sample(v.verify[fold+1], v.options[option].verify[fold+1])
}

func (v *view) onPilot(option, fold int) sample {
	return v.sample(v.pilot[fold+1], v.options[option].pilot[fold+1])
}

// A slotRange is the slots from first to before end.
type slotRange struct{ first, end int }

// leaveOut adds up the slots of a range, whole and without each fold. It only adds, so that no trace of what is left out
// remains in the last digits.
func leaveOut[T interface{ plus(T) T }](all *[slots]T, in slotRange) (out [1 + foldCount]T) {
	var zero T
	var after [slots + 1]T
	for s := in.end - 1; s >= in.first; s-- {
		after[s] = all[s].plus(after[s+1])
	}
	for i := range out {
		out[i] = after[in.first]
	}
	before := zero
	for s := in.first; s < min(in.end, foldCount); s++ {
		out[s+1] = before.plus(after[s+1])
		before = before.plus(all[s])
	}
	return out
}
