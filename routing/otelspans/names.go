package otelspans

import "go.opentelemetry.io/otel/attribute"

// scope is the name of the tracer.
const scope = "github.com/tierwise/tierwise/routing/otelspans"

// The names of the semantic conventions for generative AI, open-telemetry/semantic-conventions-genai v0.1.0,
// docs/gen-ai/client-inference.md, and of the general ones for errors and HTTP.
const (
	genOperation       = attribute.Key("gen_ai.operation.name")
	genProvider        = attribute.Key("gen_ai.provider.name")
	genRequestModel    = attribute.Key("gen_ai.request.model")
	genStream          = attribute.Key("gen_ai.request.stream")
	genMaxTokens       = attribute.Key("gen_ai.request.max_tokens")
	genTemperature     = attribute.Key("gen_ai.request.temperature")
	genTopP            = attribute.Key("gen_ai.request.top_p")
	genSeed            = attribute.Key("gen_ai.request.seed")
	genStop            = attribute.Key("gen_ai.request.stop_sequences")
	genOutputType      = attribute.Key("gen_ai.output.type")
	genResponseID      = attribute.Key("gen_ai.response.id")
	genResponseModel   = attribute.Key("gen_ai.response.model")
	genFinishReasons   = attribute.Key("gen_ai.response.finish_reasons")
	genFirstChunk      = attribute.Key("gen_ai.response.time_to_first_chunk") // seconds
	genInputTokens     = attribute.Key("gen_ai.usage.input_tokens")           // cached ones included
	genCacheRead       = attribute.Key("gen_ai.usage.cache_read.input_tokens")
	genCacheWrite      = attribute.Key("gen_ai.usage.cache_write.input_tokens")
	genOutputTokens    = attribute.Key("gen_ai.usage.output_tokens") // reasoning included
	genReasoningTokens = attribute.Key("gen_ai.usage.reasoning.output_tokens")
	genInput           = attribute.Key("gen_ai.input.messages")
	genOutput          = attribute.Key("gen_ai.output.messages")

	errorType  = attribute.Key("error.type")
	httpStatus = attribute.Key("http.response.status_code")

	operationChat  = "chat"
	outputTypeJSON = "json"
)

// Our own names. Those of a request are also the fields of its record, see routing/trace/FORMAT.md.
const (
	ownRequestID    = attribute.Key("tierwise.request.id")
	ownConfig       = attribute.Key("tierwise.config")
	ownDecisionHash = attribute.Key("tierwise.decision_hash")
	ownEndpoint     = attribute.Key("tierwise.endpoint")
	ownTenant       = attribute.Key("tierwise.tenant")
	ownTask         = attribute.Key("tierwise.task")
	ownUnknownTask  = attribute.Key("tierwise.unknown_task")
	ownLayer        = attribute.Key("tierwise.layer")
	ownConfidence   = attribute.Key("tierwise.confidence")
	ownRule         = attribute.Key("tierwise.rule")
	ownSplit        = attribute.Key("tierwise.split")
	ownRouterError  = attribute.Key("tierwise.router.error")
	ownCache        = attribute.Key("tierwise.cache")
	ownCacheID      = attribute.Key("tierwise.cache.id")
	ownSimilarity   = attribute.Key("tierwise.cache.similarity")
	ownEnded        = attribute.Key("tierwise.ended")
	ownStream       = attribute.Key("tierwise.stream")
	ownAttempts     = attribute.Key("tierwise.attempts")
	ownEscalations  = attribute.Key("tierwise.escalations")
	ownFailovers    = attribute.Key("tierwise.failovers")

	// Of requests and attempts.
	ownTier         = attribute.Key("tierwise.tier")
	ownModel        = attribute.Key("tierwise.model") // the config's name for it
	ownCost         = attribute.Key("tierwise.cost_usd")
	ownPossibleCost = attribute.Key("tierwise.possible_cost_usd")

	// Of attempts.
	ownPurpose     = attribute.Key("tierwise.purpose")
	ownProvider    = attribute.Key("tierwise.provider") // the config's name for it
	ownReason      = attribute.Key("tierwise.reason")
	ownCode        = attribute.Key("tierwise.code")
	ownProviderID  = attribute.Key("tierwise.provider_request_id")
	ownNotAsked    = attribute.Key("tierwise.not_asked")
	ownRetries     = attribute.Key("tierwise.retries")
	ownCheckFailed = attribute.Key("tierwise.check.failed")
	ownCheckSignal = attribute.Key("tierwise.check.signal")
	ownCheckMin    = attribute.Key("tierwise.check.min")
	ownWait        = attribute.Key("tierwise.wait_ms")

	eventRetry = "tierwise.retry"
)
