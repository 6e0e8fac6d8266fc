package datasets

import (
	"fmt"
	"math"
	"strconv"
)

// Vectors is a column of vectors of one length, one after another.
type Vectors struct {
	Dims   int       // length of each; 0 if the column was not read or is absent
	Values []float32 // Traffic.Len × Dims; all finite, zeros where the vector is null
	Null   []bool    // nil: no nulls
}

// Present reports whether the column is there, and any request of the dataset has a vector.
func (v *Vectors) Present() bool { return v.Dims > 0 }

// At returns vector i, false if it is null or the column is absent. It is valid as long as the block.
func (v *Vectors) At(i int) ([]float32, bool) {
	if v.Dims == 0 || v.Null != nil && v.Null[i] {
		return nil, false
	}
	return v.Values[i*v.Dims : (i+1)*v.Dims : (i+1)*v.Dims], true
}

// maxDims is how long a vector may be: several times the longest that models make. A block takes room for the vector of
// every request, so that a corrupt file must not set the length.
const maxDims = 1 << 16

// A vectorColumn builds a Vectors by slot.
type vectorColumn struct {
	dims    int
	values  []float32
	null    []bool
	nulls   int
	present bool
}

// startVectors makes the embeddings present, all null.
func (b *block) startVectors() {
	c := &b.vectors
	c.present, c.dims, c.nulls = true, b.size.dims, b.stride
	c.values, c.null = filled(c.values, b.stride*c.dims, 0), filled(c.null, b.stride, true)
}

// set sets the vector of a slot, which must be null and of the right length.
func (c *vectorColumn) set(slot int, v []float32) {
	copy(c.values[slot*c.dims:], v)
	c.null[slot] = false
	c.nulls--
}

// vectors is the column as built, absent if it was not started.
func (c *vectorColumn) vectors() Vectors {
	switch {
	case !c.present:
		return Vectors{}
	case c.nulls == 0:
		return Vectors{Dims: c.dims, Values: c.values}
	default:
		return Vectors{Dims: c.dims, Values: c.values, Null: c.null}
	}
}

// pourVector gives the request at position pos its embedding, if that is as it must be.
func (b *block) pourVector(pos int, v []float32) {
	if b.checkVector(b.rows.number[pos], v) {
		b.vectors.set(int(b.rows.slot[pos]), v)
	}
}

// checkVector reports whether an embedding is as it must be, and notes it as a problem of its row if not.
func (b *block) checkVector(row int64, v []float32) bool {
	if len(v) > maxDims {
		b.problem(row, embeddingColumn.name, fmt.Sprintf("has more than %d numbers: is that an embedding?", maxDims), "")
		return false
	}
	if len(v) != b.size.dims {
		first := "row " + strconv.FormatInt(b.size.first.Row, 10)
		if b.size.first.File != "" {
			first = b.size.first.File + ", " + first
		}
		b.problem(row, embeddingColumn.name, fmt.Sprintf("has %d numbers where the first embedding (%s) has %d", len(v), first, b.size.dims),
			"all must be of one model")
		return false
	}
	for i, x := range v {
		if x-x != 0 { // not finite
			what := "null or not a number"
			if math.IsInf(float64(x), 0) {
				what = "not finite in single precision"
			}
			b.problem(row, embeddingColumn.name, fmt.Sprintf("number %d is %s", i+1, what), "an unknown embedding is null as a whole")
			return false
		}
	}
	return true
}
