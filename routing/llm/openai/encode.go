package openai

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/llm/internal/wire"
)

// dialect implements wire.Dialect.
type dialect struct {
	maxTokens     string
	noStreamUsage bool
}

// Encode implements wire.Dialect.
func (d *dialect) Encode(c *llm.Call, stream bool) (body []byte, unsent []string, failed *llm.Error) {
	r := c.Request
	foreign := r.Dialect != "" && r.Dialect != llm.OpenAI
	if foreign && !plain(r) {
		return nil, nil, &llm.Error{Cause: llm.Other, Unbilled: true, Reason: "the request has tools, a response format or parts in the form of " + wire.Word(r.Dialect) + ", which this client cannot say"}
	}
	var o wire.Object
	o.Add("model", c.Model)
	o.AddMessages("messages", r.Messages)
	o.AddRaw("tools", r.Tools)
	o.AddRaw("tool_choice", r.ToolChoice)
	o.AddRaw("response_format", r.ResponseFormat)
	if r.MaxTokens > 0 {
		o.Add(d.maxTokens, r.MaxTokens)
	}
	if r.Temperature != nil {
		o.Add("temperature", *r.Temperature)
	}
	if r.TopP != nil {
		o.Add("top_p", *r.TopP)
	}
	if len(r.Stop) > 0 {
		o.Add("stop", r.Stop)
	}
	if r.Seed != nil {
		o.Add("seed", *r.Seed)
	}
	if r.Logprobs || r.TopLogprobs > 0 {
		o.Add("logprobs", true)
	}
	if r.TopLogprobs > 0 {
		o.Add("top_logprobs", r.TopLogprobs)
	}
	if stream {
		o.Add("stream", true)
		if !d.noStreamUsage {
			o.Add("stream_options", streamOptions(r.Extra["stream_options"]))
		}
	} else {
		// Left over from a streamed request that is answered in one piece, these would stream it or be refused.
		o.Add("stream", false)
	}
	extra := r.Extra
	if foreign {
		unsent, extra = slices.Sorted(maps.Keys(extra)), nil
	} else if !stream && extra["stream_options"] != nil {
		extra = maps.Clone(extra)
		delete(extra, "stream_options")
	}
	o.AddExtra(extra)
	body, err := o.JSON()
	if err != nil {
		return nil, nil, &llm.Error{Cause: llm.BadRequest, Unbilled: true, Reason: "the request holds raw JSON that is none", Err: err}
	}
	return body, unsent, nil
}

// streamOptions returns the caller's options with the usage asked for.
func streamOptions(given json.RawMessage) map[string]json.RawMessage {
	var options map[string]json.RawMessage
	if json.Unmarshal(given, &options) != nil || options == nil {
		options = make(map[string]json.RawMessage)
	}
	options["include_usage"] = json.RawMessage("true")
	return options
}

// plain reports whether a request says the same in all dialects.
func plain(r *llm.Request) bool {
	if len(r.ResponseFormat) > 0 || len(r.ToolChoice) > 0 || r.HasTools() {
		return false
	}
	for i := range r.Messages {
		for j := range r.Messages[i].Parts {
			if len(r.Messages[i].Parts[j].Raw) > 0 {
				return false
			}
		}
	}
	return true
}
