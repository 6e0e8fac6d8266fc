package frontier

import (
	"cmp"
	"slices"
)

// A ChainOption is an option of a task: a chain with its thresholds.
type ChainOption struct {
	Chain []int // tiers
	Thresholds
	Exact bool // all combinations of its chain were tried
}

// Best returns the options worth having among those of several chains, by rising cost and quality. Of equal ones the chain
// of fewer tiers counts, then the one that comes first. The sweeps must be of the same rows, and should be of chains that cover and price the
// same requests: means over different requests are not compared like with like.
func Best(sweeps ...*Sweep) []ChainOption {
	var all []ChainOption
	for _, s := range sweeps {
		for _, o := range s.Options {
			if o.Cost == o.Cost && o.Quality == o.Quality {
				all = append(all, ChainOption{s.Chain, o, s.Exact})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b ChainOption) int {
		return cmp.Or(cmp.Compare(a.Cost, b.Cost), cmp.Compare(b.Quality, a.Quality), cmp.Compare(len(a.Chain), len(b.Chain)))
	})
	kept := all[:0]
	for _, o := range all {
		if len(kept) == 0 || o.Quality > kept[len(kept)-1].Quality {
			kept = append(kept, o)
		}
	}
	return slices.Clip(kept)
}
