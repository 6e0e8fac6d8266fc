package llm

import (
	"bytes"
	"encoding/json"
)

// A Request is what a chat model is asked.
type Request struct {
	Messages []Message
	// Tools is the JSON list of what the model may call, as chat APIs take it; empty: nothing.
	Tools json.RawMessage
	// ResponseFormat is the JSON object that asks for a form of the answer, as chat APIs take it:
	// {"type": "json_schema", …}; empty: free text.
	ResponseFormat json.RawMessage
	// MaxTokens is the limit of the answer; 0: the model's own.
	MaxTokens int
}

// HasTools reports whether the request offers tools: a list that is not empty.
func (r *Request) HasTools() bool {
	list, ok := bytes.CutPrefix(bytes.TrimSpace(r.Tools), []byte("["))
	return ok && !bytes.HasPrefix(bytes.TrimSpace(list), []byte("]"))
}

// HasSchema reports whether the request asks for JSON by a schema: its response format is of type json_schema, or has
// one under json_schema or schema, as APIs write it.
func (r *Request) HasSchema() bool {
	if len(r.ResponseFormat) == 0 {
		return false
	}
	var format map[string]json.RawMessage
	if json.Unmarshal(r.ResponseFormat, &format) != nil {
		return false
	}
	var kind string
	if json.Unmarshal(format["type"], &kind) == nil && kind == "json_schema" {
		return true
	}
	for _, key := range [...]string{"json_schema", "schema"} {
		if v, ok := format[key]; ok && string(v) != "null" {
			return true
		}
	}
	return false
}
