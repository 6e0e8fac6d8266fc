package openai

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/llm/internal/wire"
)

// An answer is a chat completion, or a chunk of one.
type answer struct {
	ID      string          `json:"id"`
	Model   string          `json:"model"`
	Choices []choice        `json:"choices"`
	Usage   *usage          `json:"usage"`
	Error   json.RawMessage `json:"error"`
}

type choice struct {
	Index        int             `json:"index"`
	Message      *message        `json:"message"`
	Delta        *message        `json:"delta"`
	FinishReason string          `json:"finish_reason"`
	Logprobs     *logprobs       `json:"logprobs"`
	Error        json.RawMessage `json:"error"` // of OpenRouter
}

type message struct {
	Content   text   `json:"content"`
	Refusal   string `json:"refusal"`
	Reasoning text   `json:"reasoning"`
	// DeepSeek's name for it, which others took over.
	ReasoningContent text       `json:"reasoning_content"`
	ToolCalls        []toolCall `json:"tool_calls"`
}

func (m *message) reasoning() string {
	if m.ReasoningContent != "" {
		return string(m.ReasoningContent)
	}
	return string(m.Reasoning)
}

type toolCall struct {
	Index    *int   `json:"index"`
	ID       string `json:"id"`
	Type     string `json:"type"`
	Function struct {
		Name      string    `json:"name"`
		Arguments arguments `json:"arguments"`
	} `json:"function"`
	raw json.RawMessage // unless it is a call of a function
}

// UnmarshalJSON implements json.Unmarshaler.
func (c *toolCall) UnmarshalJSON(data []byte) error {
	type plain toolCall
	if err := json.Unmarshal(data, (*plain)(c)); err != nil {
		return err
	}
	if c.Type != "" && c.Type != "function" {
		c.raw = bytes.Clone(data)
	}
	return nil
}

type logprobs struct {
	Content []logprob `json:"content"`
	Refusal []logprob `json:"refusal"`
}

type logprob struct {
	Token   string    `json:"token"`
	Logprob *float64  `json:"logprob"`
	Top     []logprob `json:"top_logprobs"`
}

// text is a string, a list of parts with text, or null.
type text string

// UnmarshalJSON implements json.Unmarshaler.
func (t *text) UnmarshalJSON(data []byte) error {
	switch data[0] {
	case '"':
		if s := data[1 : len(data)-1]; bytes.IndexByte(s, '\\') < 0 && utf8.Valid(s) { // encoding/json would read it twice more
			*t = text(s)
			return nil
		}
		return json.Unmarshal(data, (*string)(t))
	case '[':
		var parts []struct {
			Text string `json:"text"`
		}
		if err := json.Unmarshal(data, &parts); err != nil {
			return err
		}
		var b strings.Builder
		for _, p := range parts {
			b.WriteString(p.Text)
		}
		*t = text(b.String())
		return nil
	case 'n':
		return nil
	}
	return errNotText
}

// arguments are a string of JSON, or, at servers that mistook it, the JSON itself.
type arguments string

// UnmarshalJSON implements json.Unmarshaler.
func (a *arguments) UnmarshalJSON(data []byte) error {
	switch data[0] {
	case '"':
		return json.Unmarshal(data, (*string)(a))
	case 'n':
		return nil
	}
	*a = arguments(data)
	return nil
}

type usage struct {
	Prompt        *float64 `json:"prompt_tokens"`
	Completion    *float64 `json:"completion_tokens"`
	Total         *float64 `json:"total_tokens"`
	CacheHit      *float64 `json:"prompt_cache_hit_tokens"` // of DeepSeek
	PromptDetails *struct {
		Cached *float64 `json:"cached_tokens"`
		Write  *float64 `json:"cache_write_tokens"` // of OpenRouter
	} `json:"prompt_tokens_details"`
	CompletionDetails *struct {
		Reasoning *float64 `json:"reasoning_tokens"`
	} `json:"completion_tokens_details"`
}

// normal returns the usage in llm's sense.
func (u *usage) normal() *llm.Usage {
	if u == nil || u.Prompt == nil && u.Completion == nil {
		return nil
	}
	out := llm.Usage{Input: count(u.Prompt), Output: count(u.Completion), CachedInput: count(u.CacheHit), Reasoning: math.NaN(), CacheWrite: math.NaN()}
	if d := u.PromptDetails; d != nil {
		if d.Cached != nil {
			out.CachedInput = count(d.Cached)
		}
		out.CacheWrite = count(d.Write)
	}
	if d := u.CompletionDetails; d != nil {
		out.Reasoning = count(d.Reasoning)
	}
	// xAI counts reasoning beside the completion and not in it; the total tells.
	if out.Reasoning > 0 && count(u.Total) == out.Input+out.Output+out.Reasoning {
		out.Output += out.Reasoning
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

func (l *logprobs) normal() []llm.Logprob {
	if l == nil {
		return nil
	}
	return normalLogprobs(l.Content)
}

func normalLogprobs(in []logprob) []llm.Logprob {
	var out []llm.Logprob
	for i := range in {
		if in[i].Logprob != nil {
			out = append(out, llm.Logprob{Token: in[i].Token, Logprob: *in[i].Logprob, Top: normalLogprobs(in[i].Top)})
		}
	}
	return out
}

// finishReasons are the words of servers for llm's.
var finishReasons = map[string]string{
	"eos": llm.FinishStop, "eos_token": llm.FinishStop, "end_turn": llm.FinishStop, "stop_sequence": llm.FinishStop, "completed": llm.FinishStop,
	"max_tokens": llm.FinishLength, "model_length": llm.FinishLength,
	"function_call": llm.FinishToolCalls, "tool_use": llm.FinishToolCalls,
	"safety": llm.FinishContentFilter,
}

// finish sets why the answer ended. Providers say "stop" of answers that call tools.
func finish(r *llm.Response, reason string) {
	if word, ok := finishReasons[strings.ToLower(reason)]; ok {
		reason = word
	}
	switch {
	case reason == llm.FinishStop && len(r.ToolCalls) > 0:
		reason = llm.FinishToolCalls
	case reason == llm.FinishStop && r.Refusal != "":
		reason = llm.FinishRefusal
	}
	r.FinishReason = reason
}

// Decode implements wire.Dialect.
func (d *dialect) Decode(body []byte) (*llm.Response, *llm.Error) {
	var a answer
	if err := json.Unmarshal(body, &a); err != nil {
		return nil, notChat(body, err)
	}
	if isError(a.Error) {
		return nil, refusal(0, a.Error)
	}
	c := first(a.Choices)
	if c == nil {
		return nil, wire.NoAnswer("the answer has no choices")
	}
	if isError(c.Error) {
		return nil, refusal(0, c.Error)
	}
	if c.Message == nil {
		return nil, wire.NoAnswer("the answer has no message")
	}
	r := &llm.Response{
		ID: a.ID, Model: a.Model, Text: string(c.Message.Content), Refusal: c.Message.Refusal, Reasoning: c.Message.reasoning(),
		Usage: a.Usage.normal(), Logprobs: c.Logprobs.normal(), Raw: body,
	}
	for i := range c.Message.ToolCalls {
		t := &c.Message.ToolCalls[i]
		r.ToolCalls = append(r.ToolCalls, llm.ToolCall{ID: t.ID, Name: t.Function.Name, Arguments: string(t.Function.Arguments), Raw: t.raw})
	}
	finish(r, c.FinishReason)
	return checked(r)
}

// first returns the first choice, by index, nil if there is none.
func first(choices []choice) *choice {
	for i := range choices {
		if choices[i].Index == 0 {
			return &choices[i]
		}
	}
	return nil
}

// checked refuses answers that are none.
func checked(r *llm.Response) (*llm.Response, *llm.Error) {
	if r.Text != "" || r.Refusal != "" || len(r.ToolCalls) > 0 {
		if r.FinishReason == finishError {
			return nil, &llm.Error{Cause: llm.Server, Reason: "the provider failed in the middle of the answer", Usage: r.Usage}
		}
		return r, nil
	}
	switch r.FinishReason {
	case llm.FinishContentFilter:
		return nil, &llm.Error{Cause: llm.ContentFilter, Code: llm.FinishContentFilter, Reason: "the provider gave no answer for its content", Usage: r.Usage}
	case finishError:
		return nil, &llm.Error{Cause: llm.Server, Reason: "the provider failed", Usage: r.Usage}
	case "":
		return nil, &llm.Error{Cause: llm.Server, Reason: "the answer has neither content nor a finish reason", Usage: r.Usage}
	}
	return r, nil
}

// finishError is OpenRouter's finish reason of an answer that is none.
const finishError = "error"
