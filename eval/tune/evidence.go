package tune

import (
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/stats"
)

const slots = foldCount + 1 // the folds, and the requests that were searched

// slot is where a fold's sums are.
func slot(fold int) int {
	if fold == Searched {
		return foldCount
	}
	return fold
}

// An Evidence is what choosing needs to know of a task: sums per option and fold, from which the table without any one
// fold is made without looking at a request again. It does not depend on the order of the requests.
type Evidence struct {
	task     Task // without its columns
	requests int
	weight   float64 // Σw over the requests
	covered  int
	units    int
	searched bool
	graded   bool // some unit is of several requests, or some delta is neither −1, 0 nor 1
	coverage []float64
	kept     []bool
	base     [slots]base
	changes  [][slots]change // per option of the menu
	// without is what the evidence without a fold of the pilot is made of where that fold had a say in which requests are the
	// task's: by that fold, nil where none had.
	without []*Evidence
}

// A base is the sums over units that all options share.
type base struct{ n, w, w2 float64 }

func (b base) plus(o base) base { return base{b.n + o.n, b.w + o.w, b.w2 + o.w2} }

// A change is the sums over the units whose delta d under an option is not 0.
type change struct {
	gain, loss float64 // Σw·d of those that gain, Σw·|d| of those that lose
	squares    float64 // Σw·d²
	w, w2      float64
	nonzero    float64
}

func (c change) plus(o change) change {
	return change{c.gain + o.gain, c.loss + o.loss, c.squares + o.squares, c.w + o.w, c.w2 + o.w2, c.nonzero + o.nonzero}
}

// NewEvidence counts a task. The columns may be reused afterwards.
func NewEvidence(t *Task, m *Menu) (*Evidence, error) {
	if err := t.check(m); err != nil {
		return nil, err
	}
	coverage, kept, rows := t.covered()
	units, err := t.units(rows)
	if err != nil {
		return nil, err
	}
	e := &Evidence{
		task:     Task{Name: t.Name, Weight: t.Weight, Cost: t.Cost, Saving: t.Saving, Pinned: t.Pinned, Piloted: t.Piloted},
		requests: len(t.Fold), covered: len(rows), units: len(units),
		coverage: coverage, kept: kept, changes: make([][slots]change, len(m.Options)),
	}
	var weight eval.Fixed
	for i := range t.Fold {
		weight.Add(t.weight(i))
	}
	e.weight = weight.Float64()
	e.countBase(units)
	for j, deltas := range t.Delta {
		if kept[j] {
			e.countChanges(t, units, deltas, &e.changes[j])
		}
	}
	return e, nil
}

func (e *Evidence) countBase(units []unit) {
	var n [slots]int
	var w, w2 [slots]eval.Fixed
	for i := range units {
		s := slot(units[i].fold)
		n[s]++
		w[s].Add(units[i].w)
		w2[s].Add(units[i].w * units[i].w)
		e.searched = e.searched || units[i].fold == Searched
		e.graded = e.graded || len(units[i].rows) > 1
	}
	for s := range e.base {
		e.base[s] = base{float64(n[s]), w[s].Float64(), w2[s].Float64()}
	}
}

// countChanges sums exactly, whatever the order, and rounds once.
func (e *Evidence) countChanges(t *Task, units []unit, deltas []float64, out *[slots]change) {
	var sums [slots]struct {
		gain, loss, squares, w, w2 eval.Fixed
		nonzero                    int
	}
	for i := range units {
		u := &units[i]
		d := t.delta(u, deltas)
		if d == 0 {
			continue
		}
		s := &sums[slot(u.fold)]
		if d > 0 {
			s.gain.Add(u.w * d)
		} else {
			s.loss.Add(u.w * -d)
		}
		if d != 1 && d != -1 {
			e.graded = true
		}
		s.squares.Add(u.w * d * d)
		s.w.Add(u.w)
		s.w2.Add(u.w * u.w)
		s.nonzero++
	}
	for i := range sums {
		s := &sums[i]
		out[i] = change{s.gain.Float64(), s.loss.Float64(), s.squares.Float64(), s.w.Float64(), s.w2.Float64(), float64(s.nonzero)}
	}
}

// A sample is one option on some units of a task, as the tests of eval/stats take it: effective counts where weights differ.
type sample struct {
	graded bool
	pairs  stats.Pairs
	deltas stats.Deltas
}

func (e *Evidence) sample(b base, c change) sample {
	switch {
	case b.n == 0:
		return sample{graded: e.graded}
	case e.graded:
		d := stats.Deltas{N: b.n, Sum: c.gain - c.loss, SumSq: c.squares, Nonzero: int(c.nonzero)}
		if b.w2 != b.n || b.w != b.n { // else all weights are 1 and the sums are as they should be
			d = stats.WeightedDeltas(b.w, b.w2, c.gain-c.loss, c.squares, int(c.nonzero))
		}
		return sample{graded: true, deltas: d.WithGains(c.gain / b.w)}
	case b.w2 == b.n && b.w == b.n:
		return sample{pairs: stats.Pairs{N: b.n, B: c.gain, C: c.loss}}
	default:
		return sample{pairs: stats.WeightedPairs(b.w, b.w2, c.gain, c.loss).WithDiscordant(b.w, b.w2, c.w, c.w2)}
	}
}

func (s *sample) n() float64 {
	if s.graded {
		return s.deltas.N
	}
	return s.pairs.N
}

// delta is the mean delta, NaN without units.
func (s *sample) delta() float64 {
	if s.graded {
		return s.deltas.Sum / s.deltas.N
	}
	return (s.pairs.B - s.pairs.C) / s.pairs.N
}

// spread is Σd²: the number of discordant pairs where outcomes are right or wrong.
func (s *sample) spread() float64 {
	if s.graded {
		return s.deltas.SumSq
	}
	return s.pairs.B + s.pairs.C
}

func (s *sample) holds(t *stats.Tester) bool {
	if s.graded {
		return t.Deltas(s.deltas)
	}
	return t.Pairs(s.pairs)
}

func (s *sample) test(tolerance, alpha float64) stats.Noninferiority {
	if s.graded {
		return s.deltas.NonInferior(tolerance, alpha)
	}
	return s.pairs.NonInferior(tolerance, alpha)
}

// gainsAndLosses are Σmax(d, 0) and Σmax(−d, 0).
func (s *sample) gainsAndLosses() (gains, losses float64) {
	if s.graded {
		return s.deltas.Gains, max(s.deltas.Gains-s.deltas.Sum, 0)
	}
	return s.pairs.B, s.pairs.C
}
