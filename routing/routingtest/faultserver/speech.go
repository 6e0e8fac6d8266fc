package faultserver

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Tokens is how many tokens every answer has, each a word of its own, and the usage that goes with it: in the sense of
// llm.Usage, whatever the dialect makes of it.
const (
	Tokens      = 60
	InputTokens = 100
	CachedInput = 40 // of them
)

// Text returns the answer.
func Text() string { return strings.Join(words(), "") }

func words() []string {
	out := make([]string, Tokens)
	for i := range out {
		out[i] = fmt.Sprintf("word%02d ", i)
	}
	return out
}

// A speech is a dialect.
type speech interface {
	whole(text, finish string) []byte
	// frames returns the stream: so many events come before the first token, then the tokens, then the end. The last one
	// is what a stream may lack without being cut.
	frames() (before, tokens, end []string)
	errorBody(code, kind, message string) string
	errorEvent() string
	comment() string
}

type chat struct{}

func (chat) whole(text, finish string) []byte {
	return mustJSON(map[string]any{
		"id": "a1", "object": "chat.completion", "model": "fault-1",
		"choices": []any{map[string]any{"index": 0, "finish_reason": finish, "message": map[string]any{"role": "assistant", "content": text}}},
		"usage":   chatUsage,
	})
}

var chatUsage = map[string]any{
	"prompt_tokens": InputTokens, "completion_tokens": Tokens, "total_tokens": InputTokens + Tokens, "prompt_tokens_details": map[string]int{"cached_tokens": CachedInput},
}

func (chat) frames() (before, tokens, end []string) {
	chunk := func(choices []any, usage any) string {
		return "data: " + string(mustJSON(map[string]any{"id": "a1", "object": "chat.completion.chunk", "model": "fault-1", "choices": choices, "usage": usage})) + "\n\n"
	}
	choice := func(delta map[string]string, finish any) []any {
		return []any{map[string]any{"index": 0, "delta": delta, "finish_reason": finish}}
	}
	before = []string{chunk(choice(map[string]string{"role": "assistant", "content": ""}, nil), nil)}
	for _, w := range words() {
		tokens = append(tokens, chunk(choice(map[string]string{"content": w}, nil), nil))
	}
	return before, tokens, []string{chunk(choice(map[string]string{}, "stop"), nil), chunk([]any{}, chatUsage), "data: [DONE]\n\n"}
}

func (chat) errorBody(code, kind, message string) string {
	return string(mustJSON(map[string]any{"error": map[string]any{"message": message, "type": kind, "code": code, "param": nil}}))
}

func (c chat) errorEvent() string {
	return "data: " + c.errorBody("server_error", "server_error", "the model crashed") + "\n\n"
}
func (chat) comment() string { return ": still here\n\n" }

type messages struct{}

var stopReasons = map[string]string{"stop": "end_turn", "length": "max_tokens", "content_filter": "refusal"}

func (messages) whole(text, finish string) []byte {
	content := []any{}
	if text != "" {
		content = append(content, map[string]any{"type": "text", "text": text})
	}
	return mustJSON(map[string]any{
		"id": "a1", "type": "message", "role": "assistant", "model": "fault-1", "content": content, "stop_reason": stopReasons[finish],
		"usage": map[string]int{"input_tokens": InputTokens - CachedInput, "cache_read_input_tokens": CachedInput, "output_tokens": Tokens},
	})
}

func (messages) frames() (before, tokens, end []string) {
	event := func(kind string, fields map[string]any) string {
		fields["type"] = kind
		return "event: " + kind + "\ndata: " + string(mustJSON(fields)) + "\n\n"
	}
	start := map[string]any{
		"id": "a1", "type": "message", "role": "assistant", "model": "fault-1", "content": []any{}, "stop_reason": nil,
		"usage": map[string]int{"input_tokens": InputTokens - CachedInput, "cache_read_input_tokens": CachedInput, "output_tokens": 1},
	}
	before = []string{
		event("message_start", map[string]any{"message": start}),
		event("content_block_start", map[string]any{"index": 0, "content_block": map[string]string{"type": "text", "text": ""}}),
		event("ping", map[string]any{}),
	}
	for _, w := range words() {
		tokens = append(tokens, event("content_block_delta", map[string]any{"index": 0, "delta": map[string]string{"type": "text_delta", "text": w}}))
	}
	return before, tokens, []string{
		event("content_block_stop", map[string]any{"index": 0}),
		event("message_delta", map[string]any{"delta": map[string]any{"stop_reason": "end_turn"}, "usage": map[string]int{"output_tokens": Tokens}}),
		event("message_stop", map[string]any{}),
	}
}

func (messages) errorBody(_, kind, message string) string {
	return string(mustJSON(map[string]any{"type": "error", "error": map[string]string{"type": kind, "message": message}, "request_id": "req_1"}))
}

func (m messages) errorEvent() string {
	return "event: error\ndata: " + m.errorBody("", "api_error", "the model crashed") + "\n\n"
}
func (messages) comment() string { return "event: ping\ndata: {\"type\": \"ping\"}\n\n" }

func mustJSON(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // the values are the ones above
	}
	return data
}
