package cache_test

import (
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tierwise/tierwise/routing/cache"
)

func memory(t testing.TB, opts *cache.MemoryOptions) *cache.Memory {
	t.Helper()
	m, err := cache.NewMemory(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func TestMemory(t *testing.T) {
	now := time.Unix(1000, 0)
	m, ctx := memory(t, &cache.MemoryOptions{Clock: func() time.Time { return now }}), t.Context()
	if err := errors.Join(m.Set(ctx, "k", []byte("v"), time.Hour), m.Set(ctx, "good", []byte("v"), 0)); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Hour - 1)
	if v, err := m.Get(ctx, "k"); err != nil || string(v) != "v" {
		t.Errorf("just before its end: %q, %v", v, err)
	}
	now = now.Add(1)
	if _, err := m.Get(ctx, "k"); !errors.Is(err, cache.ErrMiss) {
		t.Errorf("at its end: %v, want a miss: reading does not renew", err)
	}
	now = now.Add(10000 * time.Hour)
	if _, err := m.Get(ctx, "good"); err != nil {
		t.Errorf("kept for good: %v", err)
	}
}

// TestMemoryBound: the bound holds at every moment.
func TestMemoryBound(t *testing.T) {
	const bound = 100_000
	m, ctx := memory(t, &cache.MemoryOptions{MaxBytes: bound}), t.Context()
	for i := range 2000 {
		if err := m.Set(ctx, fmt.Sprint(i), make([]byte, 1+i%2000), time.Hour); err != nil {
			t.Fatal(err)
		}
		if n := m.Bytes(); n > bound {
			t.Fatalf("%d bytes after %d entries, bound %d", n, i+1, bound)
		}
	}
	if n := m.Bytes(); n < bound/2 {
		t.Errorf("%d bytes of %d are used", n, bound)
	}
	if err := m.Set(ctx, "large", make([]byte, bound), 0); !errors.Is(err, cache.ErrTooLarge) {
		t.Errorf("more than all: %v", err)
	}
}

func TestEntry(t *testing.T) {
	want := cache.Entry{
		Request: "r1", Task: "reply", Tier: "small", Model: "gpt", Stored: time.Unix(12, 345), CostUSD: 0.25, Text: "hi", Answer: []byte(`{"a":1}`),
	}
	for _, cost := range []float64{0.25, math.NaN()} {
		want.CostUSD = cost
		var got cache.Entry
		data := want.Append(nil)
		if err := got.Parse(data); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		data[0]++
		if got.Parse(data) == nil {
			t.Error("an entry of another version was read")
		}
	}
}

func FuzzEntry(f *testing.F) {
	f.Add((&cache.Entry{Request: "r", Task: "t", Answer: []byte("x")}).Append(nil))
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, data []byte) {
		var e, again cache.Entry
		if e.Parse(data) != nil {
			return
		}
		if err := again.Parse(e.Append(nil)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(e, again, cmpopts.EquateNaNs()); diff != "" {
			t.Error(diff)
		}
	})
}

// BenchmarkExactHit is a whole hit: key, look-up, decoding.
func BenchmarkExactHit(b *testing.B) {
	m, ctx, f := memory(b, nil), b.Context(), longFields()
	e := cache.Entry{Request: "r", Task: "t", Tier: "small", Model: "gpt", Answer: make([]byte, 1200)}
	if err := m.Set(ctx, f.Key().String(), e.Append(nil), time.Hour); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		data, err := m.Get(ctx, f.Key().String())
		if err != nil || e.Parse(data) != nil {
			b.Fatal(err)
		}
	}
}
