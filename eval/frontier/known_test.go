package frontier_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tierwise/tierwise/eval/frontier"
)

// againstBase are a sweep's options as differences from what rows are compared with.
func againstBase(s *frontier.Sweep) (points []frontier.Point) {
	for _, o := range s.Options {
		p := frontier.Point{Cost: o.Cost, Quality: o.Quality}
		if s.BaseCost == s.BaseCost {
			p.Cost -= s.BaseCost
		}
		if s.BaseQuality == s.BaseQuality {
			p.Quality -= s.BaseQuality
		}
		points = append(points, p)
	}
	return points
}

// A sweep leaves out an option only if one that was kept is cheaper and no worse, and has no other options than it would have
// alone. Chains of which the same requests are not covered and priced are compared by what they differ from the base.
func TestKeep(t *testing.T) {
	left, stayed, apart := 0, 0, 0
	for seed := range uint64(400) {
		rng := rand.New(rand.NewPCG(seed, 17))
		rows := randomRows(rng, 1+rng.IntN(60), 4)
		if seed%2 == 1 {
			compare(rng, rows)
		}
		alone, err := frontier.NewSweeper(rows, nil)
		if err != nil {
			t.Fatal(err)
		}
		together, err := frontier.NewSweeper(rows, nil)
		if err != nil {
			t.Fatal(err)
		}
		chains := rows.Chains(4)
		var kept []frontier.Point
		var covered []int
		for _, i := range rng.Perm(len(chains)) {
			a, err := alone.Sweep(chains[i])
			if err != nil {
				t.Fatal(err)
			}
			b, err := together.Sweep(chains[i])
			if err != nil {
				t.Fatal(err)
			}
			all, some := againstBase(a), againstBase(b)
			for _, p := range some {
				if !slices.ContainsFunc(all, func(q frontier.Point) bool { return sameFloat(p.Cost, q.Cost) && sameFloat(p.Quality, q.Quality) }) {
					t.Fatalf("seed %d, chain %v: the option %v comes of what was kept", seed, chains[i], p)
				}
			}
			for _, p := range all {
				switch {
				case slices.ContainsFunc(some, func(q frontier.Point) bool { return sameFloat(p.Cost, q.Cost) && sameFloat(p.Quality, q.Quality) }):
					stayed++
				case slices.ContainsFunc(kept, func(q frontier.Point) bool { return q.Cost < p.Cost && q.Quality >= p.Quality }):
					left++
				default:
					t.Fatalf("seed %d, chain %v: nothing that was kept beats %v, and it is left out", seed, chains[i], p)
				}
			}
			if rng.IntN(3) > 0 {
				together.Keep()
				kept = append(kept, some...)
				covered = append(covered, b.Covered)
				if covered[0] != b.Covered {
					apart++
				}
			}
		}
	}
	if left < 5000 || stayed < 2000 || apart < 500 {
		t.Errorf("%d options are left out and %d are not, and %d chains were kept that cover other requests: this tests little", left, stayed, apart)
	}
}
