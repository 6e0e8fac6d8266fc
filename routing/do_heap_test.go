package routing_test

import (
	"context"
	"runtime"
	"sync"
	"testing"

	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/trace"
)

// TestFlatHeap: a million requests leave nothing behind.
func TestFlatHeap(t *testing.T) {
	if testing.Short() {
		t.Skip("a million requests")
	}
	client := funcClient(func(_ context.Context, c *llm.Call) (*llm.Response, error) {
		if len(c.Request.Messages[0].Text)%2 == 0 {
			return nil, &llm.Error{Cause: llm.ContextLength, Unbilled: true}
		}
		return &llm.Response{Text: "fine", Usage: &llm.Usage{Input: 10, Output: 5}}, nil
	})
	router := mustOpen(t, twoProviders, &routing.Options{Clients: map[string]llm.Client{"p": client, "q": says("fine")}, Trace: discard{}})
	live := func() uint64 {
		runtime.GC()
		runtime.GC() // what a pool kept is gone after two
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	run := func(requests int) {
		const workers = 8
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				text := ""
				for i := range requests / workers {
					if text += "x"; len(text) > 100 {
						text = "x"
					}
					if _, err := router.Do(context.Background(), &routing.Request{Prompt: text}); err != nil {
						t.Error(i, err)
						return
					}
				}
			})
		}
		wg.Wait()
	}
	run(500_000)
	half := live()
	run(500_000)
	if whole := live(); float64(whole) > 1.05*float64(half) {
		t.Errorf("%d bytes live after half a million requests, %d after a million", half, whole)
	}
}

// discard is a sink that keeps nothing.
type discard struct{}

// Write implements trace.Sink.
func (discard) Write(*trace.Record) error { return nil }
