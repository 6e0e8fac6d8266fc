package gate

import (
	"fmt"

	"github.com/tierwise/tierwise/eval"
)

// tooNear reports whether a quantile that eval takes from a histogram may be on either side of a limit.
func tooNear(quantile, limit float64) bool {
	return quantile*(1-eval.QuantileError) <= limit && limit < quantile*(1+eval.QuantileError)
}

// unresolved makes the entry inconclusive, for its quantile is not measured finely enough.
func (e *Entry) unresolved(quantile eval.Number, command string) {
	low, high := quantile*(1-eval.QuantileError), quantile*(1+eval.QuantileError)
	e.Outcome, e.Command = Unclear, command
	e.Message += fmt.Sprintf(", measured to 0.8 %% (%s to %s): too near the limit to tell; change the chain or the limit, and check again",
		text(MaxP95, low), text(MaxP95, high))
}
