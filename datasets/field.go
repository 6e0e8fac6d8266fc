package datasets

import "math"

// number is where a numeric column of requests is kept.
func (r *Row) number(column int) **float64 {
	return [numRowNumbers]**float64{&r.Weight, &r.RouterConfidence, &r.RouterCostUSD, &r.RouterLatencyMS}[column]
}

// name is where a named column of requests is kept.
func (r *Row) name(column int) *string {
	return [numRowNames]*string{&r.Task, &r.Split, &r.Endpoint, &r.Tenant, &r.RouterTask, &r.RouterModel}[column]
}

// text is where a text column of requests is kept.
func (r *Row) text(column int) *string {
	return [numRowTexts]*string{&r.ID, &r.Prompt, &r.Messages, &r.Expected, &r.Group}[column]
}

// name is where a named column of outcomes is kept.
func (o *Outcome) name(column int) *string {
	return [numOutcomeNames]*string{&o.Error, &o.FinishReason}[column]
}

// count is where a numeric column of outcomes is kept that counts, nil if it does not.
func (o *Outcome) count(column int) **int64 {
	return [numOutcomeNumbers]**int64{
		numInputTokens: &o.InputTokens, numCachedInputTokens: &o.CachedInputTokens,
		numOutputTokens: &o.OutputTokens, numReasoningTokens: &o.ReasoningTokens,
	}[column]
}

// measure is where a numeric column of outcomes is kept that does not count, nil if it does.
func (o *Outcome) measure(column int) **float64 {
	return [numOutcomeNumbers]**float64{
		numQuality: &o.Quality, numCostUSD: &o.CostUSD, numLatencyMS: &o.LatencyMS,
		numLogprobMean: &o.LogprobMean, numLogprobMin: &o.LogprobMin, numSelfCheck: &o.SelfCheck,
		numSelfCheckCostUSD: &o.SelfCheckCostUSD, numSelfCheckLatencyMS: &o.SelfCheckLatency,
	}[column]
}

// getNumber is the value of a numeric column, false if it is null.
func (o *Outcome) getNumber(column int) (float64, bool) {
	if c := o.count(column); c != nil {
		if *c == nil {
			return 0, false
		}
		return float64(**c), true
	}
	m := *o.measure(column)
	if m == nil {
		return 0, false
	}
	return *m, true
}

// setNumber sets a numeric column; not a number is null. Counts are rounded.
func (o *Outcome) setNumber(column int, v float64) {
	if math.IsNaN(v) {
		return
	}
	if c := o.count(column); c != nil {
		n := int64(math.Round(v))
		*c = &n
		return
	}
	*o.measure(column) = &v
}
