package classify

import "sync"

// A scratch is the memory that one prediction works in.
type scratch struct {
	symbols []uint32 // of the text
	hashes  []uint64 // of its features
	occurs  []uint8  // by bucket or row, all 0 between uses
	touched []uint32 // entries of occurs that are not 0

	features []Feature
	sums     []float32 // by lane
	logits   []float64 // by task
	dense    [Dense]float32
}

var scratches = sync.Pool{New: func() any { return &scratch{} }}
