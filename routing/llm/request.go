package llm

import (
	"bytes"
	"encoding/json"
)

// A Request is what a chat model is asked. It names no model, for which one is asked is what routing decides: see [Call].
// One request serves the calls of all tiers, so clients read it only.
type Request struct {
	Messages []Message
	// Tools is the JSON list of what the model may call, as chat APIs take it; empty: nothing.
	Tools json.RawMessage
	// ToolChoice says which of the tools the model may or must call, as chat APIs take it: "auto", {"type": "function", …};
	// empty: the provider's default.
	ToolChoice json.RawMessage
	// ResponseFormat is the JSON object that asks for a form of the answer, as chat APIs take it:
	// {"type": "json_schema", …}; empty: free text.
	ResponseFormat json.RawMessage
	// MaxTokens is the limit of the answer; 0: the model's own.
	MaxTokens   int
	Temperature *float64 // nil: the provider's default
	TopP        *float64 // nil: the provider's default
	Stop        []string // texts that end the answer
	Seed        *int64   // nil: none
	// Logprobs asks for the log-probabilities of the answer's tokens, and TopLogprobs for those of so many alternatives.
	Logprobs    bool
	TopLogprobs int

	// Extra are fields of the call that have no place above, by name, as JSON: they are sent as they are to a provider of
	// the request's dialect, and named in [Response.Unsent] by another.
	Extra map[string]json.RawMessage
	// Dialect is the API in whose form Tools, ToolChoice, ResponseFormat, Extra and the raw parts of messages are written:
	// [OpenAI] or [Anthropic]; "" is OpenAI.
	Dialect string
}

// The dialects, which are also the kinds of providers in a dispatch config.
const (
	OpenAI    = "openai"    // chat completions
	Anthropic = "anthropic" // messages
)

// HasTools reports whether the request offers tools: a list that is not empty.
func (r *Request) HasTools() bool {
	list, ok := bytes.CutPrefix(bytes.TrimSpace(r.Tools), []byte("["))
	return ok && !bytes.HasPrefix(bytes.TrimSpace(list), []byte("]"))
}

// HasSchema reports whether the request asks for JSON by a schema: its response format is of type json_schema, or has
// one under json_schema or schema, as APIs write it.
func (r *Request) HasSchema() bool {
	if len(r.ResponseFormat) == 0 {
		return false
	}
	var format map[string]json.RawMessage
	if json.Unmarshal(r.ResponseFormat, &format) != nil {
		return false
	}
	var kind string
	if json.Unmarshal(format["type"], &kind) == nil && kind == "json_schema" {
		return true
	}
	for _, key := range [...]string{"json_schema", "schema"} {
		if v, ok := format[key]; ok && string(v) != "null" {
			return true
		}
	}
	return false
}
