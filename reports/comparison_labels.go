package reports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/stats"
)

// drawsLabels is the command that an inconclusive line names. [labelCommand] spells it out once.
const drawsLabels = " (tierwise eval … -o label-next.csv)"

// wholeLabels says what would tell of a whole that is inconclusive, "" if nothing would.
func wholeLabels(k *eval.CandidateResult) string {
	r := &k.Whole
	if r.Reason != "" && lacksMore(k) {
		return r.Reason
	}
	switch {
	case r.Reason != "" && r.Verdict == stats.Inconclusive && wantsLabels(k) && !strings.HasPrefix(r.Reason, "more labels will not make it hold"):
		return r.Reason + drawsLabels
	case r.Reason != "":
		return r.Reason
	case r.MoreLabels > 0 && wantsLabels(k):
		return fmt.Sprintf("label about %s more requests, spread as these are, or fewer where they tell most%s, to tell, if the delta is near what it seems (80 %% power)",
			count(r.MoreLabels), drawsLabels)
	case r.MoreLabels > 0:
		return fmt.Sprintf("the requests that would tell are labeled already: collect and label about %s more, spread as these are, if the delta is near what it seems (80 %% power)",
			count(r.MoreLabels))
	}
	return ""
}

// taskLabels says what would tell of a task that is inconclusive, "" if nothing would.
func taskLabels(t *eval.TaskResult) string {
	command := ""
	if t.LabelNext > 0 { // not where another command draws them
		command = drawsLabels
	}
	switch {
	case t.Reason != "" && t.Covered == 0 && t.Graded > 0:
		return t.Reason + lacking(&t.Result)
	case t.Reason != "" && t.Verdict == stats.Inconclusive && t.LabelNext > 0:
		return unlabeled(t, command)
	case t.Reason != "":
		return t.Reason
	case t.Verdict == stats.Inconclusive && t.MoreLabels > 0:
		return taskWants(&t.Result, command)
	}
	return ""
}

// wantsLabels reports whether there are requests to label that would tell.
func wantsLabels(k *eval.CandidateResult) bool {
	return slices.ContainsFunc(k.Tasks, func(t eval.TaskResult) bool { return t.LabelNext > 0 && t.Gradable > 0 })
}

// labelCommand is the whole command line that draws the requests to label, if some verdict wants it.
func labelCommand(c *eval.Comparison) []string {
	for i := range c.Candidates {
		if c.LabelCommand != "" && wantsLabels(&c.Candidates[i]) {
			return []string{"Requests to label next:  " + c.LabelCommand}
		}
	}
	return nil
}

// mixLine says what the tasks are weighted by.
func mixLine(c *eval.Comparison) []string {
	m := c.Settings.Mix
	if m == nil {
		return nil
	}
	if m.Requests > 0 {
		return []string{fmt.Sprintf("Whole tables weighted to production, %s: %s requests, routed", m.Source, count(m.Requests))}
	}
	return []string{"Whole tables weighted to production, " + m.Source}
}

// undrawn returns a candidate whose tasks name no command that draws labels: the gate names its own. Nor do they say what
// verdicts want that no rule asks for.
func undrawn(k *eval.CandidateResult) *eval.CandidateResult {
	out := *k
	out.Tasks = slices.Clone(k.Tasks)
	for i := range out.Tasks {
		if t := &out.Tasks[i]; t.LabelNext == 0 && t.Reason == "" {
			t.MoreLabels = 0
		}
		out.Tasks[i].LabelNext = 0
	}
	return &out
}
