package tune

import (
	"github.com/tierwise/tierwise/eval/stats"
)

// minFoldSaving is the share of a table's saving that the tables without a fold must reach on average: where they do not,
// they are not the table that they are to speak for.
const minFoldSaving = 0.75

// A Table is one table with its overall claim.
type Table struct {
	TaskTolerance float64 // at which its tasks are certified
	Options       []int   // of each task, in the menu; −1: the baseline
	Saving        float64 // USD per request of all traffic
	SavingShare   float64 // of the baseline's bill; NaN where that is 0
	FoldSaving    float64 // mean saving of the tables without a fold

	// Overall is the claim, cross-fitted: tables made without a fold, judged on it.
	Overall stats.Noninferiority
	// Naive is the delta of the table on the requests that certified it: too good, because they chose it.
	Naive float64

	Changed bool // some task is moved
	Passed  bool // the overall claim holds and the tables without a fold save about as much; true where nothing is moved
}

// crossFit makes the table at a grade and judges it by those made without each fold.
func (c *chooser) crossFit(g *grade, s *Settings) (t Table, chosen []int) {
	chosen = c.table(whole, g)
	t = Table{TaskTolerance: g.tolerance, Options: make([]int, len(chosen))}
	bases, changes := make([]base, len(c.views)), make([]change, len(c.views))
	for fold := range foldCount {
		for k, o := range c.table(fold, g) {
			v := c.views[k]
			bases[k] = bases[k].plus(v.base[fold])
			if o != stays {
				changes[k] = changes[k].plus(v.changes[v.options[o].index][fold])
				t.FoldSaving += v.share * v.options[o].saving / foldCount
			}
		}
	}
	strata := make([]stats.Stratum, len(c.views))
	bill := 0.0
	for k, v := range c.views {
		out := v.sample(bases[k], changes[k])
		strata[k] = stats.Stratum{Weight: v.share, Graded: v.graded, Pairs: out.pairs, Deltas: out.deltas}
		strata[k].Unchanged = chosen[k] == stays && changes[k].nonzero == 0
		bill += v.share * v.task.Cost
		t.Options[k] = stays
		if o := chosen[k]; o != stays {
			t.Changed = true
			t.Options[k] = v.options[o].index
			t.Saving += v.share * v.options[o].saving
			certified := v.onVerify(o, whole)
			t.Naive += v.share * certified.delta()
		}
	}
	t.SavingShare = t.Saving / bill
	t.Overall = stats.Overall(strata, s.Tolerance, s.Alpha*s.Share)
	t.Passed = !t.Changed || t.Overall.Verdict() == stats.Holds && t.FoldSaving >= minFoldSaving*t.Saving
	return t, chosen
}

// decide returns which table is the result and what can be said of it as a whole: the last before the first whose claim does
// not hold, tables that move nothing being skipped. Where the labels do not tell of the first, the task claims stand: the
// result is the last table that does not provably lose too much. Where the first does, it is the result.
func decide(tables []Table) (result int, verdict stats.Verdict) {
	result = -1
	for i := range tables {
		switch t := &tables[i]; {
		case !t.Changed:
		case t.Passed:
			result = i
		case result >= 0:
			return result, stats.Holds
		case t.Overall.Verdict() == stats.Fails:
			return i, stats.Fails
		default:
			for last := len(tables) - 1; last > i; last-- {
				if tables[last].Changed && tables[last].Overall.Verdict() != stats.Fails {
					return last, stats.Inconclusive
				}
			}
			return i, stats.Inconclusive
		}
	}
	if result < 0 { // nothing is moved
		result = len(tables) - 1
	}
	return result, stats.Holds
}
