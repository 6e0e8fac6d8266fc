package eval_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
)

// benchmarkRows returns graded requests of three tasks with outcomes of three models, all signals there.
func benchmarkRows(n int) []datasets.Row {
	r := rand.New(rand.NewPCG(1, 1))
	rows := make([]datasets.Row, n)
	for i := range rows {
		row := datasets.Row{ID: fmt.Sprintf("r%08d", i), Prompt: "p", Task: []string{"t", "u", "v"}[r.IntN(3)]}
		for k, model := range []string{"A", "B", "C"} {
			quality, cost, latency, logprob := float64(r.IntN(2)), float64(k+1)*r.Float64()/1e3, 2000*r.Float64(), -r.Float64()
			row.Outcomes = append(row.Outcomes, datasets.Outcome{
				Model: model, Quality: &quality, CostUSD: &cost, LatencyMS: &latency, LogprobMean: &logprob,
			})
		}
		rows[i] = row
	}
	return rows
}

// cascades returns n candidates whose cascades differ in their thresholds.
func cascades(tb testing.TB, n int) []eval.Candidate {
	tb.Helper()
	var out []eval.Candidate
	for i := range n {
		text := fmt.Sprintf(`
version = 1
baseline = "C"
tiers = { a = "A", b = "B", c = "C" }
[tasks.t]
chain = ["a", "b", "c"]
accept = [{ check = "logprob_mean", min = %[1]v }]
[tasks.u]
chain = ["a", "c"]
accept = [{ check = "logprob_mean", min = %[1]v }]
[tasks.v]
chain = ["b", "c"]
accept = [{ check = "logprob_mean", min = %[1]v }]
[router]
default = "t"
`, -0.9+0.8*float64(i)/float64(n))
		config, err := routing.ParseConfig("bench.toml", []byte(text), nil)
		if err != nil {
			tb.Fatal(err)
		}
		out = append(out, eval.Candidate{Label: fmt.Sprint(i), Config: config})
	}
	return out
}

// BenchmarkReplay replays a block that is in memory, cascades of up to three tiers. A decision is one request under one
// candidate; the reference rows and the controls are part of every replay.
func BenchmarkReplay(b *testing.B) {
	for _, n := range []int{1, 64} {
		b.Run(fmt.Sprintf("candidates=%d", n), func(b *testing.B) {
			job, err := eval.NewJob(cascades(b, n), &eval.Options{GoldTasks: true, ControlRows: 1, TotalRows: 1 << 40})
			if err != nil {
				b.Fatal(err)
			}
			const rows = 8192
			traffic, err := datasets.FromRows(benchmarkRows(rows), job.Columns())
			if err != nil {
				b.Fatal(err)
			}
			r := job.NewReplayer()
			r.Replay(context.Background(), traffic)
			b.ReportAllocs()
			for b.Loop() {
				r.Replay(context.Background(), traffic)
			}
			b.ReportMetric(float64(b.N)*rows*float64(n)/b.Elapsed().Seconds()/1e6, "Mdecisions/s")
		})
	}
}
