package eval

import (
	"math"
	"slices"
	"strconv"

	"github.com/tierwise/tierwise/eval/stats"
)

const (
	carried   = 0.98 // share of the answers that must carry a signal for a check to be drafted on it
	minJudged = 30   // labels below which nothing is said of a tier
	draftLoss = 0.01 // what a task may lose, in hindsight, behind a graded check
	jsonTask  = 0.95 // share of the baseline's responses that are JSON from which on the others' should be
)

// task drafts the line of a task. The cheapest tier that holds alone goes first, before the dearer ones that do, guarded by
// checks of form. Where none does but the answers carry a graded signal that tells good from bad, a tier goes before the
// baseline behind a check of that. Else the task stays on the baseline, as it does in a
// blind draft.
func (d *Draft) task(x *Inspection, t *InspectedTask, blind bool) DraftTask {
	out := DraftTask{Name: t.Task, InspectedTask: t}
	if out.Name == "" {
		out.Name = "all"
	}
	base := t.model(x.Baseline)
	below := d.below(x, t)
	rungs := slices.DeleteFunc(slices.Clone(below), func(r DraftAlone) bool {
		return !(r.Coverage >= minCoverage) || r.Judged < minJudged
	})
	top := d.Tiers[slices.IndexFunc(d.Tiers, func(tier DraftTier) bool { return tier.Model == x.Baseline })].Tier
	out.Alone = slices.Clone(below)
	if base != nil {
		out.Alone = append(out.Alone, DraftAlone{top, base})
	}
	chain := slices.DeleteFunc(slices.Clone(rungs), func(r DraftAlone) bool { return !r.holds(base) })
	if blind {
		out.Chain = []string{top}
		if len(below) > 0 {
			out.Accept = guards(below, base)
		}
		return out
	}
	first, check := start(rungs, base)
	switch {
	case len(chain) > 0:
		out.Why, out.Accept = HoldsAlone, guards(chain, base)
	case first >= 0:
		chain = rungs[first : first+1]
		out.Why, out.Accept = BehindCheck, append(guards(chain, base), check)
	case len(rungs) == 0 && len(below) > 0:
		out.Why = TooFewLabels
	}
	out.Chain = append(tiersOf(chain), top)
	if longer := append(tiersOf(below), top); !slices.Equal(longer, out.Chain) {
		out.Longer = longer
	}
	return out
}

func tiersOf(rungs []DraftAlone) []string {
	var out []string
	for _, r := range rungs {
		out = append(out, r.Tier)
	}
	return out
}

// holds reports whether the tier alone holds within the task tolerance and is not known to cost more than the baseline.
func (r *DraftAlone) holds(base *TaskModel) bool {
	return r.Verdict == string(stats.Holds) && !(base != nil && r.CostPer1000 > base.CostPer1000)
}

// below are the tiers below the baseline that have outcomes on the task, cheapest first.
func (d *Draft) below(x *Inspection, t *InspectedTask) []DraftAlone {
	var out []DraftAlone
	for _, tier := range d.Tiers {
		if tier.Model == x.Baseline {
			break
		}
		if o := t.model(tier.Model); o != nil {
			out = append(out, DraftAlone{tier.Tier, o})
		}
	}
	return out
}

// start finds the tier that saves most before the baseline behind a graded check, and the check; −1 if none saves anything
// worth it, or the answers carry no graded signal.
func start(rungs []DraftAlone, base *TaskModel) (first int, check DraftCheck) {
	first, most := -1, 0.0
	for i := range rungs {
		if base == nil {
			break
		}
		r := &rungs[i]
		c, ok := gradedCheck(r)
		if !ok {
			continue
		}
		// An escalated request costs both: the saving is what is accepted of the baseline's bill, less the tier's own.
		saving := c.Min[0].Passes*float64(base.CostPer1000) - float64(r.CostPer1000)
		if saving > most && saving >= minGain*float64(base.CostPer1000) {
			first, most, check = i, saving, c
		}
	}
	return first, check
}

// gradedCheck returns a check with the loosest threshold at which the tier, with the baseline behind it, loses little on the
// labels: on the log-probability, which is free, rather than on the self-check, which is a call.
func gradedCheck(r *DraftAlone) (DraftCheck, bool) {
	for _, s := range []struct {
		check string
		share Number
		gains gains
		min   func(x float64) float64
	}{
		{"logprob_mean", r.Signals.LogprobMean, r.logprobs, func(x float64) float64 { return -x }},
		{"self_check", r.Signals.SelfCheck, r.selfChecks, func(x float64) float64 { return 1 - x }},
	} {
		if s.share < carried {
			continue
		}
		if x, passes, delta, ok := s.gains.loosest(draftLoss); ok {
			return DraftCheck{s.check, []DraftMin{{r.Tier, roundTo(s.min(x), 3), passes, delta}}}, true
		}
	}
	return DraftCheck{}, false
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

// addDefault adds a task for requests without one, on the baseline, and returns its name.
func (d *Draft) addDefault(x *Inspection) string {
	requests := &InspectedTask{}
	for i := range x.Tasks {
		if x.Tasks[i].Task == "" {
			requests = &x.Tasks[i]
		}
	}
	t := d.task(x, requests, true)
	t.Name = "other"
	for n := 2; slices.ContainsFunc(d.Tasks, func(o DraftTask) bool { return o.Name == t.Name }); n++ {
		t.Name = "other-" + strconv.Itoa(n)
	}
	d.Tasks = append(d.Tasks, t)
	return t.Name
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
