package stats

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func BenchmarkPairsNonInferior(b *testing.B) {
	for _, n := range []float64{200, 1e5, 1e7} {
		b.Run(fmt.Sprintf("n=%.0e", n), func(b *testing.B) {
			for b.Loop() {
				Pairs{N: n, B: 0.02 * n, C: 0.03 * n}.NonInferior(0.05, 0.05)
			}
		})
	}
}

func BenchmarkDeltasNonInferior(b *testing.B) {
	for b.Loop() {
		Deltas{N: 200, Sum: -2, SumSq: 8, Nonzero: 30}.NonInferior(0.05, 0.05)
	}
}

// BenchmarkEstimates is one candidate on 100,000 requests of 12 tasks of which 10 % have a delta: 10,000 resamples.
func BenchmarkEstimates(b *testing.B) {
	const tasks, rows = 12, 100_000
	for _, bench := range []struct {
		name   string
		levels float64 // distinct values a delta has; 0: as many as there are rows
		groups bool
	}{{"continuous", 0, false}, {"levels", 10, false}, {"weighted", 0, true}} {
		b.Run(bench.name, func(b *testing.B) {
			rng := rand.New(rand.NewPCG(11, 0))
			samples := make([]Sample, tasks)
			for i := range samples {
				samples[i] = Sample{Name: fmt.Sprint(i), Weight: 1, Graded: true}
			}
			for i := range rows {
				s, w := &samples[i%tasks], 1.0
				if bench.groups {
					w = float64(1 + rng.IntN(5))
				}
				if rng.IntN(10) > 0 {
					s.Rest.Add(w)
					continue
				}
				d := 1.5*rng.Float64() - 1
				if bench.levels > 0 {
					d = math.Round(d*bench.levels) / bench.levels
				}
				s.Changed = append(s.Changed, Cluster{w, w * d})
			}
			for b.Loop() {
				Estimates(samples, nil)
			}
			b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)*20, "s/20-candidates")
		})
	}
}
