package gate

import (
	"slices"
	"strings"

	"github.com/tierwise/tierwise/eval"
)

// enoughKnown is the share of the requests, by weight, of which a figure must be known to stand for all. Those of which it is
// not are seldom like the others: where a check lacks its signal, it is the requests that never leave the baseline.
const enoughKnown = 0.95

// partly makes an entry inconclusive whose figure is known of too few requests, and says what is missing. share is that of
// the requests of which it is known; evidence that does not tell it is left as it is.
func (j *judge) partly(e *Entry, ev *evidence, share func(*eval.Result) eval.Number) bool {
	known := share(&ev.whole)
	if !e.Measured.Known() || !known.Known() || known >= enoughKnown {
		return false
	}
	e.Outcome, e.Command = Unclear, j.CheckCommand
	e.Message += ", as far as is known: of " + percent(known) + " of the requests, and a rule wants " + percent(enoughKnown)
	var tasks []string
	for i := range ev.tasks {
		if s := share(&ev.tasks[i].Result); s < enoughKnown {
			tasks = append(tasks, ev.tasks[i].Task+" "+percent(s))
		}
	}
	if len(tasks) > 0 {
		e.Message += " (" + strings.Join(tasks, ", ") + ")"
	}
	wanted := slices.DeleteFunc(missing(&ev.whole), func(reason string) bool { return strings.HasSuffix(reason, ": no quality") })
	if len(wanted) > 0 {
		e.Message += "; missing: " + strings.Join(wanted[:min(len(wanted), 3)], ", ")
	}
	e.Message += "; collect what is missing"
	return true
}

// blurred makes an entry about latency inconclusive whose limit is too near for a figure that is kept in bins. A replay counts
// exactly there.
func (j *judge) blurred(e *Entry, ev *evidence, rule *Rule) bool {
	if ev.exact || !e.Measured.Known() || !eval.NearLatency(float64(e.Measured), rule.Limit) {
		return false
	}
	e.Outcome, e.Command = Unclear, j.CheckCommand
	e.Message += ", within the 0.8 % that latencies are kept to, which does not tell on which side of " + text(rule.Name, eval.Number(rule.Limit)) + " it is"
	return true
}
