package stats

import (
	"math"
	"testing"
)

func TestPower(t *testing.T) {
	// Power inverts LabelsNeeded wherever the floor does not decide.
	for _, tt := range []struct{ psi, theta, tolerance float64 }{{0.1, 0, 0.05}, {0.2, -0.01, 0.05}, {0.05, 0, 0.01}} {
		n, _ := LabelsNeeded(tt.psi, tt.theta, tt.tolerance, 0.05, 0.8)
		at, before := Power(float64(n), tt.psi, tt.theta, tt.tolerance, 0.05), Power(float64(n-1), tt.psi, tt.theta, tt.tolerance, 0.05)
		if !(at >= 0.8 && before < 0.8) {
			t.Errorf("%+v: power %v at %d labels and %v at one fewer, want 0.8 between", tt, at, n, before)
		}
	}
	tests := []struct {
		name                     string
		n, psi, theta, tolerance float64
		want                     float64
	}{
		{"below the floor", 58, 0, 0, 0.05, 0},
		{"nothing discordant", 59, 0, 0, 0.05, 1},
		// At the edge of the tolerance the size is all there is.
		{"at the edge", 1e6, 0.1, -0.05, 0.05, 0.05},
		{"no tolerance", 100, 0.1, 0, 0, math.NaN()},
	}
	for _, tt := range tests {
		if got := Power(tt.n, tt.psi, tt.theta, tt.tolerance, 0.05); !near(got, tt.want, 1e-6) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// At the number asked for the Wilson interval is as narrow as asked, at one fewer it is not.
func TestShareLabels(t *testing.T) {
	for _, share := range []float64{0, 0.05, 0.3, 0.5, 1} {
		for _, half := range []float64{0.01, 0.05, 0.2} {
			n := float64(ShareLabels(share, half, 0.95))
			width := func(n float64) float64 {
				v := share * (1 - share)
				z2 := 1.959963984540054 * 1.959963984540054
				return math.Sqrt(z2*(n*v+z2/4)) / (n + z2)
			}
			if width(n) > half+1e-9 || n > 0 && width(n-1) <= half {
				t.Errorf("share %v ± %v: %v labels, half widths %v and %v", share, half, n, width(n), width(n-1))
			}
			if iv := Wilson(share*n, n, 0.95); n > 0 && iv.Hi-iv.Lo > 2*half+1e-9 {
				t.Errorf("share %v ± %v: Wilson %v", share, half, iv)
			}
		}
	}
	if n := ShareLabels(0.5, 0, 0.95); n != 0 {
		t.Errorf("no width: %d", n)
	}
}
