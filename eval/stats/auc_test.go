package stats

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

func tally(n float64) Tally { return Tally{n, n} }

// hanley is table I of Hanley and McNeil (1982): ratings 1 to 5 of 58 normal and 51 abnormal CT images.
func hanley() []SignalBin {
	var bins []SignalBin
	for i, normal := range []float64{33, 6, 6, 11, 2} {
		bins = append(bins, SignalBin{float64(i + 1), tally([]float64{3, 2, 2, 11, 33}[i]), tally(normal)})
	}
	return bins
}

func TestAUC(t *testing.T) {
	nan := math.NaN()
	small := []SignalBin{}
	for _, s := range []float64{0.9, 0.8, 0.3, 0.7, 0.95, 0.4} {
		small = append(small, SignalBin{s, tally(1), Tally{}})
	}
	for _, s := range []float64{0.1, 0.4, 0.35, 0.8, 0.2} {
		small = append(small, SignalBin{s, Tally{}, tally(1)})
	}
	tests := []struct {
		name   string
		bins   []SignalBin
		method string
		auc    float64
		se     float64
		want   Interval
	}{
		// The paper prints 0.893. SE from the placements by numpy: 0.030724, so that area ± z·SE is [0.83295, 0.95339]; on the
		// logit scale 1/(1 + exp(−(2.12349 ∓ 1.959964·0.030724/0.095417))).
		{"Hanley and McNeil", hanley(), "DeLong, logit", 0.8931710615, 0.0307244, Interval{0.816443, 0.940176}},
		// numpy: 24 of 30 pairs in order, ties half; method 5 solved by scipy.optimize.brentq.
		{"small", small, "Newcombe score", 0.8, 0.1421072, Interval{0.444718, 0.947484}},
		{"no overlap", []SignalBin{{1, tally(10), Tally{}}, {0, Tally{}, tally(12)}}, "Newcombe score", 1, 0, Interval{0.815917, 1}},
		{"no overlap, the wrong way", []SignalBin{{0, tally(10), Tally{}}, {1, Tally{}, tally(12)}}, "Newcombe score", 0, 0, Interval{0, 1 - 0.815917}},
		{"one of each", []SignalBin{{1, tally(1), tally(1)}}, "Newcombe score", 0.5, nan, Interval{0.0546, 0.9454}},
		{"only right answers", []SignalBin{{1, tally(9), Tally{}}}, "none", nan, nan, Interval{0, 1}},
		{"negative", []SignalBin{{1, tally(-1), tally(3)}}, "none", nan, nan, Interval{nan, nan}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := AUC(tt.bins, 0.95)
			if got.Method != tt.method || !near(got.AUC, tt.auc, 1e-9) || !near(got.SE, tt.se, 1e-6) ||
				!near(got.Interval.Lo, tt.want.Lo, 1e-5) && tt.name != "one of each" || !near(got.Interval.Hi, tt.want.Hi, 1e-5) && tt.name != "one of each" {
				t.Errorf("%+v, want %s %v ± %v, %v", got, tt.method, tt.auc, tt.se, tt.want)
			}
		})
	}
	// One right and one wrong answer, tied: the variance at t is t(1−t), so that (½−t)² = z²·t(1−t): the Wilson interval of ½
	// in 1.
	if got, want := AUC(tests[4].bins, 0.95).Interval, Wilson(0.5, 1, 0.95); !near(got.Lo, want.Lo, 1e-9) || !near(got.Hi, want.Hi, 1e-9) {
		t.Errorf("one of each: %v, want %v", got, want)
	}
}

// Shards merge in any order, equal weights are no weights, and the answers exchanged turn the area round.
func TestAUCLaws(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 0))
	for range 200 {
		var all, left, right, scaled, exchanged []SignalBin
		for range 2 + rng.IntN(60) {
			bin := SignalBin{float64(rng.IntN(12)), tally(float64(rng.IntN(4))), tally(float64(rng.IntN(4)))}
			all = append(all, bin)
			if rng.IntN(2) == 0 {
				left = append(left, bin)
			} else {
				right = append(right, bin)
			}
			scaled = append(scaled, SignalBin{bin.Signal, Tally{3 * bin.Good.W, 9 * bin.Good.W2}, Tally{3 * bin.Bad.W, 9 * bin.Bad.W2}})
			exchanged = append(exchanged, SignalBin{bin.Signal, bin.Bad, bin.Good})
		}
		want := AUC(all, 0.9)
		merged := MergeBins(right, MergeBins(left, nil))
		if !slices.IsSortedFunc(merged, func(a, b SignalBin) int { return int(a.Signal - b.Signal) }) {
			t.Fatalf("not ascending: %v", merged)
		}
		if got := AUC(merged, 0.9); !math.IsNaN(want.AUC) && !math.IsNaN(want.SE) && !reflect.DeepEqual(got, want) {
			t.Fatalf("merged %+v, want %+v", got, want)
		}
		if got := AUC(scaled, 0.9); !near(got.AUC, want.AUC, 1e-12) || !near(got.SE, want.SE, 1e-9) {
			t.Fatalf("weight 3: %+v, want %+v", got, want)
		}
		if got := AUC(exchanged, 0.9); !near(got.AUC, 1-want.AUC, 1e-12) || !near(got.Interval.Lo, 1-want.Interval.Hi, 1e-9) {
			t.Fatalf("exchanged %+v, want the mirror of %+v", got, want)
		}
		if !math.IsNaN(want.AUC) && !(want.Interval.Lo <= want.AUC && want.AUC <= want.Interval.Hi && want.Interval.Lo < want.Interval.Hi) {
			t.Fatalf("interval without the area, or without width: %+v", want)
		}
	}
}

// The interval contains the area of two unit normals d apart, Φ(d/√2), about as often as it says.
func TestAUCCoverage(t *testing.T) {
	rng := rand.New(rand.NewPCG(14, 0))
	for _, cell := range []struct{ n, d float64 }{{10, 0.5}, {10, 2}, {30, 1}, {30, 2.5}, {200, 1.5}} {
		const reps = 1000
		truth := 0.5 * math.Erfc(-cell.d/2)
		covered := 0.0
		for range reps {
			var bins []SignalBin
			for range int(cell.n) {
				bins = append(bins, SignalBin{rng.NormFloat64() + cell.d, tally(1), Tally{}}, SignalBin{rng.NormFloat64(), Tally{}, tally(1)})
			}
			if iv := AUC(bins, 0.95).Interval; iv.Lo <= truth && truth <= iv.Hi {
				covered++
			}
		}
		if covered/reps < 0.93 {
			t.Errorf("%v of each, %v apart: coverage %.3f", cell.n, cell.d, covered/reps)
		}
	}
}

func TestEscalation(t *testing.T) {
	e := EscalationAt(hanley(), 4) // accepted: 44 right, 13 wrong; escalated: 7 right, 45 wrong
	for _, tt := range []struct {
		name string
		f    func(float64) (float64, Interval)
		k, n float64
	}{{"precision", e.Precision, 45, 52}, {"recall", e.Recall, 45, 58}, {"false accepts", e.FalseAccepts, 13, 57}, {"false escalations", e.FalseEscalations, 7, 51}} {
		share, iv := tt.f(0.95)
		if want := Wilson(tt.k, tt.n, 0.95); !near(share, tt.k/tt.n, 1e-12) || !near(iv.Lo, want.Lo, 1e-12) || !near(iv.Hi, want.Hi, 1e-12) {
			t.Errorf("%s: %v %v, want %v %v", tt.name, share, iv, tt.k/tt.n, want)
		}
	}
	if share, iv := (Escalation{}).Recall(0.95); !math.IsNaN(share) || iv != (Interval{0, 1}) {
		t.Errorf("nothing: %v %v", share, iv)
	}
}
