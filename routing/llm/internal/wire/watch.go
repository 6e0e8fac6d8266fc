package wire

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tierwise/tierwise/routing/llm"
)

// A watch ends the context of a call when the provider gives no sign of life for too long.
type watch struct {
	ctx    context.Context //nolint:containedctx // it is the call's own, and lives no longer
	cancel context.CancelCauseFunc
	begun  time.Time

	timer    *time.Timer // nil: none runs
	expected limitError  // what it ends with
}

// A limitError is a limit of time that passed.
type limitError struct {
	what  string
	limit time.Duration
}

// Error implements error.
func (e *limitError) Error() string { return fmt.Sprintf("no %s within %v", e.what, e.limit) }

func newWatch(ctx context.Context) *watch {
	w := &watch{begun: time.Now()}
	w.ctx, w.cancel = context.WithCancelCause(ctx)
	return w
}

// expect gives the provider until limit after since to show something; 0: for ever.
func (w *watch) expect(what string, limit time.Duration, since time.Time) {
	if w.timer != nil && w.expected == (limitError{what, limit}) {
		w.timer.Reset(time.Until(since.Add(limit)))
		return
	}
	if w.timer != nil {
		w.timer.Stop()
	}
	w.timer = nil
	if limit > 0 {
		cancel := w.cancel
		w.expected = limitError{what, limit}
		w.timer = time.AfterFunc(time.Until(since.Add(limit)), func() { cancel(&limitError{what, limit}) })
	}
}

// stop ends the context and the timer.
func (w *watch) stop() {
	if w.timer != nil {
		w.timer.Stop()
	}
	w.cancel(context.Canceled)
}

// expired returns the error of a call whose context is done, nil if it is not.
func (w *watch) expired() *llm.Error {
	if w.ctx.Err() == nil {
		return nil
	}
	cause := context.Cause(w.ctx)
	var limit *limitError
	switch {
	case errors.As(cause, &limit):
		return &llm.Error{Cause: llm.Timeout, Reason: limit.Error(), Err: context.DeadlineExceeded}
	case errors.Is(w.ctx.Err(), context.DeadlineExceeded):
		return &llm.Error{Cause: llm.Timeout, Reason: "the deadline of the call passed", Err: cause}
	default:
		return &llm.Error{Cause: llm.Canceled, Reason: "the caller left", Err: cause}
	}
}
