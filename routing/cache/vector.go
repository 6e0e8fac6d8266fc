package cache

import (
	"fmt"
	"math"

	"github.com/tierwise/tierwise/routing/classify"
)

// builtinBits is the space that the built-in embedder hashes into before it is projected.
const builtinBits = 18

// Builtin is the built-in embedder: the n-grams of the classifier.
func Builtin() classify.Embedder { return classify.NGrams{Bits: builtinBits} }

// Vector returns what an embedder makes of a text, of length 1, in floats. The many dimensions of the built-in embedder are
// projected to classify.Dense: each goes to one place with one sign, both from a fixed hash of its number
// (classify.Project), which keeps angles on the average (Weinberger et al., Feature hashing for large scale multitask
// learning, 2009). An external embedder's dimensions stay. The vector is all 0 if the text has no feature.
//
// Only in.Text and in.Embedding count, so that the form of a request is not mistaken for what it says.
func Vector(e classify.Embedder, in *classify.Input) ([]float32, error) {
	features, err := e.Embed(nil, &classify.Input{Text: in.Text, Embedding: in.Embedding})
	if err != nil {
		return nil, err
	}
	dims, project := e.Dims(), e.Name() == classify.NGramsName
	if project {
		dims = classify.Dense
	}
	v := make([]float32, dims)
	for _, f := range features {
		place, value := int(f.Index), f.Value
		if project {
			var sign float32
			place, sign = classify.Project(f.Index)
			value *= sign
		}
		if place >= dims {
			return nil, fmt.Errorf("embedder %s: dimension %d of %d", e.Name(), place, dims)
		}
		v[place] += value
	}
	normaliseLength(v)
	return v, nil
}

// normaliseLength divides v by its length, if it has one.
func normaliseLength(v []float32) {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if sum == 0 {
		return
	}
	scale := 1 / math.Sqrt(sum)
	for i, x := range v {
		v[i] = float32(float64(x) * scale)
	}
}

// dot returns the product of two vectors, of the length of a, in eight sums that a processor adds up at the same time. No
// product is fused with its sum, so that it is the same on every machine.
func dot(a, b []float32) float32 {
	var s0, s1, s2, s3, s4, s5, s6, s7 float32
	for len(a) >= 8 && len(b) >= 8 {
		x, y := (*[8]float32)(a), (*[8]float32)(b)
		s0 += float32(x[0] * y[0])
		s1 += float32(x[1] * y[1])
		s2 += float32(x[2] * y[2])
		s3 += float32(x[3] * y[3])
		s4 += float32(x[4] * y[4])
		s5 += float32(x[5] * y[5])
		s6 += float32(x[6] * y[6])
		s7 += float32(x[7] * y[7])
		a, b = a[8:], b[8:]
	}
	for i := range a {
		s0 += float32(a[i] * b[i])
	}
	return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7))
}
