package routing_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/llm"
)

// BenchmarkExactHit is Do of a request of 1 KB that was answered before, its record included.
func BenchmarkExactHit(b *testing.B) {
	router := mustOpen(b, cachedConfig, &routing.Options{Clients: map[string]llm.Client{"p": counting(0)}, Trace: discard{}})
	defer router.Close()
	q := &routing.Request{Request: llm.Request{Messages: []llm.Message{
		{Role: "system", Text: "Be brief."}, {Role: "user", Text: strings.Repeat("lorem ipsum ", 85)},
	}}}
	if _, err := router.Do(b.Context(), q); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if a, err := router.Do(b.Context(), q); err != nil || a.Hit == nil {
			b.Fatal(a, err)
		}
	}
}

// BenchmarkCachedMiss is Do of a request that nobody asked before, with a provider that answers at once.
func BenchmarkCachedMiss(b *testing.B) {
	for _, config := range []string{"no cache", "exact"} {
		b.Run(config, func(b *testing.B) {
			text := cachedConfig
			if config == "no cache" {
				text = strings.Replace(text, "[cache.exact]\nttl = \"1h\"\n", "", 1)
			}
			router := mustOpen(b, text, &routing.Options{Clients: map[string]llm.Client{"p": counting(0)}, Trace: discard{}})
			defer router.Close()
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				n++
				if _, err := router.Do(b.Context(), &routing.Request{Prompt: fmt.Sprint("lorem ", n)}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestFlatHeapCached: a million requests, of which a quarter was answered before, fill the caches to their bounds and not further.
func TestFlatHeapCached(t *testing.T) {
	if testing.Short() {
		t.Skip("a million requests")
	}
	const bound = 16 << 20
	client := funcClient(func(context.Context, *llm.Call) (*llm.Response, error) {
		return &llm.Response{Text: strings.Repeat("fine ", 50), Usage: &llm.Usage{Input: 10, Output: 5}}, nil
	})
	router := mustOpen(t, cachedConfig, &routing.Options{Clients: map[string]llm.Client{"p": client}, Trace: discard{}, CacheBytes: bound})
	defer router.Close()
	live := func() uint64 {
		runtime.GC()
		runtime.GC() // what a pool kept is gone after two
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	empty := live()
	var hits, next atomic.Int64
	run := func(requests int) {
		const workers = 8
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for range requests / workers {
					n := next.Add(1)
					if n%4 == 0 { // one of the last two thousand
						n -= 3 + n*7%2000/4*4
					}
					a, err := router.Do(context.Background(), &routing.Request{Prompt: fmt.Sprint("request ", n)})
					if err != nil {
						t.Error(n, err)
						return
					}
					if a.Hit != nil {
						hits.Add(1)
					}
				}
			})
		}
		wg.Wait()
	}
	run(500_000)
	half := live()
	run(500_000)
	whole := live()
	t.Logf("%d bytes live before, %d after half a million requests, %d after a million; %d hits", empty, half, whole, hits.Load())
	if float64(whole) > 1.05*float64(half) {
		t.Errorf("%d bytes live after half a million requests, %d after a million", half, whole)
	}
	if whole-empty > 2*bound {
		t.Errorf("%d bytes live with a bound of %d", whole-empty, bound)
	}
	if hits.Load() < 100_000 {
		t.Errorf("%d hits: too few to show anything", hits.Load())
	}
}
