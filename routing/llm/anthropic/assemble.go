package anthropic

import (
	"encoding/json"
	"strings"

	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/llm/internal/wire"
)

// An event of a stream: the fields of all types.
type event struct {
	Type    string  `json:"type"`
	Message message `json:"message"`
	Index   int     `json:"index"`
	Block   block   `json:"content_block"`
	Delta   struct {
		Type        string `json:"type"`
		Text        string `json:"text"`
		Thinking    string `json:"thinking"`
		PartialJSON string `json:"partial_json"`
		StopReason  string `json:"stop_reason"`
	} `json:"delta"`
	Usage usage `json:"usage"`
}

// An assembler makes an answer of events.
type assembler struct {
	answer
	message   message
	usage     usage
	done      bool  // message_stop has come
	calls     []int // the provider's index of each call
	arguments []*strings.Builder
}

// Assembler implements wire.Dialect.
func (d *dialect) Assembler() wire.Assembler { return &assembler{} }

// Add implements wire.Assembler.
func (a *assembler) Add(ev wire.Event) (out llm.Event, done bool, failed *llm.Error) {
	if len(ev.Data) == 0 {
		return llm.Event{}, false, nil
	}
	if text, ok := fastText(ev.Data); ok {
		a.text.WriteString(text)
		return llm.Event{Text: text}, false, nil
	}
	return a.addSlow(ev)
}

// addSlow takes any event. Types that it does not know are skipped, as the API's documentation asks for.
func (a *assembler) addSlow(ev wire.Event) (out llm.Event, done bool, failed *llm.Error) {
	var e event
	if err := json.Unmarshal(ev.Data, &e); err != nil {
		return llm.Event{}, false, wire.NoAnswer("an event of the stream is not the JSON of one")
	}
	switch e.Type {
	case "error":
		return llm.Event{}, false, refusal(0, ev.Data)
	case "message_start":
		a.message = e.Message
		a.usage.update(&e.Message.Usage)
		a.usage.Output = nil // the count of the first token, if anything: what a cut answer took is unknown
	case "content_block_start":
		out = a.begin(&e)
	case "content_block_delta":
		out = a.piece(&e)
	case "message_delta":
		if e.Delta.StopReason != "" {
			a.message.StopReason = e.Delta.StopReason
		}
		a.usage.update(&e.Usage)
	case "message_stop":
		a.done = true
	}
	return out, a.done, nil
}

// begin takes the start of a block, which may have a piece of its content.
func (a *assembler) begin(e *event) llm.Event {
	switch e.Block.Type {
	case "text":
		a.text.WriteString(e.Block.Text)
		return llm.Event{Text: e.Block.Text}
	case "thinking":
		a.reasoning.WriteString(e.Block.Thinking)
		return llm.Event{Reasoning: e.Block.Thinking}
	case "tool_use":
		call := llm.ToolCall{ID: e.Block.ID, Name: e.Block.Name}
		a.calls = append(a.calls, e.Index)
		a.tools = append(a.tools, call)
		a.arguments = append(a.arguments, new(strings.Builder))
		// It is {} as a rule, and the arguments follow; some servers send them here.
		if input := string(e.Block.Input); input != "" && input != "{}" && input != "null" {
			call.Arguments = input
			a.arguments[len(a.arguments)-1].WriteString(input)
		}
		return llm.Event{ToolCalls: []llm.ToolPiece{{Index: len(a.tools) - 1, ToolCall: call}}}
	}
	return llm.Event{}
}

// piece takes a piece of a block.
func (a *assembler) piece(e *event) llm.Event {
	switch e.Delta.Type {
	case "text_delta":
		a.text.WriteString(e.Delta.Text)
		return llm.Event{Text: e.Delta.Text}
	case "thinking_delta":
		a.reasoning.WriteString(e.Delta.Thinking)
		return llm.Event{Reasoning: e.Delta.Thinking}
	case "input_json_delta":
		for n := len(a.calls) - 1; n >= 0 && e.Delta.PartialJSON != ""; n-- {
			if a.calls[n] == e.Index {
				a.arguments[n].WriteString(e.Delta.PartialJSON)
				return llm.Event{ToolCalls: []llm.ToolPiece{{Index: n, ToolCall: llm.ToolCall{Arguments: e.Delta.PartialJSON}}}}
			}
		}
	}
	return llm.Event{}
}

// Response implements wire.Assembler.
func (a *assembler) Response() (*llm.Response, *llm.Error) {
	if !a.done && a.message.StopReason == "" {
		return nil, wire.Cut()
	}
	for n := range a.tools {
		if a.tools[n].Arguments = a.arguments[n].String(); a.tools[n].Arguments == "" {
			a.tools[n].Arguments = "{}"
		}
	}
	return a.response(&a.message, &a.usage)
}

// Usage implements wire.Assembler.
func (a *assembler) Usage() *llm.Usage { return a.usage.normal() }
