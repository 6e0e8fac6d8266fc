package wire

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
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
	if o.err != nil || slices.Contains(o.names, name) {
		return
	}
	if o.enc == nil {
		o.enc = json.NewEncoder(&o.buf)
		o.enc.SetEscapeHTML(false)
	}
	o.buf.WriteByte("{,"[min(len(o.names), 1)])
	o.names = append(o.names, name)
	if o.err = o.enc.Encode(name); o.err != nil {
		return
	}
	o.buf.Truncate(o.buf.Len() - 1) // the line's end
	o.buf.WriteByte(':')
	if o.err = o.enc.Encode(value); o.err == nil {
		o.buf.Truncate(o.buf.Len() - 1)
	}
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
