// Package embed has texts turned into vectors by an endpoint: in batches, asked again where that helps, and kept on disk, so
// that no text is paid for twice. [Client] serves offline, where a column of traffic is filled, and online, as the Embedder of
// a router.
package embed

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/tierwise/tierwise/routing/llm"
)

// An Endpoint turns texts into vectors, one for each, in one call. tokens is what the call is billed for; NaN: unknown. It is
// safe for concurrent use. Its errors are [*llm.Error]s.
type Endpoint interface {
	Embeddings(ctx context.Context, texts []string) (vectors [][]float32, tokens float64, err error)
}

// Options of a Client. The zero value asks for each text anew, one at a time.
type Options struct {
	// Model names the vectors in the store: whatever changes them, such as a number of dimensions, belongs in it.
	Model string
	// Store keeps vectors; nil: nothing is kept.
	Store *Store
	// Batch is how many texts a call has at most; 0: 1.
	Batch int
	// Retries is how often a call is made again after an error that may pass; 0: not at all. The waits between grow from half a
	// second, unless the endpoint asks for more.
	Retries int
	// PriceUSD is that of a million tokens; NaN: unknown.
	PriceUSD float64
}

// A Client asks an Endpoint. It is safe for concurrent use.
type Client struct {
	endpoint Endpoint
	opts     Options
}

// New returns a Client. opts may be nil.
func New(endpoint Endpoint, opts *Options) *Client {
	c := &Client{endpoint: endpoint}
	if opts != nil {
		c.opts = *opts
	}
	c.opts.Batch = max(c.opts.Batch, 1)
	return c
}

// A Vector is what an embedding model made of a text.
type Vector struct {
	Values []float32
	Tokens float64 // of the text; NaN: unknown. Where a call had several texts, its tokens are split by their length
}

// A Report says what a call of EmbedAll came to.
type Report struct {
	Texts, Stored int     // asked for; found in the store, or twice among the texts
	Calls         int     // that were answered
	Tokens        float64 // that were billed; NaN: unknown
}

// Embed returns the vector of a text and what it costs now: nothing if it was in the store, NaN if that is not known. It
// implements the Embedder of package routing.
func (c *Client) Embed(ctx context.Context, text string) (vector []float32, costUSD float64, err error) {
	all, report, err := c.EmbedAll(ctx, []string{text})
	if err != nil {
		return nil, 0, err
	}
	if report.Calls > 0 {
		costUSD = c.USD(report.Tokens)
	}
	return all[0].Values, costUSD, nil
}

// USD returns what so many tokens cost.
func (c *Client) USD(tokens float64) float64 { return tokens * c.opts.PriceUSD / 1e6 }

// EmbedAll returns the vectors of the texts, in their order. Texts that are the same are asked for once. What was answered
// before an error is in the store.
func (c *Client) EmbedAll(ctx context.Context, texts []string) ([]Vector, Report, error) {
	out, report := make([]Vector, len(texts)), Report{Texts: len(texts)}
	first := make(map[string]int, len(texts)) // place of a text's first
	var missing []int
	for i, text := range texts {
		if _, again := first[text]; again {
			report.Stored++
			continue
		}
		first[text] = i
		v, ok, err := c.opts.Store.Get(c.opts.Model, text)
		if err != nil {
			return nil, report, err
		}
		if !ok {
			missing = append(missing, i)
			continue
		}
		out[i] = v
		report.Stored++
	}
	for len(missing) > 0 {
		n := min(c.opts.Batch, len(missing))
		if err := c.batch(ctx, texts, missing[:n], out, &report); err != nil {
			return nil, report, err
		}
		missing = missing[n:]
	}
	for i, text := range texts {
		out[i] = out[first[text]]
	}
	return out, report, nil
}

// batch asks for the texts at these places.
func (c *Client) batch(ctx context.Context, texts []string, places []int, out []Vector, report *Report) error {
	batch, length := make([]string, len(places)), 0
	for i, place := range places {
		batch[i] = texts[place]
		length += len(batch[i])
	}
	vectors, tokens, err := c.ask(ctx, batch)
	if err != nil {
		return err
	}
	report.Calls++
	report.Tokens += tokens
	if len(vectors) != len(batch) {
		return fmt.Errorf("%d texts were sent and %d vectors came back", len(batch), len(vectors))
	}
	for i, place := range places {
		if err := checkVector(vectors[i]); err != nil {
			return err
		}
		out[place] = Vector{vectors[i], tokens * float64(len(batch[i])) / float64(max(length, 1))}
		if err := c.opts.Store.Put(c.opts.Model, batch[i], out[place]); err != nil {
			return err
		}
	}
	return nil
}

func checkVector(v []float32) error {
	if len(v) == 0 {
		return errors.New("a vector without dimensions came back")
	}
	for _, x := range v {
		if x64 := float64(x); math.IsNaN(x64) || math.IsInf(x64, 0) {
			return errors.New("a vector with a number that is not finite came back")
		}
	}
	return nil
}

const (
	firstWait   = 500 * time.Millisecond
	longestWait = time.Minute
)

// ask makes a call, and makes it again after errors that may pass while there is time.
func (c *Client) ask(ctx context.Context, texts []string) ([][]float32, float64, error) {
	for made := 0; ; made++ {
		vectors, tokens, err := c.endpoint.Embeddings(ctx, texts)
		if err == nil {
			return vectors, tokens, nil
		}
		e, ok := errors.AsType[*llm.Error](err)
		if !ok || made >= c.opts.Retries || !passes(e.Cause) {
			return nil, 0, err
		}
		wait := min(firstWait<<made, longestWait)
		wait = max(wait/2+rand.N(wait), e.RetryAfter)
		if deadline, limited := ctx.Deadline(); limited && time.Until(deadline) <= wait {
			return nil, 0, err
		}
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return nil, 0, err
		}
	}
}

// passes reports whether an error may pass by itself. Embeddings are cheap, so that paying twice for some is no harm.
func passes(cause llm.Cause) bool {
	switch cause {
	case llm.RateLimit, llm.Server, llm.Connection, llm.Timeout:
		return true
	case llm.OK, llm.Quota, llm.Auth, llm.ContextLength, llm.ContentFilter, llm.BadRequest, llm.Canceled, llm.Other, llm.Unrecorded:
	}
	return false
}
