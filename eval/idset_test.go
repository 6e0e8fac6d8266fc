package eval

import (
	"maps"
	"math/rand/v2"
	"testing"
)

func TestDuplicates(t *testing.T) {
	for _, n := range []int{0, 1, 2, 64, 1000} {
		r := rand.New(rand.NewPCG(uint64(n), 1))
		var ids []uint64
		for i := range n {
			id := r.Uint64() &^ 0xff << (8 * r.IntN(7)) // collide in the table, fill the same parts, and be 0 now and then
			if i%5 == 0 && i > 0 {
				id = ids[r.IntN(i)]
			}
			ids = append(ids, id)
		}
		seen, want := map[uint64]bool{}, map[uint64]struct{}{}
		for _, id := range ids {
			if seen[id] {
				want[id] = struct{}{}
			}
			seen[id] = true
		}
		var sets [3]idSet
		for i := range sets {
			sets[i].add(ids[i*n/3 : (i+1)*n/3])
		}
		if got := duplicates(&sets[2], &sets[0], &sets[1]); !maps.Equal(got, want) {
			t.Errorf("%d ids: %d duplicates, want %d", n, len(got), len(want))
		}
	}
}
