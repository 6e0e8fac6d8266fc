package cache

import (
	"context"
	"sync"
)

// A Flight makes one call for all who ask for the same at the same time. The zero value is ready, and it is safe for
// concurrent use.
type Flight[T any] struct {
	mu      sync.Mutex
	flights map[Key]*flight[T]
}

type flight[T any] struct {
	done    chan struct{}
	parted  chan struct{} // closed when nobody is to wait any more but the one who started it
	waiters int           // those who still want it; the last to leave cancels
	cancel  context.CancelFunc

	// Set before done is closed.
	value    T
	share    bool
	err      error
	panicked any
}

// Do returns what call returns. Whoever asks while a call for the same key is on its way waits for that, as long as its own
// ctx lasts, and shares the answer if call says that it may be shared and gives no error; otherwise it makes its own call:
// an error, or an answer that failed its checks, belongs to the one who got it. shared says that call was not made: the
// answer is another's, or ctx ended before there was one.
//
// The call outlives the ctx of the one who started it, whose values it sees, and is canceled when all who wait have left.
func (f *Flight[T]) Do(ctx context.Context, key Key, call func(context.Context) (value T, share bool, err error)) (value T, shared bool, err error) {
	if err := ctx.Err(); err != nil {
		return value, true, err
	}
	f.mu.Lock()
	if other := f.flights[key]; other != nil {
		other.waiters++
		f.mu.Unlock()
		landed, err := f.wait(ctx, key, other, other.parted)
		if err != nil {
			return value, true, err
		}
		if landed && other.err == nil && other.share && other.panicked == nil {
			return other.value, true, nil
		}
		value, _, err = call(ctx)
		return value, false, err
	}
	detached, cancel := context.WithCancel(context.WithoutCancel(ctx))
	own := &flight[T]{done: make(chan struct{}), parted: make(chan struct{}), waiters: 1, cancel: cancel}
	if f.flights == nil {
		f.flights = map[Key]*flight[T]{}
	}
	f.flights[key] = own
	f.mu.Unlock()
	go f.fly(detached, key, own, call)
	if _, err := f.wait(ctx, key, own, nil); err != nil {
		return value, false, err
	}
	if own.panicked != nil {
		panic(own.panicked)
	}
	return own.value, false, own.err
}

// fly makes the call.
func (f *Flight[T]) fly(ctx context.Context, key Key, own *flight[T], call func(context.Context) (T, bool, error)) {
	defer func() {
		own.panicked = recover()
		f.remove(key, own)
		own.cancel()
		close(own.done)
	}()
	own.value, own.share, own.err = call(ctx)
}

// Part lets those go who wait for a call of another, and has each make its own: for a call that finds out on its way that
// its answer will not be shared. Who asks from now on does not wait for it either.
func (f *Flight[T]) Part(key Key) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if own := f.flights[key]; own != nil {
		delete(f.flights, key)
		close(own.parted)
	}
}

// wait waits for the end of a flight, for its parting, or for that of ctx, whose error it returns.
func (f *Flight[T]) wait(ctx context.Context, key Key, own *flight[T], parted <-chan struct{}) (landed bool, err error) {
	select {
	case <-own.done:
		return true, nil
	case <-parted:
	case <-ctx.Done():
		err = ctx.Err()
	}
	f.mu.Lock()
	own.waiters--
	alone := own.waiters == 0
	if alone && f.flights[key] == own { // nobody may join what is being canceled
		delete(f.flights, key)
	}
	f.mu.Unlock()
	if alone {
		own.cancel()
	}
	return false, err
}

func (f *Flight[T]) remove(key Key, own *flight[T]) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.flights[key] == own {
		delete(f.flights, key)
	}
}
