package cache

import (
	"cmp"
	"math"
	"slices"
)

// headDims are the dimensions that a scan looks at first. What the others could add is bounded by their lengths (Cauchy and
// Schwarz), and mostly too little to reach the least similarity: the scan is exact and reads a quarter of the memory.
const headDims = 64

// maxFound is how many of the nearest entries are looked at: those that a guard turns away make room for the next.
const maxFound = 8

// An Index finds the vectors that are nearest to one, exactly, by a scan. It holds at most max of them: the oldest goes
// first. It is not safe for concurrent use while it is changed.
type Index struct {
	dims, head int
	max        int
	start      int // entries before it are gone
	heads      []float32
	tails      []float32
	rest       []float32 // lengths of the tails
	items      []item
}

// An item is what is known of a vector.
type item struct {
	key     string // of the answer in the store
	facts   *Facts
	text    string
	expires int64 // Unix time in ns
}

// A found vector.
type found struct {
	similarity float64
	item       *item
}

// NewIndex returns an empty index of vectors of so many dimensions.
func NewIndex(dims, maxEntries int) *Index {
	return &Index{dims: dims, head: min(headDims, dims), max: max(maxEntries, 1)}
}

// Len returns how many vectors the index holds.
func (x *Index) Len() int { return len(x.items) - x.start }

// add adds a vector of length 1.
func (x *Index) add(v []float32, it item, now int64) {
	for x.Len() > 0 && (x.Len() >= x.max || x.items[x.start].expires <= now) {
		x.drop()
	}
	tail := v[x.head:]
	x.heads, x.tails = append(x.heads, v[:x.head]...), append(x.tails, tail...)
	x.rest = append(x.rest, float32(math.Sqrt(float64(dot(tail, tail)))))
	x.items = append(x.items, it)
}

// drop removes the oldest entry.
func (x *Index) drop() {
	x.items[x.start] = item{}
	x.start++
	if x.start < 1024 || x.start < len(x.items)/2 {
		return
	}
	tail := x.dims - x.head
	x.heads = append(x.heads[:0], x.heads[x.start*x.head:]...)
	x.tails = append(x.tails[:0], x.tails[x.start*tail:]...)
	x.rest = append(x.rest[:0], x.rest[x.start:]...)
	n := copy(x.items, x.items[x.start:])
	clear(x.items[n:])
	x.items, x.start = x.items[:n], 0
}

// nearest appends the entries, alive at now, whose similarity to v is at least least: the maxFound nearest, nearest first,
// and of equals the oldest.
func (x *Index) nearest(dst []found, v []float32, least float64, now int64) []found {
	tailDims := x.dims - x.head
	head, tail := v[:x.head], v[x.head:]
	rest := float32(math.Sqrt(float64(dot(tail, tail))))
	bar := float32(least - 2*rounding)
	base := len(dst)
	for i := x.start; i < len(x.items); i++ {
		part := dot(head, x.heads[i*x.head:][:x.head])
		if part+rest*x.rest[i] < bar {
			continue
		}
		similarity := round(part + dot(tail, x.tails[i*tailDims:][:tailDims]))
		if similarity < least || x.items[i].expires <= now {
			continue
		}
		dst = append(dst, found{similarity, &x.items[i]})
		if len(dst)-base >= 4*maxFound {
			dst = keepNearest(dst, base)
			if n := len(dst) - 1; n-base+1 == maxFound {
				bar = max(bar, float32(dst[n].similarity-2*rounding))
			}
		}
	}
	return keepNearest(dst, base)
}

func keepNearest(dst []found, base int) []found {
	slices.SortStableFunc(dst[base:], func(a, b found) int { return cmp.Compare(b.similarity, a.similarity) })
	return dst[:min(len(dst), base+maxFound)]
}

// rounding is what similarities are rounded to, so that equal texts are at 1 whatever floats make of them.
const rounding = 1e-5

func round(x float32) float64 {
	return min(math.Round(float64(x)/rounding)*rounding, 1)
}
