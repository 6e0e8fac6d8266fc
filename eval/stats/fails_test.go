package stats

import (
	"math"
	"testing"
)

// The wanted numbers are from a second program that has no formula in common: the rates that fit a difference best by
// ternary search of the likelihood, the skewness from the third moment of one pair's delta, z by Newton's method.
func TestFailsScore(t *testing.T) {
	if got := failsScore(200, 3, 25, -0.05); !near(got, 2.3927005, 1e-6) {
		t.Errorf("failsScore = %v", got)
	}
	tests := []struct{ n, b, c, want float64 }{
		{1, 0, 0, 0.9493847},
		{59, 0, 0, 0.0540858},
		{200, 25, 3, 0.1574264},
		{200, 3, 25, -0.0686430},
		{1000, 0, 0, 0.0033298},
	}
	const z = 1.6448536269514722
	for _, tt := range tests {
		if got := failsUpper(tt.n, tt.b, tt.c, z); !near(got, tt.want, 1e-6) {
			t.Errorf("failsUpper(%v, %v, %v) = %v, want %v", tt.n, tt.b, tt.c, got, tt.want)
		}
	}
}

// It is never above Tango's, rises with the difference that is tested and with the losses, and falls with the gains:
// without that the search for the bound finds nothing.
func TestFailsScoreRises(t *testing.T) {
	for _, n := range []float64{1, 2, 3, 5, 8, 13, 30, 50, 100, 300, 1000} {
		for b := 0.0; b <= min(n, 10); b++ {
			for c := 0.0; b+c <= min(n, 30); c++ {
				last := math.Inf(-1)
				for i := -100; i <= 100; i++ {
					delta := math.Pow(float64(i)/100, 3)
					score := failsScore(n, b, c, delta)
					if score < last-1e-9 || score > -tango(n, b, c, delta) {
						t.Fatalf("n %v, b %v, c %v at %v: %v after %v, Tango's %v", n, b, c, delta, score, last, -tango(n, b, c, delta))
					}
					last = score
					if delta > 0 || b+c == n { // no tolerance asks of gains
						continue
					}
					if lost, gained := failsScore(n, b, c+1, delta), failsScore(n, b+1, c, delta); lost < score-1e-9 || gained > score+1e-9 {
						t.Fatalf("n %v, b %v, c %v at %v: %v, with a loss more %v, with a gain more %v", n, b, c, delta, score, lost, gained)
					}
				}
			}
		}
	}
}
