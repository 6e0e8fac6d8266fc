package eval

import (
	"math"
	"slices"

	"github.com/tierwise/tierwise/eval/stats"
)

const (
	carried   = 0.98 // share of the answers that must carry a signal for a check to be drafted on it
	minJudged = 30   // labels below which nothing is said of a task
	jsonTask  = 0.95 // share of the baseline's responses that are JSON from which on the others' should be
)

// task drafts the line of a task. A cheaper tier that holds alone goes first, guarded by checks of form. Where none does but
// the answers carry a graded signal, a chain starts strictly: it accepts about half as many answers as were right. Else the
// task stays on the baseline.
func (d *Draft) task(x *Inspection, t *InspectedTask) DraftTask {
	out := DraftTask{Name: t.Task, InspectedTask: t}
	if out.Name == "" {
		out.Name = "all"
	}
	base := t.model(x.Baseline)
	rungs := d.rungs(x, t)
	all := d.Tiers[len(d.Tiers)-1].Tier
	for _, tier := range d.Tiers {
		if tier.Model == x.Baseline {
			all = tier.Tier
		}
	}
	out.Alone = slices.Clone(rungs)
	if base != nil {
		out.Alone = append(out.Alone, DraftAlone{all, base})
	}
	first, check := -1, DraftCheck{}
	out.Reason = "no cheaper tier is known to do as well"
	if i := slices.IndexFunc(rungs, func(r DraftAlone) bool { return r.holds(base) }); i >= 0 {
		first, out.Reason = i, rungs[i].Tier+" holds alone"
	} else if i, c := start(rungs, base); i >= 0 {
		first, check = i, c
		out.Reason = "no cheaper tier holds alone: " + c.Check + " lets through about half as many answers as were right"
	}
	if first >= 0 {
		for _, r := range rungs[first:] {
			out.Chain = append(out.Chain, r.Tier)
		}
		out.Accept = guards(rungs[first:], base)
		if check.Check != "" {
			out.Accept = append(out.Accept, check)
		}
	}
	out.Chain = append(out.Chain, all)
	if first != 0 && len(rungs) > 0 {
		for _, r := range rungs {
			out.Longer = append(out.Longer, r.Tier)
		}
		out.Longer = append(out.Longer, all)
	}
	return out
}

// holds reports whether the tier alone holds within the task tolerance and is not known to cost more than the baseline.
func (r *DraftAlone) holds(base *TaskModel) bool {
	return r.Verdict == string(stats.Holds) && !(base != nil && r.CostPer1000 > base.CostPer1000)
}

// rungs are the tiers below the baseline that were judged on the task, cheapest first.
func (d *Draft) rungs(x *Inspection, t *InspectedTask) []DraftAlone {
	var out []DraftAlone
	for _, tier := range d.Tiers {
		if tier.Model == x.Baseline {
			break
		}
		if o := t.model(tier.Model); o != nil && o.Coverage >= minCoverage && o.Judged >= minJudged {
			out = append(out, DraftAlone{tier.Tier, o})
		}
	}
	return out
}

// start finds the tier that a chain with a graded check saves most from, and the check; −1 if no chain saves anything or the
// answers carry no graded signal.
func start(rungs []DraftAlone, base *TaskModel) (first int, check DraftCheck) {
	first, most := -1, 0.0
	for i, r := range rungs {
		if base == nil || r.Quality < 0.5 {
			continue
		}
		c, ok := gradedCheck(rungs[i:])
		if s := perfectSaving(&r.Observed, &base.Observed); ok && s > most {
			first, most, check = i, s, c
		}
	}
	return first, check
}

// gradedCheck returns a check on a signal that the answers of all tiers carry: the log-probability, which is free, rather
// than the self-check, which is a call.
func gradedCheck(rungs []DraftAlone) (DraftCheck, bool) {
	for _, s := range []struct {
		check string
		share func(*Observed) Number
		min   func(*Observed, float64) float64
	}{
		{"logprob_mean", func(o *Observed) Number { return o.Signals.LogprobMean }, func(o *Observed, passes float64) float64 {
			return -quantile(&o.logprobs, passes)
		}},
		{"self_check", func(o *Observed) Number { return o.Signals.SelfCheck }, func(o *Observed, passes float64) float64 {
			return 1 - quantile(&o.selfChecks, passes)
		}},
	} {
		c := DraftCheck{Check: s.check}
		for _, r := range rungs {
			passes := float64(r.Quality) / 2
			if least := s.min(&r.Observed, passes); s.share(&r.Observed) >= carried && !math.IsNaN(least) {
				c.Min = append(c.Min, DraftMin{r.Tier, roundTo(least, 2), passes})
			}
		}
		if len(c.Min) == len(rungs) {
			return c, true
		}
	}
	return DraftCheck{}, false
}

// quantile returns the number below which the share of a histogram lies, NaN if there is none.
func quantile(h *Histogram, share float64) float64 {
	if q := h.quantiles(share); q != nil {
		return q[0]
	}
	return nan
}

// guards are the checks of form that the answers of all tiers let a replay make.
func guards(rungs []DraftAlone, base *TaskModel) []DraftCheck {
	all := func(share func(*Signals) Number) bool {
		return !slices.ContainsFunc(rungs, func(r DraftAlone) bool { return !(share(&r.Signals) >= carried) })
	}
	var out []DraftCheck
	if all(func(s *Signals) Number { return s.FinishReason }) {
		out = append(out, DraftCheck{Check: "finish"})
	}
	if base != nil && base.Signals.JSON >= jsonTask && all(func(s *Signals) Number { return s.Response }) {
		out = append(out, DraftCheck{Check: "json"})
	}
	return out
}

// safest returns the task for requests that no layer is sure of: among those that stay on the baseline, else among all, the
// one on which the cheapest tier loses most.
func (d *Draft) safest() string {
	best, bestAlone, bestDelta := "", false, math.Inf(1)
	for i := range d.Tasks {
		t := &d.Tasks[i]
		alone, delta := len(t.Chain) == 1, math.Inf(1)
		if len(t.Alone) > 1 && t.Alone[0].Delta.Known() {
			delta = float64(t.Alone[0].Delta)
		}
		if best == "" || alone && !bestAlone || alone == bestAlone && delta < bestDelta {
			best, bestAlone, bestDelta = t.Name, alone, delta
		}
	}
	return best
}
