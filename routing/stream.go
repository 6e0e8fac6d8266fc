package routing

import (
	"context"
	"iter"
	"slices"
	"time"

	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/trace"
)

// An Event is a piece of an answer on its way to the caller.
type Event struct {
	llm.Event
	// Answer is the whole, in the last event only.
	Answer *Answer
}

// Stream answers a request in pieces. The last event carries the whole answer, as Do returns it; an error comes in its
// place.
//
// Where a check could still send the request to another tier, the answer is held back until the check was made, and comes
// in one event. Where none can, as on the last tier, its pieces are passed on as they come. Until the first of them, a
// failure leads to another model and the caller sees nothing of it; after that it is an error: half an answer never ends
// like a whole one, and no other model goes on with it.
//
// An answer from a cache comes in one event. Who waits for that of another caller, who asked the same before, gets it when it
// is whole.
//
// Data of events is as the provider of the tier sent it. A caller who stops ends the call to the provider.
func (r *Router) Stream(ctx context.Context, q *Request) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		w, ctx, err := r.begin(ctx, q)
		if err != nil {
			yield(Event{}, err)
			return
		}
		defer w.close()
		if w.looksUp() {
			w.streamCached(ctx, yield)
			return
		}
		w.out = &stream{yield: yield}
		w.run(ctx)
		answer, err := w.finish()
		last := w.out.tail(answer)
		if !w.out.stopped {
			emit(yield, last, answer, err)
		}
	}
}

// whole returns an answer as one event.
func whole(r *llm.Response) llm.Event {
	ev := llm.Event{Text: r.Text, Reasoning: r.Reasoning, Refusal: r.Refusal, Response: r}
	for i, call := range r.ToolCalls {
		ev.ToolCalls = append(ev.ToolCalls, llm.ToolPiece{Index: i, ToolCall: call})
	}
	return ev
}

// A stream is where the pieces of an answer go.
type stream struct {
	yield     func(Event, error) bool
	held      []llm.Event // that came before the first content
	heldBytes int
	committed bool // events have left: no other model can answer now
	stopped   bool // the reader has left
	// last is the last event of the answer that was passed through; it leaves when the walk is over. nil: none was.
	last *llm.Event
}

// What comes before the first content is held back up to these bounds; a provider that sends more is passed on.
const (
	maxHeldEvents = 64
	maxHeldBytes  = 256 << 10
)

// pass takes an event of an answer that is passed through. It reports whether the reader wants more.
func (s *stream) pass(ev *llm.Event) bool {
	if ev.Response != nil {
		kept := *ev
		kept.Data = slices.Clone(ev.Data)
		s.last = &kept
		return true
	}
	if !s.committed && !ev.Content() && len(s.held) < maxHeldEvents && s.heldBytes+len(ev.Data) <= maxHeldBytes {
		kept := *ev
		kept.Data = slices.Clone(ev.Data)
		s.held = append(s.held, kept)
		s.heldBytes += len(ev.Data)
		return true
	}
	return s.flush() && s.send(ev)
}

// flush sends what was held back.
func (s *stream) flush() bool {
	held := s.held
	s.held, s.heldBytes, s.committed = nil, 0, true
	for i := range held {
		if !s.send(&held[i]) {
			return false
		}
	}
	return !s.stopped
}

func (s *stream) send(ev *llm.Event) bool {
	s.stopped = s.stopped || !s.yield(Event{Event: *ev}, nil)
	return !s.stopped
}

// tail returns the last event of the answer, if it was passed through, after all that was held back before.
func (s *stream) tail(answer *Answer) *llm.Event {
	if s.last == nil || answer == nil || s.last.Response != answer.Response {
		return nil
	}
	s.flush()
	return s.last
}

// drop forgets what was held back of an answer that failed.
func (s *stream) drop() { s.held, s.heldBytes, s.last = nil, 0, nil }

// passesThrough reports whether nothing can send the request on once the tier has answered.
func (a *attempt) passesThrough() bool {
	if !a.task.decides(a.isLast()) {
		return true
	}
	for i := range a.task.checks {
		if a.task.checked(&a.task.checks[i], a.step.Position, a.isLast()) {
			return false
		}
	}
	return true
}

// stream makes a call of which the pieces are passed on if they may leave.
func (a *attempt) stream(ctx context.Context, call *llm.Call, called time.Time) (*llm.Response, error) {
	through := a.passesThrough()
	a.record.FirstTokenMS = trace.Number{}
	first := false
	for ev, err := range a.upstream.account.client.Stream(ctx, call) {
		if err != nil {
			a.out.drop()
			return nil, err
		}
		if !first && ev.Content() {
			first = true
			a.record.FirstTokenMS = milliseconds(a.router.opts.Now().Sub(called))
			if through {
				a.firstToken = a.router.opts.Now().Sub(a.begun)
			}
		}
		if through && !a.out.pass(&ev) {
			return nil, &llm.Error{Cause: llm.Canceled, Reason: "the reader of the stream left", Err: context.Canceled}
		}
		if ev.Response != nil {
			return ev.Response, nil
		}
	}
	a.out.drop()
	return nil, &llm.Error{Cause: llm.Connection, Reason: "the stream ended without an answer"}
}
