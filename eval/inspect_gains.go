package eval

import (
	"maps"
	"math"
	"slices"
)

// gains say what accepting a model's answers gains against the baseline, by how doubtful the answers are: a number that is 0
// for the surest. The keys are the bins of a Histogram.
type gains map[int32]gain

// A gain adds up answers: their weights and Σw·delta.
type gain struct {
	answers Count
	delta   Fixed
}

func addGain(a, b gain) gain {
	a.answers.merge(&b.answers)
	a.delta.AddFixed(b.delta)
	return a
}

// add adds an answer and returns g, made if it was nil. Doubts that are unknown or out of range are left out.
func (g gains) add(doubt, w, delta float64) gains {
	if !(doubt >= 0) || math.IsInf(doubt, 1) {
		return g
	}
	if g == nil {
		g = gains{}
	}
	b := int32(bin(doubt))
	x := g[b]
	x.answers.add(w)
	x.delta.Add(w * delta)
	g[b] = x
	return g
}

// loosest returns the largest doubt up to which answers can be accepted, the others being the baseline's, at a loss of at
// most so much over all; with the share of answers that it accepts and the delta. It is not ok if there is none.
func (g gains) loosest(loss float64) (doubt, accepts, delta float64, ok bool) {
	var total gain
	for _, x := range g {
		total = addGain(total, x)
	}
	all := total.answers.Weight()
	var sum gain
	for _, b := range slices.Sorted(maps.Keys(g)) {
		sum = addGain(sum, g[b])
		if d := sum.delta.Float64() / all; d >= -loss {
			doubt, accepts, delta, ok = binUpper(int(b)), sum.answers.Weight()/all, d, true
		}
	}
	return doubt, accepts, delta, ok
}

// binUpper returns the upper edge of a bin.
func binUpper(b int) float64 { return math.Float64frombits(uint64(b+1) << binShift) }
