package eval

import (
	"context"
	"math/bits"

	"github.com/tierwise/tierwise/datasets"
)

// An idSet collects hashes of ids, to find those that occur more than once. They are spread over parts by their upper
// bits, so that the table that finds them stays in the processor's cache: one table for a million hashes, or sorting
// them, would take as long as a good part of the replay. It is not safe for concurrent use: every worker has its own.
type idSet [256][]uint64

func (s *idSet) add(ids []uint64) {
	for _, id := range ids {
		s[id>>56] = append(s[id>>56], id)
	}
}

// checkDuplicates returns an error that names the requests with the same id, if there are any: it looks them up where
// hashes are equal.
func checkDuplicates(ctx context.Context, d *datasets.Dataset, sets ...*idSet) error {
	twice := duplicates(sets...)
	if len(twice) == 0 {
		return nil
	}
	return d.FindDuplicates(ctx, twice)
}

// duplicates returns the hashes that occur more than once in the sets together.
func duplicates(sets ...*idSet) map[uint64]struct{} {
	twice := map[uint64]struct{}{}
	var table []uint64 // open-addressed; 0: free
	for part := range len(idSet{}) {
		n := 0
		for _, s := range sets {
			n += len(s[part])
		}
		size := 1 << bits.Len(uint(2*n))
		table = resize(table, size)
		clear(table)
		zeros := 0
		for _, s := range sets {
			for _, id := range s[part] {
				if id == 0 {
					zeros++
					continue
				}
				at := int(id) & (size - 1)
				for table[at] != 0 && table[at] != id {
					at = (at + 1) & (size - 1)
				}
				if table[at] == id {
					twice[id] = struct{}{}
				}
				table[at] = id
			}
		}
		if zeros > 1 {
			twice[0] = struct{}{}
		}
	}
	return twice
}
