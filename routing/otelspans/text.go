package otelspans

import (
	"encoding/json"

	"go.opentelemetry.io/otel/attribute"

	"github.com/tierwise/tierwise/routing/llm"
)

// A message is a turn as the conventions write it, in JSON.
type message struct {
	Role         string `json:"role"`
	Parts        []part `json:"parts"`
	FinishReason string `json:"finish_reason,omitempty"` // of an answer
}

// A part is a piece of a message.
type part struct {
	Type      string `json:"type"` // text, reasoning, tool_call, tool_call_response; others have no content here
	Content   string `json:"content,omitempty"`
	ID        string `json:"id,omitempty"`
	Name      string `json:"name,omitempty"`
	Arguments string `json:"arguments,omitempty"`
	Response  string `json:"response,omitempty"`
}

// textAttributes returns what was said. Attachments are named by their type only.
func textAttributes(q *llm.Request, resp *llm.Response) []attribute.KeyValue {
	input := make([]message, len(q.Messages))
	for i := range q.Messages {
		input[i] = turn(&q.Messages[i])
	}
	attrs := appendMessages(nil, genInput, input)
	if resp == nil {
		return attrs
	}
	out := message{Role: "assistant", Parts: []part{}, FinishReason: resp.FinishReason}
	for _, said := range [...]part{{Type: "reasoning", Content: resp.Reasoning}, {Type: "text", Content: resp.Text}, {Type: "text", Content: resp.Refusal}} {
		if said.Content != "" {
			out.Parts = append(out.Parts, said)
		}
	}
	out.Parts = append(out.Parts, calls(resp.ToolCalls)...)
	return appendMessages(attrs, genOutput, []message{out})
}

func turn(m *llm.Message) message {
	out := message{Role: m.Role, Parts: []part{}}
	switch {
	case m.ToolCallID != "":
		out.Parts = append(out.Parts, part{Type: "tool_call_response", ID: m.ToolCallID, Response: m.Content()})
	case len(m.Parts) > 0:
		for i := range m.Parts {
			p := part{Type: m.Parts[i].Type, Content: m.Parts[i].Text}
			if p.Type == "" {
				p.Type = "text"
			}
			out.Parts = append(out.Parts, p)
		}
	case m.Text != "":
		out.Parts = append(out.Parts, part{Type: "text", Content: m.Text})
	}
	out.Parts = append(out.Parts, calls(m.ToolCalls)...)
	return out
}

func calls(all []llm.ToolCall) []part {
	var out []part
	for i := range all {
		out = append(out, part{Type: "tool_call", ID: all[i].ID, Name: all[i].Name, Arguments: all[i].Arguments})
	}
	return out
}

func appendMessages(attrs []attribute.KeyValue, key attribute.Key, messages []message) []attribute.KeyValue {
	data, err := json.Marshal(messages)
	if err != nil { // strings alone: there is none
		return attrs
	}
	return append(attrs, key.String(string(data)))
}
