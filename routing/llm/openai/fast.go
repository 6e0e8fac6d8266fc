package openai

import "github.com/tierwise/tierwise/routing/llm/internal/wire"

// fastText reads a chunk of the most common kind, which is all but a few of a stream: text of the first choice and nothing
// else that the assembler does not know yet. It returns false for every other, which encoding/json must read.
func (a *assembler) fastText(data []byte) (text string, ok bool) {
	if a.id == "" || a.model == "" {
		return "", false
	}
	s := wire.NewScan(data)
	choices, deltas, texts := 0, 0, 0
	delta := func(key []byte) bool {
		switch string(key) {
		case "content":
			texts++
			var ok bool
			text, ok = s.Text()
			return ok
		case "role":
			return s.Scalar()
		case "refusal", "reasoning", "reasoning_content", "tool_calls", "function_call":
			return s.Null()
		}
		return false
	}
	choice := func(key []byte) bool {
		switch string(key) {
		case "index":
			n, ok := s.Whole()
			return ok && n == 0
		case "delta":
			deltas++
			return s.Object(delta)
		case "logprobs", "finish_reason":
			return s.Null()
		case "native_finish_reason", "stop_reason", "token_ids":
			return s.Scalar()
		}
		return false
	}
	chunk := func(key []byte) bool {
		switch string(key) {
		case "choices":
			choices++
			return s.One(func() bool { return s.Object(choice) })
		case "model":
			return s.Is(a.model)
		case "usage", "error":
			return s.Null()
		case "id", "object", "created", "system_fingerprint", "service_tier", "provider", "obfuscation":
			return s.Scalar()
		}
		return false
	}
	ok = s.Object(chunk) && s.End() && choices == 1 && deltas == 1 && texts == 1
	return text, ok
}
