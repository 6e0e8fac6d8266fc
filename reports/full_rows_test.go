package reports_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/reports"
)

// The worst requests are kept whatever the order is in which they come, and no more of them than a page can show.
func TestRowsAdd(t *testing.T) {
	var records []eval.Record
	for i := range 3000 {
		records = append(records, eval.Record{ID: fmt.Sprintf("r%04d", i), Delta: eval.Number(float64(i%7-5) / 10), LatencyMS: eval.Number(i), Quality: 0.5, BaseQuality: 0.5})
	}
	records = append(records, eval.Record{ID: "unknown", Delta: eval.Unknown, LatencyMS: eval.Unknown})
	read := func() *reports.Rows {
		var rows reports.Rows
		for i := range records {
			rows.Add(&records[i])
		}
		return &rows
	}
	first := read()
	if first.Lost != 2144 || len(first.Worst) != 500 || first.Latency.N != 3000 || first.Worst[0].Priority != -0.5 {
		t.Fatalf("%d lose, %d are kept, %d latencies, worst %v", first.Lost, len(first.Worst), first.Latency.N, first.Worst[0].Priority)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	rng.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
	second := read()
	if !slices.EqualFunc(first.Worst, second.Worst, func(a, b reports.Request) bool { return a.ID == b.ID && a.Priority == b.Priority }) {
		t.Error("which requests are the worst depends on their order")
	}
}
