package datasets

import "math"

// A frame is one level of a block's nesting, its requests or their outcomes, while columns are poured into it. A
// position is a place in the column as the file has it; its slot is where the value goes in the block.
type frame struct {
	slot   []int32 // of each position; negative: dropped
	number []int64 // row number of each position, for messages
	sum    []lanes // hash of the fields of each position
	bare   bool    // no hashes: sum is empty
	seen   []bool  // whether a position got a number or name; nil: not of interest
}

// reset makes the frame n positions long, with undefined slots and numbers.
func (f *frame) reset(n int) {
	f.slot = resize(f.slot, n)
	f.number = resize(f.number, n)
	if !f.bare {
		f.sum = resize(f.sum, n)
		clear(f.sum)
	}
}

// append adds a position.
func (f *frame) append(slot int32, number int64) {
	f.slot = append(f.slot, slot)
	f.number = append(f.number, number)
	if !f.bare {
		f.sum = append(f.sum, lanes{})
	}
}

func (f *frame) truncate() {
	f.slot, f.number, f.sum = f.slot[:0], f.number[:0], f.sum[:0]
}

// see notes the values of s.
func (f *frame) see(s span) {
	if f.seen == nil {
		return
	}
	for i, d := range s.def {
		if d == s.maxDef {
			f.seen[s.from+i] = true
		}
	}
}

// A span is a run of positions of a frame, as a page has it: def are the definition levels from position from on,
// a value is there where the level is maxDef.
type span struct {
	from   int
	def    []byte
	maxDef byte
}

// numbers pours the values of span s into dst by slot. There must be as many values as s has places with a value.
// Values out of the column's range are handed to odd, which says what to do instead.
func (f *frame) numbers(dst []float64, c *numberColumn, s span, values []float64, odd func(pos int, v float64)) {
	slots := f.slot[s.from : s.from+len(s.def)]
	sums := f.sums(s)
	lo, hi, key := c.lo, c.hi, c.key
	k := 0
	for i, d := range s.def {
		if d != s.maxDef {
			continue
		}
		v := values[k]
		k++
		slot := slots[i]
		if slot < 0 {
			continue
		}
		if !(v >= lo && v <= hi) {
			odd(s.from+i, v)
			continue
		}
		dst[slot] = v
		if sums != nil {
			sums[i].add(numberBits(v), key)
		}
	}
}

// sums are the hashes of the positions of s, nil if there are none.
func (f *frame) sums(s span) []lanes {
	if f.bare {
		return nil
	}
	return f.sum[s.from : s.from+len(s.def)]
}

// times is numbers for microseconds since 1970.
func (f *frame) times(dst []int64, key uint64, s span, values []int64) {
	sums := f.sums(s)
	k := 0
	for i, d := range s.def {
		if d != s.maxDef {
			continue
		}
		v := values[k]
		k++
		if slot := f.slot[s.from+i]; slot >= 0 {
			dst[slot] = v
			if sums != nil {
				sums[i].add(uint64(v), key)
			}
		}
	}
}

// names pours numbers of names into dst. A negative number stands for null.
func (f *frame) names(dst []int32, n *names, key uint64, s span, values []int32) {
	sums := f.sums(s)
	k := 0
	for i, d := range s.def {
		if d != s.maxDef {
			continue
		}
		v := values[k]
		k++
		if slot := f.slot[s.from+i]; slot >= 0 && v >= 0 {
			dst[slot] = v
			if sums != nil {
				sums[i].add(n.hash[v], key)
			}
		}
	}
}

// resize returns s with length n, its content undefined.
func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/4)
	}
	return s[:n]
}

// filled returns s with length n, all of it v.
func filled[T any](s []T, n int, v T) []T {
	s = resize(s, n)
	for i := range s {
		s[i] = v
	}
	return s
}

// nan is null in a column of floats.
var nan = math.NaN()
