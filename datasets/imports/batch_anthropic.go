package imports

import (
	"encoding/json"
	"fmt"
)

// anthropicLine reads a line of an Anthropic message batch: a request or a result.
func anthropicLine(r *run, line []byte, at place) (*batchRequest, *batchResult, error) {
	var l struct {
		CustomID string           `json:"custom_id"`
		Params   json.RawMessage  `json:"params"`
		Result   *anthropicResult `json:"result"`
	}
	if err := decode(line, &l); err != nil {
		return nil, nil, r.add(at, err.Error(), "")
	}
	switch {
	case l.CustomID == "":
		return nil, nil, r.add(at, "no custom_id: no line of an Anthropic batch", "")
	case l.Params != nil:
		req, err := r.anthropicRequest(l.CustomID, l.Params, at)
		return req, nil, err
	case l.Result != nil:
		res, err := r.anthropicOutcome(l.Result, at)
		if res != nil {
			res.id = l.CustomID
		}
		return nil, res, err
	}
	return nil, nil, r.add(at, "neither a request with params nor a result", "")
}

func (r *run) anthropicRequest(id string, data []byte, at place) (*batchRequest, error) {
	var params struct {
		Model    string          `json:"model"`
		System   json.RawMessage `json:"system"`
		Messages []message       `json:"messages"`
	}
	if err := decode(data, &params); err != nil {
		return nil, r.add(at, "params: "+err.Error(), "")
	}
	if params.Model == "" || len(params.Messages) == 0 {
		return nil, r.add(at, "the params have no model or no messages", "")
	}
	turns := params.Messages
	if len(params.System) > 0 && string(params.System) != "null" {
		turns = append([]message{{Role: "system", Content: params.System}}, turns...)
	}
	req := &batchRequest{id: id, model: params.Model, at: at}
	req.row.Prompt, req.row.Messages = lastUser(turns), formatTurns(turns)
	return req, nil
}

type anthropicResult struct {
	Type    string `json:"type"`
	Message struct {
		Model      string          `json:"model"`
		Content    json.RawMessage `json:"content"`
		StopReason string          `json:"stop_reason"`
		Usage      struct {
			InputTokens   int64 `json:"input_tokens"`
			OutputTokens  int64 `json:"output_tokens"`
			CacheRead     int64 `json:"cache_read_input_tokens"`
			CacheCreation int64 `json:"cache_creation_input_tokens"`
		} `json:"usage"`
	} `json:"message"`
	Error struct {
		apiError
	} `json:"error"`
}

func (r *run) anthropicOutcome(result *anthropicResult, at place) (*batchResult, error) {
	res := &batchResult{model: result.Message.Model, at: at}
	o := &res.outcome
	switch result.Type {
	case "succeeded":
		m := &result.Message
		answer := contentText(m.Content, "")
		o.Response, o.FinishReason = &answer, m.StopReason
		input, output, cached := m.Usage.InputTokens+m.Usage.CacheRead+m.Usage.CacheCreation, m.Usage.OutputTokens, m.Usage.CacheRead
		if input != 0 || output != 0 {
			o.InputTokens, o.OutputTokens, o.CachedInputTokens = &input, &output, &cached
		}
	case "errored":
		res.said = result.Error.Error.Message
		o.Error = errorWord(cause(0, result.Error.codes()...), res.said)
	case "expired":
		o.Error = batchExpired
	case "canceled":
		o.Error = batchCanceled
	default:
		return nil, r.add(at, fmt.Sprintf("result of type %q; there are succeeded, errored, expired and canceled", result.Type), "")
	}
	return res, nil
}
