package imports

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/tierwise/tierwise/datasets"
)

// An inspectSample is an EvalSample of inspect_ai, less its messages, events and store.
type inspectSample struct {
	ID       json.RawMessage         `json:"id"`
	Epoch    int                     `json:"epoch"`
	UUID     string                  `json:"uuid"`
	Input    json.RawMessage         `json:"input"`
	Target   any                     `json:"target"`
	Metadata map[string]any          `json:"metadata"`
	Scores   map[string]inspectScore `json:"scores"`
	Output   struct {
		Choices []struct {
			Message    message `json:"message"`
			StopReason string  `json:"stop_reason"`
			Logprobs   *struct {
				Content []struct {
					Logprob float64 `json:"logprob"`
				} `json:"content"`
			} `json:"logprobs"`
		} `json:"choices"`
		Time *float64 `json:"time"` // seconds, of the last call
	} `json:"output"`
	ModelUsage  map[string]inspectUsage `json:"model_usage"`
	WorkingTime *float64                `json:"working_time"` // seconds
	Attachments map[string]string       `json:"attachments"`
	Error       *struct {
		Message string `json:"message"`
	} `json:"error"`
	Limit *struct {
		Type string `json:"type"`
	} `json:"limit"`
}

type inspectScore struct {
	Value any `json:"value"`
}

type inspectUsage struct {
	InputTokens     *int64   `json:"input_tokens"`
	OutputTokens    *int64   `json:"output_tokens"`
	CacheRead       *int64   `json:"input_tokens_cache_read"`
	CacheWrite      *int64   `json:"input_tokens_cache_write"`
	ReasoningTokens *int64   `json:"reasoning_tokens"`
	TotalCost       *float64 `json:"total_cost"`
}

func (s *inspectSample) where() string {
	return fmt.Sprintf("sample %s, epoch %d", rawID(s.ID), s.Epoch)
}

// resolve gives a text that stands among the sample's attachments.
func (s *inspectSample) resolve(text string) string {
	if hash, ok := strings.CutPrefix(text, "attachment://"); ok {
		if full, ok := s.Attachments[hash]; ok {
			return full
		}
	}
	return text
}

// resolveContent is resolve for a content of JSON: a string, or parts with texts.
func (s *inspectSample) resolveContent(content json.RawMessage) json.RawMessage {
	if len(s.Attachments) == 0 || !strings.Contains(string(content), "attachment://") {
		return content
	}
	v, err := decodeAny(content)
	if err != nil {
		return content
	}
	return json.RawMessage(compactJSON(s.resolveAny(v)))
}

func (s *inspectSample) resolveAny(v any) any {
	switch v := v.(type) {
	case string:
		return s.resolve(v)
	case []any:
		for i := range v {
			v[i] = s.resolveAny(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = s.resolveAny(v[k])
		}
	}
	return v
}

func (r *run) inspectRecord(log *inspectLog, s *inspectLocated, scorer scorer) (record, error) {
	id := rawID(s.ID)
	if id == "" {
		return record{}, skip(r.add(s.at, "a sample without id", ""))
	}
	rec := record{key: log.eval.Task + "/" + id, nth: s.Epoch, at: s.at}
	rec.row.ID, rec.row.Task = rec.key, log.eval.Task
	if err := s.input(&rec.row); err != nil {
		return record{}, skip(r.add(s.at, "input: "+err.Error(), ""))
	}
	rec.row.Expected = s.target()
	if err := r.metadata(&rec.row, s.Metadata, s.at); err != nil {
		return record{}, err
	}
	var err error
	rec.outcome, err = r.inspectOutcome(log, s, scorer)
	return rec, err
}

// input fills in prompt and messages.
func (s *inspectSample) input(row *datasets.Row) error {
	input := s.resolveContent(s.Input)
	if len(input) > 0 && input[0] == '[' {
		var turns []message
		if err := decode(input, &turns); err != nil {
			return err
		}
		row.Prompt, row.Messages = lastUser(turns), formatTurns(turns)
		return nil
	}
	return decode([]byte(cmp.Or(string(input), "null")), &row.Prompt)
}

// target is the expected answer: one text, or a JSON list if there are several.
func (s *inspectSample) target() string {
	if list, ok := s.Target.([]any); ok {
		if len(list) != 1 {
			return compactJSON(list)
		}
		s.Target = list[0]
	}
	if s.Target == nil {
		return ""
	}
	return s.resolve(text(s.Target))
}

func (r *run) inspectOutcome(log *inspectLog, s *inspectLocated, scorer scorer) (datasets.Outcome, error) {
	o := datasets.Outcome{Model: r.model(log.eval.Model)}
	if seconds := cmp.Or(s.WorkingTime, s.Output.Time); seconds != nil {
		ms := *seconds * 1000
		o.LatencyMS = &ms
	}
	if usage, ok := s.ModelUsage[log.eval.Model]; ok {
		usage.fill(&o, log.eval.countsCacheApart())
	} else if len(s.ModelUsage) > 0 {
		r.warn(s.at, fmt.Sprintf("no model_usage of %s itself, only of graders or roles: tokens null", log.eval.Model))
	}
	if len(s.Output.Choices) > 0 {
		c := s.Output.Choices[0]
		o.FinishReason = c.StopReason
		if len(c.Message.Content) > 0 && string(c.Message.Content) != "null" {
			answer := contentText(s.resolveContent(c.Message.Content), "")
			o.Response = &answer
		}
		if c.Logprobs != nil {
			var values []float64
			for _, l := range c.Logprobs.Content {
				values = append(values, l.Logprob)
			}
			o.LogprobMean, o.LogprobMin = logprobs(values)
		}
	}
	if s.Error != nil {
		o.Error = errorWord(cause(0, codesIn(s.Error.Message)...), s.Error.Message)
		r.failed(o.Model, o.Error, s.Error.Message, s.at)
		return o, nil
	}
	if s.Limit != nil {
		r.warn(s.at, fmt.Sprintf("stopped by a limit (%s): scored as it stood", s.Limit.Type))
	}
	var err error
	o.Quality, err = r.inspectQuality(s, scorer)
	return o, err
}

// fill sets tokens and cost of a model. Costs of 0 are what inspect_ai writes for models without a known price.
func (u inspectUsage) fill(o *datasets.Outcome, cacheApart bool) {
	input, output := value(u.InputTokens), value(u.OutputTokens)
	if cacheApart {
		input += value(u.CacheRead) + value(u.CacheWrite)
	}
	if input != 0 || output != 0 {
		o.InputTokens, o.OutputTokens = &input, &output
		o.CachedInputTokens, o.ReasoningTokens = u.CacheRead, u.ReasoningTokens
	}
	if u.TotalCost != nil && *u.TotalCost != 0 {
		o.CostUSD = u.TotalCost
	}
}

func value(v *int64) int64 {
	if v == nil {
		return 0
	}
	return *v
}

// countsCacheApart reports whether input_tokens leave the cached ones out, as they do since inspect_ai 0.3.184.
func (e *inspectEval) countsCacheApart() bool {
	version, _ := e.Packages["inspect_ai"].(string)
	parts := strings.SplitN(version, ".", 4)
	if len(parts) < 3 {
		return true
	}
	since := [3]int{0, 3, 184}
	for i := range since {
		n, err := strconv.Atoi(parts[i])
		if err != nil || n > since[i] {
			return true
		}
		if n < since[i] {
			return false
		}
	}
	return true
}
