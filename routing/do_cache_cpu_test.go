//go:build unix

package routing_test

import (
	"strings"
	"testing"

	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/llm"
)

// BenchmarkExactHit is Do of a request of 1 KB that was answered before, its record included. Time on the clock is that of a machine that may be
// busy; cpu-µs/op is what it takes.
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
	begun := cpuTime(b)
	for b.Loop() {
		if a, err := router.Do(b.Context(), q); err != nil || a.Hit == nil {
			b.Fatal(a, err)
		}
	}
	b.ReportMetric(float64(cpuTime(b)-begun)/float64(b.N)/1e3, "cpu-µs/op")
}
