package eval

import (
	"fmt"
	"strings"

	"github.com/tierwise/tierwise/eval/stats"
)

// inMix reports whether a task counts in the whole.
func (r *CandidateResult) inMix(task string) bool {
	for _, m := range r.Mix {
		if m.Task == task {
			return m.Share > 0
		}
	}
	return true
}

// onlyInMix names the tasks of production of which the data has no requests.
func (r *CandidateResult) onlyInMix() []string {
	var names []string
	for _, m := range r.Mix {
		if m.Share > 0 && !(m.DataShare > 0) {
			names = append(names, m.Task)
		}
	}
	return names
}

// mixFindings says where the mix and the data do not fit together.
func (j *Job) mixFindings(c *Comparison) []Finding {
	mix := j.opts.Mix
	if mix == nil {
		return nil
	}
	var out []Finding
	if c.goldShares == nil {
		out = append(out, Finding{
			ID: "mix-gold-unknown",
			Message: fmt.Sprintf("what goes by gold tasks (single models, oracle, perfect table, what knowing the tasks is worth) is weighted as the data is: the mix of %s does not tell the share of every gold task here",
				mix.Source),
			Fix: "take the mix from traffic whose requests all have a gold task, or read the single models by task",
		})
	}
	for v := range c.Candidates {
		k := &c.Candidates[v]
		out = append(out, mixTaskFindings(k, mix.Source)...)
		if len(mix.LeftOut) > v && mix.LeftOut[v] > 0 {
			out = append(out, Finding{
				ID: "mix-left-out",
				Message: fmt.Sprintf("%s: its classifier was trained on %d of the %d requests of %s, of which there is no out-of-fold prediction: its mix leaves them out",
					k.Label, mix.LeftOut[v], mix.Requests, mix.Source),
			})
		}
		if len(mix.Unrouted) > v && mix.Unrouted[v] > 0 {
			out = append(out, Finding{
				ID: "mix-unrouted",
				Message: fmt.Sprintf("%s: %d of the %d requests of %s went to the default, since no answer of the LLM router is recorded: the mix has too much of it",
					k.Label, mix.Unrouted[v], mix.Requests, mix.Source),
				Fix: "record router_task, or count production's traces by task and write the shares in TOML",
			})
		}
	}
	return out
}

// mixTaskFindings says which tasks only one of the two has.
func mixTaskFindings(k *CandidateResult, source string) []Finding {
	var out []Finding
	var dropped []string
	for _, m := range k.Mix {
		if m.Share == 0 && m.DataShare > 0 {
			dropped = append(dropped, fmt.Sprintf("%s (%s of the data)", m.Task, percent(float64(m.DataShare))))
		}
	}
	if len(dropped) > 0 {
		out = append(out, Finding{
			ID:      "mix-dropped",
			Message: fmt.Sprintf("%s: production (%s) has nothing of %s: the whole leaves it out", k.Label, source, strings.Join(dropped, ", ")),
		})
	}
	var absent []string
	for _, m := range k.Mix {
		if m.Share > 0 && !(m.DataShare > 0) {
			absent = append(absent, fmt.Sprintf("%s of production goes to %s", percent(float64(m.Share)), m.Task))
		}
	}
	if len(absent) > 0 {
		out = append(out, Finding{
			ID: "mix-no-requests",
			Message: fmt.Sprintf("%s: %s, of which the data has no request: what that costs is not known, and the whole's dollars, latencies and rates leave it out",
				k.Label, strings.Join(absent, ", ")),
			Fix: "collect outcomes of such requests",
		})
	}
	return out
}

// percent writes a share for a sentence: 12 %, 3.4 %.
func percent(share float64) string {
	if share >= 0.0995 {
		return fmt.Sprintf("%.0f %%", 100*share)
	}
	return fmt.Sprintf("%.2g %%", 100*share)
}

// sayUnlabeled makes a whole inconclusive because production sends a share of its requests to tasks that nobody labeled and
// that are not the baseline's. empty: the data has no request of them either.
func (r *Result) sayUnlabeled(tasks []string, share float64, baseline string, empty bool) {
	do := "label some of its requests"
	if len(tasks) > 1 {
		do = "label some of their requests"
	}
	if empty {
		do = "collect and " + do
	}
	verb := "has"
	if len(tasks) > 1 {
		verb = "have"
	}
	r.Verdict, r.MoreLabels = stats.Inconclusive, 0
	r.Reason = fmt.Sprintf("%s of production goes to %s, which %s no labels and which this table moves off %s: %s",
		percent(share), strings.Join(tasks, " and "), verb, baseline, do)
}
