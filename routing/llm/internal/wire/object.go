package wire

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"github.com/tierwise/tierwise/routing/llm"
)

// An Object writes a JSON object, field by field. Angle brackets stay as they are.
type Object struct {
	buf   bytes.Buffer
	enc   *json.Encoder
	names []string
	err   error
}

// Add writes a field, unless one of that name stands already.
func (o *Object) Add(name string, value any) {
	if !o.name(name) {
		return
	}
	if o.err = o.enc.Encode(value); o.err == nil {
		o.buf.Truncate(o.buf.Len() - 1)
	}
}

// name writes the name of a field, unless one of that name stands already.
func (o *Object) name(name string) bool {
	if o.err != nil || slices.Contains(o.names, name) {
		return false
	}
	if o.enc == nil {
		o.enc = json.NewEncoder(&o.buf)
		o.enc.SetEscapeHTML(false)
	}
	o.buf.WriteByte("{,"[min(len(o.names), 1)])
	o.names = append(o.names, name)
	if o.err = o.enc.Encode(name); o.err != nil {
		return false
	}
	o.buf.Truncate(o.buf.Len() - 1) // the line's end
	o.buf.WriteByte(':')
	return true
}

// AddMessages writes a field of messages. Where all of them are made of strings alone, encoding/json, which reads again what
// a message has just written, is left out: that takes longer than all else of a call but the network.
func (o *Object) AddMessages(name string, messages []llm.Message) {
	if slices.ContainsFunc(messages, holdsRaw) {
		o.Add(name, messages)
		return
	}
	if !o.name(name) {
		return
	}
	o.buf.WriteByte('[')
	for i := range messages {
		if i > 0 {
			o.buf.WriteByte(',')
		}
		text, err := messages[i].MarshalJSON()
		if err != nil {
			o.err = err
			return
		}
		o.buf.Write(text)
	}
	o.buf.WriteByte(']')
}

// holdsRaw reports whether a message has JSON in it that may be none.
func holdsRaw(m llm.Message) bool {
	return len(m.Extra) > 0 || slices.ContainsFunc(m.Parts, func(p llm.Part) bool { return len(p.Raw) > 0 }) ||
		slices.ContainsFunc(m.ToolCalls, func(c llm.ToolCall) bool { return len(c.Raw) > 0 })
}

// AddRaw writes a field of JSON, unless it is empty.
func (o *Object) AddRaw(name string, value json.RawMessage) {
	if len(value) > 0 {
		o.Add(name, value)
	}
}

// AddExtra writes the fields in the order of their names. Those that stand already win.
func (o *Object) AddExtra(fields map[string]json.RawMessage) {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		o.AddRaw(name, fields[name])
	}
}

// JSON returns the object. It fails if a value had no JSON form, as raw JSON that is none.
func (o *Object) JSON() ([]byte, error) {
	if len(o.names) == 0 {
		o.buf.WriteByte('{')
	}
	o.buf.WriteByte('}')
	return o.buf.Bytes(), o.err
}
