package eval

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tierwise/tierwise/routing/llm"
)

// Limits from which on something is odd.
const (
	minEffective   = 0.30 // Kish's n ÷ requests
	manyFailures   = 0.05 // failed ÷ outcomes
	manyNoTask     = 0.01 // requests without task, where others have one
	manySamePrompt = 0.01 // requests whose prompt is there before
	earliestYear   = 2018 // nobody routed between language models before
)

// findings returns what is odd about valid traffic; why says why there is no baseline.
func (f *finisher) findings(x *Inspection, why error) []Finding {
	var out []Finding
	out = append(out, x.missing(why)...)
	out = append(out, x.oddModels()...)
	out = append(out, x.oddTasks()...)
	out = append(out, x.oddRequests(f.sums.rows.N)...)
	return out
}

// missing says what is not there at all.
func (x *Inspection) missing(why error) []Finding {
	var out []Finding
	unpriced := x.which(func(m *InspectedModel) bool { return m.CostKnown == 0 })
	switch {
	case len(x.Models) == 0:
		out = append(out, Finding{
			ID: "no-outcomes", Message: "there are no outcomes: requests alone can train a request classifier, but say nothing of models",
			Fix: "run the models over these requests and record what each did in the column outcomes",
		})
	case x.Data.Graded == 0:
		out = append(out, Finding{
			ID: "no-quality", Message: "no answer is graded: costs and latencies can be compared, quality cannot",
			Fix: "grade some answers of every model (quality in [0, 1], null where ungraded)",
		})
	case why != nil:
		out = append(out, Finding{ID: "no-baseline", Message: why.Error()})
	case len(x.Models) == 1:
		out = append(out, Finding{
			ID: "one-model", Message: fmt.Sprintf("there is only one model, %s: nothing to route between", x.Models[0].Model),
			Fix: "record what cheaper models do on the same requests",
		})
	}
	switch {
	case len(x.Models) == 0:
	case len(unpriced) == len(x.Models):
		out = append(out, Finding{
			ID: "no-costs", Message: "there are no costs: quality can be compared, savings cannot",
			Fix: "record cost_usd, or the tokens of each outcome and give the models a price in the config",
		})
	case len(unpriced) > 0:
		out = append(out, Finding{
			ID: "cost-unknown", Message: fmt.Sprintf("the cost of %d of the %d models is not known: %s", len(unpriced), len(x.Models), some(unpriced)),
			Fix: "record cost_usd, or tokens and give the models a price in the config; until then they are left out of savings",
		})
	}
	return out
}

// which returns the names of the models for which ok holds.
func (x *Inspection) which(ok func(m *InspectedModel) bool) []string {
	var out []string
	for i := range x.Models {
		if ok(&x.Models[i]) {
			out = append(out, x.Models[i].Model)
		}
	}
	return out
}

// some lists names, those beyond the fifth by their number.
func some(names []string) string {
	const most = 5
	if len(names) <= most+1 {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// oddModels says what is odd about models.
func (x *Inspection) oddModels() []Finding {
	var out []Finding
	dominated := x.which(func(m *InspectedModel) bool { return m.DominatedBy != "" })
	if len(dominated) > 0 {
		var pairs []string
		for i := range x.Models {
			if m := &x.Models[i]; m.DominatedBy != "" {
				pairs = append(pairs, fmt.Sprintf("%s (by %s)", m.Model, m.DominatedBy))
			}
		}
		out = append(out, Finding{
			ID: "dominated", Message: "dearer and no better, over all requests, than another model: " + some(pairs),
			Fix: "they may still be the best at one task; tierwise init leaves them out",
		})
	}
	var thin []string
	for i := range x.Models {
		if m := &x.Models[i]; x.Data.Graded > 0 && !(m.Coverage >= minCoverage) {
			thin = append(thin, fmt.Sprintf("%s (%.1f %%)", m.Model, 100*orZero(float64(m.Coverage))))
		}
	}
	if len(thin) > 0 {
		out = append(out, Finding{
			ID:      "coverage",
			Message: fmt.Sprintf("graded on less than %.0f %% of the graded requests: %s", 100*minCoverage, some(thin)),
			Fix:     "a table that reaches them gets no verdict; a mean over fewer requests is not comparable with the others",
		})
	}
	return slices.Concat(out, x.oddFailures(), x.oddNumbers())
}

// oddFailures says which models fail often, and which error words are not known.
func (x *Inspection) oddFailures() []Finding {
	var out []Finding
	var often, unknown []string
	for i := range x.Models {
		m := &x.Models[i]
		if share := float64(m.Failed) / float64(m.Outcomes); share >= manyFailures {
			often = append(often, fmt.Sprintf("%s (%.1f %%; %s)", m.Model, 100*share, causes(m.Errors)))
		}
		for _, e := range m.Errors {
			if e.Cause == llm.Other.String() && e.Error != e.Cause && !slices.Contains(unknown, fmt.Sprintf("%q", e.Error)) {
				unknown = append(unknown, fmt.Sprintf("%q", e.Error))
			}
		}
	}
	if len(often) > 0 {
		out = append(out, Finding{ID: "failures", Message: "models that often fail: " + some(often), Fix: "a failed call has quality 0; in a chain the next tier takes over"})
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		var known []string
		for c := llm.RateLimit; c <= llm.Other; c++ {
			known = append(known, c.String())
		}
		out = append(out, Finding{
			ID: "unknown-errors", Message: "errors of an unknown kind, taken as \"other\": " + some(unknown),
			Fix: "known are " + strings.Join(known, ", "),
		})
	}
	return out
}

// causes lists the kinds of errors, most frequent first.
func causes(errors []ErrorTally) string {
	counts := map[string]int64{}
	for _, e := range errors {
		counts[e.Cause] += e.Outcomes
	}
	return reasons(counts)
}

// oddNumbers says which models have numbers that look made up.
func (x *Inspection) oddNumbers() []Finding {
	var out []Finding
	free := x.which(func(m *InspectedModel) bool { return m.CostKnown > 0 && m.CostPer1000 == 0 })
	if len(free) > 0 {
		out = append(out, Finding{
			ID: "free", Message: "every recorded cost is 0: " + some(free), Fix: "an unknown cost is null, not 0; with 0 the model looks free",
		})
	}
	alike := x.which(func(m *InspectedModel) bool { return m.Judged >= 30 && (m.Quality == 0 || m.Quality == 1) })
	if len(alike) > 0 {
		out = append(out, Finding{
			ID: "constant-quality", Message: "every grade is the same (all 0 or all 1): " + some(alike), Fix: "check the grader",
		})
	}
	return out
}

// oddTasks says what is odd about tasks.
func (x *Inspection) oddTasks() []Finding {
	var none *InspectedTask
	var unlabeled []string
	spellings := map[string][]string{}
	var folded []string
	for i := range x.Tasks {
		t := &x.Tasks[i]
		if t.Task == "" {
			none = t
		} else {
			key := strings.ToLower(strings.Join(strings.Fields(t.Task), " "))
			if spellings[key] == nil {
				folded = append(folded, key)
			}
			spellings[key] = append(spellings[key], fmt.Sprintf("%q", t.Task))
		}
		if x.Data.Graded > 0 && t.Graded == 0 {
			unlabeled = append(unlabeled, t.name())
		}
	}
	var out []Finding
	switch {
	case none != nil && len(x.Tasks) == 1:
		out = append(out, Finding{
			ID: "no-tasks", Message: "no request has a task: all are judged together, and a table has only one line",
			Fix: "a column task, from whatever the callers know, lets each kind of request go where it is served best",
		})
	case none != nil && float64(none.Share) >= manyNoTask:
		out = append(out, Finding{
			ID: "untasked", Message: fmt.Sprintf("%d requests (%.1f %%) have no task", none.Requests, 100*float64(none.Share)),
			Fix: "with --gold-tasks they go where the config's router sends them",
		})
	}
	if len(unlabeled) > 0 {
		out = append(out, Finding{ID: "unlabeled-tasks", Message: "tasks without one graded answer: " + some(unlabeled), Fix: "they stay on the baseline until some are graded"})
	}
	for _, key := range folded {
		if len(spellings[key]) > 1 {
			out = append(out, Finding{ID: "task-spelling", Message: "tasks that differ in case or white space only: " + some(spellings[key]), Fix: "each is a task of its own"})
		}
	}
	return out
}

// name returns the task's name for messages.
func (t *InspectedTask) name() string {
	if t.Task == "" {
		return "(no task)"
	}
	return t.Task
}

// oddRequests says what is odd about the requests.
func (x *Inspection) oddRequests(n int64) []Finding {
	var out []Finding
	d := &x.Data
	if share := float64(d.Effective) / float64(n); d.Weighted && share < minEffective {
		out = append(out, Finding{
			ID: "weights",
			Message: fmt.Sprintf("the weights are very unequal: %d requests tell as much as %.0f of equal weight (%.0f %%)",
				n, float64(d.Effective), 100*share),
			Fix: "sample so that no request stands for much more traffic than others",
		})
	}
	again := d.SamePrompt.Requests - d.SamePrompt.Sets
	if d.Groups.Sets == 0 && again > 0 && float64(again) >= manySamePrompt*float64(n) {
		out = append(out, Finding{
			ID: "same-prompt",
			Message: fmt.Sprintf("prompts come more than once (up to case and white space): %d of %d requests repeat an earlier one, the most frequent is there %d times",
				again, n, d.SamePrompt.Largest),
			Fix: "give interchangeable requests the same group, so that they count as one unit of evidence",
		})
	}
	if d.From != nil && d.From.Year() < earliestYear {
		out = append(out, Finding{
			ID: "time", Message: "the earliest request is of " + d.From.Format(time.DateOnly),
			Fix: "check the unit of the column time; an unknown time is null, not 0",
		})
	}
	if sd := d.Noise.SD; d.Noise.Repeated > 0 && sd > 0 {
		out = append(out, Finding{
			ID: "label-noise",
			Message: fmt.Sprintf("repeats of the same request and model differ: in %d of %d, by a standard deviation of %.2f",
				d.Noise.Differ, d.Noise.Repeated, float64(sd)),
			Fix: "means of the repeats are used; a delta that is small beside this is noise on a single request",
		})
	}
	return out
}
