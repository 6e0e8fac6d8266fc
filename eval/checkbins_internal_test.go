package eval

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Counting by index comes to the bins of a sweep, for numbers of any size and sign.
func TestBinIndex(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	signals := []float64{
		0, math.Copysign(0, -1), 1, -1, 0x1p-40, -0x1p-40, 0x1p-41, math.Nextafter(0x1p-40, 0), math.Nextafter(0x1p24, 0), 0x1p24, -0x1p24,
		math.SmallestNonzeroFloat64, math.MaxFloat64, math.Inf(1), math.Inf(-1),
	}
	for range 20_000 {
		signals = append(signals, math.Ldexp(r.Float64()-0.5, r.IntN(90)-50))
	}
	dense := 0
	for _, x := range signals {
		index := binIndex(x)
		if abs := math.Abs(x); (index >= 0) != (x == 0 || abs >= 0x1p-40 && abs < 0x1p24) {
			t.Errorf("%v has index %d", x, index)
		}
		if index >= 0 {
			dense++
			if got, want := binOf(index), signalBin(x); got != want {
				t.Errorf("%v is counted in bin %d, want %d", x, got, want)
			}
		}
	}
	if dense < 10_000 {
		t.Errorf("only %d signals have an index", dense)
	}
}
