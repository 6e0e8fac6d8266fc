package llm

import "encoding/json"

// A Response is what a model answered.
type Response struct {
	ID    string // the provider's name for this answer
	Model string // that answered, as the provider names it: often a dated version of the one that was asked
	Text  string
	// Reasoning is what the provider shows of the model's thinking, and Refusal what the model said in place of an answer.
	Reasoning, Refusal string
	ToolCalls          []ToolCall
	// FinishReason is why the answer ended: one of the Finish constants, or the provider's own word where it means
	// something else; "": the provider did not say.
	FinishReason string
	Usage        *Usage    // nil: the provider did not say
	Logprobs     []Logprob // of the tokens of Text; nil: not asked for, or not available
	// Unsent names the fields of the request that the provider's API has no word for, sorted. The answer was made without.
	Unsent []string
	// Raw is the answer as it came, with all that has no place above; nil for an answer that was streamed.
	Raw json.RawMessage
}

// Why answers end.
const (
	FinishStop          = "stop"           // the answer is complete
	FinishLength        = "length"         // a limit of tokens cut it
	FinishToolCalls     = "tool_calls"     // the model waits for what the tools say
	FinishContentFilter = "content_filter" // the provider cut it for its content
	FinishRefusal       = "refusal"        // the model declined
)

// A Usage is the tokens that a call is billed for, in the same sense for all providers: Input includes CachedInput and
// CacheWrite, Output includes Reasoning. NaN means unknown. Counts are floats because the mean of repeated calls is one.
type Usage struct {
	Input       float64
	CachedInput float64 // read from the provider's prompt cache
	Output      float64
	Reasoning   float64
	CacheWrite  float64 // written to the provider's prompt cache
}

// A Logprob is the log-probability of a token, ≤ 0.
type Logprob struct {
	Token   string
	Logprob float64
	Top     []Logprob // alternatives in its place, the likeliest first; nil: not asked for
}

// LogprobMeanMin returns the mean and the least log-probability of the answer's tokens, false if none is known.
func (r *Response) LogprobMeanMin() (mean, least float64, ok bool) {
	if len(r.Logprobs) == 0 {
		return 0, 0, false
	}
	for i := range r.Logprobs {
		mean += r.Logprobs[i].Logprob
		least = min(least, r.Logprobs[i].Logprob)
	}
	return mean / float64(len(r.Logprobs)), least, true
}
