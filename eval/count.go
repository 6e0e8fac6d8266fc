package eval

import (
	"math"
	"slices"
)

// A Count counts requests and adds up their weights: how much production traffic they stand for.
type Count struct {
	N    int64 // requests
	Unit int64 // of them, those of weight 1
	W    Fixed // weights of the others
}

func (c *Count) add(w float64) {
	c.N++
	if w == 1 {
		c.Unit++
	} else {
		c.W.Add(w)
	}
}

// addUnits adds n requests of weight 1.
func (c *Count) addUnits(n int64) {
	c.N += n
	c.Unit += n
}

func (c *Count) merge(o *Count) {
	c.N += o.N
	c.Unit += o.Unit
	c.W.AddFixed(o.W)
}

// Weight returns the sum of the weights.
func (c *Count) Weight() float64 {
	w := c.W
	w.AddInt(c.Unit)
	return w.Float64()
}

// share returns the part that c is of whole, by weight; NaN if whole is empty.
func (c *Count) share(whole *Count) float64 { return c.Weight() / whole.Weight() }

// A Histogram counts positive numbers in 64 bins an octave, so that a quantile is right within 0.8 %. A bin is the
// upper bits of the number, so no logarithm is taken and no machine bins otherwise.
type Histogram struct {
	N      int64           // numbers
	First  int             // bin of Counts[0]
	Counts []int64         // requests of weight 1, by bin
	W      map[int32]Fixed // weights of the others, by bin
}

// QuantileError is how far a quantile of a Histogram may be off, as a share of it: by half a bin of an octave's first.
const QuantileError = 1. / 128

const (
	binShift = 46                    // 52 bits of mantissa less 6: 64 bins an octave
	minBin   = (1023 - 20) << 6      // 2⁻²⁰: what is smaller counts as that
	maxBin   = (1023+40)<<6 | 63     // just below 2⁴¹
	binHalf  = uint64(1) << (46 - 1) // half a bin
)

func bin(x float64) int { return min(max(int(math.Float64bits(x)>>binShift), minBin), maxBin) }

// add counts x ≥ 0.
func (h *Histogram) add(x, w float64) {
	h.N++
	b := bin(x)
	if w != 1 {
		if h.W == nil {
			h.W = map[int32]Fixed{}
		}
		f := h.W[int32(b)]
		f.Add(w)
		h.W[int32(b)] = f
		return
	}
	i := b - h.First
	if uint(i) >= uint(len(h.Counts)) {
		h.cover(b, b)
		i = b - h.First
	}
	h.Counts[i]++
}

// cover makes room for the bins lo to hi.
func (h *Histogram) cover(lo, hi int) {
	if len(h.Counts) > 0 {
		lo, hi = min(lo, h.First), max(hi, h.First+len(h.Counts)-1)
	}
	counts := make([]int64, hi-lo+1)
	copy(counts[max(h.First-lo, 0):], h.Counts)
	h.First, h.Counts = lo, counts
}

func (h *Histogram) merge(o *Histogram) {
	h.N += o.N
	if len(o.Counts) > 0 {
		h.cover(o.First, o.First+len(o.Counts)-1)
		for i, n := range o.Counts {
			h.Counts[o.First-h.First+i] += n
		}
	}
	for b, w := range o.W {
		if h.W == nil {
			h.W = map[int32]Fixed{}
		}
		f := h.W[b]
		f.AddFixed(w)
		h.W[b] = f
	}
}

// quantiles returns the numbers below which the given shares (rising) of the weight lie, nil if nothing was counted.
func (h *Histogram) quantiles(shares ...float64) []float64 {
	type weighted struct {
		bin int
		w   float64
	}
	sums := map[int]Fixed{}
	for i, n := range h.Counts {
		if n > 0 {
			var f Fixed
			f.AddInt(n)
			sums[h.First+i] = f
		}
	}
	for b, w := range h.W {
		f := sums[int(b)]
		f.AddFixed(w)
		sums[int(b)] = f
	}
	bins := make([]weighted, 0, len(sums))
	var total Fixed
	for b, f := range sums {
		bins = append(bins, weighted{b, f.Float64()})
		total.AddFixed(f)
	}
	if len(bins) == 0 {
		return nil
	}
	slices.SortFunc(bins, func(a, b weighted) int { return a.bin - b.bin })
	out := make([]float64, 0, len(shares))
	i, below := 0, bins[0].w
	for _, q := range shares {
		for below < q*total.Float64() && i < len(bins)-1 {
			i++
			below += bins[i].w
		}
		out = append(out, binMiddle(bins[i].bin))
	}
	return out
}

// binMiddle returns the number in the middle of a bin, 0 for the first: what is next to nothing is nothing.
func binMiddle(b int) float64 {
	if b == minBin {
		return 0
	}
	return math.Float64frombits(uint64(b)<<binShift + binHalf)
}

// weight returns the weight of all that was counted.
func (h *Histogram) weight() float64 {
	var sum Fixed
	for _, n := range h.Counts {
		sum.AddInt(n)
	}
	for _, w := range h.W {
		sum.AddFixed(w)
	}
	return sum.Float64()
}
