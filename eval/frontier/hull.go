package frontier

import (
	"cmp"
	"math/bits"
	"slices"
)

// A Hull is the concave frontier of whole tables, from the cheapest to the best: each of its tables is the best for its
// money, and between two neighbours lie their random mixes. Tables within may lie between two of its tables, below the
// line that joins them: see [Table.AtBudget].
type Hull struct {
	Options       []int // per task, of the cheapest table
	Cost, Quality float64
	Steps         []Step // upwards, where quality costs least first
}

// A Step changes one task's option.
type Step struct {
	Task, Option  int
	Cost, Quality float64 // of the whole table then
}

// Table returns the options per task after so many steps.
func (h *Hull) Table(steps int) []int {
	out := slices.Clone(h.Options)
	for _, s := range h.Steps[:steps] {
		out[s.Task] = s.Option
	}
	return out
}

// Hull returns the frontier of whole tables: the solutions of the linear relaxation of the multiple-choice knapsack (Sinha
// and Zoltners 1979, Operations Research 27:503) at which no task is mixed. It takes O(n log n) for n options in all.
func (t *Table) Hull() *Hull {
	out := &Hull{}
	var cost, quality int64
	for _, class := range t.classes {
		out.Options = append(out.Options, int(class[0].option))
		cost += class[0].cost
		quality += class[0].gain
	}
	out.Cost, out.Quality = t.cost.float(cost), t.quality.float(quality)
	for _, e := range edges(t.classes) {
		class := t.classes[e.class]
		cost += class[e.to].cost - class[e.from].cost
		quality += class[e.to].gain - class[e.from].gain
		out.Steps = append(out.Steps, Step{e.class, int(class[e.to].option), t.cost.float(cost), t.quality.float(quality)})
	}
	return out
}

// An edge is a step on the hull of a class.
type edge struct {
	class, from, to int
	slope           float64 // gain per cost
}

// edges returns the steps on the hulls of all classes, steepest first; those of one class are in their order.
func edges(classes [][]item) []edge {
	var out []edge
	for i, class := range classes {
		hull := concave(class)
		for k := 1; k < len(hull); k++ {
			out = append(out, edge{i, hull[k-1], hull[k], slope(class[hull[k-1]], class[hull[k]])})
		}
	}
	slices.SortStableFunc(out, func(a, b edge) int { return cmp.Compare(b.slope, a.slope) })
	return out
}

func slope(a, b item) float64 { return float64(b.gain-a.gain) / float64(b.cost-a.cost) }

// concave returns the items of a Pareto set, by rising cost, that lie on its upper hull.
func concave(class []item) []int {
	var hull []int
	for i := range class {
		for len(hull) > 1 && !steeper(class[hull[len(hull)-2]], class[hull[len(hull)-1]], class[i]) {
			hull = hull[:len(hull)-1]
		}
		hull = append(hull, i)
	}
	return hull
}

// steeper reports whether the slope from a to b is greater than that from b to c. Costs and gains rise from a to c.
func steeper(a, b, c item) bool {
	h1, l1 := bits.Mul64(uint64(b.gain-a.gain), uint64(c.cost-b.cost))
	h2, l2 := bits.Mul64(uint64(c.gain-b.gain), uint64(b.cost-a.cost))
	return h1 > h2 || h1 == h2 && l1 > l2
}
