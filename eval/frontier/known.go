package frontier

import (
	"math"
	"slices"
)

// A frame is what a chain's sums become differences of means by.
type frame struct {
	base    value // of what rows are compared with, over the same requests; 0: of nothing
	weights value // of the requests that costs and qualities are sums over
}

// Keep makes the options of the chain that was swept last known: from then on sweeps leave out what one of them beats, being cheaper
// and no worse, each compared with the base on the same requests. A task's chains together have the same options worth
// having as if each was swept alone, and are swept in a fraction of the time.
func (s *Sweeper) Keep() {
	if s.frame.weights.cost == 0 || s.frame.weights.quality == 0 {
		return
	}
	if len(s.known) == 0 {
		s.knownFrame = s.frame
	}
	for _, v := range s.swept {
		if v, ok := s.frame.in(s.knownFrame, v); ok {
			s.known = append(s.known, v)
		}
	}
	slices.SortFunc(s.known, compareValues)
	kept := s.known[:0]
	for _, v := range s.known {
		if len(kept) == 0 || v.quality > kept[len(kept)-1].quality {
			kept = append(kept, v)
		}
	}
	s.known = kept
}

// slack is what floats, of 53 bits, may lose of sums and their means, and more.
const slack = 1 << (sweepBits - 46)

// in returns the sums in frame g that differ from its base as v does in f from its own, but a little dearer and worse: by more
// than floats round, so that of what is equal to them nothing is beaten. False: they are out of all bounds.
func (f frame) in(g frame, v value) (value, bool) {
	if f == g { // equal qualities are so to the last bit
		return value{v.cost + slack, v.quality}, true
	}
	cost, ok := reframed(v.cost, f.base.cost, g.base.cost, f.weights.cost, g.weights.cost, 1)
	quality, alsoOK := reframed(v.quality, f.base.quality, g.base.quality, f.weights.quality, g.weights.quality, -1)
	return value{cost, quality}, ok && alsoOK
}

// reframed moves one sum, and then so many margins.
func reframed(sum, fromBase, toBase, from, to int64, margins float64) (int64, bool) {
	scale := float64(to) / float64(from)
	x := float64(toBase) + float64(sum-fromBase)*scale + margins*slack*(1+scale)
	return int64(x), math.Abs(x) < 1<<(sweepBits+1)
}
