package cache

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/sony/gobreaker/v2"
)

// Defaults of a Resilient store.
const (
	DefaultTimeout  = 100 * time.Millisecond
	DefaultFailures = 5
	DefaultPause    = 5 * time.Second
)

// ResilientOptions of a Resilient store. The zero value is usable.
type ResilientOptions struct {
	Timeout  time.Duration // of a single look-up or write; 0: DefaultTimeout
	Failures uint32        // in a row, until the store is left alone; 0: DefaultFailures
	Pause    time.Duration // until it is tried again; 0: DefaultPause
	Logger   *slog.Logger  // told of each change of state, once; nil: silent
	Name     string        // of the store in the log
}

// A Resilient is a Store that is never in the way: errors and time-outs of the store within are misses, and after some in a
// row it is left alone for a while, so that an outage costs no time. It breaks by the errors that it swallows.
type Resilient struct {
	store   Store
	timeout time.Duration
	breaker *gobreaker.CircuitBreaker[[]byte]
}

// NewResilient wraps a store.
func NewResilient(store Store, opts *ResilientOptions) *Resilient {
	if opts == nil {
		opts = &ResilientOptions{}
	}
	r := &Resilient{store: store, timeout: orDefault(opts.Timeout, DefaultTimeout)}
	failures := orDefault(opts.Failures, DefaultFailures)
	r.breaker = gobreaker.NewCircuitBreaker[[]byte](gobreaker.Settings{
		Name: opts.Name, Timeout: orDefault(opts.Pause, DefaultPause), MaxRequests: 1,
		ReadyToTrip:  func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= failures },
		IsSuccessful: func(err error) bool { return err == nil || errors.Is(err, ErrMiss) || errors.Is(err, ErrTooLarge) },
		IsExcluded:   func(err error) bool { return errors.Is(err, errLeft) },
		OnStateChange: func(name string, from, to gobreaker.State) {
			logState(opts.Logger, name, from, to)
		},
	})
	return r
}

func orDefault[T ~int64 | ~uint32](x, value T) T {
	if x <= 0 {
		return value
	}
	return x
}

// logState tells of an outage and of its end. A trial in between is no change that anybody waits for.
func logState(logger *slog.Logger, name string, from, to gobreaker.State) {
	switch {
	case logger == nil:
	case from == gobreaker.StateClosed && to == gobreaker.StateOpen:
		logger.Warn("cache is out: requests are misses until it is back", slog.String("cache", name))
	case to == gobreaker.StateClosed:
		logger.Info("cache is back", slog.String("cache", name))
	}
}

// errLeft is the error of an operation whose caller left first, which says nothing about the store.
var errLeft = errors.New("the caller left")

// do runs an operation of the store within the time-out.
func (r *Resilient) do(ctx context.Context, op func(context.Context) ([]byte, error)) ([]byte, error) {
	return r.breaker.Execute(func() ([]byte, error) {
		within, cancel := context.WithTimeout(ctx, r.timeout)
		defer cancel()
		data, err := op(within)
		if err != nil && ctx.Err() != nil {
			err = errLeft
		}
		return data, err
	})
}

// Get implements Store. Its only error is ErrMiss.
func (r *Resilient) Get(ctx context.Context, key string) ([]byte, error) {
	data, err := r.do(ctx, func(ctx context.Context) ([]byte, error) { return r.store.Get(ctx, key) })
	if err != nil {
		return nil, ErrMiss
	}
	return data, nil
}

// Set implements Store. It returns no error: what could not be kept will be a miss.
func (r *Resilient) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	_, _ = r.do(ctx, func(ctx context.Context) ([]byte, error) { return nil, r.store.Set(ctx, key, value, ttl) })
	return nil
}

// Append implements Log. Like Set it returns no error, and it does nothing if the store within is no Log.
func (r *Resilient) Append(ctx context.Context, name string, value []byte, keep int, ttl time.Duration) error {
	if log, ok := r.store.(Log); ok {
		_, _ = r.do(ctx, func(ctx context.Context) ([]byte, error) { return nil, log.Append(ctx, name, value, keep, ttl) })
	}
	return nil
}

// Since implements Log. In an outage, or if the store within is no Log, there is nothing new.
func (r *Resilient) Since(ctx context.Context, name, place string, limit int) (values [][]byte, next string, err error) {
	next = place
	if log, ok := r.store.(Log); ok {
		_, _ = r.do(ctx, func(ctx context.Context) ([]byte, error) {
			read, after, err := log.Since(ctx, name, place, limit)
			if err == nil {
				values, next = read, after
			}
			return nil, err
		})
	}
	return values, next, nil
}

// shares reports whether the store within is a Log.
func (r *Resilient) shares() bool {
	_, ok := r.store.(Log)
	return ok
}

// Out reports whether the store is left alone at the moment.
func (r *Resilient) Out() bool { return r.breaker.State() == gobreaker.StateOpen }

// Close implements Store.
func (r *Resilient) Close() error { return r.store.Close() }
