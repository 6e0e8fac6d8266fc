package eval

import (
	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/llm"
)

// A walkLog notes what a walk did, for those few walks that somebody wants to see.
type walkLog struct{ attempts []Attempt }

// An Attempt is one call of a walk, with what its answer was measured to be.
type Attempt struct {
	Tier      string   `json:"tier"`
	Model     string   `json:"model"`
	Error     string   `json:"error,omitempty"` // why there was no answer; "": there was one
	Quality   Number   `json:"quality"`         // of the answer
	CostUSD   Number   `json:"cost_usd"`
	LatencyMS Number   `json:"latency_ms"`
	Signals   []Signal `json:"signals,omitempty"`
	Passed    bool     `json:"passed"` // all checks that were made
}

// A Signal is one measurement, compared.
type Signal struct {
	Check     string  `json:"check"`
	Signal    Number  `json:"signal"`
	Threshold float64 `json:"min"`
	Passed    bool    `json:"passed"`
}

func (l *walkLog) called(w *world, s *routing.Step, c *variantColumns) {
	l.attempts = append(l.attempts, Attempt{
		Tier: w.view.table.TierName(s.Tier), Model: w.view.table.ModelName(s.Model), Error: c.cause[w.row].String(),
		Quality: Number(c.quality[w.row]), CostUSD: Number(c.cost[w.row]), LatencyMS: Number(c.latency[w.row]), Passed: c.cause[w.row] == llm.OK,
	})
}

func (l *walkLog) measured(s *routing.Step, c *routing.Check, signal float64) {
	a := &l.attempts[len(l.attempts)-1]
	threshold, _ := c.Threshold(s.Position)
	passed := c.Passes(s.Position, signal, signal == signal)
	a.Signals = append(a.Signals, Signal{c.Word(), Number(signal), threshold, passed})
	a.Passed = a.Passed && passed
}
