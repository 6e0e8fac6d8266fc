package frontier

import "math"

// units is a fixed-point scale: so many units are 1. It is a power of two.
type units float64

// unitsFor returns the finest units in which a sum of that size has at most so many bits.
func unitsFor(sum float64, bits int) units {
	if !(sum > 0) {
		sum = 1
	}
	_, exp := math.Frexp(sum) // sum < 2^exp
	return units(math.Ldexp(1, min(max(bits-exp, -1000), 1000)))
}

func (u units) of(x float64) int64    { return int64(math.RoundToEven(x * float64(u))) }
func (u units) float(n int64) float64 { return float64(n) / float64(u) }
