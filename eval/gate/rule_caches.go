package gate

import (
	"fmt"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/stats"
)

// wantsCaches reports whether a section has a rule about caches.
func (s *Section) wantsCaches() bool { return s != nil && s.Rule(MaxFalseHits) != nil }

// WantsCaches reports whether the policy has a rule that takes a replay of the config's caches: Input.Caches.
func (p *Policy) WantsCaches() bool { return p.VsBaseline.wantsCaches() || p.VsMain.wantsCaches() }

// falseHits judges the share of semantic hits that nothing proves right, at the section's confidence: it passes if the exact
// upper bound (Clopper and Pearson 1934) is within the limit, and fails if the lower one is beyond.
func (j *judge) falseHits(s *Section, rule *Rule) Entry {
	e := j.entry(s, rule, "", eval.Unknown, 0)
	e.place(j.Config, j.place("cache.semantic"))
	unclear := func(format string, args ...any) Entry {
		e.Outcome, e.Command, e.Message = Unclear, j.CheckCommand, fmt.Sprintf(format, args...)
		return e
	}
	switch {
	case j.Config.Cache.Semantic == nil:
		e.MeasuredText, e.Message = "no cache", "there is no semantic cache"
		return e
	case j.CachesOff != "":
		return unclear("caches cannot be replayed on this traffic: %s; all requests need a time, and the same weight", j.CachesOff)
	case j.Caches == nil:
		return unclear("false hits are counted on traffic: name some with -d")
	}
	h := &j.Caches.Semantic
	e.N, e.Measured, e.MeasuredText = h.Hits, h.FalseRate, percent(h.FalseRate)
	if h.Hits == 0 {
		return unclear("no request of %s hits the semantic cache, so nothing tells how often it is wrong", number(j.Caches.Requests))
	}
	alpha, n, k := s.Alpha(), float64(h.Hits), float64(h.False)
	upper, lower := eval.Number(stats.UpperShare(k, n, alpha)), eval.Number(1-stats.UpperShare(n-k, n, alpha))
	e.Bound = upper
	e.MeasuredText += " (≤ " + percent(upper) + ")"
	e.Message = fmt.Sprintf("%s of %s semantic hits are false, at most %s", number(h.False), number(h.Hits), percent(upper))
	if h.Unproven > 0 {
		e.Message += fmt.Sprintf("; of %s neither group nor expected tells", number(h.Unproven))
	}
	switch {
	case float64(upper) <= rule.Limit:
	case float64(lower) > rule.Limit:
		e.exceeds(true)
	default:
		need := stats.FloorLabels(rule.Limit, alpha)
		return unclear("%s: it takes %s hits without a false one, or a tighter min_similarity", e.Message, number(int64(need)))
	}
	return e
}
