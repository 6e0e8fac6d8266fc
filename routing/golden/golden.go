// Package golden reads and writes golden requests: a few recorded requests with the task, the chain and the walk that an
// evaluation found for each, against which a deployed config can be tested. GOLDEN.md documents the file.
//
// Check puts the requests to a router and to the two functions behind it, Route and Dispatch, and calls no model: what
// models did is recorded.
package golden

import (
	"encoding/json"

	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/llm"
)

// A File is the content of a golden file.
type File struct {
	Header
	Requests []Request
}

// A Header is the first line of a golden file.
type Header struct {
	Format       string      `json:"format"`
	Version      json.Number `json:"version"` // 1; a later minor version is written 1.1
	Tool         string      `json:"tool_version,omitempty"`
	Name         string      `json:"name,omitempty"` // of the config
	DecisionHash string      `json:"decision_hash"`
	Requests     int         `json:"requests"` // how many lines follow
	Text         bool        `json:"text"`     // the requests are here as they were, not only what the layers made of them
}

// Format and Version of golden files.
const (
	Format  = "tierwise.golden"
	Version = "1"
)

// A Request is one line: a request, what was known of it, and what came of that.
type Request struct {
	ID string `json:"id"`
	// Input is the request itself; nil: left out.
	Input *Input `json:"request,omitempty"`
	// Task is what the caller named; "": nothing.
	Task   string `json:"task,omitempty"`
	Tokens int    `json:"tokens"` // the request's size, as routing.Tokens estimates it
	// Classifier is what the trained classifier said in the evaluation, and LLM what the LLM router did; nil: not asked, or
	// no answer. Of a request that the classifier was trained on, OutOfFold, others said it that were not.
	Classifier *Answer `json:"classifier,omitempty"`
	OutOfFold  bool    `json:"out_of_fold,omitempty"`
	LLM        *Answer `json:"llm,omitempty"`
	// Gain is what the split of the task that was found predicted in the evaluation, or, of a request that it was trained
	// on, what others predicted that were not; nil: the task has no split.
	Gain *float64 `json:"gain,omitempty"`
	// Outcomes are what the models of the chain did, in its order; those of whom nothing is known are not here.
	Outcomes []Outcome `json:"outcomes,omitempty"`

	// Want is what the evaluation came to.
	Want Want `json:"want"`
	// Decides is what the router decides by itself, without an LLM router and with the classifier that is deployed; nil: as
	// in Want.
	Decides *Route `json:"decides,omitempty"`
}

// An Input is a request as a caller sends it.
type Input struct {
	Prompt         string          `json:"prompt,omitempty"`
	Messages       json.RawMessage `json:"messages,omitempty"`
	Tools          json.RawMessage `json:"tools,omitempty"`
	ResponseFormat json.RawMessage `json:"response_format,omitempty"`
	MaxTokens      int             `json:"max_tokens,omitempty"`
	Endpoint       string          `json:"endpoint,omitempty"`
	Tenant         string          `json:"tenant,omitempty"`
	Embedding      []float32       `json:"embedding,omitempty"`
}

// An Answer is a layer's answer; a nil Confidence is one that it does not say.
type Answer struct {
	Task       string   `json:"task"`
	Confidence *float64 `json:"confidence,omitempty"`
}

// An Outcome is what one model did.
type Outcome struct {
	Model string `json:"model"`
	Error string `json:"error,omitempty"` // why there was no answer; "": there was one
	// Signals are of the task's checks, in the config's order. A nil signal is not available.
	Signals []Signal `json:"signals,omitempty"`
}

// A Signal is what a check measured.
type Signal struct {
	Check  string   `json:"check"`
	Signal *float64 `json:"signal"`
}

// A Route is the decision of a task.
type Route struct {
	Task       string   `json:"task"`
	Split      string   `json:"split,omitempty"` // the task that was found, and whose split sent the request on to Task
	Layer      string   `json:"layer"`
	Rule       int      `json:"rule,omitempty"`       // the number of the rule that matched, from 1; 0: none did
	Confidence *float64 `json:"confidence,omitempty"` // nil: the layer does not say
}

// A Want is what a request must come to.
type Want struct {
	Route
	Chain []Step `json:"chain"`
	// Calls are the models that were called, in order; Answer is the one whose answer is returned, "" if none is.
	Calls       []string `json:"calls,omitempty"`
	Answer      string   `json:"answer,omitempty"`
	Ended       string   `json:"ended"` // accepted, exhausted, failed, bad_request, content_filter or canceled
	Escalations int      `json:"escalations,omitempty"`
	Failovers   int      `json:"failovers,omitempty"`
}

// A Step is a tier of the chain.
type Step struct {
	Tier    string `json:"tier"`
	Model   string `json:"model"`
	Skipped bool   `json:"skipped,omitempty"` // the request does not fit
}

// WithoutText returns the request without what the caller sent: no prompt, no embedding, no endpoint and no tenant. What the
// layers made of it stays.
func (r Request) WithoutText() Request {
	r.Input, r.Decides = nil, nil // the second cannot be made again without the first
	return r
}

// request returns what a router is asked.
func (r *Request) request() (*routing.Request, error) {
	in := r.Input
	out := &routing.Request{
		Request: llm.Request{Tools: in.Tools, ResponseFormat: in.ResponseFormat, MaxTokens: in.MaxTokens},
		Prompt:  in.Prompt, Task: r.Task, Endpoint: in.Endpoint, Tenant: in.Tenant, Embedding: in.Embedding,
	}
	if len(in.Messages) == 0 {
		return out, nil
	}
	var err error
	out.Messages, err = llm.ParseMessages(in.Messages)
	return out, err
}
