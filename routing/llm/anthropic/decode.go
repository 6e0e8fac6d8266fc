package anthropic

import (
	"encoding/json"
	"errors"
	"math"
	"strings"

	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/llm/internal/wire"
)

// A message is an answer.
type message struct {
	Type       string          `json:"type"`
	ID         string          `json:"id"`
	Model      string          `json:"model"`
	Content    []block         `json:"content"`
	StopReason string          `json:"stop_reason"`
	Usage      usage           `json:"usage"`
	Error      json.RawMessage `json:"error"`
}

type block struct {
	Type     string          `json:"type"`
	Text     string          `json:"text"`
	Thinking string          `json:"thinking"`
	ID       string          `json:"id"`
	Name     string          `json:"name"`
	Input    json.RawMessage `json:"input"`
}

// usage is cumulative in a stream: what a later event says replaces what was said.
type usage struct {
	Input      *float64 `json:"input_tokens"`
	CacheRead  *float64 `json:"cache_read_input_tokens"`
	CacheWrite *float64 `json:"cache_creation_input_tokens"`
	Output     *float64 `json:"output_tokens"`
}

func (u *usage) update(later *usage) {
	for _, f := range [...]struct{ to, from **float64 }{
		{&u.Input, &later.Input}, {&u.CacheRead, &later.CacheRead}, {&u.CacheWrite, &later.CacheWrite}, {&u.Output, &later.Output},
	} {
		if *f.from != nil {
			*f.to = *f.from
		}
	}
}

// normal returns the usage in llm's sense: the API counts what the cache read and wrote beside the input. Reasoning is in
// the output, how much of it the API does not say.
func (u *usage) normal() *llm.Usage {
	if u.Input == nil && u.Output == nil {
		return nil
	}
	out := llm.Usage{Input: count(u.Input), CachedInput: count(u.CacheRead), CacheWrite: count(u.CacheWrite), Output: count(u.Output), Reasoning: math.NaN()}
	for _, beside := range [...]float64{out.CachedInput, out.CacheWrite} {
		if beside > 0 {
			out.Input += beside
		}
	}
	return &out
}

// count returns a number of tokens, NaN if it is none.
func count(f *float64) float64 {
	if f == nil || *f < 0 {
		return math.NaN()
	}
	return *f
}

var finishReasons = map[string]string{
	"end_turn": llm.FinishStop, "stop_sequence": llm.FinishStop,
	"max_tokens": llm.FinishLength, "model_context_window_exceeded": llm.FinishLength,
	"tool_use": llm.FinishToolCalls, "refusal": llm.FinishRefusal,
}

// An answer is what content blocks come to.
type answer struct {
	text, reasoning strings.Builder
	tools           []llm.ToolCall
}

func (a *answer) response(m *message, u *usage) (*llm.Response, *llm.Error) {
	r := &llm.Response{
		ID: m.ID, Model: m.Model, Text: a.text.String(), Reasoning: a.reasoning.String(), ToolCalls: a.tools, FinishReason: m.StopReason, Usage: u.normal(),
	}
	if word, ok := finishReasons[m.StopReason]; ok {
		r.FinishReason = word
	}
	if r.Text != "" || len(r.ToolCalls) > 0 {
		return r, nil
	}
	switch r.FinishReason {
	case llm.FinishRefusal:
		return nil, &llm.Error{Cause: llm.ContentFilter, Code: m.StopReason, Reason: "the provider gave no answer for its content", Usage: r.Usage}
	case "":
		return nil, &llm.Error{Cause: llm.Server, Reason: "the answer has neither content nor a stop reason", Usage: r.Usage}
	}
	return r, nil
}

// Decode implements wire.Dialect.
func (d *dialect) Decode(body []byte) (*llm.Response, *llm.Error) {
	var m message
	if err := json.Unmarshal(body, &m); err != nil {
		var syntax *json.SyntaxError
		switch {
		case !errors.As(err, &syntax):
			return nil, wire.NoAnswer("the answer is JSON of another form than a message")
		case strings.Contains(err.Error(), "unexpected end"):
			return nil, wire.NoAnswer("the answer's JSON is cut")
		}
		return nil, wire.NoAnswer("the answer is not JSON")
	}
	if m.Type == "error" || len(m.Error) > 0 && string(m.Error) != "null" {
		return nil, refusal(0, body)
	}
	if m.Content == nil {
		return nil, wire.NoAnswer("the answer has no content")
	}
	var a answer
	for i := range m.Content {
		b := &m.Content[i]
		switch b.Type {
		case "text":
			a.text.WriteString(b.Text)
		case "thinking":
			a.reasoning.WriteString(b.Thinking)
		case "tool_use":
			a.tools = append(a.tools, llm.ToolCall{ID: b.ID, Name: b.Name, Arguments: string(b.Input)})
		}
	}
	r, failed := a.response(&m, &m.Usage)
	if r != nil {
		r.Raw = body
	}
	return r, failed
}

// Refused implements wire.Dialect.
func (d *dialect) Refused(status int, body []byte) *llm.Error { return refusal(status, body) }

// refusal makes an error of {"type": "error", "error": {"type": …, "message": …}, "request_id": …}.
func refusal(status int, body []byte) *llm.Error {
	var outer struct {
		Error struct {
			Type    string `json:"type"`
			Message string `json:"message"`
		} `json:"error"`
		RequestID string `json:"request_id"`
	}
	if json.Unmarshal(body, &outer) != nil {
		return wire.Refusal(status, nil, "")
	}
	if status == 0 {
		status = statuses[outer.Error.Type]
	}
	e := wire.Refusal(status, []string{outer.Error.Type}, outer.Error.Message)
	e.RequestID = wire.Word(outer.RequestID)
	return e
}

// statuses are what the API documents for its errors, which have no status of their own in a stream.
var statuses = map[string]int{
	"invalid_request_error": 400, "authentication_error": 401, "billing_error": 402, "permission_error": 403, "not_found_error": 404,
	"request_too_large": 413, "rate_limit_error": 429, "api_error": 500, "timeout_error": 504, "overloaded_error": 529,
}
