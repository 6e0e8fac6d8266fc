package classify

import (
	"errors"
	"fmt"
	"math"
)

// External is the Embedder of vectors that come with the request.
type External struct {
	Model string // what computed them, such as "text-embedding-3-small"
	Size  int    // dimensions
}

// Name implements Embedder.
func (e External) Name() string { return e.Model }

// Dims implements Embedder.
func (e External) Dims() int { return e.Size }

var errNoEmbedding = errors.New("the request has no embedding")

// Embed implements Embedder: it takes the request's embedding as it is, but for its length, which becomes 1.
func (e External) Embed(dst []Feature, in *Input) ([]Feature, error) {
	if len(in.Embedding) == 0 {
		return dst, errNoEmbedding
	}
	if len(in.Embedding) != e.Size {
		return dst, fmt.Errorf("the request's embedding has %d dimensions: %s has %d", len(in.Embedding), e.Model, e.Size)
	}
	sum := 0.0
	for _, x := range in.Embedding {
		sum += float64(x) * float64(x)
	}
	if !(sum > 0) || math.IsInf(sum, 0) {
		return dst, errors.New("the request's embedding is zero or not finite")
	}
	scale := float32(1 / math.Sqrt(sum))
	for i, x := range in.Embedding {
		dst = append(dst, Feature{uint32(i), x * scale})
	}
	return dst, nil
}
