package eval

import "fmt"

// fewRefused is how many answers a check must refuse before it is called useless: one that hardly ever says no, such as a
// look for empty answers, may be right each time and yet say little about most answers.
const fewRefused = 20

// checkFindings names the checks whose signal tells nothing, or the wrong thing.
func checkFindings(k *CandidateResult) []Finding {
	var out []Finding
	for i := range k.Checks {
		c := &k.Checks[i]
		if c.Few || c.refused < fewRefused || c.separates {
			continue
		}
		where := fmt.Sprintf("%s: %s on tier %s of task %s", k.Label, c.Check, c.Tier, c.Task)
		area := fmt.Sprintf("(AUC %.2f [%.2f, %.2f], n %d)", c.AUC, c.AUCLow, c.AUCHigh, c.Requests)
		if c.AUCHigh < 0.5 {
			out = append(out, Finding{
				ID:      "check-is-reversed",
				Message: fmt.Sprintf("%s is higher for bad answers than for good ones %s: a threshold on it sends on the good ones", where, area),
				Fix:     "take the check out: without it more good answers stay and fewer bad ones (a recorded signal may have the wrong sign)",
			})
			continue
		}
		out = append(out, Finding{
			ID:      "check-does-not-separate",
			Message: fmt.Sprintf("%s does not separate good answers from bad %s: a threshold on it escalates at random", where, area),
			Fix:     "take the check out and let the task decide the tier, or try another signal; more labels tell whether it is weak or nothing",
		})
	}
	return out
}
