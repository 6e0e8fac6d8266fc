package train

import "math"

// exp32 returns e^x of an x up to 88 to within 3 units in the last place; below −87 it returns 0. It is faster than math.Exp and gives the same bits on
// every processor, so that a seed means the same artifact everywhere.
func exp32(x float32) float32 {
	if x < -87 {
		return 0
	}
	const ln2hi, ln2lo = 0.693359375, -2.12194440e-4
	n := float32(math.Floor(float64(float32(x*math.Log2E) + 0.5)))
	r := x - float32(n*ln2hi)
	r -= float32(n * ln2lo)
	// The Taylor series of e^r, r within ±½ ln 2.
	y := float32(1.0 / 5040)
	y = float32(y*r) + 1.0/720
	y = float32(y*r) + 1.0/120
	y = float32(y*r) + 1.0/24
	y = float32(y*r) + 1.0/6
	y = float32(y*r) + 0.5
	y = float32(y*r) + 1
	y = float32(y*r) + 1
	return y * math.Float32frombits(uint32(int32(n)+127)<<23)
}

// softmax turns scores into probabilities.
func softmax(scores []float32) {
	most := scores[0]
	for _, s := range scores {
		most = max(most, s)
	}
	sum := float32(0)
	for k, s := range scores {
		scores[k] = exp32(s - most)
		sum += scores[k]
	}
	inverse := 1 / sum
	for k := range scores {
		scores[k] *= inverse
	}
}
