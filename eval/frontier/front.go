package frontier

import (
	"cmp"
	"math"
	"slices"
)

// A front collects combinations and keeps those that no other one dominates.
type front struct {
	from  int64
	shift int
	best  []int64 // per range of costs: the best quality below it, when it was last looked
	top   []value // per range of costs: of the best quality in it
	noted int     // tops since it was last looked
	cells []cell  // the front and what was added since it was last sorted
	next  int     // how many are sorted then
}

type cell struct {
	value
	at [maxTiers - 1]int32 // thresholds by dimension
}

const (
	costRanges = 1 << 12
	fewCells   = 1 << 13
)

func newFront(from, to int64) *front {
	f := &front{from: from, best: make([]int64, costRanges), top: make([]value, costRanges), next: fewCells}
	for (to-from)>>f.shift >= costRanges {
		f.shift++
	}
	for i := range f.top {
		f.top[i].quality = math.MinInt64
	}
	f.look()
	return f
}

// dominates reports whether something cheaper is at least as good, as far as it sees at a glance.
func (f *front) dominates(v value) bool { return f.best[(v.cost-f.from)>>f.shift] >= v.quality }

// note lets the front know of a combination, to pass over others by it. It has to be added all the same.
func (f *front) note(v value) {
	top := &f.top[(v.cost-f.from)>>f.shift]
	if v.quality > top.quality || v.quality == top.quality && v.cost < top.cost {
		*top = v
		if f.noted++; f.noted == costRanges {
			f.look()
		}
	}
}

// look finds out what is best below each range of costs.
func (f *front) look() {
	best := int64(math.MinInt64)
	for r := range f.best {
		f.best[r] = best
		best = max(best, f.top[r].quality)
	}
	f.noted = 0
}

func (f *front) add(v value, at [maxTiers - 1]int32) {
	r := (v.cost - f.from) >> f.shift
	if top := f.top[r]; f.best[r] >= v.quality || top.quality >= v.quality && top.cost <= v.cost && top != v {
		return
	}
	f.note(v)
	f.cells = append(f.cells, cell{v, at})
	if len(f.cells) >= f.next {
		f.next = max(fewCells, 2*len(f.pareto()))
	}
}

// pareto returns the front by rising cost; of equal combinations, the one of lowest thresholds.
func (f *front) pareto() []cell {
	slices.SortFunc(f.cells, func(a, b cell) int {
		return cmp.Or(cmp.Compare(a.cost, b.cost), cmp.Compare(b.quality, a.quality),
			cmp.Compare(a.at[0], b.at[0]), cmp.Compare(a.at[1], b.at[1]), cmp.Compare(a.at[2], b.at[2]))
	})
	kept := f.cells[:0]
	for _, c := range f.cells {
		if len(kept) == 0 || c.quality > kept[len(kept)-1].quality {
			kept = append(kept, c)
		}
	}
	f.cells = kept
	return kept
}
