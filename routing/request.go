package routing

import (
	"strings"
	"unicode/utf8"

	"github.com/tierwise/tierwise/routing/llm"
)

// A Request is what a caller of the router wants answered: the model call, and what routing may know of it besides.
// The router reads it only. What its fields point to must stay as it is, also when the caller left before the answer, for
// others may wait for the same one.
type Request struct {
	llm.Request

	// ID names the request in its trace; "": the router makes one up. It has to be unique.
	ID string
	// Prompt is the text that is routed; "": the last user turn of the messages. A request without messages is one of this
	// one user turn.
	Prompt   string
	Task     string // named by the caller, who then needs no routing; "": not
	Endpoint string // that the request came to, for rules
	Tenant   string // whose request it is, for rules; tenants share no cached answers

	// NoStore keeps caches out: the request is asked anew, and its answer is not kept.
	NoStore bool

	// Embedding is what an embedder made of the prompt, for classifiers that were trained on such vectors; nil: nothing.
	Embedding []float32
}

// Features returns what routing looks at of the request: the same as a replay reads from its row of labeled traffic.
func (r *Request) Features() Features {
	f := Features{
		Task: r.Task, Prompt: r.Prompt, Endpoint: r.Endpoint, Tenant: r.Tenant,
		MaxTokens: max(r.MaxTokens, 0), Messages: len(r.Messages), Tools: r.HasTools(), Schema: r.HasSchema(), Embedding: r.Embedding,
	}
	user := -1
	for i := range r.Messages {
		m := &r.Messages[i]
		f.Chars += utf8.RuneCountInString(m.Content())
		f.Attachment = f.Attachment || m.Attachment()
		if m.Role == "user" {
			user = i
		}
	}
	if len(r.Messages) == 0 {
		f.Chars = utf8.RuneCountInString(r.Prompt)
	}
	if user >= 0 && strings.TrimSpace(r.Prompt) == "" {
		f.Prompt = r.Messages[user].Content()
	}
	return f
}
