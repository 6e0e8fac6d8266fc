package train

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// A tfidf is the matrix of the rows of a part, each of length 1.
type tfidf struct {
	p       *part
	back    *columns
	workers int
}

// multiply sets dst (rows × width) to the product with x (features × width).
func (m tfidf) multiply(ctx context.Context, dst, x []float32, width int) error {
	const chunk = 256
	n := len(m.p.rows)
	return parallel(ctx, (n+chunk-1)/chunk, m.workers, func(c int) error {
		var entries []entry
		for i := c * chunk; i < min((c+1)*chunk, n); i++ {
			entries = m.p.entries(entries, m.p.rows[i])
			combine(dst[i*width:][:width], x, entries)
		}
		return nil
	})
}

// multiplyBack sets dst (features × width) to the product of the transpose with x (rows × width).
func (m tfidf) multiplyBack(ctx context.Context, dst, x []float32, width int) error {
	const chunk = 512
	n := len(m.p.features)
	return parallel(ctx, (n+chunk-1)/chunk, m.workers, func(c int) error {
		for k := c * chunk; k < min((c+1)*chunk, n); k++ {
			combine(dst[k*width:][:width], x, m.back.cells[m.back.first[k]:m.back.first[k+1]])
		}
		return nil
	})
}

// combine sets dst to the sum of rows of x, which are as long as dst, as entries say.
func combine(dst, x []float32, entries []entry) {
	clear(dst)
	for _, e := range entries {
		addScaled(dst, x[int(e.place)*len(dst):][:len(dst)], e.value)
	}
}

// columns list for each feature the rows that have it.
type columns struct {
	first []int   // of each feature, in cells; one more than there are features
	cells []entry // place is that of the row
}

// transpose returns the rows of p, each of length 1, by feature.
func transpose(p *part) *columns {
	c := &columns{first: make([]int, len(p.features)+1)}
	for _, row := range p.rows {
		for _, f := range p.v.rows[row] {
			if k := p.place[f.Index]; k >= 0 {
				c.first[k+1]++
			}
		}
	}
	for k := range p.features {
		c.first[k+1] += c.first[k]
	}
	c.cells = make([]entry, c.first[len(p.features)])
	next := slices.Clone(c.first)
	var entries []entry
	for i, row := range p.rows {
		entries = p.entries(entries, row)
		for _, e := range entries {
			c.cells[next[e.place]] = entry{int32(i), e.value}
			next[e.place]++
		}
	}
	return c
}

// gram returns mᵀm of m (any × width).
func gram(m []float32, width int) *mat.SymDense {
	sums := make([]float64, width*width)
	for ; len(m) > 0; m = m[width:] {
		row := m[:width]
		for i, x := range row {
			if x == 0 {
				continue
			}
			to := sums[i*width : (i+1)*width]
			for j := i; j < len(to); j++ {
				to[j] += float64(x) * float64(row[j])
			}
		}
	}
	return mat.NewSymDense(width, sums)
}

// leading returns what turns m (any × width) into its leading directions, the greatest first: width × kept, of at most
// so many, without those that m has nothing in. With unit, the columns of the product have length 1.
func leading(m []float32, width, most int, unit bool) (turn []float64, kept int) {
	var eigen mat.EigenSym
	if !eigen.Factorize(gram(m, width), true) {
		return nil, 0
	}
	values := eigen.Values(nil) // rising
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	const negligible = 1e-9
	for kept < min(most, width) && values[width-1-kept] > negligible*values[width-1] {
		kept++
	}
	turn = make([]float64, width*kept)
	for j := range kept {
		scale := 1.0
		if unit {
			scale = 1 / math.Sqrt(values[width-1-j])
		}
		for i := range width {
			turn[i*kept+j] = vectors.At(i, width-1-j) * scale
		}
	}
	return turn, kept
}

// turned returns the product of m (any × width) with turn (width × kept).
func turned(m []float32, width int, turn []float64, kept int) []float32 {
	out := make([]float32, 0, len(m)/width*kept)
	row := make([]float64, kept)
	for ; len(m) > 0; m = m[width:] {
		clear(row)
		for i, x := range m[:width] {
			for j, t := range turn[i*kept:][:kept] {
				row[j] += float64(x) * t
			}
		}
		for _, x := range row {
			out = append(out, float32(x))
		}
	}
	return out
}
