package routing

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/price"
	"github.com/tierwise/tierwise/routing/trace"
)

// An attempt asks one tier, once or more.
type attempt struct {
	*walk
	step     *Step
	upstream *upstream
	price    price.Price
	record   *trace.Attempt

	limit     time.Duration // for all calls of the attempt; 0: none
	curtailed bool          // it is the deadline's and not the provider's
	patience  time.Duration // that is left for waits
	possible  float64       // bill of the calls so far that gave no answer
	uninvited bool          // the breaker had not let the last call through: it was made for want of another tier
}

const (
	reasonOpen   = "not asked: it failed too often lately"
	defaultPace  = 2 * time.Second  // of a tier of which nothing is known
	lastPatience = 30 * time.Second // where no other tier could answer sooner
)

// run asks the tier until it answers, or until asking again would be worse than what comes next.
func (a *attempt) run(ctx context.Context) (*llm.Response, *llm.Error) {
	begun := a.router.opts.Now()
	u := a.upstream
	if u.account != nil {
		a.record.Provider = u.account.id.name
	}
	ctx, observed := a.observe(ctx, u, ObservedCall{Purpose: PurposeAttempt, Tier: a.record.Tier, Stream: a.out != nil, Request: a.request})
	resp, e := a.try(ctx, begun)
	observed(resp, e)
	return resp, e
}

// try is run, between what an observer is told.
func (a *attempt) try(ctx context.Context, begun time.Time) (*llm.Response, *llm.Error) {
	u := a.upstream
	if e := a.plan(ctx); e != nil {
		return nil, a.fail(begun, e)
	}
	if a.limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, a.limit)
		defer cancel()
	}
	retries := retrier{left: u.retries}
	for {
		called := a.router.opts.Now()
		resp, e := a.call(ctx, called)
		if e == nil {
			a.succeed(begun, resp)
			return resp, nil
		}
		wait, again := retries.again(e)
		if a.uninvited && wait > 0 { // a tier that is known to be down gets one call of each request, not three
			again = false
		}
		if !again || isNotAsked(e) || a.committed() || !a.affords(called, begun, wait) {
			return nil, a.fail(begun, e)
		}
		a.noteRetry(called, wait, e)
		if a.patience -= wait; !sleep(ctx, wait) {
			return nil, a.fail(begun, doneError(ctx))
		}
	}
}

func isNotAsked(e *llm.Error) bool {
	_, ok := errors.AsType[notAsked](e)
	return ok
}

func (a *attempt) committed() bool { return a.out != nil && a.out.committed }

// isLast reports whether no tier is left after this one.
func (a *attempt) isLast() bool { return a.step.Position == a.last }

// plan finds out how long the attempt may take, and whether it makes sense at all.
func (a *attempt) plan(ctx context.Context) *llm.Error {
	u := a.upstream
	if e := u.absent(); e != nil {
		return e
	}
	if ctx.Err() != nil {
		return doneError(ctx)
	}
	a.limit = u.timeout
	a.patience = a.waitable()
	if !a.limited {
		return nil
	}
	share := a.share(time.Until(a.deadline))
	if a.limit == 0 || share < a.limit {
		a.limit, a.curtailed = share, true
	}
	if _, least, ok := u.state.pace.typical(); share <= 0 || ok && share < least {
		return &llm.Error{Cause: llm.Timeout, Unbilled: true, Reason: "not asked: too little time is left for an answer", Err: notAsked{context.DeadlineExceeded}}
	}
	return nil
}

// share returns how much of the time that remains the attempt may take: all but what the later tiers need, which is a
// share for each of them, or less if they are known to be faster.
func (a *attempt) share(remaining time.Duration) time.Duration {
	later := 0
	for i := a.step.Position + 1; i <= a.last; i++ {
		if a.skipped&(1<<i) == 0 {
			later++
		}
	}
	equal := remaining / time.Duration(later+1)
	for i := a.step.Position + 1; i <= a.last; i++ {
		if a.skipped&(1<<i) != 0 {
			continue
		}
		need := equal
		if state := a.serving.upstreams[a.task.chain[i].Model].state; state != nil {
			if median, _, ok := state.pace.typical(); ok {
				need = min(need, 2*median)
			}
		}
		remaining -= need
	}
	return remaining
}

// waitable returns how long the attempt may wait between calls: no longer than the next tier takes.
func (a *attempt) waitable() time.Duration {
	if a.isLast() {
		return lastPatience
	}
	next := a.step.Position + 1
	for a.skipped&(1<<next) != 0 {
		next++
	}
	if state := a.serving.upstreams[a.task.chain[next].Model].state; state != nil {
		if median, _, ok := state.pace.typical(); ok {
			return median
		}
	}
	return defaultPace
}

// affords reports whether the attempt can wait and then still be answered.
func (a *attempt) affords(called, begun time.Time, wait time.Duration) bool {
	if wait > a.patience {
		return false
	}
	if a.limit == 0 {
		return true
	}
	_, least, _ := a.upstream.state.pace.typical()
	return called.Sub(begun)+wait+least < a.limit
}

// call makes one call.
func (a *attempt) call(ctx context.Context, now time.Time) (*llm.Response, *llm.Error) {
	u := a.upstream
	admitted, e := a.admit(ctx, now)
	if e != nil {
		return nil, e
	}
	a.uninvited = !admitted
	queued := a.router.opts.Now()
	slot, e := u.account.take(ctx, queued, a.patience)
	if e != nil {
		if admitted {
			u.leave(queued, silent, llm.OK, 0)
		}
		return nil, e
	}
	defer slot.release()
	call := llm.Call{Model: u.id, Request: a.asked()}
	called := a.router.opts.Now()
	a.patience -= called.Sub(queued)
	over := false
	defer func() {
		if !over { // the client, or the reader of a stream, panicked
			u.leave(a.router.opts.Now(), silent, llm.OK, 0)
		}
	}()
	var resp *llm.Response
	var err error
	if a.out != nil {
		if u.limits != (llm.Limits{}) {
			limits := u.limits
			if a.isLast() { // giving up here would make an error of a slow answer
				limits.FirstToken = 0
			}
			call.Limits = &limits
		}
		resp, err = a.stream(ctx, &call, called)
	} else {
		resp, err = u.account.client.Do(ctx, &call)
	}
	e = u.errorOf(ctx, resp, err)
	done := a.router.opts.Now()
	took := done.Sub(called)
	if e == nil {
		u.state.pace.add(took, usageOf(resp, nil).Output)
	}
	u.judge(done, e, a.curtailed && took < u.suspicious())
	over = true
	return resp, e
}

// admit waits for leave to call. Where no other tier is left and there is no answer either, it calls without: admitted is
// false then.
func (a *attempt) admit(ctx context.Context, now time.Time) (admitted bool, e *llm.Error) {
	wait, cause := a.upstream.enter(now)
	if cause == llm.OK {
		return true, nil
	}
	if cause == llm.RateLimit && wait <= a.patience && a.affords(now, now, wait) {
		a.patience -= wait
		if !sleep(ctx, wait) {
			return false, doneError(ctx)
		}
		if _, cause = a.upstream.enter(a.router.opts.Now()); cause == llm.OK {
			return true, nil
		}
	}
	if a.isLast() && (a.answer == nil || a.task.flags.ErrorWhenExhausted) {
		return false, nil
	}
	return false, &llm.Error{Cause: cause, Unbilled: true, Reason: reasonOpen, Err: errNotNow}
}

// asked returns the request for the tier: with log-probabilities if a check wants to see them.
func (a *attempt) asked() *llm.Request {
	if a.request.Logprobs || !a.serving.logprobs[a.route.Task][a.step.Position] {
		return a.request
	}
	asked := *a.request
	asked.Logprobs = true
	return &asked
}

// succeed notes an answer.
func (a *attempt) succeed(begun time.Time, r *llm.Response) {
	usage := usageOf(r, nil)
	cost := a.price.USD(usage)
	a.cost += cost
	a.noteUsage(usage, cost)
	a.record.LatencyMS = milliseconds(a.router.opts.Now().Sub(begun))
	a.record.FinishReason = r.FinishReason
	if mean, least, ok := r.LogprobMeanMin(); ok {
		a.record.LogprobMean, a.record.LogprobMin = trace.Known(mean), trace.Known(least)
	}
	if a.router.opts.TraceText {
		a.record.Response = r.Text
	}
	a.bill(0)
}

// fail notes that the tier gave no answer, completes its error and returns it.
func (a *attempt) fail(begun time.Time, e *llm.Error) *llm.Error {
	if e.Model == "" {
		e.Model = a.upstream.id
	}
	if e.Provider == "" && a.upstream.account != nil {
		e.Provider = a.upstream.account.id.name
	}
	a.record.LatencyMS = milliseconds(a.router.opts.Now().Sub(begun))
	a.record.Error, a.record.Status, a.record.Code, a.record.RequestID, a.record.Reason = e.Cause.String(), e.Status, e.Code, e.RequestID, e.Reason
	a.record.NotAsked = isNotAsked(e) && len(a.record.Retries) == 0
	usage := usageOf(nil, e)
	cost := a.price.USD(usage)
	if math.IsNaN(cost) {
		cost = 0
	}
	a.cost += cost
	a.noteUsage(usage, a.price.USD(usage))
	a.bill(a.estimate(e))
	return e
}

// noteRetry notes a call that is made again.
func (a *attempt) noteRetry(called time.Time, wait time.Duration, e *llm.Error) {
	bill := a.estimate(e)
	retry := trace.Retry{
		Error: e.Cause.String(), Status: e.Status, Code: e.Code, Reason: e.Reason,
		LatencyMS: milliseconds(a.router.opts.Now().Sub(called)), WaitMS: milliseconds(wait),
	}
	if bill > 0 {
		retry.PossibleCostUSD = trace.Known(bill)
		a.possible += bill
	}
	if cost := a.price.USD(usageOf(nil, e)); !math.IsNaN(cost) {
		a.cost += cost
	}
	a.record.Retries = append(a.record.Retries, retry)
}

// bill notes what the attempt may have cost besides, with that of its last call.
func (a *attempt) bill(last float64) {
	if a.possible += last; a.possible > 0 {
		a.record.PossibleCostUSD = trace.Known(a.possible)
		a.walk.possible += a.possible
	}
}

// estimate returns what a call without an answer may have cost besides what the provider said: the request's tokens, and as
// many for the answer as it allows or as the model writes on the average, for it may write on with nobody there. It is 0 for
// calls that cost nothing, and where there is no price.
func (a *attempt) estimate(e *llm.Error) float64 {
	if e.Unbilled || a.upstream.state == nil {
		return 0
	}
	output := a.upstream.state.pace.answerTokens()
	if limit := a.request.MaxTokens; limit > 0 {
		output = min(output, float64(limit))
	}
	whole := usageOf(nil, e)
	known := a.price.USD(whole)
	if math.IsNaN(known) {
		known = 0
		whole.Input = float64(Tokens(a.features.Chars, 0))
	}
	if !(whole.Output > output) {
		whole.Output = output
	}
	if cost := a.price.USD(whole); cost > known {
		return cost - known
	}
	return 0
}

func (a *attempt) noteUsage(u price.Usage, cost float64) {
	a.record.InputTokens, a.record.CachedInputTokens = trace.Known(u.Input), trace.Known(u.CachedInput)
	a.record.OutputTokens, a.record.ReasoningTokens = trace.Known(u.Output), trace.Known(u.Reasoning)
	a.record.CostUSD = trace.Known(cost)
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
