// Package vectors fills the columns embedding and embedding_cost_usd of labeled traffic, from an endpoint that turns texts into
// vectors. Training, replay and tuning then read them like any other column, and a live router asks the same endpoint.
package vectors

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/routing/embed"
)

// Options of Fill.
type Options struct {
	Client *embed.Client // asks
	Store  *embed.Store  // where Client keeps what was answered: Fill reads the vectors from there
	Model  string        // their name in the store
	Batch  int           // prompts of a call, as the client has it
	// Workers is how many calls are under way at once; 0: 1.
	Workers  int
	Progress func(done, total int64) // told prompts that have a vector; nil: nobody is
}

// A Report says what Fill did.
type Report struct {
	Requests int64 `json:"requests"`
	Had      int64 `json:"had"`    // requests that came with an embedding, which stays
	Stored   int64 `json:"stored"` // requests whose prompt was known already
	Calls    int64 `json:"calls"`
	// Tokens are those that were billed now, and CostUSD what they cost; nil: unknown.
	Tokens     *float64 `json:"tokens"`
	CostUSD    *float64 `json:"cost_usd"`
	Dimensions int      `json:"dimensions"`
}

// Fill writes all requests of the traffic to w, in the canonical layout, with a vector of the prompt for each that lacks one
// and what that costs, if known, whether or not it was paid for now. All vectors there must have one number of dimensions.
// What was answered before an error stays in the store, so that the next run goes on from there.
func Fill(ctx context.Context, w io.Writer, d *datasets.Dataset, opts *Options) (*Report, error) {
	f := &filler{opts: opts, report: new(Report)}
	for _, s := range d.Shards() {
		f.total += s.Rows
	}
	for _, s := range d.Shards() {
		for t, err := range d.NewReader(datasets.Columns{Prompt: true, Embedding: true, Models: []string{}, Bare: true}).Read(ctx, s) {
			if err != nil {
				return nil, err
			}
			if err := f.ask(ctx, t); err != nil {
				return nil, err
			}
		}
	}
	tokens := f.tokens
	f.report.Tokens, f.report.CostUSD = known(tokens), known(opts.Client.USD(tokens))
	var failed error
	err := datasets.Copy(ctx, w, d, nil, func(_, _ int, row *datasets.Row) {
		if failed == nil {
			failed = f.fill(row)
		}
	})
	return f.report, errors.Join(failed, err)
}

type filler struct {
	opts   *Options
	total  int64
	report *Report

	mu     sync.Mutex // protects the following fields and the report's counts
	tokens float64
	err    error
}

// ask has the vectors made that a block lacks.
func (f *filler) ask(ctx context.Context, t *datasets.Traffic) error {
	var texts []string
	seen := make(map[string]bool) // calls that are under way at once must not ask for the same
	for i := range t.Len {
		f.report.Requests++
		if v, ok := t.Embedding.At(i); ok && len(v) > 0 {
			f.report.Had++
			continue
		}
		prompt, _ := t.Prompt.At(i)
		if seen[string(prompt)] {
			f.report.Stored++
			continue
		}
		seen[string(prompt)] = true
		texts = append(texts, string(prompt))
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	workers := make(chan struct{}, max(f.opts.Workers, 1))
	var all sync.WaitGroup
	for len(texts) > 0 && ctx.Err() == nil {
		n := min(max(f.opts.Batch, 1), len(texts))
		some := texts[:n]
		texts = texts[n:]
		workers <- struct{}{}
		all.Go(func() {
			defer func() { <-workers }()
			_, r, err := f.opts.Client.EmbedAll(ctx, some)
			f.mu.Lock()
			defer f.mu.Unlock()
			if err != nil && f.err == nil {
				f.err = err
				cancel()
			}
			f.report.Stored += int64(r.Stored)
			f.report.Calls += int64(r.Calls)
			f.tokens += r.Tokens
		})
	}
	all.Wait()
	if f.err == nil && ctx.Err() != nil {
		return ctx.Err()
	}
	if f.opts.Progress != nil && f.err == nil {
		f.opts.Progress(f.report.Requests, f.total)
	}
	return f.err
}

// fill gives a request its vector.
func (f *filler) fill(row *datasets.Row) error {
	if len(row.Embedding) == 0 {
		v, ok, err := f.opts.Store.Get(f.opts.Model, row.Prompt)
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("request %q: its vector is no longer in the store", row.ID)
		}
		row.Embedding, row.EmbeddingCostUSD = v.Values, known(f.opts.Client.USD(v.Tokens))
	}
	if f.report.Dimensions == 0 {
		f.report.Dimensions = len(row.Embedding)
	}
	if n := len(row.Embedding); n != f.report.Dimensions {
		return fmt.Errorf("request %q has an embedding of %d dimensions, others have %d: vectors of two models cannot be compared", row.ID, n, f.report.Dimensions)
	}
	return nil
}

func known(x float64) *float64 {
	if math.IsNaN(x) {
		return nil
	}
	return &x
}
