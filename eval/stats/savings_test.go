package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

func costSums(c, b []float64) CostSums {
	s := CostSums{N: float64(len(c))}
	for i := range c {
		s.C, s.B = s.C+c[i], s.B+b[i]
		s.CC, s.BB, s.CB = s.CC+c[i]*c[i], s.BB+b[i]*b[i], s.CB+c[i]*b[i]
	}
	return s
}

func TestSavings(t *testing.T) {
	nan := math.NaN()
	tests := []struct {
		name   string
		c, b   []float64
		want   float64
		lo, hi float64
	}{
		// R = 3/6; residuals c − R·b = 0.5, −1, 0.5, Σ² = 1.5; se = √(1.5·3/2)/6 = 0.25; t₀.₉₇₅ at 2 df = 4.302653.
		{"three requests", []float64{1, 0, 2}, []float64{1, 2, 3}, 0.5, 0.5 - 0.25*4.302653, 1},
		// R = 5/20; residuals c − R·b = 0.25, −0.5, 0.75, −0.5, Σ² = 1.125; se = √(1.125·4/3)/20; t₀.₉₇₅ at 3 df = 3.182446.
		{"four requests", []float64{1, 1, 2, 1}, []float64{3, 6, 5, 6}, 0.75, 0.75 - 0.0612372*3.182446, 0.75 + 0.0612372*3.182446},
		{"the same share of every request", []float64{1, 2, 3}, []float64{2, 4, 6}, 0.5, 0.5, 0.5},
		{"dearer", []float64{4, 8}, []float64{2, 4}, -1, -1, -1},
		{"one request", []float64{1}, []float64{4}, 0.75, nan, nan},
		{"free baseline", []float64{1, 1}, []float64{0, 0}, nan, nan, nan},
		{"no requests", nil, nil, nan, nan, nan},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, iv := costSums(tt.c, tt.b).Savings(0.95)
			if !near(got, tt.want, 1e-12) || !near(iv.Lo, tt.lo, 1e-5) || !near(iv.Hi, tt.hi, 1e-5) {
				t.Errorf("Savings = %v, %v, want %v, [%v, %v]", got, iv, tt.want, tt.lo, tt.hi)
			}
		})
	}
}

// The interval covers the true savings of skewed costs about as often as it says.
func TestSavingsCoverage(t *testing.T) {
	const reps, n, level = 2000, 200, 0.9
	rng := rand.New(rand.NewPCG(7, 0))
	covered := 0.0
	for range reps {
		c, b := make([]float64, n), make([]float64, n)
		for i := range n {
			b[i] = rng.ExpFloat64()
			c[i] = 0.1 * b[i]
			if rng.Float64() < 0.3 { // escalated: both calls are paid
				c[i] += b[i]
			}
		}
		if _, iv := costSums(c, b).Savings(level); iv.Lo <= 0.6 && 0.6 <= iv.Hi {
			covered++
		}
	}
	if got := covered / reps; got < 0.88 || got > 0.92 {
		t.Errorf("coverage %.3f, want about %v", got, level)
	}
}
