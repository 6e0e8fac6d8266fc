package tune

import (
	"context"
	"math"
	"slices"
	"strconv"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/frontier"
	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/accept"
	"github.com/tierwise/tierwise/routing/llm"
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
}

// A variant is a tier with what lets its answers pass.
type variant struct {
	floor  int
	scheme int  // see taskSweep.starts; −1: it is the last to be asked
	swept  bool // it has the signal of the scheme, and a threshold
	backed bool // the baseline stands behind it, for calls that fail
}

// An end is the variants of a tier that may be the last of a chain; −1: there is none.
type end struct{ alone, backed int }

// layOut makes the variants of all tiers that are judged on enough of the task's requests.
func (s *taskSweep) layOut(c *routing.Config) {
	s.failover = s.task.OnContentFilter == "failover" || s.task.OnContentFilter == "" && c.OnContentFilter == "failover"
	s.rows = frontier.Rows{Weight: s.columns.Weight, BaseCost: s.columns.BaseCost, BaseQuality: s.columns.BaseQuality}
	s.starts = make([][]int, len(s.checks)+1)
	for scheme := range s.starts {
		s.starts[scheme] = slices.Repeat([]int{-1}, len(s.floors))
	}
	s.ends = slices.Repeat([]end{{-1, -1}}, len(s.floors))
	for f := range s.floors {
		if !s.judged(f) {
			continue
		}
		for scheme := range s.starts {
			s.starts[scheme][f] = s.start(f, scheme)
		}
		alone := s.tier(f)
		s.ends[f].alone = s.add(alone, variant{floor: f, scheme: -1})
		if f != s.base {
			s.ends[f].backed = s.add(s.back(alone), variant{floor: f, scheme: -1, backed: true})
		}
	}
}

func (s *taskSweep) add(t frontier.Tier, v variant) int {
	s.rows.Tiers, s.variants = append(s.rows.Tiers, t), append(s.variants, v)
	return len(s.variants) - 1
}

// judged reports whether a tier has graded outcomes on enough of the requests that the baseline has one on.
func (s *taskSweep) judged(f int) bool {
	place := &s.columns.Places[s.floors[f].place]
	var graded, judged eval.Fixed
	for i, q := range s.columns.BaseQuality {
		if q != q {
			continue
		}
		graded.Add(s.columns.Weight[i])
		if c := place.Cause[i]; c == llm.OK && place.Quality[i] == place.Quality[i] || c != llm.OK && c != llm.Unrecorded || place.Misfit != nil && place.Misfit[i] {
			judged.Add(s.columns.Weight[i])
		}
	}
	return judged.Float64() >= minCoverage*graded.Float64()
}

// tier is a tier that takes every answer.
func (s *taskSweep) tier(f int) frontier.Tier {
	place := &s.columns.Places[s.floors[f].place]
	t := frontier.Tier{Model: s.floors[f].tier, Cost: place.Cost, Quality: place.Quality}
	for i, cause := range place.Cause {
		call := frontier.Answered
		switch {
		case place.Misfit != nil && place.Misfit[i]:
			call = frontier.Skipped
		case cause == llm.OK || cause == llm.Unrecorded: // the latter of unknown quality and cost
		case cause.Ends() && !(cause == llm.ContentFilter && s.failover):
			call = frontier.Aborted
		default:
			call = frontier.Failed
		}
		if t.Call == nil && call != frontier.Answered {
			t.Call = make([]frontier.Call, len(place.Cause))
		}
		if t.Call != nil {
			t.Call[i] = call
		}
	}
	return t
}

// back is a tier with the baseline behind it, which is asked where the tier gives no answer, as one.
func (s *taskSweep) back(t frontier.Tier) frontier.Tier {
	if t.Call == nil {
		return t
	}
	base := s.tier(s.base)
	out := frontier.Tier{Model: t.Model, Cost: slices.Clone(t.Cost), Quality: slices.Clone(t.Quality), Call: slices.Clone(t.Call)}
	for i, call := range t.Call {
		next := frontier.Answered
		if base.Call != nil {
			next = base.Call[i]
		}
		switch {
		case call == frontier.Skipped:
			out.Cost[i], out.Quality[i], out.Call[i] = base.Cost[i], base.Quality[i], next
		case call == frontier.Failed && next != frontier.Skipped:
			out.Cost[i], out.Quality[i], out.Call[i] = t.Cost[i]+base.Cost[i], base.Quality[i], next
		}
	}
	return out
}

// start adds the variant of a tier that asks on where a scheme says so; −1: it cannot.
func (s *taskSweep) start(f, scheme int) int {
	place := &s.columns.Places[s.floors[f].place]
	swept := scheme < len(s.checks) && graded(s.checks[scheme].Check) && s.carries(place, scheme)
	fixed := s.fixed(f, scheme)
	if scheme < len(s.checks) && !graded(s.checks[scheme].Check) || !swept && len(fixed) == 0 {
		return -1
	}
	t := s.tier(f)
	n := len(place.Cause)
	made := fixed
	if swept {
		t.Signal = place.Signals[scheme]
		made = append(slices.Clone(fixed), threshold{scheme, math.Inf(-1)})
	}
	t.Gate, t.Unmeasured = make([]bool, n), make([]bool, n)
	for i, cause := range place.Cause {
		passes := cause == llm.OK
		for _, c := range made {
			if cause != llm.OK {
				break
			}
			signal := place.Signals[c.signal][i]
			t.Unmeasured[i] = t.Unmeasured[i] || signal != signal
			if passes && s.checks[c.signal].Check == accept.SelfCheck.String() {
				if t.CheckCost == nil {
					t.CheckCost = make([]float64, n)
				}
				t.CheckCost[i] = place.SelfCheckCost[i]
			}
			passes = passes && (c.min <= signal || math.IsInf(c.min, -1))
		}
		t.Gate[i] = passes
	}
	return s.add(t, variant{floor: f, scheme: scheme, swept: swept})
}

// carries reports whether enough answers of a model carry a signal.
func (s *taskSweep) carries(p *eval.PlaceColumns, signal int) bool {
	answers, known := 0, 0
	for i, cause := range p.Cause {
		if cause == llm.OK {
			answers++
			if p.Signals[signal][i] == p.Signals[signal][i] {
				known++
			}
		}
	}
	return answers > 0 && float64(known) >= minSignal*float64(answers)
}

// A threshold is one of the task's own.
type threshold struct {
	signal int // of the columns
	min    float64
}

// fixed are the task's own thresholds at a tier, but that of what a scheme sweeps.
func (s *taskSweep) fixed(f, scheme int) (out []threshold) {
	for i := range s.task.Accept {
		a := &s.task.Accept[i]
		if scheme < len(s.checks) && a.Check == s.checks[scheme].Check {
			continue
		}
		if least, ok := thresholdAt(a, s.floors[f].tier); ok {
			out = append(out, threshold{signalOf(s.checks, a), least})
		}
	}
	return out
}

// thresholdAt is the threshold of a check at a tier that is not the last of its chain, false if it is not made there.
func thresholdAt(a *routing.Accept, tier string) (float64, bool) {
	switch {
	case a.Min != nil:
		return *a.Min, true
	case a.PerTier != nil:
		v, ok := a.PerTier[tier]
		return v, ok
	}
	return 1, true
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

// run sweeps all chains.
func (s *taskSweep) run(ctx context.Context, each func()) error {
	sweeper, err := frontier.NewSweeper(&s.rows, nil)
	if err != nil {
		return err
	}
	for _, chain := range s.chains {
		if err := ctx.Err(); err != nil {
			return err
		}
		sweep, err := sweeper.Sweep(chain)
		if err != nil {
			return err
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

// options are those of all chains that are judged on enough requests, on the scale of the baseline's cost and quality: chains
// are compared by what they differ from it on the same requests.
func (s *taskSweep) options(baseCost, baseQuality float64) (out []FrontierOption) {
	graded := 0
	for i, q := range s.rows.BaseQuality {
		if q == q && s.rows.Weight[i] > 0 {
			graded++
		}
	}
	for _, w := range s.sweeps {
		if w.Priced == 0 || float64(w.Covered) < minCoverage*float64(graded) {
			continue
		}
		for _, o := range w.Options {
			out = append(out, FrontierOption{
				Cost: max(0, baseCost+o.Cost-w.BaseCost), Quality: min(max(baseQuality+o.Quality-w.BaseQuality, 0), 1), Exact: w.Exact,
				swept: frontier.ChainOption{Chain: w.Chain, Thresholds: o, Exact: w.Exact},
			})
		}
	}
	return out
}

// way is an option as the task has it in its config.
func (s *taskSweep) way(o *frontier.ChainOption) Way {
	w := Way{Option: -1}
	scheme := len(s.checks)
	plain := true // every tier but the last is put to the task's own checks
	for _, k := range o.Chain {
		v := &s.variants[k]
		w.Chain = append(w.Chain, s.floors[v.floor].tier)
		if v.backed {
			w.Chain = append(w.Chain, s.floors[s.base].tier)
			plain = false
		}
		if v.scheme >= 0 {
			scheme = v.scheme
		}
	}
	starts := o.Chain[:len(o.Chain)-1]
	for i := range s.task.Accept {
		a := s.task.Accept[i]
		if scheme < len(s.checks) && a.Check == s.checks[scheme].Check || len(starts) == 0 && !(plain && a.PerTier == nil) {
			continue
		}
		if !plain || a.PerTier != nil {
			own := map[string]float64{}
			for _, k := range starts {
				tier := s.floors[s.variants[k].floor].tier
				if least, ok := thresholdAt(&a, tier); ok {
					own[tier] = least
				}
			}
			if a.Min, a.PerTier = nil, own; len(own) == 0 {
				continue
			}
		}
		w.Accept, w.Checks = append(w.Accept, a), len(starts) > 0
	}
	if scheme == len(s.checks) {
		return w
	}
	check := s.checks[scheme]
	check.Min, check.PerTier = nil, map[string]float64{}
	w.Signal = check.Check
	for at, k := range starts {
		if v := &s.variants[k]; v.swept {
			place := &s.columns.Places[s.floors[v.floor].place]
			below, passing := s.around(place, scheme, o.Min[at])
			check.PerTier[s.floors[v.floor].tier] = readable(below, o.Min[at])
			w.Shares = append(w.Shares, passing)
		}
	}
	w.Accept = append(w.Accept, check)
	return w
}

// around returns the next lower signal below a threshold among a model's answers, and which share of those with a signal passes it.
func (s *taskSweep) around(p *eval.PlaceColumns, signal int, at float64) (below, passing float64) {
	below = math.Inf(-1)
	var passed, total eval.Fixed
	for i, v := range p.Signals[signal] {
		if p.Cause[i] != llm.OK || v != v {
			continue
		}
		total.Add(s.columns.Weight[i])
		if v >= at {
			passed.Add(s.columns.Weight[i])
		} else {
			below = max(below, v)
		}
	}
	return below, passed.Float64() / total.Float64()
}

// readable returns the number of fewest digits above below and up to at: a threshold there decides as at does.
func readable(below, at float64) float64 {
	if at == 0 || math.IsInf(at, 0) {
		return at
	}
	for digits := range 15 {
		step := math.Pow(10, math.Floor(math.Log10(math.Abs(at)))-float64(digits))
		v, err := strconv.ParseFloat(strconv.FormatFloat(math.Floor(at/step)*step, 'g', digits+2, 64), 64)
		if err == nil && v > below && v <= at {
			return v
		}
	}
	return at
}
