package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// near reports whether got is want to within tol, NaN being near NaN only.
func near(got, want, tol float64) bool {
	return math.Abs(got-want) <= tol || math.IsNaN(got) && math.IsNaN(want)
}

func TestTango(t *testing.T) {
	tests := []struct {
		name           string
		n, b, c, delta float64
		t, p, tol      float64
	}{
		// Z(−0.02) and its p as published beside the interval [−0.02211, 0.00167] of the same counts.
		{"published", 1000, 20, 30, -0.02, 1.3715, 0.0851, 5e-5},
		// At delta 0 the statistic is McNemar's (b−c)/√(b+c) = −6/√8.
		{"McNemar", 21, 1, 7, 0, -6 / math.Sqrt(8), 0.9830526, 1e-6},
		// b = c = 0: q̃ = τ, so the variance is n·τ(1−τ) and T = nτ/√(nτ(1−τ)) = √(100·0.05/0.95).
		{"no discordant pair", 100, 0, 0, -0.05, math.Sqrt(100 * 0.05 / 0.95), 0.0108907, 1e-7},
		{"no discordant pair, no difference", 100, 0, 0, 0, 0, 0.5, 0},
		// delta −1 asks whether every pair is lost: one that is not refutes it.
		{"everything lost, refuted", 10, 0, 9, -1, math.Inf(1), 0, 0},
		{"everything lost, so it is", 10, 0, 10, -1, 0, 0.5, 0},
		{"everything gained, refuted", 10, 9, 0, 1, math.Inf(-1), 1, 0},
		{"no pairs", 0, 0, 0, -0.05, 0, 0.5, 0},
		{"more discordant pairs than pairs", 10, 6, 6, 0, math.NaN(), math.NaN(), 0},
		{"negative count", 10, -1, 0, 0, math.NaN(), math.NaN(), 0},
		{"delta out of range", 10, 1, 0, 1.5, math.NaN(), math.NaN(), 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			gotT, gotP := Tango(tt.n, tt.b, tt.c, tt.delta)
			if gotT != tt.t && !near(gotT, tt.t, tt.tol) || !near(gotP, tt.p, tt.tol) {
				t.Errorf("Tango(%v, %v, %v, %v) = %v, %v, want %v, %v", tt.n, tt.b, tt.c, tt.delta, gotT, gotP, tt.t, tt.p)
			}
		})
	}
}

func TestTangoInterval(t *testing.T) {
	tests := []struct {
		n, b, c, level float64
		want           Interval
		tol            float64
	}{
		{21, 1, 7, 0.95, Interval{-0.5172, -0.0260}, 5e-5}, // Tango (1998), the (1, 1, 7, 12) table of Newcombe (1998)
		{1000, 20, 30, 0.90, Interval{-0.02211, 0.00167}, 5e-6},
		{5000, 100, 120, 0.95, Interval{-0.00989, 0.00183}, 5e-6},
		// b = c = 0: T(Δ) = ∓√(nΔ/(1−Δ)) = ∓z, so Δ = z²/(n+z²) = 3.8415/1003.8415.
		{1000, 0, 0, 0.95, Interval{-0.0038267585, 0.0038267585}, 1e-9},
		// c = n: q̃ = (1−Δ)/2, so the variance is n(1−Δ²) and T(Δ) = −√(n(1+Δ)/(1−Δ)) = −z: Δ = (z²/n − 1)/(z²/n + 1).
		{10, 0, 10, 0.95, Interval{-1, (0.38414588 - 1) / 1.38414588}, 1e-8},
		{0, 0, 0, 0.95, Interval{-1, 1}, 0},
		{10, 1, 1, 1, Interval{math.NaN(), math.NaN()}, 0},
	}
	for _, tt := range tests {
		got := TangoInterval(tt.n, tt.b, tt.c, tt.level)
		if !near(got.Lo, tt.want.Lo, tt.tol) || !near(got.Hi, tt.want.Hi, tt.tol) {
			t.Errorf("TangoInterval(%v, %v, %v, %v) = %v, want %v", tt.n, tt.b, tt.c, tt.level, got, tt.want)
		}
	}
}

// randomPairs draws counts with few and with many discordant pairs, whole and not.
func randomPairs(r *rand.Rand) Pairs {
	n := float64(1 + r.IntN(1000))
	discordant := n * r.Float64() * r.Float64()
	b := discordant * r.Float64()
	s := Pairs{N: n, B: b, C: discordant - b}
	if r.IntN(2) == 0 {
		s.B, s.C = math.Floor(s.B), math.Floor(s.C)
	}
	return s
}

// Exchanging candidate and baseline turns every difference round.
func TestTangoSymmetry(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 0))
	for range 2000 {
		s, delta := randomPairs(r), 2*r.Float64()-1
		there, _ := Tango(s.N, s.B, s.C, delta)
		back, _ := Tango(s.N, s.C, s.B, -delta)
		if !near(there, -back, 1e-6*max(1, math.Abs(there))) {
			t.Fatalf("%+v at %v: T = %v, exchanged %v", s, delta, there, back)
		}
		iv, xi := TangoInterval(s.N, s.B, s.C, 0.9), TangoInterval(s.N, s.C, s.B, 0.9)
		if !near(iv.Lo, -xi.Hi, 1e-12) || !near(iv.Hi, -xi.Lo, 1e-12) {
			t.Fatalf("%+v: interval %v, exchanged %v", s, iv, xi)
		}
	}
}

// T falls as the difference it is tested against rises: without that the bisection of the interval finds nothing.
func TestTangoFalls(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 0))
	for range 2000 {
		s := randomPairs(r)
		lo, hi := 2*r.Float64()-1, 2*r.Float64()-1
		lo, hi = min(lo, hi), max(lo, hi)
		atLo, _ := Tango(s.N, s.B, s.C, lo)
		atHi, _ := Tango(s.N, s.B, s.C, hi)
		if atLo < atHi-1e-9 {
			t.Fatalf("%+v: T(%v) = %v < T(%v) = %v", s, lo, atLo, hi, atHi)
		}
	}
}

func TestTangoIntervalContainsEstimate(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 0))
	for range 2000 {
		s := randomPairs(r)
		narrow, wide := TangoInterval(s.N, s.B, s.C, 0.8), TangoInterval(s.N, s.B, s.C, 0.99)
		estimate := (s.B - s.C) / s.N
		if !(wide.Lo <= narrow.Lo && narrow.Lo <= estimate && estimate <= narrow.Hi && narrow.Hi <= wide.Hi) {
			t.Fatalf("%+v: estimate %v, 80 %% %v, 99 %% %v", s, estimate, narrow, wide)
		}
		if narrow.Lo == narrow.Hi {
			t.Fatalf("%+v: no width: false certainty", s)
		}
	}
}
