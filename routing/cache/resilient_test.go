package cache_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tierwise/tierwise/routing/cache"
)

// A flaky store hangs or fails as it is told.
type flaky struct {
	*cache.Memory
	hang, fail bool
	calls      int
}

func (f *flaky) Get(ctx context.Context, key string) ([]byte, error) {
	f.calls++
	if f.hang {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if f.fail {
		return nil, errors.New("connection refused")
	}
	return f.Memory.Get(ctx, key)
}

func TestResilient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		store := &flaky{Memory: memory(t, nil)}
		r := cache.NewResilient(store, &cache.ResilientOptions{Name: "redis", Logger: slog.New(slog.NewTextHandler(&log, nil))})
		ctx := t.Context()
		get := func() bool { _, err := r.Get(ctx, "k"); return err == nil }
		if err := r.Set(ctx, "k", []byte("v"), 0); err != nil || !get() {
			t.Fatal("no hit at first")
		}
		for range 100 { // misses are no failures
			if _, err := r.Get(ctx, "nothing"); !errors.Is(err, cache.ErrMiss) {
				t.Fatal(err)
			}
		}
		store.hang, store.calls = true, 0
		start := time.Now()
		for range 1000 {
			if get() {
				t.Fatal("a hit of a store that hangs")
			}
		}
		if d := time.Since(start); d != cache.DefaultFailures*cache.DefaultTimeout || store.calls != cache.DefaultFailures || !r.Out() {
			t.Errorf("1,000 look-ups in an outage took %v and %d calls", d, store.calls)
		}
		time.Sleep(cache.DefaultPause)
		if get() { // the one trial fails
			t.Fatal("a hit of a store that hangs")
		}
		store.hang = false
		if get() {
			t.Error("tried again before the pause was over")
		}
		time.Sleep(cache.DefaultPause)
		if !get() || r.Out() {
			t.Error("no hit after the store came back")
		}
		if s := log.String(); strings.Count(s, "\n") != 2 || !strings.Contains(s, "cache is out") || !strings.Contains(s, "cache is back") {
			t.Errorf("want one line for each change:\n%s", s)
		}
		// Callers who leave say nothing about the store.
		store.hang = true
		for range 100 {
			gone, cancel := context.WithTimeout(ctx, time.Millisecond)
			if _, err := r.Get(gone, "k"); !errors.Is(err, cache.ErrMiss) {
				t.Error(err)
			}
			cancel()
		}
		if r.Out() {
			t.Error("callers who left are counted as an outage")
		}
		store.hang, store.fail = false, true
		for range cache.DefaultFailures {
			get()
		}
		if !r.Out() {
			t.Error("errors are not counted")
		}
	})
}
