package stats

import (
	"fmt"
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
