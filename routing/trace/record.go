// Package trace is what a router keeps of requests: one record each, with every attempt, check and dollar of it, as lines
// of JSON in rolling files. FORMAT.md documents the files; [Writer] writes them and [Reader] reads them.
//
// A record has no key and no address in it, and what callers and models said only where that was asked for. Package trace
// is a leaf of the standard library alone, so that offline tools read traces without the router.
package trace

import (
	"encoding/json"
	"log/slog"
	"slices"
	"time"
)

// A Sink takes the records of finished requests. Write is called from many goroutines, must not keep the record or what it
// points to, and holds the request up for as long as it takes.
type Sink interface {
	Write(r *Record) error
}

// A Record is what became of one request. Unknown numbers are the zero Number and not written, as is everything empty.
type Record struct {
	ID           string    `json:"id"`   // unique
	Time         time.Time `json:"time"` // when the request came
	Config       string    `json:"config,omitempty"`
	DecisionHash string    `json:"decision_hash,omitempty"` // of the config
	Endpoint     string    `json:"endpoint,omitempty"`
	Tenant       string    `json:"tenant,omitempty"`

	Task       string  `json:"task"`  // that the request was dispatched to
	Layer      string  `json:"layer"` // that decided: caller, rule, embedding, llm, default
	Confidence float64 `json:"confidence"`
	Rule       string  `json:"rule,omitempty"`
	Split      string  `json:"split,omitempty"` // the task that was found, if its split sent the request on to Task
	// UnknownTask is the task that the caller named and the config lacks.
	UnknownTask string `json:"unknown_task,omitempty"`
	Tokens      int    `json:"tokens,omitempty"` // the size of the request, estimated

	RouterTask       string `json:"router_task,omitempty"`  // what the LLM router said
	RouterModel      string `json:"router_model,omitempty"` // who was asked; "": nobody
	RouterConfidence Number `json:"router_confidence,omitzero"`
	RouterCostUSD    Number `json:"router_cost_usd,omitzero"`
	RouterLatencyMS  Number `json:"router_latency_ms,omitzero"`
	RouterError      string `json:"router_error,omitempty"`
	RouterReason     string `json:"router_reason,omitempty"` // of the error, in a few words
	// RouterCached: the LLM router had been asked the same before, so that nobody was asked now.
	RouterCached     bool   `json:"router_cached,omitempty"`
	EmbeddingCostUSD Number `json:"embedding_cost_usd,omitzero"`

	Cache *Cache `json:"cache,omitempty"` // nil: no cache answered
	// CacheMiss is why no cache answered, in a word; "": one did, or there is none.
	CacheMiss string `json:"cache_miss,omitempty"`
	// NotKept is why the answer was not kept for the next request, in a word; "": it was, or there is no cache.
	NotKept  string    `json:"not_kept,omitempty"`
	Attempts []Attempt `json:"attempts,omitempty"`

	Ended string `json:"ended"`           // accepted, exhausted, failed, aborted; cached
	Model string `json:"model,omitempty"` // that gave the answer; "": none
	Tier  string `json:"tier,omitempty"`
	Error string `json:"error,omitempty"` // that the caller got, a cause's name; "": an answer
	// Stream says how a streamed answer left: "buffered" until its checks were made, or "through"; "": it was not streamed.
	Stream string `json:"stream,omitempty"`

	CostUSD      Number `json:"cost_usd,omitzero"` // of everything: attempts, router, embedding, checks
	LatencyMS    Number `json:"latency_ms,omitzero"`
	FirstTokenMS Number `json:"first_token_ms,omitzero"`
	// PossibleCostUSD is what calls without an answer may have cost besides, an estimate.
	PossibleCostUSD Number `json:"possible_cost_usd,omitzero"`

	// What was said, if texts are kept.
	Prompt   string          `json:"prompt,omitempty"`
	Messages json.RawMessage `json:"messages,omitempty"`
	// TextLeftOut: the texts would have made the line too long.
	TextLeftOut bool `json:"text_left_out,omitempty"`
}

// A Cache is a hit.
type Cache struct {
	Kind       string `json:"kind"`                // exact or semantic
	ID         string `json:"id,omitempty"`        // of the request that was answered before
	Similarity Number `json:"similarity,omitzero"` // of a semantic hit
	SavedUSD   Number `json:"saved_usd,omitzero"`  // what that request cost
}

// An Attempt is a tier that was asked. Its fields have the names of the outcomes of labeled traffic.
type Attempt struct {
	Tier     string `json:"tier"`
	Model    string `json:"model"`
	Provider string `json:"provider,omitempty"`

	CostUSD           Number `json:"cost_usd,omitzero"`
	InputTokens       Number `json:"input_tokens,omitzero"`        // cached ones included
	CachedInputTokens Number `json:"cached_input_tokens,omitzero"` // of them
	OutputTokens      Number `json:"output_tokens,omitzero"`       // reasoning included
	ReasoningTokens   Number `json:"reasoning_tokens,omitzero"`    // of them
	LatencyMS         Number `json:"latency_ms,omitzero"`
	FirstTokenMS      Number `json:"first_token_ms,omitzero"`

	Error     string `json:"error,omitempty"`  // a cause's name; "": an answer
	Status    int    `json:"status,omitempty"` // of HTTP, of an error
	Code      string `json:"code,omitempty"`   // the provider's word for the error
	RequestID string `json:"request_id,omitempty"`
	Reason    string `json:"reason,omitempty"` // what happened, in a few words
	// NotAsked: the router did not call the model, since its breaker was open or too little time was left, so the error says
	// nothing of what it does with the request.
	NotAsked bool `json:"not_asked,omitempty"`
	// PossibleCostUSD is what a call without an answer may have cost, retries included: an estimate.
	PossibleCostUSD Number  `json:"possible_cost_usd,omitzero"`
	Retries         []Retry `json:"retries,omitempty"` // calls of this attempt that failed before its last

	FinishReason string  `json:"finish_reason,omitempty"`
	LogprobMean  Number  `json:"logprob_mean,omitzero"`
	LogprobMin   Number  `json:"logprob_min,omitzero"`
	Checks       []Check `json:"checks,omitempty"` // made of the answer, in order
	Response     string  `json:"response,omitempty"`
}

// A Retry is a call that failed and was made again.
type Retry struct {
	Error           string `json:"error"`
	Status          int    `json:"status,omitempty"`
	Code            string `json:"code,omitempty"`
	Reason          string `json:"reason,omitempty"`
	LatencyMS       Number `json:"latency_ms,omitzero"`
	WaitMS          Number `json:"wait_ms,omitzero"` // before the next call
	PossibleCostUSD Number `json:"possible_cost_usd,omitzero"`
}

// A Check is an acceptance check that was made.
type Check struct {
	Check     string  `json:"check"`
	Min       float64 `json:"min"`
	Signal    Number  `json:"signal,omitzero"` // unknown: there was none, which is a no
	Passed    bool    `json:"passed"`
	MarksOnly bool    `json:"marks_only,omitempty"` // a no changed nothing: no tier was left
	Model     string  `json:"model,omitempty"`      // of a self-check: who was asked
	CostUSD   Number  `json:"cost_usd,omitzero"`
	LatencyMS Number  `json:"latency_ms,omitzero"`
	Reason    string  `json:"reason,omitempty"` // why there is no signal, in a few words
}

// withoutText returns the record without what was said.
func (r *Record) withoutText() *Record {
	if r.Prompt == "" && len(r.Messages) == 0 && !slices.ContainsFunc(r.Attempts, func(a Attempt) bool { return a.Response != "" }) {
		return r
	}
	out := *r
	out.Prompt, out.Messages, out.Attempts = "", nil, nil
	for i := range r.Attempts {
		out.Attempts = append(out.Attempts, r.Attempts[i])
		out.Attempts[i].Response = ""
	}
	return &out
}

// LogValue implements slog.LogValuer with what a line of a log has room for, texts never.
func (r *Record) LogValue() slog.Value {
	attrs := []slog.Attr{
		slog.String("id", r.ID), slog.String("task", r.Task), slog.String("layer", r.Layer), slog.String("ended", r.Ended), slog.Int("attempts", len(r.Attempts)),
	}
	add := func(name, value string) {
		if value != "" {
			attrs = append(attrs, slog.String(name, value))
		}
	}
	add("model", r.Model)
	add("error", r.Error)
	if r.Cache != nil {
		add("cache", r.Cache.Kind)
	}
	for _, n := range []struct {
		name  string
		value Number
	}{{"cost_usd", r.CostUSD}, {"possible_cost_usd", r.PossibleCostUSD}, {"latency_ms", r.LatencyMS}} {
		if v, ok := n.value.Value(); ok {
			attrs = append(attrs, slog.Float64(n.name, v))
		}
	}
	return slog.GroupValue(attrs...)
}
