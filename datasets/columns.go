package datasets

import "math"

// The numeric columns of an outcome, in the order of Outcome.
const (
	numQuality = iota
	numCostUSD
	numInputTokens
	numCachedInputTokens
	numOutputTokens
	numReasoningTokens
	numLatencyMS
	numLogprobMean
	numLogprobMin
	numSelfCheck
	numSelfCheckCostUSD
	numSelfCheckLatencyMS
	numOutcomeNumbers
)

// The numeric columns of a request.
const (
	rowWeight = iota
	rowRouterConfidence
	rowRouterCostUSD
	rowRouterLatencyMS
	rowMaxTokens
	rowEmbeddingCostUSD
	numRowNumbers
)

// The columns of a request with few distinct values.
const (
	nameTask = iota
	nameSplit
	nameEndpoint
	nameTenant
	nameRouterTask
	nameRouterModel
	numRowNames
)

// The text columns of a request.
const (
	textID = iota
	textPrompt
	textMessages
	textExpected
	textGroup
	textTools
	textResponseFormat
	numRowTexts
)

// The columns of an outcome with few distinct values, its model apart.
const (
	nameError = iota
	nameFinishReason
	numOutcomeNames
)

// A numberColumn says what values a numeric column takes.
type numberColumn struct {
	name   string
	key    uint64
	lo, hi float64 // what is valid; not a number never is
	// nanIsNull: not a number stands for null, as pandas writes it. Not so in quality, where it is more likely a
	// grader that failed.
	nanIsNull bool
}

func numeric(lo, hi float64, nanIsNull bool, name string) numberColumn {
	return numberColumn{name, fieldKey(name), lo, hi, nanIsNull}
}

// isTokens reports whether a numeric column of outcomes counts tokens.
func isTokens(column int) bool { return column >= numInputTokens && column <= numReasoningTokens }

// outcomeNumbers and rowNumbers describe the numeric columns, in the order of the constants above.
var (
	outcomeNumbers = [numOutcomeNumbers]numberColumn{
		numeric(0, 1, false, "quality"),
		numeric(0, math.MaxFloat64, true, "cost_usd"),
		numeric(0, math.MaxFloat64, true, "input_tokens"),
		numeric(0, math.MaxFloat64, true, "cached_input_tokens"),
		numeric(0, math.MaxFloat64, true, "output_tokens"),
		numeric(0, math.MaxFloat64, true, "reasoning_tokens"),
		numeric(0, math.MaxFloat64, true, "latency_ms"),
		numeric(-math.MaxFloat64, math.MaxFloat64, true, "logprob_mean"),
		numeric(-math.MaxFloat64, math.MaxFloat64, true, "logprob_min"),
		numeric(-math.MaxFloat64, math.MaxFloat64, true, "self_check"),
		numeric(0, math.MaxFloat64, true, "self_check_cost_usd"),
		numeric(0, math.MaxFloat64, true, "self_check_latency_ms"),
	}
	rowNumbers = [numRowNumbers]numberColumn{
		numeric(0, math.MaxFloat64, true, "weight"),
		numeric(0, 1, true, "router_confidence"),
		numeric(0, math.MaxFloat64, true, "router_cost_usd"),
		numeric(0, math.MaxFloat64, true, "router_latency_ms"),
		numeric(0, math.MaxFloat64, true, "max_tokens"),
		numeric(0, math.MaxFloat64, true, "embedding_cost_usd"),
	}
)

// A namedColumn is a column of strings, by its name and key in the hash.
type namedColumn struct {
	name string
	key  uint64
}

func named(name string) namedColumn { return namedColumn{name, fieldKey(name)} }

var (
	rowNames = [numRowNames]namedColumn{
		named("task"), named("split"), named("endpoint"), named("tenant"), named("router_task"), named("router_model"),
	}
	outcomeNames = [numOutcomeNames]namedColumn{named("error"), named("finish_reason")}
	rowTexts     = [numRowTexts]namedColumn{
		named("id"), named("prompt"), named("messages"), named("expected"), named("group"),
		named("tools"), named("response_format"),
	}
	timeColumn      = named("time")
	embeddingColumn = named("embedding")
	modelColumn     = named("model")
	responseColumn  = named("response")
)
