package routing

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/tierwise/tierwise/routing/llm"
)

// DefaultRetries is how often an attempt asks the same model again after an error that may pass, if its provider says
// nothing else.
const DefaultRetries = 2

const (
	maxStale    = 2 // calls that are made again at once because a kept connection had gone stale
	maxBilled   = 1 // calls that are made again although the one before may have been billed
	firstWait   = 250 * time.Millisecond
	longestWait = 8 * time.Second // of a backoff; a provider may ask for more
	// longestAsked is more than any attempt waits, and little enough to be added to.
	longestAsked = 24 * time.Hour
)

// A retrier says whether an attempt asks the same model again. It is the only one that does: clients make one call, and
// the next tier is the walk's to choose.
type retrier struct {
	left   int // calls
	made   int // calls that were made again, stale connections left out
	stale  int
	billed int // calls made again after one that may have been billed
}

// again reports whether to ask again after an error, and how long to wait before.
func (r *retrier) again(e *llm.Error) (wait time.Duration, ok bool) {
	if e.Stale && r.stale < maxStale {
		r.stale++
		return 0, true
	}
	if r.left <= 0 || !passes(e) {
		return 0, false
	}
	if !e.Unbilled {
		if r.billed >= maxBilled {
			return 0, false
		}
		r.billed++
	}
	r.left--
	if r.made++; e.RetryAfter > 0 {
		after := min(e.RetryAfter, longestAsked)
		return after + jitter(min(after/10, time.Second)), true
	}
	backoff := min(firstWait<<(r.made-1), longestWait)
	return backoff/2 + jitter(backoff), true // the mean is the backoff
}

// passes reports whether an error may pass by itself within seconds. A time-out has taken its time already, and the model
// goes on writing what nobody reads.
func passes(e *llm.Error) bool {
	switch e.Cause {
	case llm.RateLimit, llm.Server, llm.Connection:
		return true
	case llm.OK, llm.Quota, llm.Timeout, llm.Auth, llm.ContextLength, llm.ContentFilter, llm.BadRequest, llm.Canceled, llm.Other, llm.Unrecorded:
	}
	return false
}

// jitter returns a random time below d, so that clients that failed together do not come back together.
func jitter(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return rand.N(d)
}

// sleep waits, shorter if ctx is done. It reports whether the time passed.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
