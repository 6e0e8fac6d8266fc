package imports

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/tierwise/tierwise/datasets"
)

// contentKey is the key of a request that holds across files: 12 hex digits of the SHA-256 of the JSON of
// [vars, prompt], keys sorted.
func contentKey(vars any, prompt string) string {
	h := sha256.Sum256([]byte(compactJSON([]any{vars, prompt})))
	return hex.EncodeToString(h[:])[:12]
}

// promptfooResult makes a record of a row; nil if it is no row of promptfoo, which is noted.
func (r *run) promptfooResult(row *promptfooRow, at place) (*promptfooResult, error) {
	if row.TestIdx == nil || row.PromptIdx == nil || row.FailureReason == nil {
		return nil, r.add(at, "this is no result of promptfoo 0.123: it has no testIdx, promptIdx or failureReason", "export with a promptfoo that writes them")
	}
	if at.at != "" {
		at.at = fmt.Sprintf("%s (test %d, column %d)", at.at, *row.TestIdx, *row.PromptIdx)
	}
	vars := row.TestCase.Vars
	if len(vars) == 0 {
		vars = row.Vars
	}
	values := map[string]any{}
	if len(vars) > 0 {
		v, err := decodeAny(vars)
		if err != nil {
			return nil, r.add(at, "vars: "+err.Error(), "")
		}
		if m, ok := v.(map[string]any); ok {
			values = m
		}
	}
	res := &promptfooResult{test: *row.TestIdx, column: *row.PromptIdx, uuid: row.ID, label: row.Prompt.Label}
	res.content = contentKey(values, row.Prompt.Raw)
	if d := row.TestCase.Description; d != "" {
		res.name = d + "|" + row.Prompt.Label
	}
	res.asserts = compactJSON(row.TestCase.Assert)
	res.at = at
	res.row.Prompt, res.row.Messages = chat(row.Prompt.Raw)
	res.row.Task, _ = row.TestCase.Metadata["task"].(string)
	res.row.Expected = promptfooExpected(row.TestCase.Assert, values)
	if err := r.metadata(&res.row, row.TestCase.Metadata, at); err != nil {
		return nil, err
	}
	var err error
	res.outcome, err = r.promptfooOutcome(row, at)
	return res, err
}

// promptfooExpected is the known answer of a test: the value of its only equals assertion, where it is no template
// beyond a single variable.
func promptfooExpected(tests []promptfooTest, vars map[string]any) string {
	expected, equals := "", 0
	for _, t := range tests {
		if t.Type != "equals" {
			continue
		}
		equals++
		v, err := decodeAny(t.Value)
		if err != nil || v == nil {
			continue
		}
		expected = text(v)
	}
	if equals != 1 || strings.HasPrefix(expected, "file://") {
		return ""
	}
	before, inner, isTemplate := strings.Cut(expected, "{{")
	if !isTemplate {
		return expected
	}
	name, after, _ := strings.Cut(inner, "}}")
	if v := vars[strings.TrimSpace(name)]; v != nil && strings.TrimSpace(before+after) == "" {
		return text(v)
	}
	return ""
}

// promptfooOutcome is what the row's model did.
func (r *run) promptfooOutcome(row *promptfooRow, at place) (datasets.Outcome, error) {
	o := datasets.Outcome{Model: r.model(cmp.Or(row.Provider.Label, row.Provider.ID))}
	answered := false
	if res := row.Response; res != nil {
		answered = len(res.Output) > 0 && string(res.Output) != "null"
		r.promptfooUsage(&o, res, answered, at)
		if answered {
			v, err := decodeAny(res.Output)
			if err != nil {
				return o, r.add(at, "response.output: "+err.Error(), "")
			}
			s := text(v)
			o.Response = &s
		}
		o.FinishReason = res.FinishReason
		o.LogprobMean, o.LogprobMin = logprobs(res.LogProbs)
	}
	o.LatencyMS = row.LatencyMS
	if *row.FailureReason != promptfooErrored {
		var err error
		o.Quality, err = r.promptfooQuality(row, answered, at)
		return o, err
	}
	if row.LatencyMS != nil && *row.LatencyMS == 0 {
		o.LatencyMS = nil // thrown: nobody measured
	}
	if answered {
		r.warn(at, "the grader crashed, not the model: quality null")
		return o, nil
	}
	said, status := row.Error, 0
	if row.Response != nil {
		said = cmp.Or(row.Response.Error, row.Error)
		status = row.Response.Metadata.HTTP.Status
	}
	if m := httpStatus.FindStringSubmatch(said); m != nil && status == 0 {
		status, _ = strconv.Atoi(m[1]) // three digits
	}
	o.Error = errorWord(cause(status, codesIn(said)...), said)
	r.failed(o.Model, o.Error, said, at)
	return o, nil
}

// promptfooUsage fills in tokens and cost. Answers from promptfoo's own cache on disk have neither: what they cost
// when they were made is not recorded.
func (r *run) promptfooUsage(o *datasets.Outcome, res *promptfooResponse, answered bool, at place) {
	if res.Cached {
		r.warn(at, "answered from promptfoo's cache on disk: cost and tokens null where they are 0; --no-cache runs the models")
	} else {
		o.CostUSD = res.Cost
	}
	u := res.TokenUsage
	if u.Prompt == nil || u.Completion == nil || *u.Prompt == 0 && *u.Completion == 0 {
		return
	}
	o.InputTokens, o.OutputTokens = u.Prompt, u.Completion
	o.ReasoningTokens = u.Details.Reasoning
	if c := u.Details.CacheRead; c != nil && *c > *u.Prompt {
		r.warn(at, "more cached than input tokens: cached_input_tokens null")
	} else {
		o.CachedInputTokens = c
	}
}

// promptfooQuality is the score of an answer, nil if nobody graded it.
func (r *run) promptfooQuality(row *promptfooRow, answered bool, at place) (*float64, error) {
	zero, one := 0.0, 1.0
	g := row.GradingResult
	switch {
	case !answered && !row.Success && row.Error == "No output":
		r.warn(at, "the model gave no output: quality 0")
		return &zero, nil
	case g == nil || g.Reason == "No assertions":
		r.warn(at, "a test without assertions: quality null")
		return nil, nil
	}
	crashed := strings.Contains(g.Reason, "Custom function threw error")
	for _, c := range g.ComponentResults {
		crashed = crashed || c != nil && strings.Contains(c.Reason, "Custom function threw error")
	}
	if crashed {
		r.warn(at, "a custom assertion threw an error, which promptfoo scores as 0: a bad answer or a broken check?")
	}
	if r.opts.Quality == "pass" {
		if row.Success {
			return &one, nil
		}
		return &zero, nil
	}
	if m := r.opts.Metric; m != "" {
		score, ok := row.NamedScores[m]
		if !ok {
			r.warn(at, fmt.Sprintf("no named score %q: quality null", m))
			return nil, nil
		}
		return r.quality(score, "named score "+m, at)
	}
	if row.Score == nil {
		return nil, r.add(at, "the score is not a number", "take the verdict with --quality pass, or a named score with --metric")
	}
	q, err := r.quality(*row.Score, "score", at)
	return q, err
}
