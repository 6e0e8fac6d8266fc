package llm

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"unicode/utf8"
)

// turn is a message as chat APIs write it.
type turn Message

// UnmarshalJSON implements json.Unmarshaler.
func (t *turn) UnmarshalJSON(data []byte) error {
	if t.plain(data) {
		return nil
	}
	return t.read(data)
}

// read reads a turn of any kind.
func (t *turn) read(data []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return err
	}
	*t = turn{}
	for name, value := range fields {
		var err error
		switch name {
		case "role":
			err = json.Unmarshal(value, &t.Role)
		case "content":
			var c content
			err = json.Unmarshal(value, &c)
			t.Text, t.Parts = c.text, c.parts
		case "tool_call_id":
			if json.Unmarshal(value, &t.ToolCallID) == nil && t.ToolCallID != "" {
				continue
			}
			t.keep(name, value)
		case "tool_calls":
			var ok bool
			if t.ToolCalls, ok = parseToolCalls(value); !ok {
				t.keep(name, value)
			}
		default:
			t.keep(name, value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// keep puts a field aside that the message has no place for. What tools say is not what messages are read for, so an odd
// form of it is no error here: it is the provider's to judge.
func (t *turn) keep(name string, value json.RawMessage) {
	if t.Extra == nil {
		t.Extra = make(map[string]json.RawMessage)
	}
	t.Extra[name] = value
}

type toolCall struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Function *struct {
		Name      string `json:"name"`
		Arguments string `json:"arguments"`
	} `json:"function"`
}

// parseToolCalls reads a list of tool calls, false if it is none.
func parseToolCalls(data []byte) (out []ToolCall, ok bool) {
	var raws []json.RawMessage
	if json.Unmarshal(data, &raws) != nil {
		return nil, false
	}
	for _, raw := range raws {
		var c toolCall
		if json.Unmarshal(raw, &c) != nil {
			return nil, false
		}
		if (c.Type == "" || c.Type == "function") && c.Function != nil {
			out = append(out, ToolCall{ID: c.ID, Name: c.Function.Name, Arguments: c.Function.Arguments})
		} else {
			out = append(out, ToolCall{ID: c.ID, Raw: raw})
		}
	}
	return out, true
}

// MarshalJSON returns the message in the form that ParseMessages reads: that of chat completions.
func (m Message) MarshalJSON() ([]byte, error) {
	b := appendString([]byte(`{"role":`), m.Role)
	b = append(b, `,"content":`...)
	switch {
	case len(m.Parts) > 0:
		for i := range m.Parts {
			b = append(b, "[,"[min(i, 1)])
			b = m.Parts[i].append(b)
		}
		b = append(b, ']')
	case m.Text == "" && len(m.ToolCalls) > 0:
		b = append(b, "null"...)
	default:
		b = appendString(b, m.Text)
	}
	for i := range m.ToolCalls {
		if b = append(b, ','); i == 0 {
			b = append(b, `"tool_calls":[`...)
		}
		b = m.ToolCalls[i].append(b)
	}
	if len(m.ToolCalls) > 0 {
		b = append(b, ']')
	}
	if m.ToolCallID != "" {
		b = appendString(append(b, `,"tool_call_id":`...), m.ToolCallID)
	}
	for _, name := range slices.Sorted(maps.Keys(m.Extra)) {
		b = append(appendString(append(b, ','), name), ':')
		b = append(b, m.Extra[name]...)
	}
	return append(b, '}'), nil
}

func (p *Part) append(b []byte) []byte {
	if len(p.Raw) > 0 {
		return append(b, p.Raw...)
	}
	kind := p.Type
	if kind == "" {
		kind = "text"
	}
	b = appendString(append(b, `{"type":`...), kind)
	b = appendString(append(b, `,"text":`...), p.Text)
	return append(b, '}')
}

func (c *ToolCall) append(b []byte) []byte {
	if len(c.Raw) > 0 {
		return append(b, c.Raw...)
	}
	b = appendString(append(b, `{"id":`...), c.ID)
	b = appendString(append(b, `,"type":"function","function":{"name":`...), c.Name)
	b = appendString(append(b, `,"arguments":`...), c.Arguments)
	return append(b, "}}"...)
}

// appendString appends s as JSON. Angle brackets stay as they are: they are common in prompts, and no browser reads this.
func appendString(b []byte, s string) []byte {
	begun := len(b)
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		short := escapes[s[i]]
		switch {
		case short != 0:
			b = append(append(b, s[start:i]...), '\\', short)
			start = i + 1
		case s[i] < ' ' || s[i] >= utf8.RuneSelf: // encoding/json knows what is to be escaped of these
			return append(b[:begun], encodeString(s)...)
		}
	}
	return append(append(b, s[start:]...), '"')
}

// escapes are the common escapes of JSON strings.
var escapes = [256]byte{'"': '"', '\\': '\\', '\n': 'n', '\r': 'r', '\t': 't'}

func encodeString(s string) []byte {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	e.Encode(s) //nolint:errcheck // it writes to memory, and a string always has a JSON form
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
}

// plainPart reports whether the JSON of a part says no more than a type and a text.
func plainPart(data []byte) bool {
	var fields map[string]json.RawMessage
	if json.Unmarshal(data, &fields) != nil {
		return false
	}
	var s string
	for name, value := range fields {
		if name != "type" && name != "text" || json.Unmarshal(value, &s) != nil || string(value) == "null" {
			return false
		}
	}
	return len(fields) > 0 && fields["text"] != nil || string(data) == "null"
}
