package frontier

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Rows are the requests of one task, in columns: what each of several tiers did on them.
//
// They should be the requests that all chains can be judged on. A request without a known quality on some tier of a chain is
// not covered and not in the chain's mean quality; one without a known cost is not in its mean cost.
type Rows struct {
	Weight []float64 // per request, finite and at least 0; nil: all 1
	Tiers  []Tier    // in rising order of price
	// BaseCost and BaseQuality are what something did that chains are compared with: requests of which its quality is NaN
	// are not covered, those of which its cost is NaN are not priced. nil: there is no such thing.
	BaseCost, BaseQuality []float64
}

// A Tier is a model with an acceptance check. One model with several signals to sweep is several tiers of its name.
type Tier struct {
	Model   string    // a chain has each model once
	Cost    []float64 // USD per call, also of calls that failed; NaN: unknown
	Quality []float64 // of the answer; NaN: unknown
	// CheckCost is what checks of the answer cost, USD, where the tier is not the last of its chain; nil: nothing.
	CheckCost []float64
	// Signal is compared with the threshold: at least that much is accepted, NaN never. nil: the tier has no threshold, and
	// Gate alone accepts.
	Signal []float64
	Gate   []bool // whether the answer passes all other checks; nil: all do
	Call   []Call // nil: all answered
	// Unmeasured says that a check has no signal of the answer to compare, which nobody would accept and nobody knows: such
	// a request is neither covered nor priced, unless no later tier of the chain is left to ask. nil: none is.
	Unmeasured []bool
}

// A Call is how a tier's call came out. The constants are in the order of what the walk does.
type Call uint8

const (
	Answered Call = iota // the answer is accepted, or the next tier asked
	Failed               // the next tier is asked
	Skipped              // the request does not fit the tier: the next is asked, and this one costs nothing
	Aborted              // an error ended the walk, with quality 0
)

func (r *Rows) check() error {
	if len(r.Tiers) == 0 {
		return errors.New("there are no tiers")
	}
	n := len(r.Tiers[0].Cost)
	if r.Weight != nil && len(r.Weight) != n {
		return fmt.Errorf("%d weights for %d requests", len(r.Weight), n)
	}
	for i, w := range r.Weight {
		if !(w >= 0) || math.IsInf(w, 0) {
			return fmt.Errorf("request %d has the weight %v", i, w)
		}
	}
	if (r.BaseCost == nil) != (r.BaseQuality == nil) || r.BaseCost != nil && (len(r.BaseCost) != n || len(r.BaseQuality) != n) {
		return fmt.Errorf("%d costs and %d qualities to compare with for %d requests", len(r.BaseCost), len(r.BaseQuality), n)
	}
	for k := range r.Tiers {
		t := &r.Tiers[k]
		if len(t.Cost) != n || len(t.Quality) != n || t.Signal != nil && len(t.Signal) != n || t.Gate != nil && len(t.Gate) != n || t.Call != nil && len(t.Call) != n || t.CheckCost != nil && len(t.CheckCost) != n || t.Unmeasured != nil && len(t.Unmeasured) != n {
			return fmt.Errorf("tier %d (%s): its columns are not all of %d requests", k, t.Model, n)
		}
		for i, c := range t.Cost {
			if t.CheckCost != nil {
				c += t.CheckCost[i]
			}
			if c < 0 || math.IsInf(c, 0) || t.CheckCost != nil && t.CheckCost[i] < 0 || t.Cost[i] < 0 {
				return fmt.Errorf("tier %d (%s), request %d: cost %v", k, t.Model, i, c)
			}
			if q := t.Quality[i]; q < 0 || q > 1 {
				return fmt.Errorf("tier %d (%s), request %d: quality %v is outside [0, 1]", k, t.Model, i, q)
			}
		}
	}
	return nil
}

// maxTiers is how long a chain may be.
const maxTiers = 4

// Chains returns all chains of up to so many tiers, 4 at most, in rising order of price, no model twice: by first tier, a
// shorter chain before those that extend it. What a model accepts does not matter at the end of a chain, so of several
// tiers of one model only the first ends chains.
func (r *Rows) Chains(longest int) [][]int {
	sameModel := func(k int) func(int) bool {
		return func(c int) bool { return r.Tiers[c].Model == r.Tiers[k].Model }
	}
	var out [][]int
	var extend func(chain []int, from int)
	extend = func(chain []int, from int) {
		for k := from; k < len(r.Tiers) && len(chain) < min(longest, maxTiers); k++ {
			if slices.ContainsFunc(chain, sameModel(k)) {
				continue
			}
			next := append(slices.Clone(chain), k)
			if slices.IndexFunc(r.Tiers, func(t Tier) bool { return t.Model == r.Tiers[k].Model }) == k {
				out = append(out, next)
			}
			extend(next, k+1)
		}
	}
	extend(nil, 0)
	return out
}
