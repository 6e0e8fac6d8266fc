package gate

import (
	"strconv"
	"strings"

	"github.com/tierwise/tierwise/eval"
)

// farFlip is the change of a price, as a ratio, beyond which nobody needs a sentence about it.
const farFlip = 100

// sayFlip adds to a rule about savings at which prices it would be made or broken, where the evidence has what each model
// costs: a replay against the baseline has.
func (j *judge) sayFlip(e *Entry, s *Section, r *eval.Result) {
	if s.Name == vsMain || !r.Savings.Known() {
		return
	}
	e.Flips = r.FlipsAt(j.Config.Baseline, float64(e.Limit))
	var parts []string
	for i, f := range e.Flips[:min(len(e.Flips), 2)] {
		if f.Factor <= farFlip && f.Factor >= 1./farFlip {
			parts = append(parts, f.Model+[]string{" costs × ", " × "}[i]+strconv.FormatFloat(float64(f.Factor), 'g', 3, 64))
		}
	}
	if len(parts) == 0 {
		return
	}
	when := "at least " + strings.TrimPrefix(e.LimitText, "≥ ") + " until "
	if r.Savings < e.Limit {
		when = "it would be met once "
	}
	e.Message += "; " + when + strings.Join(parts, " or ") + " of today's price"
}
