package datasets

import "math"

// measure is where a numeric column of requests is kept, but for max_tokens, which is a count.
func (r *Row) measure(column int) **float64 {
	return [numRowNumbers]**float64{
		rowWeight: &r.Weight, rowRouterConfidence: &r.RouterConfidence, rowRouterCostUSD: &r.RouterCostUSD,
		rowRouterLatencyMS: &r.RouterLatencyMS, rowEmbeddingCostUSD: &r.EmbeddingCostUSD,
	}[column]
}

// getNumber is the value of a numeric column, false if it is null.
func (r *Row) getNumber(column int) (float64, bool) {
	if column == rowMaxTokens {
		return valueOf(r.MaxTokens)
	}
	return valueOf(*r.measure(column))
}

// setNumber sets a numeric column; not a number is null. Counts are rounded.
func (r *Row) setNumber(column int, v float64) {
	switch {
	case math.IsNaN(v):
	case column == rowMaxTokens:
		n := int64(math.Round(v))
		r.MaxTokens = &n
	default:
		*r.measure(column) = &v
	}
}

// valueOf is the value at p, false if there is none.
func valueOf[T int64 | float64](p *T) (float64, bool) {
	if p == nil {
		return 0, false
	}
	return float64(*p), true
}

// name is where a named column of requests is kept.
func (r *Row) name(column int) *string {
	return [numRowNames]*string{&r.Task, &r.Split, &r.Endpoint, &r.Tenant, &r.RouterTask, &r.RouterModel}[column]
}

// text is where a text column of requests is kept.
func (r *Row) text(column int) *string {
	return [numRowTexts]*string{&r.ID, &r.Prompt, &r.Messages, &r.Expected, &r.Group, &r.Tools, &r.ResponseFormat}[column]
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
		return valueOf(*c)
	}
	return valueOf(*o.measure(column))
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
