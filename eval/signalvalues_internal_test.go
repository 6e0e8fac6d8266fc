package eval

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestSignalValues wants of AtShare what its definition says, whatever the blocks and workers, and of weights that are all 1
// what it says without.
func TestSignalValues(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for trial := range 300 {
		n := r.IntN(40)
		column, weights, rows := make([]float64, n), make([]float64, n), make([]int32, n)
		for i := range n {
			column[i], weights[i], rows[i] = -float64(r.IntN(10))/10, 1, int32(i)
			if trial%3 == 1 && r.IntN(3) == 0 {
				weights[i] = float64(r.IntN(4))
			}
		}
		var total float64
		for _, w := range weights {
			total += w
		}
		parts := []*SignalValues{{}, {}, {}}
		for i := range rows {
			own := weights
			if trial%3 == 0 || weights[i] == 1 && r.IntN(2) == 0 { // a block without weights
				own = nil
			}
			parts[r.IntN(len(parts))].add(column, own, rows[i:i+1])
		}
		var got SignalValues
		got.merge(parts)
		if got.Known != int64(n) {
			t.Fatalf("%d values of %d", got.Known, n)
		}
		for _, share := range []float64{0.3, 0.5, 0.7, 0.85, 0.95, 1} {
			want := math.Inf(-1)
			for _, v := range column {
				passed := 0.0
				for i := range column {
					if column[i] >= v {
						passed += weights[i]
					}
				}
				if passed >= share*total-1e-9*total {
					want = max(want, v)
				}
			}
			if at := got.AtShare(share); at != want && (n > 0 || at == at) {
				t.Fatalf("%v of %v, weights %v: %v, not %v", share, column, weights, at, want)
			}
		}
		if math.Signbit(got.AtShare(1)) && slices.Max(append(column, -1)) == 0 && got.AtShare(1) == 0 {
			t.Fatal("−0")
		}
	}
}
