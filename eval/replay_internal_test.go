package eval

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/routing"
)

// BenchmarkCascades replays one candidate with cascades of two and three tiers over a block that is in memory: route,
// walk, judge, add up; without reading, and without the reference rows, which have their share in BenchmarkReplay.
func BenchmarkCascades(b *testing.B) {
	config, err := routing.ParseConfig("bench.toml", []byte(`
version = 1
baseline = "C"
tiers = { a = "A", b = "B", c = "C" }
[tasks.t]
chain = ["a", "b", "c"]
accept = [{ check = "logprob_mean", min = -0.5 }]
[tasks.u]
chain = ["a", "c"]
accept = [{ check = "logprob_mean", min = -0.5 }]
[router]
default = "t"
`), nil)
	if err != nil {
		b.Fatal(err)
	}
	job, err := NewJob([]Candidate{{Label: "bench", Config: config}}, &Options{GoldTasks: true})
	if err != nil {
		b.Fatal(err)
	}
	const n = 8192
	r := rand.New(rand.NewPCG(1, 1))
	rows := make([]datasets.Row, n)
	for i := range rows {
		rows[i] = datasets.Row{ID: fmt.Sprint(i), Prompt: "p", Task: []string{"t", "u"}[r.IntN(2)]}
		for k, model := range []string{"A", "B", "C"} {
			quality, cost, latency, logprob := float64(r.IntN(2)), float64(k+1)*r.Float64()/1e3, 2000*r.Float64(), -r.Float64()
			rows[i].Outcomes = append(rows[i].Outcomes, datasets.Outcome{
				Model: model, Quality: &quality, CostUSD: &cost, LatencyMS: &latency, LogprobMean: &logprob,
			})
		}
	}
	traffic, err := datasets.FromRows(rows, job.Columns())
	if err != nil {
		b.Fatal(err)
	}
	replayer := job.NewReplayer()
	replayer.prepare(context.Background(), traffic)
	b.ReportAllocs()
	for b.Loop() {
		replayer.replayRouter(context.Background(), 0)
	}
	b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds()/1e6, "Mdecisions/s")
}
