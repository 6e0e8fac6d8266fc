package stats

import (
	"math"
	"testing"
)

// One stratum, and strata of equal weight per unit, are Tango's test of the pooled counts: both variances are then
// (2q̃ + Δ(1−Δ))/n. The score test's ½ in u_k cancels from n_e.
func TestOverallIsTangoAtEqualWeights(t *testing.T) {
	for _, strata := range [][]Stratum{
		{{Weight: 7, Pairs: Pairs{300, 3, 9}}},
		{{Weight: 0.25, Pairs: Pairs{100, 1, 5}}, {Weight: 0.75, Pairs: Pairs{300, 8, 7}}},
	} {
		var n, b, c float64
		for _, s := range strata {
			n, b, c = n+s.Pairs.N, b+s.Pairs.B, c+s.Pairs.C
		}
		got := Overall(strata, 0.02, 0.05)
		_, p := Tango(n, b, c, -0.02)
		interval := TangoInterval(n, b, c, 0.90)
		for _, v := range []struct {
			name      string
			got, want float64
		}{{"p", got.P, p}, {"bound", got.Bound, interval.Lo}, {"delta", got.Delta, (b - c) / n}} {
			if math.Abs(v.got-v.want) > 1e-9 {
				t.Errorf("%d strata: %s = %v, Tango has %v", len(strata), v.name, v.got, v.want)
			}
		}
		// Where the hypothesis leaves less discordance than was seen, the variance keeps what was seen.
		if got.Upper < interval.Hi-1e-9 || got.Upper > interval.Hi+0.001 {
			t.Errorf("%d strata: upper = %v, Tango has %v", len(strata), got.Upper, interval.Hi)
		}
	}
}

func TestOverallEdges(t *testing.T) {
	unchanged := Stratum{Weight: 3, Unchanged: true, Pairs: Pairs{N: 100}}
	if r := Overall([]Stratum{unchanged}, 0.01, 0.05); r.Verdict() != Holds || r.Test != "nothing changed" {
		t.Errorf("nothing can change: %+v", r)
	}
	if r := Overall([]Stratum{unchanged, {Weight: 1}}, 0.01, 0.05); r.Verdict() != Inconclusive || !math.IsNaN(r.P) {
		t.Errorf("a changed stratum without units: %+v", r)
	}
	// Three quarters of the traffic cannot change: the delta is diluted by it, and so is its bound.
	alone := Overall([]Stratum{{Weight: 1, Pairs: Pairs{200, 2, 8}}}, 0.01, 0.05)
	diluted := Overall([]Stratum{unchanged, {Weight: 1, Pairs: Pairs{200, 2, 8}}}, 0.01, 0.05)
	if math.Abs(diluted.Delta-alone.Delta/4) > 1e-12 || !(diluted.Bound > alone.Bound/3) {
		t.Errorf("diluted %+v, alone %+v", diluted, alone)
	}
	// Nothing lost on few labels proves little.
	if r := Overall([]Stratum{{Weight: 1, Pairs: Pairs{N: 30}}}, 0.01, 0.05); r.Verdict() != Inconclusive {
		t.Errorf("30 labels hold at one point: %+v", r)
	}
	plain := Overall([]Stratum{{Weight: 1, Pairs: Pairs{1000, 10, 90}}}, 0.01, 0.05)
	if plain.Verdict() != Fails || !(plain.Upper < -0.01) {
		t.Errorf("a loss of eight points: %+v", plain)
	}
}

// A graded stratum alone is the paired t-test: the same p as Deltas.NonInferior, whose floor is not in play here.
func TestOverallGraded(t *testing.T) {
	d := Deltas{N: 400, Sum: -2, SumSq: 30, Nonzero: 120}
	got, want := Overall([]Stratum{{Weight: 2, Graded: true, Deltas: d}}, 0.05, 0.05), d.NonInferior(0.05, 0.05)
	if math.Abs(got.P-want.P) > 1e-12 || math.Abs(got.Bound-want.Bound) > 1e-12 {
		t.Errorf("Overall %+v, NonInferior %+v", got, want)
	}
}
