package frontier

import (
	"errors"
	"math"
)

// Nodes is how many partial tables [Table.AtBudget] and [Table.AtQuality] look at by default before they give up the proof.
const Nodes = 4_000_000

// A Choice is a whole table.
type Choice struct {
	Options       []int   // per task, index of its option
	Cost, Quality float64 // USD per request and mean quality over all traffic
	// Reached is false if no table is within the budget, or good enough: this is then the cheapest, or the best.
	Reached bool
	// Exact: no table is better. Else the limit of nodes was hit, and none is better than Bound: a quality for AtBudget, a
	// cost for AtQuality. Gap is how far this table is from it, at least 0 and in the same unit.
	Exact      bool
	Bound, Gap float64
	Nodes      int // partial tables looked at
}

// AtBudget returns the best table that costs at most so many USD per request, exactly (not only of the hull), if nodes
// partial tables suffice for the proof; 0: [Nodes].
func (t *Table) AtBudget(usd float64, nodes int) (*Choice, error) {
	if usd != usd {
		return nil, errors.New("the budget is no number")
	}
	budget := bounded(usd*float64(t.cost)) + t.roundings()
	s := t.solve(t.classes, budget, nodes)
	c := t.choice(s, t.quality.float(s.bound))
	c.Gap = max(0, c.Bound-c.Quality)
	return c, nil
}

// AtQuality returns the cheapest table of at least that mean quality, as AtBudget does.
func (t *Table) AtQuality(least float64, nodes int) (*Choice, error) {
	if least != least {
		return nil, errors.New("the quality is no number")
	}
	var best, dearest int64
	for _, class := range t.classes {
		best += class[len(class)-1].gain
		dearest += class[len(class)-1].cost
	}
	s := t.solve(t.inverse(), bounded(float64(best)-math.Ceil(least*float64(t.quality)))+t.roundings(), nodes)
	c := t.choice(s, t.cost.float(dearest-s.bound))
	c.Gap = max(0, c.Cost-c.Bound)
	return c, nil
}

// roundings is how far the roundings of all tasks may move a sum.
func (t *Table) roundings() int64 { return int64(len(t.classes)/2 + 1) }

// bounded rounds down, within what sums of a table can come to, and beyond them.
func bounded(x float64) int64 {
	const beyond = 1 << (tableBits + 2)
	return int64(math.Floor(min(max(x, -beyond), beyond)))
}

func (t *Table) choice(s *solution, bound float64) *Choice {
	c := &Choice{Options: make([]int, len(t.classes)), Reached: s.reached, Exact: s.exact, Bound: bound, Nodes: s.nodes}
	var cost, quality int64
	for i, o := range s.options {
		c.Options[i] = int(o)
		for _, it := range t.classes[i] {
			if it.option == o {
				cost += it.cost
				quality += it.gain
			}
		}
	}
	c.Cost, c.Quality = t.cost.float(cost), t.quality.float(quality)
	return c
}
