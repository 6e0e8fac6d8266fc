package stats

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// costDesigns draw what one request costs under the candidate and the baseline: lognormal in length, sigma the deviation of
// its logarithm. rate is the true ratio of the bills.
var costDesigns = []struct {
	name string
	rate float64
	draw func(rng *rand.Rand, sigma float64) (c, b float64)
}{
	{"one cheaper model", 0.4, func(rng *rand.Rand, sigma float64) (c, b float64) {
		c, b = correlated(rng, sigma)
		return 0.4 * c, b
	}},
	{"a cheap model for 60 %", 0.46, func(rng *rand.Rand, sigma float64) (c, b float64) {
		c, b = correlated(rng, sigma)
		if rng.Float64() < 0.6 {
			return 0.1 * c, b
		}
		return b, b
	}},
	{"cascade, 30 % escalated", 0.4, func(rng *rand.Rand, sigma float64) (c, b float64) {
		_, b = correlated(rng, sigma)
		if rng.Float64() < 0.3 { // both calls are paid
			return 1.1 * b, b
		}
		return 0.1 * b, b
	}},
}

// correlated draws two lognormal costs of one mean whose logarithms have the correlation 0.7.
func correlated(rng *rand.Rand, sigma float64) (c, b float64) {
	x, y := rng.NormFloat64(), rng.NormFloat64()
	return math.Exp(sigma * (0.7*x + math.Sqrt(1-0.49)*y)), math.Exp(sigma * x)
}

// savingsInterval counts the 95 % interval of the savings. Groups are of 3 to 10 requests, 70 % of which cost the same.
func savingsInterval(d int, sigma float64, n int, groups bool, runs int, seed uint64) func(*coverage) {
	return func(count *coverage) {
		rng, design := rand.New(rand.NewPCG(seed, 4)), &costDesigns[d]
		for range runs {
			var s CostSums
			for range n {
				c, b := design.draw(rng, sigma)
				if groups {
					commonC, commonB := c, b
					for range 2 + rng.IntN(8) {
						nextC, nextB := commonC, commonB
						if rng.Float64() >= 0.7 {
							nextC, nextB = design.draw(rng, sigma)
						}
						c, b = c+nextC, b+nextB
					}
				}
				s.Add(c, b)
			}
			_, iv := s.Savings(0.95)
			count.count(1-design.rate, iv)
		}
	}
}

// TestCoverageOfSavings simulates the intervals of savings. Where few requests make most of the bill, those that are not
// among 50 or 100 can decide, which no interval knows: a cascade on costs of sigma 1.5 is covered 91.5 and 92.9 % there.
func TestCoverageOfSavings(t *testing.T) {
	perCell, sizes := few(400, 50, 100, 300, 1000)
	var cells []*coverCell
	for d := range costDesigns {
		for _, sigma := range []float64{1, 1.5} {
			for _, groups := range []bool{false, true} {
				for _, n := range sizes {
					least := leastCoverage
					if n <= 100 {
						least = 0.92
					}
					if n <= 50 {
						least = 0.905
					}
					name := fmt.Sprintf("savings: %-26s sigma %.1f  groups %-5v  n %5.0f", costDesigns[d].name, sigma, groups, n)
					cells = append(cells, &coverCell{name: name, run: savingsInterval(d, sigma, int(n), groups, perCell, uint64(len(cells))), least: least})
				}
			}
		}
	}
	runCoverage(t, "coverage of savings", cells, perCell)
}
