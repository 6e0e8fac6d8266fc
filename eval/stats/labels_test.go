package stats

import (
	"math"
	"testing"
)

// The floor is ⌈ln α / ln(1−τ)⌉: the rows of the recipe's table, columns 1, 2, 3 and 5 points.
func TestFloorLabels(t *testing.T) {
	tolerances := []float64{0.01, 0.02, 0.03, 0.05}
	for alpha, want := range map[float64][]int{0.05: {299, 149, 99, 59}, 0.025: {368, 183, 122, 72}, 0.1: {230, 114, 76, 45}} {
		for i, tolerance := range tolerances {
			n := FloorLabels(tolerance, alpha)
			if n != want[i] {
				t.Errorf("FloorLabels(%v, %v) = %d, want %d", tolerance, alpha, n, want[i])
			}
			// It is where the test lets go; below 4 % the score test asks for a few labels more: z²(1−τ)/τ.
			enough, short := Pairs{N: float64(n)}.NonInferior(tolerance, alpha), Pairs{N: float64(n - 1)}.NonInferior(tolerance, alpha)
			if alpha > 0.04 && enough.Verdict() != Holds || short.Verdict() == Holds {
				t.Errorf("at %d labels %s, at one fewer %s", n, enough.Verdict(), short.Verdict())
			}
			if FloorTolerance(float64(n), alpha) > tolerance || FloorTolerance(float64(n-1), alpha) <= tolerance {
				t.Errorf("FloorTolerance does not invert FloorLabels at %d", n)
			}
		}
	}
	if got := FloorLabels(0.5, 0.25); got != 2 { // ½² = ¼ exactly, whatever the logarithms round to
		t.Errorf("FloorLabels(0.5, 0.25) = %d, want 2", got)
	}
	for _, bad := range []float64{0, 1, -1, math.NaN()} {
		if got := FloorLabels(bad, 0.05); got != 0 {
			t.Errorf("FloorLabels(%v) = %d, want 0", bad, got)
		}
	}
}

func TestFloorTolerance(t *testing.T) {
	for _, n := range []float64{1, 59, 200, 1e6} {
		if got, want := FloorTolerance(n, 0.05), -math.Expm1(math.Log(0.05)/n); !near(got, want, 1e-9) {
			t.Errorf("FloorTolerance(%v) = %v, want 1−0.05^(1/n) = %v", n, got, want)
		}
	}
	if got := FloorTolerance(0, 0.05); got != 1 {
		t.Errorf("without labels: %v, want 1", got)
	}
}

func TestLabelsNeeded(t *testing.T) {
	tests := []struct {
		name                  string
		psi, theta, tolerance float64
		want                  int
		ok                    bool
	}{
		// ψ = 0: q̃ = τ, σ0² = τ(1−τ), (1.644854²·0.0475)/0.0025 = 51.4: the floor of 59 decides.
		{"nothing discordant", 0, 0, 0.05, 59, true},
		// ψ = 0.1, θ = 0, τ = 0.05: B = −0.1−0.1 = −0.2, C = 0.05·0.05·1.05 = 0.002625, q̃ = (√(0.04−0.021)+0.2)/4 = 0.0844601,
		// σ0² = 0.16892−0.0525 = 0.1164202; (1.644854·0.341204+0.841621·0.316228)²/0.0025 = 273.4.
		{"a tenth discordant", 0.1, 0, 0.05, 274, true},
		{"near the edge", 0.1, -0.03, 0.05, 0, true},
		{"a point above the edge", 0.1, -0.04, 0.05, 0, false},
		{"beyond the edge", 0.1, -0.06, 0.05, 0, false},
		{"a small tolerance, no loss", 0.1, 0, 0.01, 6215, true},
		{"a small tolerance, near its edge", 0.1, -0.009, 0.01, 0, false},
		{"no tolerance", 0.1, 0, 0, 0, false},
		{"nonsense", -0.1, 0, 0.05, 0, false},
	}
	for _, tt := range tests {
		n, ok := LabelsNeeded(tt.psi, tt.theta, tt.tolerance, 0.05, 0.8)
		if ok != tt.ok || tt.want > 0 && n != tt.want {
			t.Errorf("%s: %d, %v, want %d, %v", tt.name, n, ok, tt.want, tt.ok)
		}
	}
}

// What a number of labels can certify takes no more than that number.
func TestSmallestTolerance(t *testing.T) {
	last := 1.0
	for _, n := range []float64{20, 59, 100, 250, 1000, 30000} {
		tolerance := SmallestTolerance(n, 0.08, 0.05, 0.8)
		if got := labels(0.08, 0, tolerance, 0.05, 0.8); !near(got, n, 1e-6*n) {
			t.Errorf("SmallestTolerance(%v) = %v, which takes %v labels", n, tolerance, got)
		}
		if tolerance >= last || tolerance < FloorTolerance(n, 0.05)-1e-9 {
			t.Errorf("SmallestTolerance(%v) = %v: not below %v for fewer labels, or below the floor", n, tolerance, last)
		}
		last = tolerance
	}
	if got := SmallestTolerance(0, 0.08, 0.05, 0.8); got != 1 {
		t.Errorf("without labels: %v, want 1", got)
	}
	if got := SmallestTolerance(100, 2, 0.05, 0.8); !math.IsNaN(got) {
		t.Errorf("psi 2: %v, want NaN", got)
	}
}
