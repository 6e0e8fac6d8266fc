package train

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/tierwise/tierwise/routing/classify"
)

// vectors are the features of requests, each request's in the order of their indexes.
type vectors struct {
	dims  int
	rows  [][]classify.Feature
	dense bool // every feature is there in every request, and none says more by being rare
}

// embed computes the features of requests. The built-in embedder hashes into as few buckets as leave three of four
// empty, which makes smaller artifacts and more of them fit into a processor's cache.
func embed(ctx context.Context, r *Requests, workers int) (*vectors, classify.Embedder, error) {
	if r.Embedder != classify.NGramsName {
		e := classify.External{Model: r.Embedder, Size: r.Dims}
		v, err := embedBy(ctx, e, r.Train, workers)
		if v != nil {
			v.dense = true
		}
		return v, e, err
	}
	const most, least = 18, 15
	v, err := embedBy(ctx, classify.NGrams{Bits: most}, r.Train, workers)
	if err != nil {
		return nil, nil, err
	}
	known, bits := v.repeated(), most
	for ; bits > least && 4*known <= 1<<(bits-1); bits-- {
	}
	e := classify.NGrams{Bits: bits}
	if bits < most {
		v, err = embedBy(ctx, e, r.Train, workers)
	}
	return v, e, err
}

// repeated returns how many features two requests or more have.
func (v *vectors) repeated() int {
	n, df := 0, v.frequencies(nil)
	for _, d := range df {
		if d >= minFrequency {
			n++
		}
	}
	return n
}

// frequencies returns in how many of the given rows each feature is; nil: of all.
func (v *vectors) frequencies(rows []int) []uint32 {
	df := make([]uint32, v.dims)
	count := func(row []classify.Feature) {
		for _, f := range row {
			df[f.Index]++
		}
	}
	if rows == nil {
		for _, row := range v.rows {
			count(row)
		}
	}
	for _, i := range rows {
		count(v.rows[i])
	}
	return df
}

// embedBy computes the features of requests, a chunk of them at a time on each worker.
func embedBy(ctx context.Context, e classify.Embedder, requests []Request, workers int) (*vectors, error) {
	v := &vectors{dims: e.Dims(), rows: make([][]classify.Feature, len(requests))}
	const chunk = 256
	err := parallel(ctx, (len(requests)+chunk-1)/chunk, workers, func(c int) error {
		var scratch, arena []classify.Feature
		first, end := c*chunk, min((c+1)*chunk, len(requests))
		ends := make([]int, 0, chunk)
		for i := first; i < end; i++ {
			var err error
			if scratch, err = e.Embed(scratch[:0], &requests[i].Input); err != nil {
				return fmt.Errorf("request %q: %w", requests[i].ID, err)
			}
			slices.SortFunc(scratch, func(a, b classify.Feature) int { return cmp.Compare(a.Index, b.Index) })
			arena = append(arena, scratch...)
			ends = append(ends, len(arena))
		}
		// A row of an arena that still grows would hold on to memory that it has grown out of.
		arena = slices.Clone(arena)
		start := 0
		for k, stop := range ends {
			v.rows[first+k], start = arena[start:stop:stop], stop
		}
		return nil
	})
	return v, err
}

// parallel calls do for 0 to n−1, on so many goroutines, and returns the first error by number of those that came up. No
// call begins after an error, or when ctx is done.
func parallel(ctx context.Context, n, workers int, do func(i int) error) error {
	errs := make([]error, n)
	var next atomic.Int64
	var failed atomic.Bool
	var wg sync.WaitGroup
	for range min(max(workers, 1), n) {
		wg.Go(func() {
			for i := int(next.Add(1) - 1); i < n && ctx.Err() == nil && !failed.Load(); i = int(next.Add(1) - 1) {
				if errs[i] = do(i); errs[i] != nil {
					failed.Store(true)
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}
