package train

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/routing/classify"
)

// fetch is the second pass: the texts of the rows that are wanted.
func (r *reading) fetch(ctx context.Context) (*Requests, error) {
	out := &Requests{
		Tasks: r.tasks, Reject: r.opts.Reject, Embedder: cmp.Or(r.opts.Embedder, classify.NGramsName), Seed: r.opts.Seed,
		DataHash: fmt.Sprintf("%016x%016x", r.hash[1], r.hash[0]), Counts: r.counts, Split: r.split,
	}
	n := len(r.first)
	train, verify, next := make([][]Request, n), make([][]Request, n), slices.Clone(r.first)
	err := r.scan(ctx, datasets.Columns{Prompt: true, Shape: true, Embedding: r.external}, func(shard int, t *datasets.Traffic) {
		for i := range t.Len {
			s := &r.rows[next[shard]]
			next[shard]++
			if !s.wanted {
				continue
			}
			to := &verify[shard]
			if r.trains(s) {
				to = &train[shard]
			}
			*to = append(*to, request(t, i, s))
		}
	})
	if err != nil {
		return nil, err
	}
	out.Train, out.Verify = byID(train), byID(verify)
	if r.external && len(out.Train) > 0 {
		out.Dims = len(out.Train[0].Input.Embedding)
	}
	return out, nil
}

// byID returns the requests of all shards in the order of their ids, which are unique: sums in another order round
// differently, and the order of the data must not show in the artifact.
func byID(shards [][]Request) []Request {
	all := slices.Concat(shards...)
	slices.SortFunc(all, func(a, b Request) int { return strings.Compare(a.ID, b.ID) })
	return all
}

func request(t *datasets.Traffic, i int, s *surveyed) Request {
	prompt, _ := t.Prompt.At(i)
	vector, _ := t.Embedding.At(i)
	out := Request{
		ID: s.id, Task: s.number, Weight: s.weight, Fold: s.fold, PromptKey: datasets.PromptKey(prompt),
		Input: classify.Input{Text: string(prompt), Embedding: slices.Clone(vector)},
	}
	if t.MessageCount != nil {
		out.Input.Messages = int(t.MessageCount[i])
	}
	if t.Tools != nil {
		out.Input.Tools, out.Input.Schema, out.Input.Attachment = t.Tools[i], t.Schema[i], t.Attachment[i]
	}
	if group, ok := t.Group.At(i); ok && len(group) > 0 {
		out.GroupKey, out.Grouped = datasets.GroupKey(group), true
	}
	return out
}
