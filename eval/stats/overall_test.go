package stats

import (
	"math"
	"testing"
)

// One stratum, and strata of equal weight per unit, are Tango's test of the pooled counts: both variances are then
// (2q̃ + Δ(1−Δ))/n. The score test's ½ in u_k cancels from n_e. Estimates shows this of one stratum, too, where Overall adds
// what Pairs.NonInferior does.
func TestOverallIsTangoAtEqualWeights(t *testing.T) {
	for _, strata := range [][]Stratum{
		{{Weight: 7, Pairs: Pairs{300, 3, 9}}},
		{{Weight: 0.25, Pairs: Pairs{100, 1, 5}}, {Weight: 0.75, Pairs: Pairs{300, 8, 7}}},
	} {
		var n, b, c float64
		for _, s := range strata {
			n, b, c = n+s.Pairs.N, b+s.Pairs.B, c+s.Pairs.C
		}
		o, ok := newOverall(strata)
		got := o.test(ok, 0.02, 0.05)
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
	if r := Overall([]Stratum{unchanged, {Weight: 0, Pairs: Pairs{100, 0, 50}}}, 0.01, 0.05); r.Verdict() != Holds || r.Upper != 0 {
		t.Errorf("what changes has no traffic: %+v", r)
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

// A table of one class that can change gets the verdict of that class.
func TestOverallOfOne(t *testing.T) {
	nothing := Stratum{Weight: 0, Unchanged: true, Pairs: Pairs{N: 50}}
	pairs, deltas := Pairs{60, 0, 0}, Deltas{N: 60, Sum: -1, SumSq: 3, Nonzero: 6}
	if got, want := Overall([]Stratum{{Weight: 2, Pairs: pairs}, nothing}, 0.05, 0.05), pairs.NonInferior(0.05, 0.05); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got, want := Overall([]Stratum{{Weight: 2, Graded: true, Deltas: deltas}}, 0.05, 0.05), deltas.NonInferior(0.05, 0.05); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// Graded strata of the same units are the paired t-test of all of them, but for the degrees of freedom.
func TestOverallGraded(t *testing.T) {
	d := Deltas{N: 400, Sum: -2, SumSq: 30, Nonzero: 120}
	half := Deltas{N: 200, Sum: -1, SumSq: 15, Nonzero: 60}
	got := Overall([]Stratum{{Weight: 1, Graded: true, Deltas: half}, {Weight: 1, Graded: true, Deltas: half}}, 0.05, 0.05)
	if want := d.NonInferior(0.05, 0.05); !near(got.P, want.P, 1e-5) || !near(got.Bound, want.Bound, 1e-4) {
		t.Errorf("Overall %+v, NonInferior %+v", got, want)
	}
}

// Deltas that are all the same have no variance, and bounds all the same.
func TestOverallWithoutVariance(t *testing.T) {
	same := Stratum{Weight: 1, Graded: true, Deltas: Deltas{N: 60, Sum: -30, SumSq: 15, Nonzero: 60}}
	r := Overall([]Stratum{same, same}, 0.05, 0.05)
	if r.Verdict() != Fails || !(r.Upper >= r.Delta && r.Upper < -0.05 && r.Bound <= r.Delta) {
		t.Errorf("%+v", r)
	}
}
