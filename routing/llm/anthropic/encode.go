package anthropic

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/llm/internal/wire"
)

// dialect implements wire.Dialect.
type dialect struct {
	maxTokens int
}

// unsayable is the error of a request whose content the API has no word for. Another tier may have.
func unsayable(what string) *llm.Error {
	return &llm.Error{Cause: llm.Other, Unbilled: true, Reason: "the request has " + what + ", which this client cannot say"}
}

// Encode implements wire.Dialect.
func (d *dialect) Encode(c *llm.Call, stream bool) (body []byte, unsent []string, failed *llm.Error) {
	r := c.Request
	native := r.Dialect == llm.Anthropic
	if !native && r.Dialect != "" && r.Dialect != llm.OpenAI {
		return nil, nil, unsayable("the form of " + wire.Word(r.Dialect))
	}
	system, turns, failed := translate(r.Messages, native)
	if failed != nil {
		return nil, nil, failed
	}
	var o wire.Object
	o.Add("model", c.Model)
	if len(system) > 0 {
		o.Add("system", system)
	}
	o.Add("messages", turns)
	o.Add("max_tokens", d.limit(r))
	if r.Temperature != nil {
		// Chat completions go to 2, this API to 1.
		t := *r.Temperature
		if t > 1 {
			t, unsent = 1, append(unsent, "temperature")
		}
		o.Add("temperature", t)
	}
	if r.TopP != nil {
		o.Add("top_p", *r.TopP)
	}
	if len(r.Stop) > 0 {
		o.Add("stop_sequences", r.Stop)
	}
	if stream {
		o.Add("stream", true)
	}
	if r.Seed != nil {
		unsent = append(unsent, "seed")
	}
	if r.Logprobs || r.TopLogprobs > 0 {
		unsent = append(unsent, "logprobs")
	}
	if native {
		o.AddRaw("tools", r.Tools)
		o.AddRaw("tool_choice", r.ToolChoice)
		if len(r.ResponseFormat) > 0 {
			o.Add("output_config", map[string]json.RawMessage{"format": r.ResponseFormat})
		}
		extra := r.Extra
		if extra["stream"] != nil {
			extra = maps.Clone(extra)
			delete(extra, "stream")
		}
		o.AddExtra(extra)
	} else {
		more, failed := addForeign(&o, r)
		if failed != nil {
			return nil, nil, failed
		}
		unsent = append(unsent, more...)
	}
	body, err := o.JSON()
	if err != nil {
		return nil, nil, &llm.Error{Cause: llm.BadRequest, Unbilled: true, Reason: "the request holds raw JSON that is none", Err: err}
	}
	slices.Sort(unsent)
	return body, unsent, nil
}

// limit returns the limit of the answer. Newer callers of chat completions name it otherwise.
func (d *dialect) limit(r *llm.Request) int {
	n := r.MaxTokens
	if n <= 0 {
		json.Unmarshal(r.Extra["max_completion_tokens"], &n) //nolint:errcheck // what is no number is no limit
	}
	if n <= 0 {
		n = d.maxTokens
	}
	return n
}

// addForeign adds what is written in the form of chat completions.
func addForeign(o *wire.Object, r *llm.Request) (unsent []string, failed *llm.Error) {
	if r.HasTools() {
		tools, ok := translateTools(r.Tools)
		if !ok {
			return nil, unsayable("tools that are no functions")
		}
		o.Add("tools", tools)
		choice, ok := translateChoice(r)
		if !ok {
			return nil, unsayable("a choice of tools that is none of auto, none, required and one function")
		}
		if choice != nil {
			o.Add("tool_choice", choice)
		}
	}
	if len(r.ResponseFormat) > 0 {
		if schema := schemaOf(r.ResponseFormat); schema != nil {
			o.Add("output_config", map[string]any{"format": map[string]any{"type": "json_schema", "schema": schema}})
		} else if !isText(r.ResponseFormat) {
			unsent = append(unsent, "response_format")
		}
	}
	for name, value := range r.Extra {
		switch name {
		case "max_completion_tokens", "parallel_tool_calls", "stream", "stream_options": // said otherwise
		case "user":
			o.Add("metadata", map[string]json.RawMessage{"user_id": value})
		default:
			unsent = append(unsent, name)
		}
	}
	return unsent, nil
}

// schemaOf returns the JSON schema of a response format, nil if it has none.
func schemaOf(format json.RawMessage) json.RawMessage {
	var f struct {
		Schema struct {
			Schema json.RawMessage `json:"schema"`
		} `json:"json_schema"`
	}
	if json.Unmarshal(format, &f) != nil {
		return nil
	}
	return f.Schema.Schema
}

// isText reports whether a response format asks for free text.
func isText(format json.RawMessage) bool {
	var f struct {
		Type string `json:"type"`
	}
	return string(format) == "null" || json.Unmarshal(format, &f) == nil && f.Type == "text"
}

type toolSpec struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Schema      json.RawMessage `json:"input_schema"`
	Strict      *bool           `json:"strict,omitempty"`
}

var noArguments = json.RawMessage(`{"type":"object","properties":{}}`)

// translateTools returns the functions that may be called, false if something else may be.
func translateTools(tools json.RawMessage) ([]toolSpec, bool) {
	var list []struct {
		Type     string `json:"type"`
		Function *struct {
			Name        string          `json:"name"`
			Description string          `json:"description"`
			Parameters  json.RawMessage `json:"parameters"`
			Strict      *bool           `json:"strict"`
		} `json:"function"`
	}
	if json.Unmarshal(tools, &list) != nil {
		return nil, false
	}
	out := make([]toolSpec, 0, len(list))
	for _, t := range list {
		if t.Function == nil || t.Type != "" && t.Type != "function" {
			return nil, false
		}
		spec := toolSpec{t.Function.Name, t.Function.Description, t.Function.Parameters, t.Function.Strict}
		if len(spec.Schema) == 0 || string(spec.Schema) == "null" {
			spec.Schema = noArguments
		}
		out = append(out, spec)
	}
	return out, true
}

type toolChoice struct {
	Type            string `json:"type"`
	Name            string `json:"name,omitempty"`
	DisableParallel bool   `json:"disable_parallel_tool_use,omitempty"`
}

// translateChoice returns the choice of tools, nil for the default.
func translateChoice(r *llm.Request) (*toolChoice, bool) {
	parallel := true
	json.Unmarshal(r.Extra["parallel_tool_calls"], &parallel) //nolint:errcheck // what is no bool says nothing
	var c toolChoice
	var word string
	switch {
	case len(r.ToolChoice) == 0 || string(r.ToolChoice) == "null":
		c.Type = "auto"
	case json.Unmarshal(r.ToolChoice, &word) == nil:
		switch word {
		case "auto", "none":
			c.Type = word
		case "required":
			c.Type = "any"
		default:
			return nil, false
		}
	default:
		var one struct {
			Function struct {
				Name string `json:"name"`
			} `json:"function"`
		}
		if json.Unmarshal(r.ToolChoice, &one) != nil || one.Function.Name == "" {
			return nil, false
		}
		c.Type, c.Name = "tool", one.Function.Name
	}
	c.DisableParallel = !parallel && c.Type != "none"
	if c.Type == "auto" && !c.DisableParallel {
		return nil, true
	}
	return &c, true
}
