package train

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tierwise/tierwise/routing/classify"
)

// verdicts are random, in the order of their confidence, some of which are equal.
func verdicts(n int, rng *rand.Rand) []verdict {
	all := make([]verdict, n)
	for i := range all {
		c := float64(rng.IntN(40)) / 40
		all[i] = verdict{confidence: c, weight: float64(1 + rng.IntN(3)), reject: rng.IntN(4) == 0}
		all[i].right = !all[i].reject && rng.Float64() < c
	}
	slices.SortStableFunc(all, func(a, b verdict) int { return cmp.Compare(a.confidence, b.confidence) })
	return all
}

func TestAUROC(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{0, 1, 2, 17, 200} {
		all := verdicts(n, rng)
		won, pairs := 0.0, 0.0
		for _, a := range all {
			for _, b := range all {
				if a.right && b.reject {
					pairs += a.weight * b.weight
					switch {
					case a.confidence > b.confidence:
						won += a.weight * b.weight
					case a.confidence == b.confidence:
						won += a.weight * b.weight / 2
					}
				}
			}
		}
		if got, want := auroc(all), ratio(won, pairs); math.Abs(got-want) > 1e-12 {
			t.Errorf("%d verdicts: %v, by pairs %v", n, got, want)
		}
	}
}

func TestCurve(t *testing.T) {
	all := verdicts(300, rand.New(rand.NewPCG(2, 1)))
	for _, c := range curve(all) {
		var n int
		var sum, covered, right, scope, reject, rejected float64
		for _, v := range all {
			sum += v.weight
			in := v.confidence >= c.MinConfidence
			if v.reject {
				reject += v.weight
			} else {
				scope += v.weight
			}
			switch {
			case in:
				n++
				covered += v.weight
				if v.right {
					right += v.weight
				}
			case v.reject:
				rejected += v.weight
			}
		}
		want := Threshold{c.MinConfidence, n, covered / sum, ratio(right, covered), right / scope, rejected / reject}
		if c.Requests != n || math.Abs(c.Coverage-want.Coverage)+math.Abs(c.Precision-want.Precision)+
			math.Abs(c.InScope-want.InScope)+math.Abs(c.Recall-want.Recall) > 1e-12 {
			t.Errorf("%+v: want %+v", c, want)
		}
	}
}

func TestReliability(t *testing.T) {
	// Ten requests of confidence 0.9, of which 8 are right, and ten of 0.3, of which 4 are: |0.9 − 0.8| and |0.3 − 0.4|,
	// half of the weight each.
	var all []verdict
	for i := range 20 {
		if i < 10 {
			all = append(all, verdict{0.3, 2, i < 4, false})
		} else {
			all = append(all, verdict{0.9, 2, i < 18, false})
		}
	}
	bins, ece := reliability(all)
	if len(bins) != 2 || math.Abs(ece-0.1) > 1e-12 || math.Abs(bins[1].Right-0.8) > 1e-12 || bins[0].Requests != 10 {
		t.Errorf("%+v, ECE %v", bins, ece)
	}
	if bins, ece := reliability(nil); len(bins) != 0 || ece != 0 {
		t.Errorf("of nothing: %v, %v", bins, ece)
	}
	if bins, _ := reliability(verdicts(3000, rand.New(rand.NewPCG(1, 2)))); len(bins) < 12 || len(bins) > 15 {
		t.Errorf("%d bins", len(bins))
	}
}

func TestRecommend(t *testing.T) {
	c := []Threshold{{0, 10, 1, 0.7, 0, 0}, {0.5, 8, 0.8, 0.85, 0, 0}, {0.9, 2, 0.2, 0.8, 0, 0}, {0.95, 0, 0, 0, 0, 0}}
	for wanted, want := range map[float64]float64{0.5: 0, 0.8: 0.5, 0.85: 0.5, 0.9: 1} {
		if got, _ := recommend(c, wanted, false); got != want {
			t.Errorf("precision %v: min_confidence %v, want %v", wanted, got, want)
		}
	}
	c = []Threshold{{0, 10, 1, 0.9, 0, 0.1}, {0.4, 8, 0.8, 0.7, 0, 0.5}, {0.6, 5, 0.5, 0.9, 0, 0.8}}
	if got, _ := recommend(c, 0.8, true); got != 0.6 {
		t.Errorf("with requests to reject: %v", got)
	}
}

func TestFitCurveRecovers(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	want := classify.Calibration{Slope: 0.6, Offset: -0.4}
	var p, w []float64
	var right []bool
	for range 100_000 {
		x := 0.02 + 0.96*rng.Float64()
		p, w, right = append(p, x), append(w, 1+rng.Float64()), append(right, rng.Float64() < want.Apply(x))
	}
	// The standard errors are about 0.006 and 0.007.
	if got := fitCurve(p, right, w); math.Abs(got.Slope-want.Slope) > 0.03 || math.Abs(got.Offset-want.Offset) > 0.03 {
		t.Errorf("%+v: want %+v", got, want)
	}
}

func TestFitCurveEdges(t *testing.T) {
	for name, right := range map[string][]bool{
		"all right": {true, true, true, true}, "none": {false, false, false, false},
		"parted": {false, false, true, true}, "upside down": {true, true, false, false},
	} {
		c := fitCurve([]float64{0.1, 0.3, 0.8, 1}, right, []float64{1, 1, 1, 1})
		if !(c.Slope >= 0) || math.IsInf(c.Slope+c.Offset, 0) || math.IsNaN(c.Offset) {
			t.Errorf("%s: %+v", name, c)
		}
	}
	if c := fitCurve(nil, nil, nil); c.Slope != 1 || c.Offset != 0 {
		t.Errorf("of nothing: %+v", c)
	}
}

func TestTemperatureRecovers(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 1))
	const n, labels, want = 30_000, 4, 2.5
	var scores []float32
	var gold []int
	for range n {
		row := make([]float32, labels)
		for k := range row {
			row[k] = float32(3 * rng.NormFloat64())
		}
		scores = append(scores, row...)
		for k := range row {
			row[k] /= want
		}
		softmax(row)
		u, k := rng.Float32(), 0
		for ; k < labels-1 && u >= row[k]; k++ {
			u -= row[k]
		}
		gold = append(gold, k)
	}
	if got, _ := temperature(scores, gold, nil, labels); math.Abs(got-want) > 0.1 {
		t.Errorf("temperature %v: want %v", got, want)
	}
}

func TestExp32(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 1))
	for range 100_000 {
		x := float32(-86 + 172*rng.Float64())
		want := math.Exp(float64(x))
		if got := float64(exp32(x)); math.Abs(got-want) > 4e-7*want {
			t.Fatalf("e^%v = %v: want %v", x, got, want)
		}
	}
	if exp32(0) != 1 || exp32(float32(math.Inf(-1))) != 0 {
		t.Errorf("e^0 = %v, e^−∞ = %v", exp32(0), exp32(float32(math.Inf(-1))))
	}
}

func TestQuantile(t *testing.T) {
	values := []float64{5, 1, 4, 2, 3}
	for share, want := range map[float64]float64{0.02: 1, 0.2: 1, 0.21: 2, 1: 5} {
		if got := quantile(slices.Clone(values), share); got != want {
			t.Errorf("share %v: %v, want %v", share, got, want)
		}
	}
}
