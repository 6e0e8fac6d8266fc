package eval

import (
	"math"
	"math/rand/v2"
	"testing"
)

// bestSaving returns by trial the greatest saving of a random mix of two tables, one choice for each group, that comes to the
// delta, −Inf if there is none. With one linear constraint more than two tables are never needed.
func bestSaving(groups [][]choice, delta float64) float64 {
	tables := []choice{{}}
	for _, group := range groups {
		var longer []choice
		for _, t := range tables {
			for _, c := range group {
				longer = append(longer, choice{delta: t.delta + c.delta, saving: t.saving + c.saving})
			}
		}
		tables = longer
	}
	best := math.Inf(-1)
	for _, a := range tables {
		if a.delta >= delta-1e-12 {
			best = max(best, a.saving)
			continue
		}
		for _, b := range tables {
			if b.delta > delta {
				share := (delta - a.delta) / (b.delta - a.delta)
				best = max(best, a.saving+share*(b.saving-a.saving))
			}
		}
	}
	return best
}

func TestCheapestIsBest(t *testing.T) {
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 21))
		groups := make([][]choice, 1+r.IntN(4))
		frontiers := make([]frontier, len(groups))
		lo, hi := 0.0, 0.0 // of the deltas that a table can have
		for g := range groups {
			least, most := math.Inf(1), math.Inf(-1)
			for m := range 1 + r.IntN(5) {
				// Coarse values, so that there are ties and points in one line.
				c := choice{float64(r.IntN(9)-6) / 8, float64(r.IntN(9)-2) / 8, m}
				least, most = min(least, c.delta), max(most, c.delta)
				groups[g] = append(groups[g], c)
			}
			lo, hi = lo+least, hi+most
			frontiers[g] = newFrontier(groups[g])
		}
		for range 20 {
			delta := lo - 0.1 + r.Float64()*(hi-lo+0.2)
			if r.IntN(3) == 0 {
				delta = math.Round(8*delta) / 8
			}
			want := bestSaving(groups, delta)
			positions, reached := cheapest(frontiers, delta)
			var got choice
			mixes := 0
			for g, f := range frontiers {
				d, s := f.value(positions[g])
				got.delta += d
				got.saving += s
				if positions[g].share > 0 {
					mixes++
				}
			}
			if mixes > 1 {
				t.Errorf("seed %d: %d mixes, one is enough", seed, mixes)
			}
			if reached != !math.IsInf(want, -1) {
				t.Errorf("seed %d: delta %v reached: %v, by trial %v", seed, delta, reached, !reached)
			}
			if !reached { // the best there is, and the cheapest of that
				delta, want = hi, bestSaving(groups, hi)
			}
			if got.delta < delta-1e-9 || math.Abs(got.saving-want) > 1e-9 {
				t.Fatalf("seed %d: delta %v: saving %v with delta %v, by trial %v", seed, delta, got.saving, got.delta, want)
			}
		}
	}
}

func TestFrontierOfEquals(t *testing.T) {
	f := newFrontier([]choice{{0, 0.5, 0}, {0, 0.5, 1}, {-0.1, 0.5, 2}, {0.1, 0.2, 3}, {0.05, 0.3, 4}})
	want := frontier{{0, 0.5, 0}, {0.1, 0.2, 3}} // the first of equals; the last lies below their line
	if len(f) != len(want) || f[0] != want[0] || f[1] != want[1] {
		t.Errorf("frontier %v, want %v", f, want)
	}
}
