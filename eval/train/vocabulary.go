package train

import (
	"cmp"
	"math"
	"slices"
)

// minFrequency is how many requests must have a feature for it to get weights: what only one request has tells that
// request from all others, and nothing about its task.
const minFrequency = 2

// maxWeights bounds features × (lanes + 1), and with it the artifact, to about 6 MB.
const maxWeights = 9_000_000

// A part is what one model is fitted on: some of the requests, and the features known from those alone.
type part struct {
	v        *vectors
	rows     []int     // of v
	label    []int     // by row of v: the lane of its task
	features []uint32  // rising
	idf      []float32 // by feature
	place    []int32   // by index of feature, in features; −1: not known
	inverse  []float32 // 1 ÷ the length, for each of rows; 0 if none of its features is known
}

// newPart learns the features of the given rows, for models of at most so many lanes.
func newPart(v *vectors, rows, label []int, lanes int) *part {
	p := &part{v: v, rows: rows, label: label, place: make([]int32, v.dims)}
	df := v.frequencies(rows)
	least := leastFrequency(df, maxWeights/(lanes+1))
	if v.dense {
		least = 0
	}
	for f, d := range df {
		p.place[f] = -1
		if int(d) >= least {
			p.place[f] = int32(len(p.features))
			p.features = append(p.features, uint32(f))
			idf := float32(1)
			if !v.dense {
				idf = float32(math.Log(float64(1+len(rows))/float64(1+d)) + 1)
			}
			p.idf = append(p.idf, idf)
		}
	}
	p.inverse = make([]float32, len(rows))
	for i, row := range rows {
		p.inverse[i] = p.inverseLength(row)
	}
	return p
}

// leastFrequency returns the least frequency that at most so many features reach, and at least minFrequency. Without any such
// feature it is 1.
func leastFrequency(df []uint32, most int) int {
	sorted := slices.Clone(df)
	slices.SortFunc(sorted, func(a, b uint32) int { return cmp.Compare(b, a) })
	if sorted[0] < minFrequency {
		return 1
	}
	if most < len(sorted) && sorted[most] >= minFrequency {
		return int(sorted[most]) + 1
	}
	return minFrequency
}

// inverseLength returns 1 ÷ the length of a row of v, as far as its features are known.
func (p *part) inverseLength(row int) float32 {
	sum := float32(0)
	for _, f := range p.v.rows[row] {
		if k := p.place[f.Index]; k >= 0 {
			x := f.Value * p.idf[k]
			sum += float32(x * x)
		}
	}
	if sum == 0 {
		return 0
	}
	return float32(1 / math.Sqrt(float64(sum)))
}

// An entry is a feature of a request as models see it: its place and its value × IDF ÷ length.
type entry struct {
	place int32
	value float32
}

// entries sets dst to the entries of a row of v.
func (p *part) entries(dst []entry, row int) []entry {
	dst = dst[:0]
	inverse := p.inverseLength(row)
	for _, f := range p.v.rows[row] {
		if k := p.place[f.Index]; k >= 0 {
			dst = append(dst, entry{k, float32(f.Value*p.idf[k]) * inverse})
		}
	}
	return dst
}
