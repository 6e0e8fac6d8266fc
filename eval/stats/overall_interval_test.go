package stats

import (
	"math"
	"testing"
)

// One stratum has the interval of its own task, whichever side the difference is on, and nearly the same one beside next to nothing.
func TestOverallIntervalOfOne(t *testing.T) {
	for _, p := range []Pairs{{N: 1700, B: 310, C: 39}, {N: 1700, B: 39, C: 310}, {N: 60, B: 9}, {N: 60, C: 9}, {N: 200}} {
		got, _ := OverallInterval([]Stratum{{Weight: 3, Pairs: p}, {Unchanged: true, Pairs: Pairs{N: 5}}}, 0.95)
		if want := TangoInterval(p.N, p.B, p.C, 0.95); got != want {
			t.Errorf("%+v: %v, want %v", p, got, want)
		}
		nearly, _ := OverallInterval([]Stratum{{Weight: 3, Pairs: p}, {Weight: 1e-9, Unchanged: true}}, 0.95)
		if math.Abs(got.Lo-nearly.Lo) > 0.03 || math.Abs(got.Hi-nearly.Hi) > 0.03 {
			t.Errorf("%+v: %v, beside next to no other traffic %v", p, got, nearly)
		}
	}
	gains := Deltas{N: 40_000, Sum: 6_000, SumSq: 4_000, Nonzero: 30_000}.WithGains(0.17)
	got, _ := OverallInterval([]Stratum{{Weight: 1, Graded: true, Deltas: gains}}, 0.95)
	if !(got.Lo > 0.14 && got.Lo < 0.15 && got.Hi > 0.15 && got.Hi < 0.16) {
		t.Errorf("a mean gain of 0.15 of 40,000 has the interval %v", got)
	}
}
