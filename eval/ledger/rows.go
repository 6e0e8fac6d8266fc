package ledger

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// A rowSet is keys of rows, rising, each once.
type rowSet []uint64

// newRowSet returns the set of some keys, which it sorts in place.
func newRowSet(keys []uint64) rowSet {
	slices.Sort(keys)
	return slices.Compact(keys)
}

func (s rowSet) has(key uint64) bool {
	_, ok := slices.BinarySearch(s, key)
	return ok
}

// union returns the keys of either.
func (s rowSet) union(o rowSet) rowSet {
	return newRowSet(slices.Concat(s, o))
}

// without returns the keys that are not in o.
func (s rowSet) without(o rowSet) rowSet {
	out := make(rowSet, 0, len(s))
	for _, key := range s {
		if !o.has(key) {
			out = append(out, key)
		}
	}
	return out
}

// MarshalText writes the differences from each key to the next as base-128 varints, in base64: for a million keys about 6
// bytes each.
func (s rowSet) MarshalText() ([]byte, error) {
	var data []byte
	last := uint64(0)
	for _, key := range s {
		data = binary.AppendUvarint(data, key-last)
		last = key
	}
	return base64.RawStdEncoding.AppendEncode(nil, data), nil
}

// UnmarshalText reads what MarshalText wrote.
func (s *rowSet) UnmarshalText(text []byte) error {
	data, err := base64.RawStdEncoding.AppendDecode(nil, text)
	if err != nil {
		return fmt.Errorf("the rows are no base64: %w", err)
	}
	out, last := rowSet{}, uint64(0)
	for len(data) > 0 {
		step, n := binary.Uvarint(data)
		switch {
		case n <= 0:
			return errors.New("the rows end within a key")
		case step == 0 && len(out) > 0:
			return errors.New("the rows have a key twice")
		case step >= 1<<keyBits || last+step >= 1<<keyBits:
			return fmt.Errorf("the rows have a key of more than %d bits", keyBits)
		}
		last += step
		out, data = append(out, last), data[n:]
	}
	*s = out
	return nil
}
