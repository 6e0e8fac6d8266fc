package routing

import (
	"context"

	"github.com/tierwise/tierwise/routing/llm"
)

// A pipe brings the events of a walk to the reader, who may leave while others wait for the answer.
type pipe struct {
	events chan Event
	taken  chan struct{} // the reader is done with an event, whose data are the sender's
	gone   chan struct{} // closed when the reader has left
}

// send passes an event on. It always reports that more are wanted: whether the walk goes on without its reader is for those
// to say who wait for it.
func (p *pipe) send(ev Event, _ error) bool {
	select {
	case p.events <- ev:
	case <-p.gone:
		return true
	}
	select {
	case <-p.taken:
	case <-p.gone:
	}
	return true
}

// A streamed request is what its goroutine came to.
type streamed struct {
	landed
	shared   bool
	err      error
	panicked any
}

// streamCached is Stream where the request may have been answered before to the letter. The walk is in a goroutine of its
// own, so that it outlives a reader who leaves while others wait.
func (w *walk) streamCached(ctx context.Context, yield func(Event, error) bool) {
	ctx, leave := context.WithCancel(ctx)
	defer leave()
	p := pipe{make(chan Event), make(chan struct{}), make(chan struct{})}
	defer close(p.gone)
	w.out = &stream{yield: p.send}
	if w.lookup.exactly(ctx) {
		answer, err := w.finish()
		emit(yield, nil, answer, err)
		return
	}
	over := make(chan streamed, 1)
	go func() {
		var s streamed
		defer func() {
			s.panicked = recover()
			over <- s
		}()
		s.landed, s.shared, s.err = w.lookup.flight.Do(ctx, w.lookup.key, w.fly)
	}()
	for {
		select {
		case ev := <-p.events:
			if !yield(ev, nil) {
				return
			}
			p.taken <- struct{}{}
		case s := <-over:
			if s.panicked != nil {
				panic(s.panicked)
			}
			answer, err := w.land(ctx, &s.landed, s.shared, s.err)
			if s.shared {
				s.last = nil // it is the other's
			}
			emit(yield, s.last, answer, err)
			return
		}
	}
}

// emit sends the last event of a stream: the provider's last, or the whole answer where it was held back.
func emit(yield func(Event, error) bool, last *llm.Event, answer *Answer, err error) {
	switch {
	case err != nil:
		yield(Event{}, err)
	case last != nil:
		yield(Event{*last, answer}, nil)
	default:
		yield(Event{whole(answer.Response), answer}, nil)
	}
}
