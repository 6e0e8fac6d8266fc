package eval

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/tierwise/tierwise/datasets"
)

// RunOptions say how a replay is run; they do not change what comes out.
type RunOptions struct {
	Workers  int                     // 0: 1
	Progress func(done, total int64) // requests; called from several goroutines; nil: nobody wants to know
	Memo     *Memo                   // of the dataset, for several passes over it; nil: nothing is kept
}

func (o *RunOptions) workers() int {
	if o == nil {
		return 1
	}
	return o.Workers
}

func (o *RunOptions) memo() *Memo {
	if o == nil {
		return nil
	}
	return o.Memo
}

// Run replays shards of a dataset in parallel and returns what they add up to. It keeps no more of the traffic in
// memory than a block for each worker. Errors of the data are those of all shards, in their order.
func (j *Job) Run(ctx context.Context, d *datasets.Dataset, shards []datasets.Shard, opts *RunOptions) (*Sums, error) {
	var plan *CachePlan
	if j.anyCaches() {
		var err error
		if plan, err = j.planCaches(ctx, d, shards, opts); err != nil {
			return nil, err
		}
	}
	parts, err := pass(ctx, d, shards, j.Columns(), opts, func() (func(*datasets.Traffic), func() replayed) {
		replayer := j.NewReplayer()
		if plan != nil {
			replayer.UseCaches(plan)
		}
		replayer.memo = opts.memo()
		ids := &idSet{}
		add := func(t *datasets.Traffic) {
			replayer.Replay(ctx, t)
			ids.add(t.IDHash)
		}
		return add, func() replayed { return replayed{replayer.Sums(), ids} }
	})
	if err != nil {
		return nil, err
	}
	total := newSums(j)
	var ids []*idSet
	for _, p := range parts {
		total.Merge(p.sums)
		ids = append(ids, p.ids)
	}
	return total, checkDuplicates(ctx, d, ids...)
}

// replayed is what one worker came to.
type replayed struct {
	sums *Sums
	ids  *idSet
}

// pass reads columns of shards in parallel. Each worker is made by a call of start: it is given blocks, which it must not
// keep, and returns what they came to.
func pass[T any](
	ctx context.Context, d *datasets.Dataset, shards []datasets.Shard, columns datasets.Columns, opts *RunOptions,
	start func() (add func(*datasets.Traffic), finish func() T),
) ([]T, error) {
	if opts == nil {
		opts = &RunOptions{}
	}
	workers := max(opts.Workers, 1)
	progress := newProgress(shards, opts.Progress)
	return forShards(ctx, shards, min(workers, max(len(shards), 1)), func() (func(datasets.Shard) error, func() T) {
		add, finish := start()
		reader := d.NewReader(columns)
		each := func(shard datasets.Shard) error {
			reader.Parallel = spareWorkers(shards, shard, workers)
			for t, err := range reader.Read(ctx, shard) {
				if err != nil {
					return err
				}
				add(t)
				progress(int64(t.Len))
			}
			return ctx.Err()
		}
		return each, finish
	})
}

// spareWorkers returns how many workers may read a shard together: more than one for the last shards, when there are
// fewer left than workers.
func spareWorkers(shards []datasets.Shard, shard datasets.Shard, workers int) int {
	rest := len(shards) % workers
	if i := slices.Index(shards, shard); rest == 0 || i < len(shards)-rest {
		return 1
	}
	return workers / rest
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
