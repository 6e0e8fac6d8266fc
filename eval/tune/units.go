package tune

import (
	"fmt"
	"math"
	"slices"

	"github.com/tierwise/tierwise/eval"
)

// minCoverage is the share of a task's requests, by weight, that an option must be judged on.
const minCoverage = 0.95

// A unit is the requests that count as one: those of a group, or one request.
type unit struct {
	rows []int32 // in Task
	fold int
	w    float64 // Σw
}

// offers reports whether the task has the option and saves by it.
func (t *Task) offers(option int) bool {
	return t.Delta[option] != nil && (t.Saving[option] > 0 || t.Pinned && t.Saving[option] == t.Saving[option])
}

// covered returns the coverage of each option that the task offers, NaN for the others, which of them are judged on enough
// requests to be kept, and the requests that all of those cover: the easy requests of one option must not stand beside the
// hard ones of another.
func (t *Task) covered() (coverage []float64, kept []bool, rows []int32) {
	coverage, kept = make([]float64, len(t.Delta)), make([]bool, len(t.Delta))
	var total eval.Fixed
	for i := range t.Fold {
		total.Add(t.weight(i))
	}
	gaps := false
	for j, deltas := range t.Delta {
		coverage[j] = math.NaN()
		if !t.offers(j) || len(t.Fold) == 0 {
			continue
		}
		var missing eval.Fixed
		for i, d := range deltas {
			if d != d {
				missing.Add(t.weight(i))
				gaps = true
			}
		}
		coverage[j] = 1 - missing.Float64()/total.Float64()
		kept[j] = coverage[j] >= minCoverage || t.Pinned && coverage[j] > 0
	}
	rows = make([]int32, 0, len(t.Fold))
	for i := range t.Fold {
		if !gaps || t.coveredByAll(i, kept) {
			rows = append(rows, int32(i))
		}
	}
	return coverage, kept, rows
}

func (t *Task) coveredByAll(row int, kept []bool) bool {
	for j, deltas := range t.Delta {
		if kept[j] && math.IsNaN(deltas[row]) {
			return false
		}
	}
	return true
}

// units gathers requests into units of evidence. Where all have one weight it is taken for 1: only ratios matter, and
// counts then are whole numbers.
func (t *Task) units(rows []int32) (units []unit, err error) {
	units = make([]unit, 0, len(rows))
	ofGroup := map[uint64]int{}
	for i, r := range rows {
		fold := t.Fold[r]
		if t.Group == nil || t.Group[r] == 0 {
			units = append(units, unit{rows: rows[i : i+1 : i+1], fold: fold})
			continue
		}
		at, ok := ofGroup[t.Group[r]]
		switch {
		case !ok:
			ofGroup[t.Group[r]] = len(units)
			units = append(units, unit{rows: rows[i : i+1 : i+1], fold: fold})
		case units[at].fold != fold:
			return nil, fmt.Errorf("task %q: requests of one group are in folds %d and %d; cut the folds by group", t.Name, units[at].fold, fold)
		default:
			units[at].rows = append(units[at].rows, r) // copies: the capacity was cut off
		}
	}
	for i := range units {
		var w eval.Fixed
		for _, r := range units[i].rows {
			w.Add(t.weight(int(r)))
		}
		units[i].w = w.Float64()
	}
	if !t.RawWeights && !slices.ContainsFunc(units, func(u unit) bool { return u.w != units[0].w }) {
		for i := range units {
			units[i].w = 1
		}
	}
	return units, nil
}

// delta returns the weighted mean of a unit's deltas.
func (t *Task) delta(u *unit, deltas []float64) float64 {
	if len(u.rows) == 1 {
		return deltas[u.rows[0]]
	}
	var sum, w eval.Fixed
	for _, r := range u.rows {
		sum.Add(t.weight(int(r)) * deltas[r])
		w.Add(t.weight(int(r)))
	}
	return max(-1, min(1, sum.Float64()/w.Float64()))
}
