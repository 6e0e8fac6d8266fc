package frontier

import (
	"math"
	"math/bits"
	"slices"
)

// A front collects combinations and keeps those that no other one dominates.
type front struct {
	from   int64
	least  int64 // the best quality that is known for less than from
	shift  int
	ranges []costs
	noted  int // tops since it was last looked

	sorted, fresh []cell // the front of what was added, and what was added since
	merged        []cell
}

// A costs is a range of costs.
type costs struct {
	below int64 // the best quality for less, when it was last looked
	top   value // of the best quality within
}

type cell struct {
	value
	at [maxTiers - 1]int32 // thresholds by dimension
}

// newFront is for costs in a range, of some requests: the more there are, the more combinations are worth having.
func newFront(from, to int64, requests int) *front {
	ranges := 1 << min(max(bits.Len(uint(requests)), 12), 16)
	f := &front{from: from, least: math.MinInt64, ranges: make([]costs, ranges), fresh: make([]cell, 0, ranges)}
	for (to-from)>>f.shift >= int64(ranges) {
		f.shift++
	}
	for i := range f.ranges {
		f.ranges[i].top.quality = math.MinInt64
	}
	f.look()
	return f
}

// dominates reports whether something cheaper is at least as good, as far as it sees at a glance.
func (f *front) dominates(v value) bool {
	return f.ranges[(v.cost-f.from)>>f.shift].below >= v.quality
}

// note lets the front know of a combination, to pass over others by it. It has to be added all the same.
func (f *front) note(v value) {
	top := &f.ranges[(v.cost-f.from)>>f.shift].top
	if v.quality > top.quality || v.quality == top.quality && v.cost < top.cost {
		*top = v
		if f.noted++; f.noted == len(f.ranges) {
			f.look()
		}
	}
}

// know passes over others by something else than its combinations.
func (f *front) know(v value) {
	switch {
	case v.cost < f.from:
		f.least = max(f.least, v.quality)
	case (v.cost-f.from)>>f.shift < int64(len(f.ranges)):
		f.note(v)
	}
}

// look finds out what is best below each range of costs.
func (f *front) look() {
	best := f.least
	for i := range f.ranges {
		f.ranges[i].below = best
		best = max(best, f.ranges[i].top.quality)
	}
	f.noted = 0
}

func (f *front) add(v value, at [maxTiers - 1]int32) {
	r := &f.ranges[(v.cost-f.from)>>f.shift]
	if r.below >= v.quality || r.top.quality >= v.quality && r.top.cost <= v.cost && r.top != v {
		return
	}
	f.note(v)
	f.fresh = append(f.fresh, cell{v, at})
	if len(f.fresh) == cap(f.fresh) {
		f.pareto()
	}
}

// pareto returns the front by rising cost; of equal combinations, the one of lowest thresholds.
func (f *front) pareto() []cell {
	slices.SortFunc(f.fresh, compareCells)
	f.merged = f.merged[:0]
	old, fresh := f.sorted, f.fresh
	best := int64(math.MinInt64)
	for len(old) > 0 || len(fresh) > 0 {
		var c cell
		if len(fresh) == 0 || len(old) > 0 && compareCells(old[0], fresh[0]) <= 0 {
			c, old = old[0], old[1:]
		} else {
			c, fresh = fresh[0], fresh[1:]
		}
		if c.quality > best {
			best = c.quality
			f.merged = append(f.merged, c)
		}
	}
	f.sorted, f.merged, f.fresh = f.merged, f.sorted, f.fresh[:0]
	return f.sorted
}

func compareCells(a, b cell) int {
	if c := compareValues(a.value, b.value); c != 0 {
		return c
	}
	return slices.Compare(a.at[:], b.at[:])
}
