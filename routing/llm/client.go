package llm

import (
	"context"
	"iter"
	"time"
)

// A Client asks the models of one provider. It is safe for concurrent use.
//
// Each call is one attempt: a client never asks twice, because whether to wait, to pay twice or to go elsewhere is the
// router's to decide, and two loops of three attempts make nine. An error is an [*Error]. An answer that is none (HTML
// with status 200, cut JSON, an error object, a stream that just ends) is an error too, never an empty Response.
type Client interface {
	// Do returns the whole answer to a call. It stops when ctx is done, and so does what it asked of the provider.
	Do(ctx context.Context, c *Call) (*Response, error)
	// Stream yields the answer in pieces, as they come. The last event carries the whole answer, as Do returns it; an
	// error comes in its place. Whoever stops before ends the call.
	Stream(ctx context.Context, c *Call) iter.Seq2[Event, error]
}

// A Call is one model asked for one answer.
type Call struct {
	Model   string // the provider's name for it
	Request *Request
	Limits  *Limits // nil: the client's own
}

// Limits are how long a call may wait for the next sign of life; 0: no limit. The context of the call limits the whole.
// The last tier of a chain should wait longer than the others: giving up there turns a slow answer into none.
type Limits struct {
	// Header is from the start of the call to the header of the answer. Providers send that of an answer in one piece when
	// the model is done.
	Header time.Duration
	// FirstToken is, in a stream, from the start of the call to the first event with content. Keep-alives before do not count.
	FirstToken time.Duration
	// Idle is from then on from event to event, and in an answer in one piece from read to read.
	Idle time.Duration
}

// An Event is a piece of a streamed answer.
type Event struct {
	Text      string // the next piece of the answer's text
	Reasoning string // the next piece of the model's thinking
	Refusal   string // the next piece of a refusal
	ToolCalls []ToolPiece

	// Name and Data are the event as the provider sent it, for whoever passes it on: its type, often "", and its data,
	// which is valid until the next event. An answer that was not streamed after all is one event without data.
	Name string
	Data []byte

	// Response is the whole answer, in the last event only.
	Response *Response
}

// Content reports whether the event carries a piece of the answer. Until one does, an error can still be hidden from the
// reader by asking another model.
func (e *Event) Content() bool {
	return e.Text != "" || e.Reasoning != "" || e.Refusal != "" || len(e.ToolCalls) > 0
}

// A ToolPiece is a piece of a call of a tool. The first of a call has its ID and name; Arguments is what is appended.
type ToolPiece struct {
	Index int // of the call in the answer, from 0
	ToolCall
}
