package imports

import (
	"encoding/json"
	"fmt"
)

// openAILine reads a line of an OpenAI batch: a request of the input file, or a result of the output or error file.
func openAILine(r *run, line []byte, at place) (*batchRequest, *batchResult, error) {
	var l struct {
		ID       string          `json:"id"`
		CustomID string          `json:"custom_id"`
		URL      string          `json:"url"`
		Body     json.RawMessage `json:"body"`
		Response *openAIResponse `json:"response"`
		Error    *struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	if err := decode(line, &l); err != nil {
		return nil, nil, r.add(at, err.Error(), "")
	}
	switch {
	case l.CustomID == "":
		return nil, nil, r.add(at, "no custom_id: no line of an OpenAI batch", "")
	case l.Body != nil:
		req, err := r.openAIRequest(l.CustomID, l.URL, l.Body, at)
		return req, nil, err
	case l.Error != nil:
		word := errorWord(cause(0, l.Error.Code), l.Error.Message)
		switch l.Error.Code {
		case "batch_expired":
			word = batchExpired
		case "batch_cancelled", "batch_canceled":
			word = batchCanceled
		}
		res := &batchResult{id: l.CustomID, lineID: l.ID, said: l.Error.Message, at: at}
		res.outcome.Error = word
		return nil, res, nil
	case l.Response != nil:
		res, err := r.openAIResult(l.Response, at)
		if res != nil {
			res.id, res.lineID = l.CustomID, l.ID
		}
		return nil, res, err
	}
	return nil, nil, r.add(at, "neither a request with body nor a result with response or error", "")
}

func (r *run) openAIRequest(id, url string, data []byte, at place) (*batchRequest, error) {
	if url != "" && url != "/v1/chat/completions" {
		return nil, r.problem(at, fmt.Sprintf("a batch for %s; only /v1/chat/completions is read", url), "turn it into csv or jsonl with a mapping")
	}
	var body struct {
		Model    string    `json:"model"`
		Messages []message `json:"messages"`
	}
	if err := decode(data, &body); err != nil {
		return nil, r.add(at, "body: "+err.Error(), "")
	}
	if body.Model == "" || len(body.Messages) == 0 {
		return nil, r.add(at, "the body has no model or no messages", "")
	}
	req := &batchRequest{id: id, model: body.Model, at: at}
	req.row.Prompt, req.row.Messages = lastUser(body.Messages), formatTurns(body.Messages)
	return req, nil
}

type openAIResponse struct {
	StatusCode int             `json:"status_code"`
	Body       json.RawMessage `json:"body"`
}

type openAICompletion struct {
	apiError
	Model   string `json:"model"`
	Choices []struct {
		Message struct {
			Content json.RawMessage `json:"content"`
			Refusal *string         `json:"refusal"`
		} `json:"message"`
		FinishReason string `json:"finish_reason"`
		Logprobs     *struct {
			Content []struct {
				Logprob float64 `json:"logprob"`
			} `json:"content"`
		} `json:"logprobs"`
	} `json:"choices"`
	Usage *struct {
		PromptTokens     int64 `json:"prompt_tokens"`
		CompletionTokens int64 `json:"completion_tokens"`
		PromptDetails    struct {
			Cached *int64 `json:"cached_tokens"`
		} `json:"prompt_tokens_details"`
		CompletionDetails struct {
			Reasoning *int64 `json:"reasoning_tokens"`
		} `json:"completion_tokens_details"`
	} `json:"usage"`
}

func (r *run) openAIResult(response *openAIResponse, at place) (*batchResult, error) {
	var body openAICompletion
	if len(response.Body) > 0 {
		if err := decode(response.Body, &body); err != nil && response.StatusCode == 200 {
			return nil, r.add(at, "response.body: "+err.Error(), "")
		}
	}
	res := &batchResult{model: body.Model, at: at}
	o := &res.outcome
	if response.StatusCode != 200 {
		res.said = body.Error.Message
		if res.said == "" {
			res.said = fmt.Sprintf("HTTP %d", response.StatusCode)
		}
		o.Error = errorWord(cause(response.StatusCode, body.codes()...), res.said)
		return res, nil
	}
	if u := body.Usage; u != nil && (u.PromptTokens != 0 || u.CompletionTokens != 0) {
		o.InputTokens, o.OutputTokens = &u.PromptTokens, &u.CompletionTokens
		o.CachedInputTokens, o.ReasoningTokens = u.PromptDetails.Cached, u.CompletionDetails.Reasoning
	}
	if len(body.Choices) == 0 {
		r.warn(at, "an answer without choices: no response")
		return res, nil
	}
	c := body.Choices[0]
	o.FinishReason = c.FinishReason
	switch {
	case c.Message.Refusal != nil && *c.Message.Refusal != "":
		o.Response, o.FinishReason = c.Message.Refusal, "refusal"
	case len(c.Message.Content) > 0 && string(c.Message.Content) != "null":
		answer := contentText(c.Message.Content, "")
		o.Response = &answer
	}
	if c.Logprobs != nil {
		var values []float64
		for _, l := range c.Logprobs.Content {
			values = append(values, l.Logprob)
		}
		o.LogprobMean, o.LogprobMin = logprobs(values)
	}
	return res, nil
}
