package tune

import (
	"math"
	"slices"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/frontier"
	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/accept"
	"github.com/tierwise/tierwise/routing/llm"
)

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
