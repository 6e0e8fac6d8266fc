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
	switch {
	case r.Reason != "" && r.Verdict == stats.Inconclusive && wantsLabels(k) && !strings.HasPrefix(r.Reason, "more labels will not make it hold"):
		return r.Reason + drawsLabels
	case r.Reason != "":
		return r.Reason
	case r.MoreLabels > 0:
		return fmt.Sprintf("label about %s more requests, spread as these are, or fewer where they tell most%s, to tell, if the delta is near what it seems (80 %% power)",
			count(r.MoreLabels), drawsLabels)
	}
	return ""
}

// taskLabels says what would tell of a task that is inconclusive, "" if nothing would.
func taskLabels(t *eval.TaskResult) string {
	command := ""
	if t.LabelNext > 0 { // not where the comparison is with another config
		command = drawsLabels
	}
	switch {
	case t.Reason != "" && t.Verdict == stats.Inconclusive && t.LabelNext > 0:
		return fmt.Sprintf("%s: label about %s of its requests%s", t.Reason, count(t.LabelNext), command)
	case t.Reason != "":
		return t.Reason
	case t.Verdict == stats.Inconclusive && t.MoreLabels > 0:
		return fmt.Sprintf("label about %s more of its requests to tell%s, if the delta is near what it seems (80 %% power)", count(t.MoreLabels), command)
	}
	return ""
}

func wantsLabels(k *eval.CandidateResult) bool {
	for i := range k.Tasks {
		if k.Tasks[i].LabelNext > 0 {
			return true
		}
	}
	return false
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

// undrawn returns a candidate whose tasks name no command that draws labels: the gate names its own, at its own levels.
func undrawn(k *eval.CandidateResult) *eval.CandidateResult {
	out := *k
	out.Tasks = slices.Clone(k.Tasks)
	for i := range out.Tasks {
		out.Tasks[i].LabelNext = 0
	}
	return &out
}
