package llm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// A Message is one turn of a chat.
type Message struct {
	Role string // "user", "assistant", "system", "tool", …
	// Text is the turn's text. A turn that holds more than one text, or something else than text, has Parts in its place.
	Text  string
	Parts []Part
	// ToolCalls are what the assistant asked for in this turn.
	ToolCalls []ToolCall
	// ToolCallID is the call that a turn of role tool answers.
	ToolCallID string
	// Extra are the message's other fields, by name, as JSON.
	Extra map[string]json.RawMessage
}

// A Part is a piece of a message.
type Part struct {
	// Type is what chat APIs call the part: "text", "image_url", "tool_result", …; "" is text.
	Type string
	Text string // "" if the part has none
	// Raw is the part as the request's dialect writes it, if it is more than a type and a text. It is what is sent.
	Raw json.RawMessage
}

// A ToolCall is a call of a tool that a model asks for.
type ToolCall struct {
	ID   string
	Name string
	// Arguments is a JSON object, as the model wrote it: it may be cut or no JSON at all.
	Arguments string
	// Raw is the call as the provider wrote it, if it is no call of a function; "": it is one.
	Raw json.RawMessage
}

// textTypes are the parts that are text, or what passes between model and tools, which is no attachment.
var textTypes = map[string]bool{
	"": true, "text": true, "input_text": true, "output_text": true, "refusal": true, "thinking": true, "reasoning": true,
	"tool_use": true, "tool_result": true,
}

// Content returns the text of the message: of one in parts, their texts, one to a line.
func (m *Message) Content() string {
	if len(m.Parts) == 0 {
		return m.Text
	}
	texts := make([]string, 0, len(m.Parts))
	for i := range m.Parts {
		if m.Parts[i].Text != "" {
			texts = append(texts, m.Parts[i].Text)
		}
	}
	return strings.Join(texts, "\n")
}

// Attachment reports whether a part of the message is something else than text: an image, a file, a sound.
func (m *Message) Attachment() bool {
	for i := range m.Parts {
		if !textTypes[m.Parts[i].Type] {
			return true
		}
	}
	return false
}

// ParseMessages reads messages in the form of chat APIs, which is that of the column messages of labeled traffic: a JSON
// list of objects with role and content, the content a string, null or a list of parts. It is never nil without an error.
func ParseMessages(data []byte) ([]Message, error) {
	var turns []turn
	if err := json.Unmarshal(data, &turns); err != nil {
		return nil, fmt.Errorf("messages: want a JSON list of objects with role and content: %w", err)
	}
	out := make([]Message, len(turns))
	for i := range turns {
		out[i] = Message(turns[i])
	}
	return out, nil
}

// content is the content of a message as APIs write it.
type content struct {
	text  string
	parts []Part
}

// UnmarshalJSON takes a string, a list of parts, or null.
func (c *content) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] != '[' {
		return json.Unmarshal(data, &c.text)
	}
	var parts []part
	if err := json.Unmarshal(data, &parts); err != nil {
		return err
	}
	for i := range parts {
		c.parts = append(c.parts, Part(parts[i]))
	}
	return nil
}

// part is a part as APIs write it: an object, a bare string, or null.
type part Part

// notText is the type of a part that does not say what it is, and has no text.
const notText = "other"

// UnmarshalJSON implements json.Unmarshaler.
func (p *part) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, &p.Text)
	}
	var object struct {
		Type json.RawMessage `json:"type"`
		Text *string         `json:"text"`
	}
	if err := json.Unmarshal(data, &object); err != nil {
		return err
	}
	if object.Text != nil {
		p.Text = *object.Text
	}
	if !plainPart(data) {
		p.Raw = bytes.Clone(data)
	}
	switch {
	case string(data) == "null":
	case len(object.Type) == 0 || string(object.Type) == "null":
		if object.Text == nil {
			p.Type = notText
		}
	case json.Unmarshal(object.Type, &p.Type) != nil || p.Type == "":
		p.Type = notText
	}
	return nil
}
