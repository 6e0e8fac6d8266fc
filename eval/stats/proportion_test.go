package stats

import (
	"math"
	"testing"
)

func TestWilson(t *testing.T) {
	tests := []struct {
		k, n, level float64
		want        Interval
	}{
		// Newcombe (1998), Statistics in Medicine 17:857, table I, method 3.
		{81, 263, 0.95, Interval{0.2553, 0.3662}},
		{15, 148, 0.95, Interval{0.0624, 0.1605}},
		{0, 20, 0.95, Interval{0, 0.1611}},
		{1, 29, 0.95, Interval{0.0061, 0.1718}},
		{20, 20, 0.95, Interval{1 - 0.1611, 1}},
		{0, 0, 0.95, Interval{0, 1}},
		{3, 2, 0.95, Interval{math.NaN(), math.NaN()}},
	}
	for _, tt := range tests {
		got := Wilson(tt.k, tt.n, tt.level)
		if !near(got.Lo, tt.want.Lo, 5e-5) || !near(got.Hi, tt.want.Hi, 5e-5) {
			t.Errorf("Wilson(%v, %v, %v) = %v, want %v", tt.k, tt.n, tt.level, got, tt.want)
		}
	}
}

func TestUpperShare(t *testing.T) {
	tests := []struct{ k, n, alpha, want float64 }{
		{0, 20, 0.025, 0.1684},   // Newcombe (1998), table I, method 5: 0/20 → [0, 0.1684]
		{81, 263, 0.025, 0.3676}, // the same, 81/263 → [0.2527, 0.3676]
		{15, 148, 0.025, 0.1617}, // 15/148 → [0.0578, 0.1617]
		{0, 100, 0.05, 1 - math.Pow(0.05, 0.01)},
		{20, 20, 0.05, 1},
		{0, 0, 0.05, 1},
		{0.2, 20.9, 0.025, 0.2487}, // as 1 of 20: BETAINV(0.975, 2, 19)
		{-1, 20, 0.05, math.NaN()},
		{1, 20, 1.5, math.NaN()},
	}
	for _, tt := range tests {
		if got := UpperShare(tt.k, tt.n, tt.alpha); !near(got, tt.want, 5e-5) {
			t.Errorf("UpperShare(%v, %v, %v) = %v, want %v", tt.k, tt.n, tt.alpha, got, tt.want)
		}
	}
	if got := lowerShare(81, 263, 0.025); !near(got, 0.2527, 5e-5) {
		t.Errorf("lowerShare(81, 263) = %v, want 0.2527", got)
	}
	if got := lowerShare(15, 148, 0.025); !near(got, 0.0578, 5e-5) {
		t.Errorf("lowerShare(15, 148) = %v, want 0.0578", got)
	}
}

// The tail of a large binomial against the sum of its terms, each from the one before, in logarithms.
func TestAtMostLarge(t *testing.T) {
	const n, p = 1e7, 0.05
	for _, z := range []float64{-3, -1.645, 0, 1} {
		k := math.Floor(n*p + z*math.Sqrt(n*p*(1-p)))
		if got, want := atMost(k, n, p), tailSum(k, n, p); !near(got, want, 1e-7*want) {
			t.Errorf("P(Bin(1e7, 0.05) ≤ %v) = %v, want %v", k, got, want)
		}
	}
}

// tailSum adds the terms of the lower tail downwards from k. The first is the pmf by Stirling's series with the remainder
// terms 1/12n − 1/360n³, which at these sizes leaves nothing that a float64 could hold.
func tailSum(k, n, p float64) float64 {
	remainder := func(m float64) float64 { return 1/(12*m) - 1/(360*m*m*m) }
	deviance := func(x, mean float64) float64 { e := (x - mean) / mean; return mean * ((1+e)*math.Log1p(e) - e) }
	log := remainder(n) - remainder(k) - remainder(n-k) - deviance(k, n*p) - deviance(n-k, n*(1-p))
	term := math.Exp(log) * math.Sqrt(n/(2*math.Pi*k*(n-k)))
	sum := 0.0
	for ; term > 1e-20*sum; k-- {
		sum += term
		term *= k / (n - k + 1) * (1 - p) / p
	}
	return sum
}

func TestKishN(t *testing.T) {
	if got := KishN(190, 1090); !near(got, 190.*190/1090, 1e-12) {
		t.Errorf("KishN = %v", got)
	}
	if got := KishN(0, 0); got != 0 {
		t.Errorf("KishN of nothing = %v, want 0", got)
	}
}
