package stats_test

import (
	"math/rand/v2"
	"testing"

	"github.com/tierwise/tierwise/eval/stats"
)

// A Tester is a fast NonInferior, and nothing but that.
func TestTesterIsNonInferior(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	held := 0
	for _, alpha := range []float64{0.1, 0.05, 0.025, 0.05 / 24} {
		for _, tolerance := range []float64{0.01, 0.03, 0.04, 0.05} {
			tester := stats.NewTester(tolerance, alpha)
			for range 400 {
				n := float64(rng.IntN(1000))
				if rng.IntN(2) == 0 {
					n += rng.Float64() // an effective number
				}
				gained, lost := n*0.05*rng.Float64(), n*0.06*rng.Float64()*rng.Float64()
				if rng.IntN(2) == 0 {
					gained, lost = float64(int(gained)), float64(int(lost))
				}
				pairs := stats.Pairs{N: n, B: gained, C: lost}
				want := pairs.NonInferior(tolerance, alpha).Verdict() == stats.Holds
				if got := tester.Pairs(pairs); got != want {
					t.Errorf("%+v at %v, alpha %v: holds %v, NonInferior says %v", pairs, tolerance, alpha, got, want)
				}
				if want {
					held++
				}
				deltas := stats.Deltas{N: n, Sum: (gained - lost) / 2, SumSq: (gained + lost) / 3, Gains: gained / 2, Nonzero: rng.IntN(40)}
				want = deltas.NonInferior(tolerance, alpha).Verdict() == stats.Holds
				if got := tester.Deltas(deltas); got != want {
					t.Errorf("%+v at %v, alpha %v: holds %v, NonInferior says %v", deltas, tolerance, alpha, got, want)
				}
			}
		}
	}
	if held < 1000 {
		t.Errorf("only %d of the pairs held: the test says little", held)
	}
}

// One loss more or less around the edge, for all small n: where the answers change.
func TestTesterAtTheEdge(t *testing.T) {
	tester := stats.NewTester(0.05, 0.025)
	for n := range 300 {
		for lost := range 12 {
			p := stats.Pairs{N: float64(n), C: float64(min(lost, n))}
			if got, want := tester.Pairs(p), p.NonInferior(0.05, 0.025).P <= 0.025; got != want {
				t.Errorf("%+v: holds %v, NonInferior says %v", p, got, want)
			}
		}
	}
	if stats.NewTester(0.05, 2).Pairs(stats.Pairs{N: 1000}) || stats.NewTester(0.05, 2).Deltas(stats.Deltas{N: 1000}) {
		t.Error("a level of 2 holds")
	}
}

func BenchmarkTester(b *testing.B) {
	tester, p := stats.NewTester(0.05, 0.025), stats.Pairs{N: 400, B: 9, C: 11}
	b.Run("tester", func(b *testing.B) {
		for b.Loop() {
			tester.Pairs(p)
		}
	})
	b.Run("NonInferior", func(b *testing.B) {
		for b.Loop() {
			p.NonInferior(0.05, 0.025)
		}
	})
}
