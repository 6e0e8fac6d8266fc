package train

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing/classify"
)

// ReadOptions say what is read of traffic. The zero value reads what the built-in embedder needs.
type ReadOptions struct {
	// Embedder names what computed the traffic's embedding column, to train on that; "" or classify.NGramsName: the
	// built-in embedder on the prompts.
	Embedder string
	Reject   string // the task whose requests train the rejection; "": none
	// MaxRows is how many requests to train on at most, and to verify on; 0: DefaultMaxRows. Of each task MinSampled are
	// kept, or all that it has, even if they are more.
	MaxRows int
	Seed    uint64 // cuts the folds and draws samples

	Workers  int                     // 0: 1
	Progress func(done, total int64) // rows of the data, which is read twice; from several goroutines; may be nil
}

// How many requests are kept.
const (
	DefaultMaxRows = 100_000
	MinSampled     = 100 // of each task, enough to learn it
)

// Limits on what is kept of the prompts, so that memory and time stay bounded: bytes in all, and bytes that the
// built-in embedder looks at, each of which makes up to 4 features.
const (
	maxBytes   = 1 << 30
	maxHashed  = 60 << 20
	maxNumbers = 150_000_000 // of dense embeddings
	maxScores  = 200_000_000 // requests × tasks
)

// Read reads the requests with a gold task. If any row has a split, those of the split "tune" are trained on and those of "verify"
// kept aside; else all are trained on. Of more than MaxRows a stratified sample is kept, by a hash that keeps clusters
// together. Folds are cut on all rows that could be trained on, whether or not they have a task and are in the sample, so that they are those of
// tuning. Errors are those of the data, a Reject task that no request has, and traffic with nothing to train on.
func Read(ctx context.Context, d *datasets.Dataset, opts *ReadOptions) (*Requests, error) {
	if opts == nil {
		opts = &ReadOptions{}
	}
	if err := checkEmbedder(opts.Embedder); err != nil {
		return nil, err
	}
	r := &reading{d: d, opts: opts, external: opts.Embedder != "" && opts.Embedder != classify.NGramsName}
	if r.external && !d.Has("embedding") {
		return nil, fmt.Errorf("the traffic has no embedding column to train %q on: leave the embedder out to train on the prompts", opts.Embedder)
	}
	if err := r.survey(ctx); err != nil {
		return nil, err
	}
	if err := r.nameTasks(); err != nil {
		return nil, err
	}
	r.choose()
	return r.fetch(ctx)
}

// checkEmbedder refuses names that another version of the built-in embedder could have: a classifier of one would be read
// as the other.
func checkEmbedder(name string) error {
	if strings.HasPrefix(name, "ngrams") && name != classify.NGramsName {
		return fmt.Errorf("embedder %q: names that begin with \"ngrams\" are those of the built-in embedder; leave it out to use that, or give yours another name", name)
	}
	return nil
}

// A reading is Read at work.
type reading struct {
	d        *datasets.Dataset
	opts     *ReadOptions
	external bool

	rows  []surveyed // in the order of the data
	first []int      // of each shard, in rows
	hash  [2]uint64
	done  atomic.Int64

	split  bool
	tasks  []string
	counts Counts
}

// A surveyed is what the first pass keeps of a row.
type surveyed struct {
	id     string
	task   string // gold; "": none
	split  string
	key    string // of the cluster
	weight float64
	bytes  int // of the prompt
	dims   int // of the embedding

	fold   int
	wanted bool
	number int // of the task
}

// scan reads all shards, some at a time.
func (r *reading) scan(ctx context.Context, cols datasets.Columns, visit func(shard int, t *datasets.Traffic)) error {
	shards := r.d.Shards()
	var total int64
	for _, s := range shards {
		total += 2 * s.Rows
	}
	errs := make([]error, len(shards))
	var next atomic.Int64
	var wg sync.WaitGroup
	workers := max(r.opts.Workers, 1)
	for range min(workers, len(shards)) {
		wg.Go(func() {
			reader := r.d.NewReader(cols)
			reader.Parallel = max(workers/len(shards), 1)
			for i := next.Add(1) - 1; i < int64(len(shards)); i = next.Add(1) - 1 {
				errs[i] = r.scanShard(ctx, reader, shards[i], total, visit)
			}
		})
	}
	wg.Wait()
	return joinErrors(errs)
}

func (r *reading) scanShard(ctx context.Context, reader *datasets.Reader, s datasets.Shard, total int64, visit func(int, *datasets.Traffic)) error {
	for t, err := range reader.Read(ctx, s) {
		if err != nil {
			return err
		}
		visit(s.Index, t)
		if done := r.done.Add(int64(t.Len)); r.opts.Progress != nil {
			r.opts.Progress(done, total)
		}
	}
	return ctx.Err()
}

// joinErrors returns one error: the first that is none of the data's, else all problems of the data.
func joinErrors(errs []error) error {
	var all datasets.Problems
	for _, err := range errs {
		if p, ok := errors.AsType[*datasets.Problems](err); ok {
			all.List = append(all.List, p.List...)
			all.More = all.More || p.More
		} else if err != nil {
			return err
		}
	}
	if len(all.List) == 0 {
		return nil
	}
	return &all
}

// survey is the first pass: what each row is, and the folds.
func (r *reading) survey(ctx context.Context) error {
	n := len(r.d.Shards())
	byShard, ids, hashes := make([][]surveyed, n), make([][]uint64, n), make([][2]uint64, n)
	err := r.scan(ctx, datasets.Columns{Prompt: true, Embedding: r.external}, func(shard int, t *datasets.Traffic) {
		ids[shard] = append(ids[shard], t.IDHash...)
		hashes[shard] = add128(hashes[shard], t.Hash)
		for i := range t.Len {
			byShard[shard] = append(byShard[shard], survey(t, i))
		}
	})
	if err != nil {
		return err
	}
	for shard, rows := range byShard {
		r.first = append(r.first, len(r.rows))
		r.rows = append(r.rows, rows...)
		r.hash = add128(r.hash, hashes[shard])
		r.split = r.split || slices.ContainsFunc(rows, func(s surveyed) bool { return s.split != "" })
	}
	r.counts.Requests = len(r.rows)
	if twice := duplicates(slices.Concat(ids...)); len(twice) > 0 {
		if err := r.d.FindDuplicates(ctx, twice); err != nil {
			return err
		}
	}
	r.cutFolds()
	return nil
}

func add128(a, b [2]uint64) [2]uint64 {
	lo, carry := bits.Add64(a[0], b[0], 0)
	hi, _ := bits.Add64(a[1], b[1], carry)
	return [2]uint64{lo, hi}
}

// duplicates returns the hashes that are there more than once. It sorts them.
func duplicates(hashes []uint64) map[uint64]struct{} {
	slices.Sort(hashes)
	twice := map[uint64]struct{}{}
	for i := 1; i < len(hashes); i++ {
		if hashes[i] == hashes[i-1] {
			twice[hashes[i]] = struct{}{}
		}
	}
	return twice
}

func survey(t *datasets.Traffic, i int) surveyed {
	id, _ := t.ID.At(i)
	group, _ := t.Group.At(i)
	prompt, _ := t.Prompt.At(i)
	vector, _ := t.Embedding.At(i)
	s := surveyed{id: string(id), weight: 1, bytes: len(prompt), dims: len(vector)}
	s.key = datasets.ClusterKey(string(group), string(prompt), s.id)
	s.task, _ = t.Task.At(i)
	s.split, _ = t.Split.At(i)
	if t.Weight != nil && t.Weight[i] == t.Weight[i] {
		s.weight = t.Weight[i]
	}
	return s
}

// trains reports whether a row could be trained on, as far as its split goes.
func (r *reading) trains(s *surveyed) bool { return !r.split || s.split == "tune" }

func (r *reading) cutFolds() {
	var clusters []datasets.Cluster
	for i := range r.rows {
		if s := &r.rows[i]; r.trains(s) {
			clusters = append(clusters, datasets.Cluster{ID: s.id, Task: s.task, Key: s.key})
		}
	}
	folds := datasets.Folds(clusters, datasets.FoldCount, datasets.FoldSalt(r.opts.Seed))
	for i := range r.rows {
		if s := &r.rows[i]; r.trains(s) {
			s.fold, folds = folds[0], folds[1:]
		}
	}
}

// ErrNoTasks is the error of traffic without gold tasks.
var ErrNoTasks = errors.New("no request has a task to train on: the task column must name the gold task")

// nameTasks numbers the tasks that there are requests of to train on.
func (r *reading) nameTasks() error {
	reject := r.opts.Reject
	found := reject == ""
	for i := range r.rows {
		s := &r.rows[i]
		switch {
		case s.task == "" || !r.trains(s):
		case s.task == reject:
			found = true
		default:
			r.tasks = append(r.tasks, s.task)
		}
	}
	slices.Sort(r.tasks)
	r.tasks = slices.Compact(r.tasks)
	switch {
	case len(r.tasks) == 0 && r.split:
		return fmt.Errorf("of the split \"tune\" %w", ErrNoTasks)
	case len(r.tasks) == 0:
		return ErrNoTasks
	case len(r.tasks) == 1:
		return fmt.Errorf("all requests to train on are of task %q: there is nothing to tell apart", r.tasks[0])
	case len(r.tasks) > classify.MaxTasks:
		return fmt.Errorf("%d tasks: a classifier has at most %d; is the task column the right one?", len(r.tasks), classify.MaxTasks)
	case !found:
		near := ""
		if name := eval.NearName(reject, r.tasks); name != "" {
			near = fmt.Sprintf("; did you mean %q?", name)
		}
		return fmt.Errorf("no request to train on is of the task %q to reject: it must be one of the task column%s", reject, near)
	}
	for i := range r.rows {
		s := &r.rows[i]
		k, ok := slices.BinarySearch(r.tasks, s.task)
		switch {
		case reject != "" && s.task == reject:
			s.number = classify.Reject
		case ok:
			s.number = k
		default:
			s.number = Unknown
		}
	}
	return nil
}

// choose marks the rows that are wanted, and counts the others.
func (r *reading) choose() {
	var train, verify []*surveyed
	for i := range r.rows {
		s := &r.rows[i]
		switch {
		case r.split && s.split != "tune" && s.split != "verify":
			r.counts.NoSplit++
		case s.task == "":
			r.counts.NoTask++
		case r.external && s.dims == 0:
			r.counts.NoEmbedding++
		case r.trains(s):
			train = append(train, s)
		default:
			verify = append(verify, s)
		}
	}
	r.sample(train)
	r.sample(verify)
}

// sample marks as wanted as many of rows as there is room for: of each task an equal share of its rows, but no fewer
// than MinSampled. The weights of those make up for the others.
func (r *reading) sample(rows []*surveyed) {
	share := r.room(rows)
	byTask := map[int][]*surveyed{}
	for _, s := range rows {
		byTask[s.number] = append(byTask[s.number], s)
	}
	for _, of := range byTask {
		keep := min(max(int(share*float64(len(of))), MinSampled), len(of))
		if keep < len(of) {
			salt := strconv.FormatUint(r.opts.Seed, 10)
			slices.SortFunc(of, func(a, b *surveyed) int {
				return cmp.Or(cmp.Compare(rank(salt, a.key), rank(salt, b.key)), cmp.Compare(a.id, b.id))
			})
		}
		r.counts.Sampled += len(of) - keep
		for _, s := range of[:keep] {
			s.wanted = true
			s.weight *= float64(len(of)) / float64(keep)
		}
	}
}

// rank orders clusters at random.
func rank(salt, key string) uint64 { return datasets.PromptKey([]byte(salt + key)) }

// room returns which share of rows can be kept.
func (r *reading) room(rows []*surveyed) float64 {
	const looked = 16 << 10 // bytes that the built-in embedder looks at, of a prompt
	bytes, hashed, numbers := 0, 0, 0
	for _, s := range rows {
		bytes += s.bytes
		hashed += min(s.bytes, looked)
		numbers += s.dims
	}
	if r.external {
		hashed = 0
	}
	limit := cmp.Or(max(r.opts.MaxRows, 0), DefaultMaxRows)
	share := 1.0
	for _, l := range []struct{ have, limit int }{{len(rows), limit}, {bytes, maxBytes}, {hashed, maxHashed}, {numbers, maxNumbers}, {len(rows) * len(r.tasks), maxScores}} {
		if l.have > l.limit {
			share = min(share, float64(l.limit)/float64(l.have))
		}
	}
	return share
}
