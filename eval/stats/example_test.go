package stats_test

import (
	"fmt"

	"github.com/tierwise/tierwise/eval/stats"
)

// 300 labeled requests: the candidate won 4 and lost 7 of them. Does it lose more than 5 points?
func ExamplePairs_NonInferior() {
	r := stats.Pairs{N: 300, B: 4, C: 7}.NonInferior(0.05, 0.05)
	fmt.Printf("%s: delta %+.1f pp, at worst %+.1f pp (%s, p %.4f)\n",
		r.Verdict(), 100*r.Delta, 100*r.Bound, r.Test, r.P)
	// Output: holds: delta -1.0 pp, at worst -3.1 pp (Tango score with binomial floor, p 0.0030)
}

// Without one lost pair 50 labels still prove nothing at 5 points.
func ExamplePairs_NonInferior_floor() {
	r := stats.Pairs{N: 50}.NonInferior(0.05, 0.05)
	fmt.Printf("%s: p %.3f, needs %d labels; holds today at %.1f points\n",
		r.Verdict(), r.P, stats.FloorLabels(0.05, 0.05), -100*r.Bound)
	// Output: inconclusive: p 0.077, needs 59 labels; holds today at 5.8 points
}

func ExampleTangoInterval() {
	iv := stats.TangoInterval(21, 1, 7, 0.95)
	fmt.Printf("[%.4f, %.4f]\n", iv.Lo, iv.Hi)
	// Output: [-0.5172, -0.0260]
}

func ExampleLabelsNeeded() {
	n, ok := stats.LabelsNeeded(0.10, -0.01, 0.05, 0.05, 0.8)
	fmt.Println(n, ok)
	n, ok = stats.LabelsNeeded(0.10, -0.045, 0.05, 0.05, 0.8)
	fmt.Println(n, ok)
	// Output:
	// 420 true
	// 0 false
}

func ExampleCostSums_Savings() {
	// Four requests cost 1, 1, 2, 1 cents under the candidate and 3, 6, 5, 6 under the baseline.
	s := stats.CostSums{N: 4, C: 5, B: 20, CC: 7, BB: 106, CB: 25}
	savings, iv := s.Savings(0.9)
	fmt.Printf("saves %.0f %% [%.0f, %.0f]\n", 100*savings, 100*iv.Lo, 100*iv.Hi)
	// Output: saves 75 % [61, 89]
}
