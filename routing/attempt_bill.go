package routing

import (
	"math"
	"time"

	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/price"
	"github.com/tierwise/tierwise/routing/trace"
)

// succeed notes an answer.
func (a *attempt) succeed(begun time.Time, r *llm.Response) {
	usage := usageOf(r, nil)
	cost := a.price.USD(usage)
	a.cost += cost
	a.noteUsage(usage, cost)
	a.record.LatencyMS = milliseconds(a.router.opts.Now().Sub(begun))
	a.record.FinishReason = r.FinishReason
	if mean, least, ok := r.LogprobMeanMin(); ok {
		a.record.LogprobMean, a.record.LogprobMin = trace.Known(mean), trace.Known(least)
	}
	if a.router.opts.TraceText {
		a.record.Response = r.Text
	}
	a.bill(0)
}

// fail notes that the tier gave no answer, completes its error and returns it.
func (a *attempt) fail(begun time.Time, e *llm.Error) *llm.Error {
	if e.Model == "" {
		e.Model = a.upstream.id
	}
	if e.Provider == "" && a.upstream.account != nil {
		e.Provider = a.upstream.account.id.name
	}
	a.record.LatencyMS = milliseconds(a.router.opts.Now().Sub(begun))
	a.record.Error, a.record.Status, a.record.Code, a.record.RequestID, a.record.Reason = e.Cause.String(), e.Status, e.Code, e.RequestID, e.Reason
	a.record.NotAsked = isNotAsked(e) && len(a.record.Retries) == 0
	usage := usageOf(nil, e)
	cost := a.price.USD(usage)
	if math.IsNaN(cost) {
		cost = 0
	}
	a.cost += cost
	a.noteUsage(usage, a.price.USD(usage))
	a.bill(a.estimate(e))
	return e
}

// noteRetry notes a call that is made again.
func (a *attempt) noteRetry(called time.Time, wait time.Duration, e *llm.Error) {
	bill := a.estimate(e)
	retry := trace.Retry{
		Error: e.Cause.String(), Status: e.Status, Code: e.Code, Reason: e.Reason,
		LatencyMS: milliseconds(a.router.opts.Now().Sub(called)), WaitMS: milliseconds(wait),
	}
	if bill > 0 {
		retry.PossibleCostUSD = trace.Known(bill)
		a.possible += bill
	}
	if cost := a.price.USD(usageOf(nil, e)); !math.IsNaN(cost) {
		a.cost += cost
	}
	a.record.Retries = append(a.record.Retries, retry)
}

// bill notes what the attempt may have cost besides, with that of its last call.
func (a *attempt) bill(last float64) {
	if a.possible += last; a.possible > 0 {
		a.record.PossibleCostUSD = trace.Known(a.possible)
		a.walk.possible += a.possible
	}
}

// estimate returns what a call without an answer may have cost besides what the provider said: the request's tokens, and as
// many for the answer as it allows or as the model writes on the average, for it may write on with nobody there. It is 0 for
// calls that cost nothing, and where there is no price.
func (a *attempt) estimate(e *llm.Error) float64 {
	if e.Unbilled || a.upstream.state == nil {
		return 0
	}
	output := a.upstream.state.pace.answerTokens()
	if limit := a.request.MaxTokens; limit > 0 {
		output = min(output, float64(limit))
	}
	whole := usageOf(nil, e)
	known := a.price.USD(whole)
	if math.IsNaN(known) {
		known = 0
		whole.Input = float64(Tokens(a.features.Chars, 0))
	}
	if !(whole.Output > output) {
		whole.Output = output
	}
	if cost := a.price.USD(whole); cost > known {
		return cost - known
	}
	return 0
}

func (a *attempt) noteUsage(u price.Usage, cost float64) {
	a.record.InputTokens, a.record.CachedInputTokens = trace.Known(u.Input), trace.Known(u.CachedInput)
	a.record.OutputTokens, a.record.ReasoningTokens = trace.Known(u.Output), trace.Known(u.Reasoning)
	a.record.CostUSD = trace.Known(cost)
}
