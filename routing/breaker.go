package routing

import (
	"sync"
	"time"

	"github.com/tierwise/tierwise/routing/llm"
)

// A breaker keeps calls from what fails. It opens when so many calls in a row failed, or at least half of so many recent
// ones, or at once for as long as it is told. Once that time is over it lets one call through: a success closes it, a failure opens it for
// twice as long.
//
// It is the router's own because sony/gobreaker opens for one fixed time only, where a provider says how long (Retry-After)
// and an empty account takes minutes; and because a router with an open last tier asks it anyway, and must tell the breaker
// of what came of it.
type breaker struct {
	mu sync.Mutex // protects the following fields

	// Calls of the half window that began at begun, and of the one before.
	begun     time.Time
	good, bad [2]int
	row       int // failures since the last success, however long ago: a silent provider takes its time for each

	until   time.Time // open until then, half open from then on; zero: closed
	pause   time.Duration
	cause   llm.Cause // that opened it
	probing bool      // half open, and a call is under way

	// The provider asked to wait until then: nothing is wrong, it is just too early.
	held time.Time
}

const (
	breakerWindow = 30 * time.Second
	breakerLeast  = 5 // failures that open it, in a row or as half of the calls of a window
	breakerPause  = 5 * time.Second
	breakerLong   = 20 * time.Second // the longest pause, so that a provider that is back is asked within half a minute
)

// A verdict is what a call says about whom it asked.
type verdict uint8

const (
	works  verdict = iota // it answered, or refused this request only
	fails                 // it did not
	silent                // the call says nothing: the caller left
)

// enter asks for leave to call. If it is refused, wait is how long for, and cause says why: rate_limit if the provider
// asked for time. Each enter that is not refused wants a leave.
func (b *breaker) enter(now time.Time) (wait time.Duration, cause llm.Cause) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.until.IsZero():
	case now.Before(b.until):
		return b.until.Sub(now), b.cause
	case b.probing:
		return b.pause, b.cause
	default:
		b.probing = true
	}
	if wait = b.held.Sub(now); wait > 0 {
		b.probing = false
		return wait, llm.RateLimit
	}
	return 0, llm.OK
}

// leave says what came of a call.
func (b *breaker) leave(now time.Time, v verdict, cause llm.Cause) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probing = false
	switch v {
	case silent:
	case works:
		if !b.until.IsZero() {
			b.until, b.pause = time.Time{}, 0
			b.good, b.bad = [2]int{}, [2]int{}
		}
		b.roll(now)
		b.good[0]++
		b.row = 0
	case fails:
		if now.Before(b.until) { // it began before the breaker opened, or nobody else was left to ask
			return
		}
		if !b.until.IsZero() {
			b.open(now, max(b.pause, min(2*b.pause, breakerLong)), cause)
			return
		}
		b.roll(now)
		b.bad[0]++
		b.row++
		if bad := b.bad[0] + b.bad[1]; b.row >= breakerLeast || bad >= breakerLeast && bad >= b.good[0]+b.good[1] {
			b.open(now, breakerPause, cause)
		}
	}
}

// roll begins a new half window if it is time for it.
func (b *breaker) roll(now time.Time) {
	switch since := now.Sub(b.begun); {
	case since < breakerWindow/2:
		return
	case since < breakerWindow:
		b.good[1], b.bad[1] = b.good[0], b.bad[0]
	default:
		b.good[1], b.bad[1] = 0, 0
	}
	b.good[0], b.bad[0], b.begun = 0, 0, now
}

func (b *breaker) open(now time.Time, pause time.Duration, cause llm.Cause) {
	b.pause, b.until, b.cause = pause, now.Add(pause), cause
}

// trip opens the breaker at once, for at least so long.
func (b *breaker) trip(now time.Time, pause time.Duration, cause llm.Cause) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probing = false
	if b.until.Before(now.Add(pause)) {
		b.open(now, pause, cause)
	}
}

// maxHeld bounds how long a provider can have itself left alone: one mistaken header must not close it for a day.
const maxHeld = time.Minute

// hold keeps calls back for as long as the provider asks.
func (b *breaker) hold(now time.Time, wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if until := now.Add(min(wait, maxHeld)); b.held.Before(until) {
		b.held = until
	}
}
