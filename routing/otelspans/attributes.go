package otelspans

import (
	"math"

	"go.opentelemetry.io/otel/attribute"

	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/llm"
	record "github.com/tierwise/tierwise/routing/trace"
)

// callAttributes returns what is known of a call before it is made, so that samplers see it.
func callAttributes(c *routing.ObservedCall) []attribute.KeyValue {
	attrs := []attribute.KeyValue{
		genOperation.String(operationChat), genProvider.String(c.Kind), genRequestModel.String(c.ID), genStream.Bool(c.Stream),
		ownPurpose.String(string(c.Purpose)), ownModel.String(c.Model),
	}
	attrs = appendText(attrs, ownTier, c.Tier)
	attrs = appendText(attrs, ownProvider, c.Provider)
	q := c.Request
	if q.MaxTokens > 0 {
		attrs = append(attrs, genMaxTokens.Int(q.MaxTokens))
	}
	if q.Temperature != nil {
		attrs = append(attrs, genTemperature.Float64(*q.Temperature))
	}
	if q.TopP != nil {
		attrs = append(attrs, genTopP.Float64(*q.TopP))
	}
	if q.Seed != nil {
		attrs = append(attrs, genSeed.Int64(*q.Seed))
	}
	if len(q.Stop) > 0 {
		attrs = append(attrs, genStop.StringSlice(q.Stop))
	}
	if q.HasSchema() {
		attrs = append(attrs, genOutputType.String(outputTypeJSON))
	}
	return attrs
}

// outcomeAttributes returns what came of a call.
func outcomeAttributes(resp *llm.Response, e *llm.Error) []attribute.KeyValue {
	var attrs []attribute.KeyValue
	var usage *llm.Usage
	switch {
	case e != nil:
		usage = e.Usage
		if e.Status != 0 {
			attrs = append(attrs, httpStatus.Int(e.Status))
		}
		attrs = appendText(attrs, ownReason, e.Reason)
		attrs = appendText(attrs, ownCode, e.Code)
		attrs = appendText(attrs, ownProviderID, e.RequestID)
	case resp != nil:
		usage = resp.Usage
		attrs = appendText(attrs, genResponseID, resp.ID)
		attrs = appendText(attrs, genResponseModel, resp.Model)
		if resp.FinishReason != "" {
			attrs = append(attrs, genFinishReasons.StringSlice([]string{resp.FinishReason}))
		}
	}
	if usage == nil {
		return attrs
	}
	for _, n := range [...]struct {
		key    attribute.Key
		tokens float64
	}{
		{genInputTokens, usage.Input}, {genCacheRead, usage.CachedInput}, {genCacheWrite, usage.CacheWrite},
		{genOutputTokens, usage.Output}, {genReasoningTokens, usage.Reasoning},
	} {
		if !math.IsNaN(n.tokens) {
			attrs = append(attrs, n.key.Int64(int64(math.Round(n.tokens))))
		}
	}
	return attrs
}

// attemptAttributes returns what only the record of an attempt knows.
func attemptAttributes(a *record.Attempt) []attribute.KeyValue {
	attrs := appendNumber(nil, ownCost, a.CostUSD)
	attrs = appendNumber(attrs, ownPossibleCost, a.PossibleCostUSD)
	if ms, ok := a.FirstTokenMS.Value(); ok {
		attrs = append(attrs, genFirstChunk.Float64(ms/1000))
	}
	if a.NotAsked {
		attrs = append(attrs, ownNotAsked.Bool(true))
	}
	if n := len(a.Retries); n > 0 {
		attrs = append(attrs, ownRetries.Int(n))
	}
	for i := range a.Checks {
		c := &a.Checks[i]
		if c.Passed {
			continue
		}
		attrs = append(attrs, ownCheckFailed.String(c.Check), ownCheckMin.Float64(c.Min))
		attrs = appendNumber(attrs, ownCheckSignal, c.Signal)
		break // the first no decides
	}
	return attrs
}

// requestAttributes returns what became of a request.
func requestAttributes(r *record.Record) []attribute.KeyValue {
	failovers, escalations := moves(r)
	attrs := []attribute.KeyValue{
		ownRequestID.String(r.ID), ownTask.String(r.Task), ownLayer.String(r.Layer), ownConfidence.Float64(r.Confidence), ownEnded.String(r.Ended),
		ownAttempts.Int(len(r.Attempts)), ownEscalations.Int(escalations), ownFailovers.Int(failovers),
	}
	for _, text := range [...]struct {
		key   attribute.Key
		value string
	}{
		{ownConfig, r.Config}, {ownDecisionHash, r.DecisionHash}, {ownEndpoint, r.Endpoint}, {ownTenant, r.Tenant},
		{ownUnknownTask, r.UnknownTask}, {ownRule, r.Rule}, {ownSplit, r.Split}, {ownRouterError, r.RouterError},
		{ownStream, r.Stream}, {ownModel, r.Model}, {ownTier, r.Tier},
	} {
		attrs = appendText(attrs, text.key, text.value)
	}
	attrs = appendNumber(attrs, ownCost, r.CostUSD)
	attrs = appendNumber(attrs, ownPossibleCost, r.PossibleCostUSD)
	if c := r.Cache; c != nil {
		attrs = appendText(attrs, ownCache, c.Kind)
		attrs = appendText(attrs, ownCacheID, c.ID)
		attrs = appendNumber(attrs, ownSimilarity, c.Similarity)
	}
	return attrs
}

// moves counts the attempts after which another tier was asked: those that failed and those whose answer a check refused.
func moves(r *record.Record) (failovers, escalations int) {
	for i := range max(len(r.Attempts)-1, 0) {
		if r.Attempts[i].Error != "" {
			failovers++
		} else {
			escalations++
		}
	}
	return failovers, escalations
}

func appendText(attrs []attribute.KeyValue, key attribute.Key, text string) []attribute.KeyValue {
	if text == "" {
		return attrs
	}
	return append(attrs, key.String(text))
}

func appendNumber(attrs []attribute.KeyValue, key attribute.Key, n record.Number) []attribute.KeyValue {
	v, ok := n.Value()
	if !ok {
		return attrs
	}
	return append(attrs, key.Float64(v))
}
