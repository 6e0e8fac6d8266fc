package openai

import (
	"encoding/json"
	"strings"

	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/llm/internal/wire"
)

// An assembler makes an answer of chunks. It follows the first choice.
type assembler struct {
	id, model                string
	text, reasoning, refusal strings.Builder
	tools                    []tool
	finish                   string
	usage                    *llm.Usage
	logprobs                 []llm.Logprob
	done                     bool // [DONE] has come
}

// A tool is a call of which pieces have come. index is the provider's.
type tool struct {
	index     int
	call      llm.ToolCall
	arguments []byte
}

// Assembler implements wire.Dialect.
func (d *dialect) Assembler() wire.Assembler { return &assembler{} }

// Add implements wire.Assembler.
func (a *assembler) Add(ev wire.Event) (out llm.Event, done bool, failed *llm.Error) {
	if string(ev.Data) == "[DONE]" {
		a.done = true
		return llm.Event{}, true, nil
	}
	if len(ev.Data) == 0 {
		return llm.Event{}, false, nil
	}
	if len(ev.Name) == 0 {
		if text, ok := a.fastText(ev.Data); ok {
			a.text.WriteString(text)
			return llm.Event{Text: text}, false, nil
		}
	}
	return a.addSlow(ev)
}

// addSlow takes any event.
func (a *assembler) addSlow(ev wire.Event) (out llm.Event, done bool, failed *llm.Error) {
	var chunk answer
	if err := json.Unmarshal(ev.Data, &chunk); err != nil {
		return llm.Event{}, false, notChat(ev.Data, err)
	}
	if isError(chunk.Error) {
		return llm.Event{}, false, refusal(0, chunk.Error)
	}
	if string(ev.Name) == "error" {
		return llm.Event{}, false, refusal(0, ev.Data)
	}
	if a.id == "" {
		a.id = chunk.ID
	}
	if chunk.Model != "" {
		a.model = chunk.Model
	}
	if u := chunk.Usage.normal(); u != nil {
		a.usage = u // the last one counts: some servers send it with every chunk
	}
	c := first(chunk.Choices)
	if c == nil {
		return llm.Event{}, false, nil
	}
	if isError(c.Error) {
		return llm.Event{}, false, refusal(0, c.Error)
	}
	if c.FinishReason != "" {
		a.finish = c.FinishReason
	}
	a.logprobs = append(a.logprobs, c.Logprobs.normal()...)
	if c.Delta == nil {
		c.Delta = c.Message // a server that streams an answer in one piece
	}
	if c.Delta != nil {
		out = a.piece(c.Delta)
	}
	return out, false, nil
}

// piece takes a piece of the message.
func (a *assembler) piece(m *message) llm.Event {
	out := llm.Event{Text: string(m.Content), Reasoning: m.reasoning(), Refusal: m.Refusal}
	a.text.WriteString(out.Text)
	a.reasoning.WriteString(out.Reasoning)
	a.refusal.WriteString(out.Refusal)
	for i := range m.ToolCalls {
		t := &m.ToolCalls[i]
		n := a.tool(t, i)
		a.tools[n].arguments = append(a.tools[n].arguments, t.Function.Arguments...)
		out.ToolCalls = append(out.ToolCalls, llm.ToolPiece{
			Index: n, ToolCall: llm.ToolCall{ID: t.ID, Name: t.Function.Name, Arguments: string(t.Function.Arguments), Raw: t.raw},
		})
	}
	return out
}

// tool returns the place of the call that a piece belongs to: the last of its index, or a new one. Some servers give all
// calls the same index, and tell them apart by ID only.
func (a *assembler) tool(t *toolCall, place int) int {
	index := place
	if t.Index != nil {
		index = *t.Index
	}
	for n := len(a.tools) - 1; n >= 0; n-- {
		known := &a.tools[n]
		if known.index != index || t.ID != "" && known.call.ID != "" && t.ID != known.call.ID {
			continue
		}
		if known.call.ID == "" {
			known.call.ID = t.ID
		}
		if known.call.Name == "" {
			known.call.Name = t.Function.Name
		}
		return n
	}
	a.tools = append(a.tools, tool{index: index, call: llm.ToolCall{ID: t.ID, Name: t.Function.Name, Raw: t.raw}})
	return len(a.tools) - 1
}

// Response implements wire.Assembler.
func (a *assembler) Response() (*llm.Response, *llm.Error) {
	if !a.done && a.finish == "" {
		return nil, wire.Cut()
	}
	r := &llm.Response{
		ID: a.id, Model: a.model, Text: a.text.String(), Reasoning: a.reasoning.String(), Refusal: a.refusal.String(),
		Usage: a.usage, Logprobs: a.logprobs,
	}
	for i := range a.tools {
		call := a.tools[i].call
		call.Arguments = string(a.tools[i].arguments)
		r.ToolCalls = append(r.ToolCalls, call)
	}
	finish(r, a.finish)
	return checked(r)
}

// Usage implements wire.Assembler.
func (a *assembler) Usage() *llm.Usage { return a.usage }
