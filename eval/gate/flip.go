package gate

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tierwise/tierwise/eval"
)

// farFlip is the change of a price, as a ratio, beyond which nobody needs a sentence about it.
const farFlip = 100

// sayFlip adds to a rule about savings which model's price would make or break it first, where the evidence has what each
// model costs: a replay against the baseline has.
func (j *judge) sayFlip(e *Entry, s *Section, r *eval.Result) {
	if s.Name == vsMain || !r.Savings.Known() {
		return
	}
	flips := r.FlipsAt(j.Config.Baseline, float64(e.Limit))
	if len(flips) == 0 {
		return
	}
	e.Flip = &flips[0]
	f := float64(e.Flip.Factor)
	if f > farFlip || f < 1/farFlip {
		return
	}
	when := "at least " + strings.TrimPrefix(e.LimitText, "≥ ") + " until"
	if r.Savings < e.Limit {
		when = "it would be met once"
	}
	e.Message += fmt.Sprintf("; %s %s costs × %s of today's price", when, e.Flip.Model, strconv.FormatFloat(f, 'g', 3, 64))
}
