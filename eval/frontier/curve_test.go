package frontier_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tierwise/tierwise/eval/frontier"
)

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-12 || (got != got) != (want != want) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// Of the points, (2, 0.5) lies below the line from (1, 0.4) to (3, 0.8) and (5, 0.7) is dearer and worse. From 1 to 3 the
// hull's mean is 0.6, beyond it is 0.8: from 1 to 5 it is 0.7; from 2 to 3, (0.6 + 0.8)/2.
func TestAIQByHand(t *testing.T) {
	points := []frontier.Point{{Cost: 5, Quality: 0.7}, {Cost: 1, Quality: 0.4}, {Cost: 3, Quality: 0.8}, {Cost: 2, Quality: 0.5}, {Cost: math.NaN(), Quality: 1}}
	if hull := frontier.NonDecreasingHull(points); !slices.Equal(hull, []frontier.Point{{Cost: 1, Quality: 0.4}, {Cost: 3, Quality: 0.8}}) {
		t.Errorf("hull %v", hull)
	}
	near(t, "AIQ from 1 to 5", frontier.AIQ(points, 1, 5), 0.7)
	near(t, "AIQ from 2 to 3", frontier.AIQ(points, 2, 3), 0.7)
	near(t, "AIQ from 4 to 5", frontier.AIQ(points, 4, 5), 0.8)
	near(t, "AIQ from 0", frontier.AIQ(points, 0, 5), math.NaN())
	near(t, "AIQ of no range", frontier.AIQ(points, 3, 3), math.NaN())
	near(t, "AIQ of nothing", frontier.AIQ(nil, 0, 1), math.NaN())
	// With the null router: from 0 to 1 the mean is 0.2.
	near(t, "AIQ with the null router", frontier.AIQ(append(points, frontier.Point{}), 0, 5), (0.2+4*0.7)/5)
	near(t, "quality at 2", frontier.QualityAt(points, 2), 0.6)
	near(t, "quality at 9", frontier.QualityAt(points, 9), 0.8)
	near(t, "cost of 0.6", frontier.CostFor(points, 0.6), 2)
	near(t, "cost of 0.1", frontier.CostFor(points, 0.1), 1)
	near(t, "cost of 0.9", frontier.CostFor(points, 0.9), math.NaN())
	near(t, "quality at 0", frontier.QualityAt(points, 0), math.NaN())
}

// AIQ is the mean of QualityAt, and a point more never lowers it.
func TestAIQLaws(t *testing.T) {
	for seed := range uint64(50) {
		rng := rand.New(rand.NewPCG(seed, 10))
		var points []frontier.Point
		for range 1 + rng.IntN(8) {
			points = append(points, frontier.Point{Cost: 1 + rng.Float64(), Quality: rng.Float64()})
		}
		points = append(points, frontier.Point{Cost: 1, Quality: 0})
		const steps = 20_000
		var sum float64
		for i := range steps {
			sum += frontier.QualityAt(points, 1+2*(float64(i)+0.5)/steps)
		}
		got := frontier.AIQ(points, 1, 3)
		if math.Abs(got-sum/steps) > 1e-4 {
			t.Errorf("seed %d: AIQ %v, mean quality %v", seed, got, sum/steps)
		}
		if more := frontier.AIQ(append(points, frontier.Point{Cost: 1 + rng.Float64(), Quality: rng.Float64()}), 1, 3); more < got-1e-15 {
			t.Errorf("seed %d: one point more lowers the AIQ from %v to %v", seed, got, more)
		}
	}
}

// Four requests; the strong model gains 1, 0, 0 and −1 on them, less what is 0.25 a request: the weak one has 0.5, the
// strong one 0.5 too; with the last left out, 1/3 and 2/3.
func TestCallCurveByHand(t *testing.T) {
	weak, strong := []float64{0, 0, 1, 1}, []float64{1, 0, 1, 0}
	curve := frontier.CallCurve([]float64{0.9, 0.5, 0.5, 0.1}, weak, strong, nil)
	if want := []frontier.Point{{Cost: 0, Quality: 0.5}, {Cost: 0.25, Quality: 0.75}, {Cost: 0.75, Quality: 0.75}, {Cost: 1, Quality: 0.5}}; !slices.Equal(curve, want) {
		t.Errorf("curve %v, want %v", curve, want)
	}
	near(t, "APGR without a gap", frontier.APGR(curve), math.NaN())
	near(t, "CPT without a gap", frontier.CPT(curve, 0.5), math.NaN())

	curve = frontier.CallCurve([]float64{0.9, 0.5, 0.5, 0.1}, weak, strong, []float64{1, 1, 1, 0})
	// From 1/3 to 2/3 over the first third of calls, then flat: area 1/6 + 4/9 = 11/18; (11/18 − 1/3) ÷ 1/3 = 5/6.
	near(t, "APGR", frontier.APGR(curve), 5.0/6)
	near(t, "CPT(50 %)", frontier.CPT(curve, 0.5), 1.0/6)
	near(t, "CPT(100 %)", frontier.CPT(curve, 1), 1.0/3)
	near(t, "CPT(0)", frontier.CPT(curve, 0), 0)
	near(t, "CPT(110 %)", frontier.CPT(curve, 1.1), math.NaN())
	near(t, "PGR", frontier.PGR(0.75, 0.5, 1), 0.5)
	near(t, "PGR without a gap", frontier.PGR(0.75, 1, 1), math.NaN())
}

// Where the curve falls in between, the first share counts.
func TestCPTOfAFallingCurve(t *testing.T) {
	curve := []frontier.Point{{Cost: 0, Quality: 0}, {Cost: 0.2, Quality: 0.6}, {Cost: 0.5, Quality: 0.3}, {Cost: 1, Quality: 1}}
	near(t, "CPT(60 %)", frontier.CPT(curve, 0.6), 0.2)
	near(t, "CPT(30 %)", frontier.CPT(curve, 0.3), 0.1)
	near(t, "CPT(65 %)", frontier.CPT(curve, 0.65), 0.75)
}
