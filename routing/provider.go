package routing

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/llm/anthropic"
	"github.com/tierwise/tierwise/routing/llm/openai"
)

// An account is a provider as one key sees it: its client, how much it may be asked, and whether the key works. It and
// its models outlive the config that named them, as long as the next one names the same.
type account struct {
	id      accountID
	client  llm.Client // nil: see err
	err     error      // why there is no client
	own     bool       // the router made the client and closes it
	breaker breaker    // for what concerns all models: the key, the money
	rate    *rate.Limiter

	mu     sync.Mutex // protects the following fields
	slots  chan struct{}
	models map[string]*modelState
}

// An accountID is what makes two accounts the same.
type accountID struct {
	name     string
	kind     string
	url      string
	key      llm.Secret
	supplied bool // the service supplied the client
}

// accountOf returns the account of a provider, one of old if there is the same.
func accountOf(p *Provider, opts *Options, old map[accountID]*account) *account {
	id := accountID{name: p.Name, kind: p.Kind, url: p.BaseURL}
	supplied, ok := opts.Clients[p.Name]
	if ok {
		id = accountID{name: p.Name, supplied: true}
	} else if p.APIKeyEnv != "" {
		id.key = llm.NewSecret(opts.Getenv(p.APIKeyEnv))
	}
	a := old[id]
	if a == nil {
		a = &account{id: id, client: supplied, rate: rate.NewLimiter(rateOf(p)), models: make(map[string]*modelState)}
		if !id.supplied {
			a.own = true
			a.client, a.err = newClient(p, opts)
		}
	}
	return a
}

// limit sets how much the account may be asked. Calls that are under way when max_concurrent changes are not counted.
func (a *account) limit(p *Provider) {
	if limit, burst := rateOf(p); limit != a.rate.Limit() {
		a.rate.SetBurst(burst)
		a.rate.SetLimit(limit)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if cap(a.slots) != p.MaxConcurrent {
		a.slots = make(chan struct{}, p.MaxConcurrent)
	}
}

// rateOf returns how many calls a second a provider allows, and how many at once after a pause: those of a second.
func rateOf(p *Provider) (limit rate.Limit, burst int) {
	if p.MaxRate == 0 {
		return rate.Inf, 0
	}
	return rate.Limit(p.MaxRate), int(math.Ceil(p.MaxRate))
}

func (a *account) model(id string) *modelState {
	a.mu.Lock()
	defer a.mu.Unlock()
	m, ok := a.models[id]
	if !ok {
		m = new(modelState)
		a.models[id] = m
	}
	return m
}

func (a *account) close() error {
	if c, ok := a.client.(interface{ Close() error }); ok && a.own {
		return c.Close()
	}
	return nil
}

// newClient returns the client of a provider of the config.
func newClient(p *Provider, opts *Options) (llm.Client, error) {
	var c llm.Client
	var err error
	if p.Kind == llm.Anthropic {
		c, err = anthropic.New(&anthropic.Options{BaseURL: p.BaseURL, KeyEnv: p.APIKeyEnv, Getenv: opts.Getenv})
	} else {
		c, err = openai.New(&openai.Options{BaseURL: p.BaseURL, KeyEnv: p.APIKeyEnv, Getenv: opts.Getenv})
	}
	if err != nil { // not a nil *Client in an interface
		return nil, fmt.Errorf("providers.%s: %w", p.Name, err)
	}
	return c, nil
}

// A slot is the right to make a call.
type slot struct {
	from chan struct{} // nil: there is no limit
}

func (s slot) release() {
	if s.from != nil {
		<-s.from
	}
}

// notAsked is under the error of a call that the router did not make. To try again would be refused again.
type notAsked struct{ error }

// Unwrap returns why.
func (e notAsked) Unwrap() error { return e.error }

var errNotNow = notAsked{errors.New("the model is not asked now")}

// take waits up to patience for the right to make a call.
func (a *account) take(ctx context.Context, now time.Time, patience time.Duration) (slot, *llm.Error) {
	a.mu.Lock()
	slots := a.slots
	// With the lock, since a reservation gives its place back only to the next one.
	reservation := a.rate.ReserveN(now, 1)
	wait := reservation.DelayFrom(now)
	if wait > patience {
		reservation.CancelAt(now)
	}
	a.mu.Unlock()
	if wait > patience {
		return slot{}, &llm.Error{Cause: llm.RateLimit, Unbilled: true, Reason: "not asked: max_rate is reached", RetryAfter: wait, Err: errNotNow}
	}
	if !sleep(ctx, wait) {
		return slot{}, doneError(ctx)
	}
	patience -= wait
	if cap(slots) == 0 {
		return slot{}, nil
	}
	select {
	case slots <- struct{}{}:
		return slot{slots}, nil
	default:
	}
	t := time.NewTimer(patience)
	defer t.Stop()
	select {
	case slots <- struct{}{}:
		return slot{slots}, nil
	case <-ctx.Done():
		return slot{}, doneError(ctx)
	case <-t.C:
		return slot{}, &llm.Error{Cause: llm.RateLimit, Unbilled: true, Reason: "not asked: max_concurrent calls are under way", Err: errNotNow}
	}
}

// doneError is the error of a call that was not made because ctx is done.
func doneError(ctx context.Context) *llm.Error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &llm.Error{Cause: llm.Timeout, Unbilled: true, Reason: "not asked: the deadline passed", Err: notAsked{context.DeadlineExceeded}}
	}
	return &llm.Error{Cause: llm.Canceled, Unbilled: true, Reason: "the caller left", Err: notAsked{context.Canceled}}
}
