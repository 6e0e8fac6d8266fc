package wire

import (
	"context"
	"io"
	"iter"

	"github.com/tierwise/tierwise/routing/llm"
)

// A Dialect is what a provider's API makes of calls and answers. Errors need not name the call: that is filled in.
type Dialect interface {
	// Encode returns the body of a call, and the fields of the request that the API has no word for, sorted.
	Encode(c *llm.Call, stream bool) (body []byte, unsent []string, err *llm.Error)
	// Refused makes an error of an answer with another status than 200.
	Refused(status int, body []byte) *llm.Error
	// Decode reads an answer in one piece, which may be none.
	Decode(body []byte) (*llm.Response, *llm.Error)
	// Assembler returns an empty Assembler.
	Assembler() Assembler
}

// An Assembler makes an answer of the events of a stream.
type Assembler interface {
	// Add takes the next event. done: it was the last. What out holds need not be copied from the event.
	Add(ev Event) (out llm.Event, done bool, err *llm.Error)
	// Response returns the answer after the last event or at a clean end of the stream, where it may be that it was cut.
	Response() (*llm.Response, *llm.Error)
	// Usage returns what is known of tokens so far, nil if nothing is.
	Usage() *llm.Usage
}

// Do makes a call and returns the whole answer.
func (c *Caller) Do(ctx context.Context, d Dialect, call *llm.Call) (*llm.Response, error) {
	body, unsent, e := d.Encode(call, false)
	if e != nil {
		return nil, c.finish(e, call.Model, nil)
	}
	r, err := c.post(ctx, call, body, acceptJSON, d.Refused)
	if err != nil {
		return nil, err
	}
	defer r.close()
	data, err := r.readAll()
	if err != nil {
		return nil, err
	}
	resp, e := decode(d, data)
	if e != nil {
		return nil, r.fail(e)
	}
	resp.Unsent = unsent
	return resp, nil
}

func decode(d Dialect, data []byte) (*llm.Response, *llm.Error) {
	if e := checkJSON(data); e != nil {
		return nil, e
	}
	return d.Decode(data)
}

// Stream makes a call and yields the answer as it comes.
func (c *Caller) Stream(ctx context.Context, d Dialect, call *llm.Call) iter.Seq2[llm.Event, error] {
	return func(yield func(llm.Event, error) bool) {
		body, unsent, e := d.Encode(call, true)
		if e != nil {
			yield(llm.Event{}, c.finish(e, call.Model, nil))
			return
		}
		r, err := c.post(ctx, call, body, acceptEvents, d.Refused)
		if err != nil {
			yield(llm.Event{}, err)
			return
		}
		defer r.close()
		s, whole, err := r.stream()
		switch {
		case err != nil:
			yield(llm.Event{}, err)
		case s == nil:
			r.yieldWhole(d, whole, unsent, yield)
		default:
			r.yieldEvents(d.Assembler(), s, unsent, yield)
		}
	}
}

// yieldWhole yields an answer that was not streamed after all.
func (r *reply) yieldWhole(d Dialect, whole []byte, unsent []string, yield func(llm.Event, error) bool) {
	resp, e := decode(d, whole)
	if e != nil {
		yield(llm.Event{}, r.fail(e))
		return
	}
	resp.Unsent = unsent
	ev := llm.Event{Text: resp.Text, Reasoning: resp.Reasoning, Refusal: resp.Refusal, Response: resp}
	for i, call := range resp.ToolCalls {
		ev.ToolCalls = append(ev.ToolCalls, llm.ToolPiece{Index: i, ToolCall: call})
	}
	yield(ev, nil)
}

// yieldEvents yields the events of a stream.
func (r *reply) yieldEvents(a Assembler, s *stream, unsent []string, yield func(llm.Event, error) bool) {
	for some := false; ; some = true {
		ev, err := s.next()
		end := err == io.EOF //nolint:errorlint // next returns a bare io.EOF at a clean end
		if err != nil && !end {
			e := r.readError(err)
			e.Usage = a.Usage()
			yield(llm.Event{}, e)
			return
		}
		var out llm.Event
		done := end
		if !end {
			var e *llm.Error
			if out, done, e = a.Add(ev); e != nil {
				r.yieldFailure(a, s, e, yield)
				return
			}
			out.Name, out.Data = string(ev.Name), ev.Data
			s.alive(string(ev.Name), out.Content())
		}
		if done {
			if !some && end {
				yield(llm.Event{}, r.fail(NoAnswer("the stream has no events")))
				return
			}
			var e *llm.Error
			if out.Response, e = a.Response(); e != nil {
				r.yieldFailure(a, s, e, yield)
				return
			}
			out.Response.Unsent = unsent
			// The last piece may be read for as long as the reader likes; what follows it does not concern them.
			if yield(out, nil) && !end {
				s.drain()
			}
			return
		}
		if !yield(out, nil) {
			return
		}
	}
}

// yieldFailure yields an error that a stream tells of or is. After content, whatever it says may have been billed.
func (r *reply) yieldFailure(a Assembler, s *stream, e *llm.Error, yield func(llm.Event, error) bool) {
	e.Unbilled = e.Unbilled && !s.first
	if e.Usage == nil {
		e.Usage = a.Usage()
	}
	yield(llm.Event{}, r.fail(e))
}

// Cut is the error of a stream that ended before the answer did.
func Cut() *llm.Error {
	return &llm.Error{Cause: llm.Connection, Reason: "the stream was cut: it ended before the answer did", Err: io.ErrUnexpectedEOF}
}
