package eval

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/routing/price"
)

// sameNumber makes unknown numbers equal, and those that differ by rounding.
var sameNumber = cmp.Comparer(func(a, b Number) bool {
	return a == b || !a.Known() && !b.Known() || math.Abs(float64(a-b)) < 1e-12
})

// A call is the tokens of an outcome, unknown ones NaN.
type call struct{ input, cached, output, reasoning float64 }

// calls returns n calls; cached and reasoning say which details they have.
func calls(n int, cached, reasoning bool) []call {
	r := rand.New(rand.NewPCG(1, 2))
	out := make([]call, n)
	for i := range out {
		c := call{float64(50 + r.IntN(2000)), nan, float64(5 + r.IntN(800)), nan}
		if cached {
			c.cached = math.Floor(c.input * r.Float64())
		}
		if reasoning {
			c.reasoning = math.Floor(c.output * r.Float64())
		}
		out[i] = c
	}
	return out
}

func TestPriceGuess(t *testing.T) {
	n := math.NaN()
	plain, detailed := calls(200, false, false), calls(200, true, true)
	inStep := calls(200, false, false)
	for i := range inStep {
		inStep[i].output = inStep[i].input / 4
	}
	noisy := rand.New(rand.NewPCG(3, 4))
	tests := []struct {
		name  string
		calls []call
		price price.Price
		bill  func(i int, usd float64) float64 // what is recorded, nil: the exact cost
		want  *PriceGuess                      // Outcomes and Error are not compared
	}{
		{"exact", plain, price.Price{Input: 0.15, CachedInput: n, Output: 0.6, Reasoning: n}, nil,
			&PriceGuess{Input: 0.15, CachedInput: Unknown, Output: 0.6, Reasoning: Unknown}},
		{"costs rounded to a millionth of a dollar", plain, price.Price{Input: 2.5, CachedInput: n, Output: 10, Reasoning: n},
			func(_ int, usd float64) float64 { return math.Round(usd*1e6) / 1e6 },
			&PriceGuess{Input: 2.5, CachedInput: Unknown, Output: 10, Reasoning: Unknown}},
		{"one price for all tokens", plain, price.Price{Input: 24.7, CachedInput: n, Output: 24.7, Reasoning: n}, nil,
			&PriceGuess{Input: 24.7, CachedInput: Unknown, Output: 24.7, Reasoning: Unknown}},
		{"cached and reasoning tokens", detailed, price.Price{Input: 2.5, CachedInput: 0.625, Output: 20, Reasoning: 12}, nil,
			&PriceGuess{Input: 2.5, CachedInput: 0.625, Output: 20, Reasoning: 12}},
		{"cached tokens at no discount", detailed, price.Price{Input: 2.5, CachedInput: n, Output: 20, Reasoning: n}, nil,
			&PriceGuess{Input: 2.5, CachedInput: Unknown, Output: 20, Reasoning: Unknown}},
		{"input and output in step", inStep, price.Price{Input: 1, CachedInput: n, Output: 4, Reasoning: n}, nil, nil},
		{"costs not of tokens", plain, price.Price{Input: 1, CachedInput: n, Output: 4, Reasoning: n},
			func(_ int, usd float64) float64 { return usd * (0.9 + 0.2*noisy.Float64()) }, nil},
		{"a fee for each call", plain, price.Price{Input: 1, CachedInput: n, Output: 4, Reasoning: n},
			func(_ int, usd float64) float64 { return usd + 0.001 }, nil},
		{"free", plain, price.Price{Input: 0, CachedInput: n, Output: 0, Reasoning: n}, nil, nil},
		{"some calls free", plain, price.Price{Input: 1, CachedInput: n, Output: 4, Reasoning: n},
			func(i int, usd float64) float64 { return usd * float64(min(i%20, 1)) }, nil},
		{"too few", plain[:minPriced-1], price.Price{Input: 1, CachedInput: n, Output: 4, Reasoning: n}, nil, nil},
		{"nothing", nil, price.Unknown(), nil, nil},
		{"costs unknown", plain, price.Unknown(), nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			// In two halves, as two workers would.
			var halves [2]priceSums
			for i, c := range tt.calls {
				usd := tt.price.USD(price.Usage{Input: c.input, CachedInput: c.cached, Output: c.output, Reasoning: c.reasoning})
				if tt.bill != nil {
					usd = tt.bill(i, usd)
				}
				halves[i%2].add(usd, c.input, c.cached, c.output, c.reasoning)
			}
			halves[0].merge(&halves[1])
			got := halves[0].guess()
			if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreFields(PriceGuess{}, "Outcomes", "Error"), sameNumber); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if got != nil && (got.Outcomes != int64(len(tt.calls)) || !(got.Error < maxPriceError)) {
				t.Errorf("from %d outcomes with error %v", got.Outcomes, got.Error)
			}
		})
	}
}

func TestRoundTo(t *testing.T) {
	for _, tt := range []struct {
		x      float64
		digits int
		want   float64
	}{{0, 2, 0}, {0.6249, 3, 0.625}, {0.6249, 1, 0.6}, {24.71, 3, 24.7}, {-0.6332, 2, -0.63}, {999.6, 3, 1000}, {1e-9, 1, 1e-9}} {
		if got := roundTo(tt.x, tt.digits); math.Abs(got-tt.want) > 1e-12*math.Abs(tt.want) {
			t.Errorf("roundTo(%v, %d) = %v, want %v", tt.x, tt.digits, got, tt.want)
		}
	}
}

func TestGains(t *testing.T) {
	type answer struct{ doubt, w, delta float64 }
	tests := []struct {
		name           string
		answers        []answer
		loss           float64
		doubt          float64 // a number in the bin up to whose edge is accepted
		accepts, delta float64
		ok             bool
	}{
		{"none", nil, 0.01, 0, 0, 0, false},
		{"all as good", []answer{{0.1, 1, 0}, {0.5, 1, 0}, {2, 1, 0}}, 0, 2, 1, 0, true},
		// Accepting the two surest of four loses none; the third loses a quarter, which the fourth does not win back.
		{"doubt tells", []answer{{0.1, 1, 0}, {0.2, 1, 0}, {0.5, 1, -1}, {2, 1, 0}}, 0.01, 0.2, 0.5, 0, true},
		{"a loss that is allowed", []answer{{0.1, 1, 0}, {0.5, 1, -1}, {2, 1, -1}, {3, 1, 0}}, 0.25, 0.5, 0.5, -0.25, true},
		{"won back later", []answer{{0.1, 1, -1}, {2, 1, 1}}, 0.01, 2, 1, 0, true},
		{"the surest is wrong", []answer{{0.1, 1, -1}, {2, 1, 0}}, 0.01, 0, 0, 0, false},
		{"by weight", []answer{{0.1, 3, 0}, {0.5, 1, -1}}, 0.2, 0.1, 0.75, 0, true},
		{"certain", []answer{{0, 1, 0}, {5, 1, -1}}, 0, 0, 0.5, 0, true},
		{"out of range", []answer{{-1, 1, 0}, {math.NaN(), 1, 0}, {math.Inf(1), 1, 0}}, 0.01, 0, 0, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var halves [2]gains
			for i, a := range tt.answers {
				halves[i%2] = halves[i%2].add(a.doubt, a.w, a.delta)
			}
			doubt, accepts, delta, ok := gains(mergeMap(halves[0], halves[1], addGain)).loosest(tt.loss)
			if accepts != tt.accepts || delta != tt.delta || ok != tt.ok {
				t.Errorf("accepts %v at %v, %v; want %v at %v, %v", accepts, delta, ok, tt.accepts, tt.delta, tt.ok)
			}
			if ok && !(doubt > tt.doubt && doubt < tt.doubt*1.02+1e-5) {
				t.Errorf("accepts doubts up to %v, want just above %v", doubt, tt.doubt)
			}
		})
	}
}

func TestLabelNoise(t *testing.T) {
	n := math.NaN()
	repeat := func(qualities ...float64) []datasets.Repeat {
		var out []datasets.Repeat
		for _, q := range qualities {
			out = append(out, datasets.Repeat{Quality: q})
		}
		return out
	}
	tests := []struct {
		name    string
		mean    float64
		repeats []datasets.Repeat
		want    LabelNoise
	}{
		// 1, 0, 1: mean 2/3, sum of squares 2/9 + 4/9 = 2/3, over 2 degrees of freedom.
		{"right, wrong, right", 2. / 3, repeat(0, 1), LabelNoise{1, 3, 1, Number(math.Sqrt(1. / 3))}},
		{"all alike", 0.4, repeat(0.4, 0.4), LabelNoise{1, 3, 0, 0}},
		{"two that differ", 0.5, repeat(0), LabelNoise{1, 2, 1, Number(math.Sqrt(0.5))}},
		{"ungraded", n, repeat(n), LabelNoise{0, 0, 0, Unknown}},
		{"only one graded", 1, repeat(n), LabelNoise{0, 0, 0, Unknown}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var s, other noiseSums
			s.add(tt.mean, tt.repeats)
			other.merge(&s)
			if diff := cmp.Diff(tt.want, other.finish(), sameNumber); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestRepetition(t *testing.T) {
	for _, tt := range []struct {
		hashes  []uint64
		atLeast int
		want    Repetition
	}{
		{nil, 2, Repetition{}},
		{[]uint64{7}, 2, Repetition{}},
		{[]uint64{7}, 1, Repetition{1, 1, 1}},
		{[]uint64{3, 1, 3, 2, 3, 1}, 2, Repetition{2, 5, 3}},
		{[]uint64{3, 1, 3, 2, 3, 1}, 1, Repetition{3, 6, 3}},
	} {
		if got := repetition(tt.hashes, tt.atLeast); got != tt.want {
			t.Errorf("repetition(%v, %d) = %v, want %v", tt.hashes, tt.atLeast, got, tt.want)
		}
	}
}

// A task's own discordance counts for more the more labels it has: (0.3·n + 10·0.1 + ½) / (n + 11).
func TestShrink(t *testing.T) {
	for _, tt := range []struct{ psi, n, mean, want float64 }{
		{0.3, 0, 0.1, 1.5 / 11}, {0.3, 100, 0.1, 31.5 / 111}, {math.NaN(), 100, 0.1, 0.1}, {0, 89, 0, 0.005},
	} {
		if got := shrink(tt.psi, tt.n, tt.mean); math.Abs(got-tt.want) > 1e-15 {
			t.Errorf("shrink(%v, %v, %v) = %v, want %v", tt.psi, tt.n, tt.mean, got, tt.want)
		}
	}
}
