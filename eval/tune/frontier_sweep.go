package tune

import (
	"cmp"
	"context"
	"slices"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/frontier"
	"github.com/tierwise/tierwise/routing"
)

// maxLongest is how many tiers the longest chains have that are swept, and mostChains how many chains a task may have before
// only shorter ones are.
const (
	maxLongest = 4
	mostChains = 1000
)

// A taskSweep sweeps the chains of one task.
type taskSweep struct {
	task     *routing.Task
	floors   []floor
	base     int // the baseline's floor
	columns  *eval.TrialColumns
	checks   []routing.Accept // of the columns' signals
	failover bool             // on_content_filter = "failover"

	rows     frontier.Rows
	variants []variant // of rows.Tiers
	// starts are the variants that may ask on, by scheme and floor; −1: there is none. A scheme is the check whose signal is
	// swept at each tier that has it, the last one none: the task's own checks alone.
	starts [][]int
	ends   []end // by floor

	chains [][]int
	sweeps []*frontier.Sweep
	kept   []FrontierOption // their costs and qualities less the baseline's
}

// longest is how long the longest chains may be, so that there are not too many.
func (s *taskSweep) longest() int {
	longest := maxLongest
	for longest > 2 && len(s.chainsUpTo(longest)) > mostChains {
		longest--
	}
	return longest
}

// chainsUpTo returns the chains of up to so many tiers in rising order of price, the baseline that stands behind the last not
// counted.
func (s *taskSweep) chainsUpTo(longest int) (out [][]int) {
	for f := range s.floors {
		if last := s.last(f, false); last >= 0 {
			out = append(out, []int{last})
		}
	}
	for scheme := range s.starts {
		var extend func(chain []int, from int, swept, based bool)
		extend = func(chain []int, from int, swept, based bool) {
			for f := from; f < len(s.floors); f++ {
				if last := s.last(f, based); last >= 0 && (swept || len(chain) > 0 && scheme == len(s.checks)) {
					out = append(out, append(slices.Clone(chain), last))
				}
				if k := s.starts[scheme][f]; k >= 0 && len(chain) < longest-1 {
					extend(append(slices.Clone(chain), k), f+1, swept || s.variants[k].swept, based || f == s.base)
				}
			}
		}
		extend(nil, 0, false, false)
	}
	return out
}

// last is the variant of a tier that ends a chain, with the baseline behind it unless that was asked before; −1: there is none.
func (s *taskSweep) last(f int, based bool) int {
	if f == s.base || based {
		return s.ends[f].alone
	}
	return s.ends[f].backed
}

// run sweeps all chains. Those that are judged on enough requests beat options of others; the longest come first, as their
// quantiles beat most.
func (s *taskSweep) run(ctx context.Context, each func()) error {
	sweeper, err := frontier.NewSweeper(&s.rows, nil)
	if err != nil {
		return err
	}
	graded := s.graded()
	chains := slices.Clone(s.chains)
	slices.SortStableFunc(chains, func(a, b []int) int { return cmp.Compare(len(b), len(a)) })
	for _, chain := range chains {
		if err := ctx.Err(); err != nil {
			return err
		}
		sweep, err := sweeper.Sweep(chain)
		if err != nil {
			return err
		}
		if enough(sweep, graded) {
			sweeper.Keep()
		}
		s.sweeps = append(s.sweeps, sweep)
		each()
	}
	return nil
}

func (s *taskSweep) exact() bool {
	return !slices.ContainsFunc(s.sweeps, func(w *frontier.Sweep) bool { return !w.Exact })
}

func (s *taskSweep) combinations() (sum float64) {
	for _, w := range s.sweeps {
		sum += w.Combinations
	}
	return sum
}

// graded counts the requests on which chains are compared with the baseline.
func (s *taskSweep) graded() (n int) {
	for i, q := range s.rows.BaseQuality {
		if q == q && s.rows.Weight[i] > 0 {
			n++
		}
	}
	return n
}

// enough reports whether a chain is judged on enough requests to be compared with others.
func enough(w *frontier.Sweep, graded int) bool {
	return w.Priced > 0 && float64(w.Covered) >= minCoverage*float64(graded)
}

// settle keeps, of the options of all chains that are judged on enough requests, those that are worth having, and lets go of the
// others: there are many. Chains are compared by what they differ from the baseline on the same requests.
func (s *taskSweep) settle() {
	graded := s.graded()
	var all []FrontierOption
	for _, w := range s.sweeps {
		if enough(w, graded) {
			for _, o := range w.Options {
				all = append(all, FrontierOption{
					Cost: o.Cost - w.BaseCost, Quality: o.Quality - w.BaseQuality, Exact: w.Exact,
					swept: frontier.ChainOption{Chain: w.Chain, Thresholds: o, Exact: w.Exact},
				})
			}
		}
		w.Options = nil
	}
	s.kept = worthHaving(all)
	for i := range s.kept { // of arrays that the options of whole sweeps share
		s.kept[i].swept.Min = slices.Clone(s.kept[i].swept.Min)
	}
}

// found are the options that are worth having, on the scale of the baseline's cost and quality.
func (s *taskSweep) found(baseCost, baseQuality float64) []FrontierOption {
	out := slices.Clone(s.kept)
	for i := range out {
		out[i].Cost = max(0, baseCost+out[i].Cost)
		out[i].Quality = min(max(baseQuality+out[i].Quality, 0), 1)
	}
	return out
}
