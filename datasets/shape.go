package datasets

import (
	"bytes"
	"encoding/json"
)

// shape are the columns of Columns.Shape.
type shape struct {
	messages                  []int32
	tools, schema, attachment []bool
}

// startShape makes the columns of Columns.Shape those of requests of one message, if they are asked for.
func (b *block) startShape() {
	t := &b.t
	t.MessageCount, t.Tools, t.Schema, t.Attachment = nil, nil, nil, nil
	if !b.cols.Shape {
		return
	}
	s, n := &b.shape, b.stride
	s.messages = filled(s.messages, n, 1)
	s.tools, s.schema, s.attachment = filled(s.tools, n, false), filled(s.schema, n, false), filled(s.attachment, n, false)
	t.MessageCount, t.Tools, t.Schema, t.Attachment = s.messages, s.tools, s.schema, s.attachment
}

// noteChat takes the shape of the messages of request i. A request without any has one all the same.
func (b *block) noteChat(i int, c chat) {
	if b.cols.Shape {
		b.shape.messages[i] = int32(min(max(c.turns, 1), 1<<31-1))
		b.shape.attachment[i] = c.other
	}
}

// finishShape looks at tools and response formats.
func (b *block) finishShape() {
	if !b.cols.Shape {
		return
	}
	tools, format := b.texts[textTools].strings(), b.texts[textResponseFormat].strings()
	for i := range b.stride {
		if text, ok := tools.At(i); ok {
			b.shape.tools[i] = offersTools(text)
		}
		if text, ok := format.At(i); ok {
			b.shape.schema[i] = asksForSchema(text)
		}
	}
}

// offersTools reports whether text is a list of JSON that is not empty. Anything else offers none.
func offersTools(text []byte) bool {
	list, ok := bytes.CutPrefix(bytes.TrimSpace(text), []byte("["))
	return ok && json.Valid(text) && !bytes.HasPrefix(bytes.TrimSpace(list), []byte("]"))
}

// asksForSchema reports whether a response format names a schema: {"type": "json_schema", …}, or an object with the
// schema under json_schema or schema, as APIs have it. Anything else asks for none.
func asksForSchema(text []byte) bool {
	var format map[string]json.RawMessage
	if json.Unmarshal(text, &format) != nil {
		return false
	}
	var kind string
	if json.Unmarshal(format["type"], &kind) == nil && kind == "json_schema" {
		return true
	}
	for _, key := range []string{"json_schema", "schema"} {
		if v, ok := format[key]; ok && string(v) != "null" {
			return true
		}
	}
	return false
}
