package routing

import (
	"context"

	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/trace"
)

// An Observer follows requests while they are under way, as spans need it: package otelspans is one. A record of what came
// of a request is a trace.Sink's to take. Its methods are called from many goroutines, and those of an Observation from
// that of its request, which they hold up for as long as they take.
type Observer interface {
	// Begin is told of a request. The request goes on with the context that it returns, which is ctx or made from it, so
	// that clients and judges see what it carries. q is the caller's: read it only.
	Begin(ctx context.Context, q *Request) (context.Context, Observation)
}

// An Observation is of one request.
type Observation interface {
	// Ask is told that a model is about to be asked, retries included. The calls are made with the context that it returns,
	// and done is called once with what came of them: an answer, or else an error. A client that panics leaves done and End
	// uncalled.
	Ask(ctx context.Context, c *ObservedCall) (_ context.Context, done func(*llm.Response, *llm.Error))
	// End is told what became of the request, also of one whose caller has left. The attempts of the record are the calls
	// of purpose PurposeAttempt, in their order. It must not keep the record.
	End(r *trace.Record)
}

// An ObservedCall is a model that is asked.
type ObservedCall struct {
	Purpose  Purpose
	Tier     string // "" but for an attempt
	Model    string // the config's name for it
	ID       string // the provider's
	Provider string // the config's name; "": it names none
	Kind     string // of the provider: openai, anthropic
	Stream   bool
	Request  *llm.Request // read it only
}

// A Purpose is what a model is asked for.
type Purpose string

// The purposes.
const (
	PurposeAttempt Purpose = "attempt" // the answer to the request
	PurposeJudge   Purpose = "judge"   // what a Judge wants to know
)

// observe tells the observer, if there is one, that a model is asked.
func (w *walk) observe(ctx context.Context, u *upstream, c ObservedCall) (_ context.Context, done func(*llm.Response, *llm.Error)) {
	if w.observation == nil {
		return ctx, func(*llm.Response, *llm.Error) {}
	}
	c.Model, c.ID, c.Kind = u.name, u.id, u.kind
	if u.account != nil {
		c.Provider = u.account.id.name
	}
	return w.observation.Ask(ctx, &c)
}
