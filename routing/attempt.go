package routing

import (
	"context"
	"errors"
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
