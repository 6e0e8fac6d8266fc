package routing

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/tierwise/tierwise/routing/llm"
)

// A modelState is what is known of a model at an account.
type modelState struct {
	breaker breaker
	pace    pace
	plain   atomic.Bool // it refuses questions with a schema or for log-probabilities
}

// An upstream is a model of a config with all that it takes to call it.
type upstream struct {
	account *account // nil: the config names no provider
	state   *modelState
	name    string // in the config
	id      string // the provider's name for it
	kind    string // of the provider
	timeout time.Duration
	limits  llm.Limits // of its streams
	retries int
}

// absent returns why the model cannot be asked at all, nil if it can.
func (u *upstream) absent() *llm.Error {
	switch {
	case u.account == nil:
		return &llm.Error{Cause: llm.Other, Unbilled: true, Model: u.id, Reason: "the config names no provider for it", Err: errNotNow}
	case u.account.err != nil:
		return &llm.Error{Cause: llm.Auth, Unbilled: true, Provider: u.account.id.name, Model: u.id, Reason: u.account.err.Error(), Err: notAsked{u.account.err}}
	}
	return nil
}

// enter asks the breakers of the account and the model for leave to call.
func (u *upstream) enter(now time.Time) (wait time.Duration, cause llm.Cause) {
	if wait, cause = u.account.breaker.enter(now); cause != llm.OK {
		return wait, cause
	}
	if wait, cause = u.state.breaker.enter(now); cause != llm.OK {
		u.account.breaker.leave(now, silent, llm.OK)
	}
	return wait, cause
}

// leave tells the breaker of the model what came of a call, and that of the account that it is over.
func (u *upstream) leave(now time.Time, v verdict, cause llm.Cause, hold time.Duration) {
	u.account.breaker.leave(now, silent, llm.OK)
	u.state.breaker.leave(now, v, cause)
	if hold > 0 {
		u.state.breaker.hold(now, hold)
	}
}

const (
	quotaPause    = 5 * time.Minute // money does not come back within seconds
	maxQuotaPause = time.Hour       // whatever the provider says: someone may fill the account
	authPause     = time.Minute
)

// judge tells the breakers what came of a call. hasty: it was given too little time to blame the model.
func (u *upstream) judge(now time.Time, e *llm.Error, hasty bool) {
	if e == nil {
		u.account.breaker.leave(now, works, llm.OK)
		u.state.breaker.leave(now, works, llm.OK)
		return
	}
	switch e.Cause {
	case llm.Quota:
		u.leave(now, silent, e.Cause, 0)
		u.account.breaker.trip(now, min(max(quotaPause, e.RetryAfter), maxQuotaPause), e.Cause)
	case llm.Auth:
		u.leave(now, silent, e.Cause, 0)
		b := &u.state.breaker // 403 may be about this model
		if e.Status == 401 {
			b = &u.account.breaker
		}
		b.trip(now, authPause, e.Cause)
	case llm.RateLimit:
		u.leave(now, fails, e.Cause, e.RetryAfter)
	case llm.Timeout:
		v := fails
		if hasty {
			v = silent
		}
		u.leave(now, v, e.Cause, 0)
	case llm.Server, llm.Connection, llm.Other:
		u.leave(now, fails, e.Cause, e.RetryAfter)
	case llm.Canceled:
		u.leave(now, silent, llm.OK, 0)
	case llm.ContextLength, llm.ContentFilter, llm.BadRequest, llm.OK, llm.Unrecorded:
		u.account.breaker.leave(now, works, llm.OK)
		u.state.breaker.leave(now, works, llm.OK)
	}
}

// suspicious returns the time after which a model that has not answered is to blame, whatever the caller's hurry.
func (u *upstream) suspicious() time.Duration {
	if median, _, ok := u.state.pace.typical(); ok {
		return 4 * median
	}
	return 5 * time.Second
}

// errorOf returns the error of a call as an *llm.Error, nil if there is an answer.
func (u *upstream) errorOf(ctx context.Context, resp *llm.Response, err error) *llm.Error {
	e, ok := errors.AsType[*llm.Error](err)
	if ok && e == nil { // a nil *llm.Error in an error that is not nil
		err = nil
	}
	if err == nil && resp != nil {
		return nil
	}
	if ok && e != nil {
		own := *e // what the walk adds is not for a client that gives the same error twice
		if own.Cause == llm.OK || own.Cause >= llm.Unrecorded {
			own.Cause = llm.Other // an error is no answer, whatever it calls itself
		}
		return &own
	}
	e = &llm.Error{Cause: llm.Other, Provider: u.account.id.name, Model: u.id, Reason: "its client failed", Err: err}
	switch {
	case err == nil:
		e.Reason = "its client gave neither an answer nor an error"
	case errors.Is(err, context.DeadlineExceeded) || errors.Is(ctx.Err(), context.DeadlineExceeded):
		e.Cause, e.Reason = llm.Timeout, "the deadline of the call passed"
	case errors.Is(err, context.Canceled) && ctx.Err() != nil: // else it is the client's own context
		e.Cause, e.Reason = llm.Canceled, "the caller left"
	}
	return e
}
