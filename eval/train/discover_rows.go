package train

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"sync/atomic"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/routing/classify"
)

// A seenRow is what the first pass keeps of a request.
type seenRow struct {
	key   uint64 // equal for requests that are the same to the embedder; 0: it cannot be embedded
	size  int32  // what embedding it takes: bytes or numbers
	task  string // gold; "": none
	split string
}

// read calls visit with every block of the data, as reading.scan does.
func (x *discovering) read(ctx context.Context, visit func(shard int, t *datasets.Traffic)) error {
	const passes = 3
	before := x.passes
	x.passes++
	progress := x.opts.Progress
	if progress != nil {
		progress = func(done, twice int64) { x.opts.Progress(before*twice/2+done, passes*twice/2) }
	}
	r := &reading{d: x.d, opts: &ReadOptions{Workers: x.opts.Workers, Progress: progress}}
	return r.scan(ctx, datasets.Columns{Prompt: true, Shape: true, Embedding: x.external, Models: []string{}}, visit)
}

// survey is the first pass: which requests there are.
func (x *discovering) survey(ctx context.Context) error {
	n := len(x.d.Shards())
	x.shards = make([][]seenRow, n)
	ids := make([][]uint64, n)
	err := x.read(ctx, func(shard int, t *datasets.Traffic) {
		ids[shard] = append(ids[shard], t.IDHash...)
		for i := range t.Len {
			in := x.input(t, i)
			row := seenRow{key: x.key(&in), size: int32(min(len(in.Text), looked) + len(in.Embedding))}
			row.task, _ = t.Task.At(i)
			row.split, _ = t.Split.At(i)
			x.shards[shard] = append(x.shards[shard], row)
		}
	})
	if err != nil {
		return err
	}
	if twice := duplicates(slices.Concat(ids...)); len(twice) > 0 {
		if err := x.d.FindDuplicates(ctx, twice); err != nil {
			return err
		}
	}
	var keys []uint64
	for row := range x.rows() {
		x.split = x.split || row.split != ""
		if row.key != 0 {
			keys = append(keys, row.key)
		}
	}
	slices.Sort(keys)
	x.distinct = slices.Compact(slices.Clone(keys))
	x.repeats = make([]int, len(x.distinct))
	for i := 0; len(keys) > 0; keys = keys[1:] {
		if keys[0] != x.distinct[i] {
			i++
		}
		x.repeats[i]++
	}
	return nil
}

// looked is how many bytes of a prompt the built-in embedder looks at.
const looked = 16 << 10

// rows hands out what was kept of all requests, in the order of the data.
func (x *discovering) rows() func(yield func(*seenRow) bool) {
	return func(yield func(*seenRow) bool) {
		for _, rows := range x.shards {
			for i := range rows {
				if !yield(&rows[i]) {
					return
				}
			}
		}
	}
}

// input is what the embedder looks at of a request. It lives as long as the block.
func (x *discovering) input(t *datasets.Traffic, i int) classify.Input {
	var in classify.Input
	prompt, _ := t.Prompt.At(i)
	in.Text = string(prompt)
	in.Messages = int(t.MessageCount[i])
	in.Tools, in.Schema, in.Attachment = t.Tools[i], t.Schema[i], t.Attachment[i]
	if x.external {
		in.Embedding, _ = t.Embedding.At(i)
	}
	return in
}

// key is a hash of all that the embedder looks at, 0 if there is no embedding to look at.
func (x *discovering) key(in *classify.Input) uint64 {
	if x.external && len(in.Embedding) == 0 {
		return 0
	}
	data := fmt.Appendf(nil, "%d %t %t %t ", in.Messages, in.Tools, in.Schema, in.Attachment)
	for _, v := range in.Embedding {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	data = append(data, in.Text...)
	sum := sha256.Sum256(data)
	return max(binary.LittleEndian.Uint64(sum[:]), 1)
}

// mixed orders keys at random (the finalizer of Steele, Lea and Flood's SplitMix, 2014).
func mixed(seed, key uint64) uint64 {
	z := key + seed*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// collect is the second pass: the requests to learn from.
func (x *discovering) collect(ctx context.Context) error {
	size := map[uint64]int32{}
	for row := range x.rows() {
		if row.key != 0 && (!x.split || row.split == "tune") {
			size[row.key] = row.size
			x.keys = append(x.keys, row.key)
		}
	}
	slices.Sort(x.keys)
	x.keys = slices.Compact(x.keys)
	slices.SortFunc(x.keys, func(a, b uint64) int { return cmp.Compare(mixed(x.opts.Seed, a), mixed(x.opts.Seed, b)) })
	left := maxLearnedHashed
	if x.external {
		left = maxLearnedDense
	}
	n := 0
	for n < min(len(x.keys), maxLearned) && (left > 0 || n < 2) {
		left -= int(size[x.keys[n]])
		n++
	}
	x.keys = x.keys[:n]
	place := make(map[uint64]int, n)
	for i, key := range x.keys {
		place[key] = i
	}
	x.sample = make([]Request, n)
	taken := make([]atomic.Bool, n)
	return x.read(ctx, func(_ int, t *datasets.Traffic) {
		for i := range t.Len {
			in := x.input(t, i)
			k, ok := place[x.key(&in)]
			if !ok || !taken[k].CompareAndSwap(false, true) {
				continue
			}
			in.Embedding = slices.Clone(in.Embedding)
			id, _ := t.ID.At(i)
			x.sample[k] = Request{ID: string(id), Input: in}
		}
	})
}

// assign is the third pass: the nearest cluster of every request.
func (x *discovering) assign(ctx context.Context) error {
	x.cluster, x.similarity = make([]int32, len(x.distinct)), make([]float32, len(x.distinct))
	taken := make([]atomic.Bool, len(x.distinct))
	workers := x.workersFor()
	errs := make([]error, len(x.d.Shards()))
	err := x.read(ctx, func(shard int, t *datasets.Traffic) {
		const chunk = 128
		err := parallel(ctx, (t.Len+chunk-1)/chunk, workers, func(c int) error {
			var features []classify.Feature
			to := make([]float32, x.space.dims)
			for i := c * chunk; i < min((c+1)*chunk, t.Len); i++ {
				in := x.input(t, i)
				k, ok := slices.BinarySearch(x.distinct, x.key(&in))
				if !ok || !taken[k].CompareAndSwap(false, true) {
					continue
				}
				var err error
				if features, err = x.embedder.Embed(features[:0], &in); err != nil {
					id, _ := t.ID.At(i)
					return fmt.Errorf("request %q: %w", id, err)
				}
				x.cluster[k], x.similarity[k] = x.nearest(to, features)
			}
			return nil
		})
		errs[shard] = cmp.Or(errs[shard], err)
	})
	return cmp.Or(err, joinErrors(errs))
}

// nearest returns the cluster of a request, −1 if nothing is known of it, and the cosine between the request and the
// center. To is scratch.
func (x *discovering) nearest(to []float32, features []classify.Feature) (int32, float32) {
	inside := x.space.place(to, features)
	if inside == 0 {
		return -1, 0
	}
	k, s := nearestCenter(x.clusters.centers, to)
	return int32(k), max(s*inside, 0)
}
