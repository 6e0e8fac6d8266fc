package cache_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tierwise/tierwise/routing/cache"
)

func TestFlightStampede(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f cache.Flight[string]
		var calls, shared atomic.Int64
		done := make(chan string, 100)
		for range 100 {
			go func() {
				v, s, err := f.Do(t.Context(), cache.Key{}, func(context.Context) (string, bool, error) {
					calls.Add(1)
					time.Sleep(time.Second)
					return "v", true, nil
				})
				if s {
					shared.Add(1)
				}
				if err != nil {
					t.Error(err)
				}
				done <- v
			}()
		}
		for range 100 {
			if v := <-done; v != "v" {
				t.Errorf("got %q", v)
			}
		}
		if calls.Load() != 1 || shared.Load() != 99 {
			t.Errorf("%d calls, shared by %d: want 1 and 99", calls.Load(), shared.Load())
		}
	})
}

// TestFlightCancel: a follower keeps its own deadline, a leader that leaves does not take the others with it, and when all
// have left the call is canceled.
func TestFlightCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f cache.Flight[string]
		type outcome struct {
			value string
			err   error
			after time.Duration
		}
		ask := func(deadline time.Duration, call func(context.Context) (string, bool, error)) chan outcome {
			out := make(chan outcome, 1)
			go func() {
				ctx, cancel := context.WithTimeout(t.Context(), deadline)
				defer cancel()
				start := time.Now()
				v, _, err := f.Do(ctx, cache.Key{}, call)
				out <- outcome{v, err, time.Since(start)}
			}()
			synctest.Wait()
			return out
		}
		slow := func(ctx context.Context) (string, bool, error) {
			select {
			case <-time.After(10 * time.Second):
				return "v", true, nil
			case <-ctx.Done():
				return "", false, ctx.Err()
			}
		}
		never := func(context.Context) (string, bool, error) { t.Error("a second call"); return "", false, nil }
		leader, hasty, patient := ask(time.Second, slow), ask(2*time.Second, never), ask(time.Minute, never)
		if o := <-leader; !errors.Is(o.err, context.DeadlineExceeded) || o.after != time.Second {
			t.Errorf("leader: %+v", o)
		}
		if o := <-hasty; !errors.Is(o.err, context.DeadlineExceeded) || o.after != 2*time.Second {
			t.Errorf("hasty follower: %+v", o)
		}
		if o := <-patient; o.err != nil || o.value != "v" || o.after != 10*time.Second {
			t.Errorf("patient follower: %+v", o)
		}
		canceled := make(chan struct{})
		<-ask(time.Second, func(ctx context.Context) (string, bool, error) {
			<-ctx.Done()
			close(canceled)
			return "", false, ctx.Err()
		})
		<-canceled
		// Whoever comes after the last has left starts anew.
		if o := <-ask(time.Minute, slow); o.value != "v" {
			t.Errorf("after all had left: %+v", o)
		}
	})
}

// TestFlightNotShared: an error, or an answer that may not be shared, is the leader's alone.
func TestFlightNotShared(t *testing.T) {
	for _, failure := range []error{errors.New("failed"), nil} {
		synctest.Test(t, func(t *testing.T) {
			var f cache.Flight[int]
			var calls atomic.Int64
			results := make(chan error, 3)
			for range 3 {
				go func() {
					_, shared, err := f.Do(t.Context(), cache.Key{}, func(context.Context) (int, bool, error) {
						n := calls.Add(1)
						time.Sleep(time.Second)
						if n == 1 {
							return 0, false, failure
						}
						return int(n), true, nil
					})
					if shared {
						t.Error("shared what may not be")
					}
					results <- err
				}()
			}
			failed := 0
			for range 3 {
				if <-results != nil {
					failed++
				}
			}
			if want := map[bool]int{true: 1, false: 0}[failure != nil]; failed != want || calls.Load() != 3 {
				t.Errorf("%d failed after %d calls: want %d after 3", failed, calls.Load(), want)
			}
		})
	}
}

func TestFlightPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f cache.Flight[int]
		defer func() {
			if r := recover(); r != "boom" {
				t.Errorf("recovered %v", r)
			}
			v, _, err := f.Do(t.Context(), cache.Key{}, func(context.Context) (int, bool, error) { return 7, true, nil })
			if v != 7 || err != nil {
				t.Errorf("after a panic: %d, %v", v, err)
			}
		}()
		f.Do(t.Context(), cache.Key{}, func(context.Context) (int, bool, error) { panic("boom") })
	})
}

// TestFlightPart: who waits for an answer that will not be shared need not wait to its end.
func TestFlightPart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f cache.Flight[int]
		start := time.Now()
		took := make(chan time.Duration, 3)
		for i := range 3 {
			go func() {
				v, shared, err := f.Do(t.Context(), cache.Key{}, func(context.Context) (int, bool, error) {
					time.Sleep(time.Second)
					f.Part(cache.Key{})
					time.Sleep(time.Minute)
					return i, false, nil
				})
				if v != i || shared || err != nil {
					t.Errorf("got %d, %v, %v; want %d of its own", v, shared, err, i)
				}
				took <- time.Since(start)
			}()
		}
		for _, want := range []time.Duration{time.Minute + time.Second, time.Minute + 2*time.Second, time.Minute + 2*time.Second} {
			if got := <-took; got != want {
				t.Errorf("took %v, want %v", got, want)
			}
		}
	})
}
