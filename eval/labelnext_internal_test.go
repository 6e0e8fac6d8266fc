package eval

import (
	"math"
	"testing"
)

// Labels are spread so that the variance shrinks by the factor, with n ∝ W·σ where there are more than before.
func TestAllocate(t *testing.T) {
	part := func(name string, rows, n, lost int64) taskPartial {
		p := &Partial{}
		p.Rows.addUnits(rows)
		p.Covered.addUnits(n)
		p.Changed.addUnits(n)
		p.Pairs[1].addUnits(lost)
		p.Pairs[3].addUnits(n - lost)
		return newTaskPartial(name, p, false)
	}
	base := part("base", 5000, 10, 0)
	base.p.Changed = Count{}
	base = newTaskPartial("base", base.p, true)
	m := &mixture{strata: []taskPartial{part("a", 1000, 100, 4), part("b", 3000, 100, 10), part("full", 100, 2000, 0), base}}
	const factor = 4
	got := m.allocate(factor)
	variance := func(more map[string]int64) (sum float64, level map[string]float64) {
		level = map[string]float64{}
		for _, p := range m.strata[:3] {
			n := float64(p.p.Covered.N)
			spread := p.p.Rows.Weight() * math.Sqrt((float64(p.p.Pairs[1].N)+0.5)/(n+1))
			n += float64(more[p.task])
			sum += spread * spread / n
			level[p.task] = n / spread
		}
		return sum, level
	}
	before, _ := variance(nil)
	after, level := variance(got)
	if ratio := before / after; ratio < factor || ratio > factor*1.01 {
		t.Errorf("%v shrink the variance by %v, want %v", got, ratio, factor)
	}
	if r := level["a"] / level["b"]; math.Abs(r-1) > 0.01 {
		t.Errorf("%v: n/(W·σ) differ by %v", got, r)
	}
	if len(got) != 2 {
		t.Errorf("%v: want labels of a and b, for full has enough and base cannot change", got)
	}
	proportional := 0.0
	for _, p := range m.strata {
		proportional += (factor - 1) * float64(p.p.Covered.N)
	}
	if total := float64(got["a"] + got["b"]); total > proportional {
		t.Errorf("%v labels, %v would do in the proportions there are", total, proportional)
	}
}
