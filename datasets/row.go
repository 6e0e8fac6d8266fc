package datasets

import "time"

// A Row is one request of labeled traffic in the canonical layout, as LAYOUTS.md documents it. Rows are for the
// edges, where files are written or other formats come in; replay works on the columns of Traffic. A nil pointer,
// an empty slice and, for strings without pointer, "" mean null.
type Row struct {
	ID       string `json:"id" parquet:"id"`
	Prompt   string `json:"prompt,omitempty" parquet:"prompt,optional"`
	Messages string `json:"messages,omitempty" parquet:"messages,optional"` // JSON: the whole chat
	Tools    string `json:"tools,omitempty" parquet:"tools,optional"`       // JSON: a list of what the model may call
	// ResponseFormat is JSON as in chat APIs: {"type": "json_schema", …}.
	ResponseFormat string     `json:"response_format,omitempty" parquet:"response_format,optional"`
	MaxTokens      *int64     `json:"max_tokens,omitempty" parquet:"max_tokens,optional"` // limit of the answer
	Task           string     `json:"task,omitempty" parquet:"task,optional,dict"`
	Time           *time.Time `json:"time,omitempty" parquet:"time,optional,timestamp(microsecond:utc)"`
	Endpoint       string     `json:"endpoint,omitempty" parquet:"endpoint,optional,dict"`
	Tenant         string     `json:"tenant,omitempty" parquet:"tenant,optional,dict"`
	Expected       string     `json:"expected,omitempty" parquet:"expected,optional"`
	Group          string     `json:"group,omitempty" parquet:"group,optional"`
	Weight         *float64   `json:"weight,omitempty" parquet:"weight,optional"`
	Split          string     `json:"split,omitempty" parquet:"split,optional,dict"`

	Embedding        []float32 `json:"embedding,omitempty" parquet:"embedding,optional,list"`
	EmbeddingCostUSD *float64  `json:"embedding_cost_usd,omitempty" parquet:"embedding_cost_usd,optional"`

	RouterTask       string   `json:"router_task,omitempty" parquet:"router_task,optional,dict"`
	RouterConfidence *float64 `json:"router_confidence,omitempty" parquet:"router_confidence,optional"`
	RouterModel      string   `json:"router_model,omitempty" parquet:"router_model,optional,dict"`
	RouterCostUSD    *float64 `json:"router_cost_usd,omitempty" parquet:"router_cost_usd,optional"`
	RouterLatencyMS  *float64 `json:"router_latency_ms,omitempty" parquet:"router_latency_ms,optional"`

	Outcomes []Outcome `json:"outcomes" parquet:"outcomes,list"`
}

// An Outcome is what one model did on one request. Several outcomes of one model are repeats.
type Outcome struct {
	Model             string   `json:"model" parquet:"model,dict"`
	Quality           *float64 `json:"quality,omitempty" parquet:"quality,optional"`
	CostUSD           *float64 `json:"cost_usd,omitempty" parquet:"cost_usd,optional"`
	InputTokens       *int64   `json:"input_tokens,omitempty" parquet:"input_tokens,optional"`
	CachedInputTokens *int64   `json:"cached_input_tokens,omitempty" parquet:"cached_input_tokens,optional"`
	OutputTokens      *int64   `json:"output_tokens,omitempty" parquet:"output_tokens,optional"`
	ReasoningTokens   *int64   `json:"reasoning_tokens,omitempty" parquet:"reasoning_tokens,optional"`
	LatencyMS         *float64 `json:"latency_ms,omitempty" parquet:"latency_ms,optional"`
	Error             string   `json:"error,omitempty" parquet:"error,optional,dict"`
	FinishReason      string   `json:"finish_reason,omitempty" parquet:"finish_reason,optional,dict"`
	LogprobMean       *float64 `json:"logprob_mean,omitempty" parquet:"logprob_mean,optional"`
	LogprobMin        *float64 `json:"logprob_min,omitempty" parquet:"logprob_min,optional"`
	SelfCheck         *float64 `json:"self_check,omitempty" parquet:"self_check,optional"`
	SelfCheckCostUSD  *float64 `json:"self_check_cost_usd,omitempty" parquet:"self_check_cost_usd,optional"`
	SelfCheckLatency  *float64 `json:"self_check_latency_ms,omitempty" parquet:"self_check_latency_ms,optional"`
	Response          *string  `json:"response,omitempty" parquet:"response,optional"`
}
