package reports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/eval/tune"
)

// wholeWants says how many labels would tell of the whole where it is inconclusive.
func (t *Tuning) wholeWants() []string {
	wants, all, lacking := t.WholeWants(), 0, 0
	var parts []string
	for k, n := range wants {
		if n == 0 {
			continue
		}
		all += n
		lacking += max(n-(int(t.Tried[k].Requests)-len(t.Tried[k].Labeled)), 0)
		parts = append(parts, t.Tasks[k].Task+" "+count(int64(n)))
	}
	if all == 0 {
		return nil
	}
	line := fmt.Sprintf("About %s more labels would probably tell: %s", count(int64(all)), strings.Join(parts, ", "))
	switch {
	case lacking == all:
		line += "; all requests have theirs: collect more traffic"
	case lacking > 0:
		line += fmt.Sprintf("; for %s of them there is no request: collect more traffic", count(int64(lacking)))
	}
	return wrap(line + ".")
}

// within says what the bounds of the ladder promise.
func (t *Tuning) within() string {
	each := "Each is"
	if slices.ContainsFunc(t.Tasks, func(r tune.TaskResult) bool { return r.Option >= 0 && r.Pinned }) {
		each = "Each that is not pinned is"
	}
	return fmt.Sprintf("%s within %s on the labels that certified it, n of them%s; the pilot's, which only chose, are not among them. No bound is above what so many labels would prove if none were lost.",
		each, points(t.Tables[t.Table].TaskTolerance), t.counted())
}

// counted says what n counts where that is not labels.
func (t *Tuning) counted() string {
	grouped := slices.ContainsFunc(t.Tasks, func(r tune.TaskResult) bool { return r.Units < r.Requests })
	switch {
	case grouped && t.Weighted:
		return " (by groups, and as many as their unequal weights make them worth)"
	case grouped:
		return " (by groups: requests of one group are one)"
	case t.Weighted:
		return " (as many as their unequal weights make them worth)"
	}
	return ""
}

// noOption says why there is nothing that a task could be moved to.
func (t *Tuning) noOption(k int) string {
	task, tried := &t.Tasks[k], &t.Tried[k]
	switch {
	case slices.Contains(t.Pinned, task.Task):
		return "pinned to the baseline"
	case len(t.Ways[k]) > 0 && len(t.Barred[k]) > 0:
		return fmt.Sprintf("the limits rule out %s of %s", many(int64(len(t.Barred[k])), "option"), count(int64(len(t.Ways[k]))))
	case tried.BaseCost == 0:
		return "the baseline costs nothing here: there is nothing to save"
	case len(t.Ways[k]) > 0:
		return "nothing cheaper is judged on enough of its requests"
	case len(t.Excluded) > 0:
		return "no cheaper tier is left: excluded are " + strings.Join(t.Excluded, ", ")
	}
	return "no cheaper tier: it is what the baseline serves"
}

// tooFew says how many labels make a test possible, which is not to pass it.
func (t *Tuning) tooFew(k int) string {
	task := &t.Tasks[k]
	if task.Verify < float64(task.Requests)*0.6 {
		more := "collect"
		if int(t.Tried[k].Requests)-len(t.Tried[k].Labeled) >= task.Wanted() {
			more = "label"
		}
		of := "labels certify: %s of %s (split tune or seen before only choose)"
		if task.Units < task.Requests {
			of = "groups certify: %s, of %s labels"
		}
		return fmt.Sprintf("too few "+of+"; %s %s more", count(int64(task.Verify)), count(int64(task.Requests)), more, count(int64(task.Wanted())))
	}
	return "too few labels to try; for a first try " + t.more(k)
}

// undecided says what an inconclusive task looks like.
func (t *Tuning) undecided(k int) string {
	task := &t.Tasks[k]
	step := task.Stopped()
	switch {
	case step != nil && step.Test.Delta < -step.Test.Tolerance:
		return "inconclusive, and likelier to fail than to hold: it looks to lose more than " + points(step.Test.Tolerance)
	case task.Wanted() == 0:
		return "inconclusive, and so near the edge that more labels will not make it hold"
	}
	return "inconclusive: " + t.more(k)
}

// wholeFails says why a task that holds stays.
func (t *Tuning) wholeFails() string {
	n := 0
	for k := range t.Tasks {
		if r := &t.Tasks[k]; r.Option >= 0 || r.Reason == tune.WholeFails {
			n++
		}
	}
	if n == 1 {
		return fmt.Sprintf("holds by itself at %s; the whole loses too much at %s", points(t.Settings.TaskTolerance), points(t.Settings.Tolerance))
	}
	return "holds by itself; together with the others the whole loses too much"
}

// leftOut names the cheaper models of the traffic that no tier has: a config may lack what would save most.
func (t *Tuning) leftOut() []string {
	tried := map[string]bool{}
	for _, tier := range t.Config.Tiers {
		tried[tier.Model] = true
	}
	base := baselineCost(t.Replay)
	var names []string
	for i := range t.Replay.References {
		r := &t.Replay.References[i]
		if !tried[r.Model] && r.Whole.CostPer1000 < base {
			names = append(names, fmt.Sprintf("%s (quality %s, %s per 1,000 requests)", r.Model, known(Share, r.Whole.Quality), known(USD, r.Whole.CostPer1000)))
		}
	}
	const shown = 5
	if more := len(names) - shown; more > 0 {
		names = append(names[:shown], fmt.Sprintf("%s more", count(int64(more))))
	}
	if len(names) == 0 {
		return nil
	}
	return wrap("The traffic also has " + strings.Join(names, ", ") + ", which no tier of the config has: not tried")
}
