package eval

import (
	"cmp"
	"slices"
)

// A choice is something that one could do: its quality, relative to the baseline's, and what it saves.
type choice struct {
	delta, saving float64
	id            int // of a model
}

// A frontier is the choices that are worth mixing, from the one that saves most to the one of best quality: the upper
// concave hull of savings over quality. Between two neighbours lie their random mixes.
type frontier []choice

// newFrontier returns the frontier of some choices. Of equal ones the first counts.
func newFrontier(choices []choice) frontier {
	sorted := slices.Clone(choices)
	slices.SortStableFunc(sorted, func(a, b choice) int {
		return cmp.Or(cmp.Compare(b.saving, a.saving), cmp.Compare(b.delta, a.delta))
	})
	var f frontier
	for _, c := range sorted {
		if len(f) > 0 && c.delta <= f[len(f)-1].delta {
			continue // saves no more and is no better
		}
		for len(f) > 1 && loss(f[len(f)-2], f[len(f)-1]) >= loss(f[len(f)-2], c) {
			f = f[:len(f)-1]
		}
		f = append(f, c)
	}
	return f
}

// loss returns what quality costs between two choices, the second being the better one: savings lost per delta.
func loss(a, b choice) float64 { return (a.saving - b.saving) / (b.delta - a.delta) }

// A position is a place on a frontier: the choice at, and for a share of the requests the next better one.
type position struct {
	at    int
	share float64 // of the next
}

// deltaSlack is how far a delta may be missed: what rounding does to sums of the same requests.
const deltaSlack = 1e-12

// cheapest returns, for several frontiers whose deltas and savings add up, the positions of the greatest saving at which the
// delta is at least so much: the linear relaxation of the multiple-choice knapsack (Sinha and Zoltners 1979, Operations
// Research 27:503), solved by going up where quality costs least. At most one position is a mix. If the delta is not
// reached, all positions are at their best.
func cheapest(frontiers []frontier, delta float64) (positions []position, reached bool) {
	positions = make([]position, len(frontiers))
	sum := 0.0
	for _, f := range frontiers {
		sum += f[0].delta
	}
	for sum < delta-deltaSlack {
		best := -1
		for i, f := range frontiers {
			at := positions[i].at
			if at+1 == len(f) {
				continue
			}
			if best < 0 || loss(f[at], f[at+1]) < loss(frontiers[best][positions[best].at], frontiers[best][positions[best].at+1]) {
				best = i
			}
		}
		if best < 0 {
			return positions, false
		}
		f, p := frontiers[best], &positions[best]
		step := f[p.at+1].delta - f[p.at].delta
		if rest := delta - sum; rest < step-deltaSlack {
			p.share = rest / step
			return positions, true
		}
		p.at++
		sum += step
	}
	return positions, true
}

// value returns what a position on a frontier comes to.
func (f frontier) value(p position) (delta, saving float64) {
	c := f[p.at]
	delta, saving = c.delta, c.saving
	if p.share > 0 {
		next := f[p.at+1]
		delta += p.share * (next.delta - delta)
		saving += p.share * (next.saving - saving)
	}
	return delta, saving
}
