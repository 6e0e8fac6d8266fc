package stats

import (
	"math"
	"testing"
)

func costSums(c, b []float64) (s CostSums) {
	for i := range c {
		s.Add(c[i], b[i])
	}
	return s
}

// squares leaves out what has a power above the second.
func (s CostSums) squares() CostSums {
	return CostSums{N: s.N, C: s.C, B: s.B, CC: s.CC, BB: s.BB, CB: s.CB}
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
			got, iv := costSums(tt.c, tt.b).squares().Savings(0.95)
			if !near(got, tt.want, 1e-12) || !near(iv.Lo, tt.lo, 1e-5) || !near(iv.Hi, tt.hi, 1e-5) {
				t.Errorf("Savings = %v, %v, want %v, [%v, %v]", got, iv, tt.want, tt.lo, tt.hi)
			}
		})
	}
}

// The wanted intervals are from a second program, which goes through the requests one by one and integrates Student's
// density.
func TestSavingsOfAllSums(t *testing.T) {
	tests := []struct {
		name   string
		c, b   []float64
		want   float64
		lo, hi float64
	}{
		{"four requests", []float64{1, 1, 2, 1}, []float64{3, 6, 5, 6}, 0.75, 0.4581074, 0.8846635},
		{"one decides", []float64{1, 2, 1, 3, 1, 2, 1, 9}, []float64{4, 5, 6, 4, 5, 7, 3, 10}, 24. / 44, -0.0744357, 0.8077022},
		{"the same share of every request", []float64{1, 2, 3}, []float64{2, 4, 6}, 0.5, 0.5, 0.5},
		{"nothing to pay", []float64{0, 0}, []float64{2, 4}, 1, 1, 1},
	}
	for _, tt := range tests {
		got, iv := costSums(tt.c, tt.b).Savings(0.95)
		if !near(got, tt.want, 1e-12) || !near(iv.Lo, tt.lo, 1e-6) || !near(iv.Hi, tt.hi, 1e-6) {
			t.Errorf("%s: %v, %v, want %v, [%v, %v]", tt.name, got, iv, tt.want, tt.lo, tt.hi)
		}
		// The unit of money does not matter, down to costs of a billionth of a dollar.
		for i := range tt.c {
			tt.c[i], tt.b[i] = 1e-9*tt.c[i], 1e-9*tt.b[i]
		}
		if _, small := costSums(tt.c, tt.b).Savings(0.95); !near(small.Lo, iv.Lo, 1e-6) || !near(small.Hi, iv.Hi, 1e-6) {
			t.Errorf("%s in small money: %v, want %v", tt.name, small, iv)
		}
	}
}
