package eval

import (
	"context"
	"errors"
	"math/bits"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/tierwise/tierwise/datasets"
)

// RunOptions say how a replay is run; they do not change what comes out.
type RunOptions struct {
	Workers  int                     // 0: 1
	Progress func(done, total int64) // requests; called from several goroutines; nil: nobody wants to know
}

// Run replays shards of a dataset in parallel and returns what they add up to. It keeps no more of the traffic in
// memory than a block for each worker. Errors of the data are those of all shards, in their order.
func (j *Job) Run(ctx context.Context, d *datasets.Dataset, shards []datasets.Shard, opts *RunOptions) (*Sums, error) {
	if opts == nil {
		opts = &RunOptions{}
	}
	workers := max(opts.Workers, 1)
	progress := newProgress(shards, opts.Progress)
	sums, err := forShards(ctx, shards, min(workers, max(len(shards), 1)), func() (func(datasets.Shard) error, func() *Sums) {
		replayer := j.NewReplayer()
		reader := d.NewReader(j.Columns())
		each := func(shard datasets.Shard) error {
			for t, err := range reader.Read(ctx, shard) {
				if err != nil {
					return err
				}
				replayer.Replay(ctx, t)
				progress(int64(t.Len))
			}
			return ctx.Err()
		}
		return each, replayer.Sums
	})
	if err != nil {
		return nil, err
	}
	total := newSums(j)
	for _, s := range sums {
		total.Merge(s)
	}
	return total, checkDuplicates(ctx, d, total.IDs)
}

// checkDuplicates looks for equal hashes of ids and, where there are any, whether the ids are equal.
func checkDuplicates(ctx context.Context, d *datasets.Dataset, ids []uint64) error {
	twice := duplicates(ids)
	if len(twice) == 0 {
		return nil
	}
	return d.FindDuplicates(ctx, twice)
}

// duplicates returns the hashes that occur more than once, by an open-addressed table: sorting a million hashes would
// take as long as replaying their requests.
func duplicates(ids []uint64) map[uint64]struct{} {
	twice := map[uint64]struct{}{}
	size := uint64(1) << bits.Len(uint(2*len(ids)))
	table := make([]uint64, size) // 0: free
	zeros := 0
	for _, id := range ids {
		if id == 0 {
			zeros++
			continue
		}
		at := id & (size - 1)
		for table[at] != 0 && table[at] != id {
			at = (at + 1) & (size - 1)
		}
		if table[at] == id {
			twice[id] = struct{}{}
		}
		table[at] = id
	}
	if zeros > 1 {
		twice[0] = struct{}{}
	}
	return twice
}

// newProgress returns a function that counts requests done.
func newProgress(shards []datasets.Shard, report func(done, total int64)) func(n int64) {
	if report == nil {
		return func(int64) {}
	}
	var total int64
	for _, s := range shards {
		total += s.Rows
	}
	var done atomic.Int64
	return func(n int64) { report(done.Add(n), total) }
}

// forShards gives the shards to workers, each made by a call of start, and returns what the workers came to. Problems
// with the data do not stop the others, so that all of them can be reported; anything else does.
func forShards[T any](ctx context.Context, shards []datasets.Shard, workers int, start func() (each func(datasets.Shard) error, finish func() T)) ([]T, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var next atomic.Int64
	var wg sync.WaitGroup
	errs := make([]error, len(shards))
	results := make([]T, workers)
	for w := range workers {
		wg.Go(func() {
			each, finish := start()
			for i := next.Add(1) - 1; i < int64(len(shards)) && ctx.Err() == nil; i = next.Add(1) - 1 {
				if errs[i] = each(shards[i]); errs[i] != nil && !isProblem(errs[i]) {
					cancel()
				}
			}
			results[w] = finish()
		})
	}
	wg.Wait()
	if err := context.Cause(ctx); err != nil && !slices.ContainsFunc(errs, func(err error) bool { return err != nil }) {
		return nil, err
	}
	return results, joinProblems(errs)
}

func isProblem(err error) bool {
	var p *datasets.Problems
	return errors.As(err, &p)
}

// joinProblems returns one error: the first that is none of the data's, else all problems of the data.
func joinProblems(errs []error) error {
	var all datasets.Problems
	for _, err := range errs {
		var p *datasets.Problems
		switch {
		case err == nil:
		case errors.As(err, &p):
			all.List = append(all.List, p.List...)
			all.More = all.More || p.More
		default:
			return err
		}
	}
	if len(all.List) == 0 {
		return nil
	}
	return &all
}
