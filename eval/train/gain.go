package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/routing/classify"
)

// A GainRow is a request to learn the gain of escalation from: what a strong model is better than a weak one.
type GainRow struct {
	ID    string // unique
	Input classify.Input
	Task  string

	Weak, Strong float64 // qualities of the two models, from 0 to 1
	Fold         int     // what GainModel.OutOfFold leaves out together
}

// GainOptions are options of TrainGain. The zero value works.
type GainOptions struct {
	// Embedder makes the features, nil: classify.NGrams of 18 bits.
	Embedder classify.Embedder
	// OutOfFold asks for GainModel.OutOfFold, which takes a fit for each fold.
	OutOfFold bool
	Workers   int // 0: 1
}

// A GainModel predicts the gain of escalation, quality of the strong model − quality of the weak one, from −1 to 1: the
// intercept, the offset of the request's task, and the sum over its known features of value × IDF × weight ÷ the length of
// the vector of value × IDF.
type GainModel struct {
	Embedder string
	Dims     int
	Features []uint32  // indexes of the known features, rising
	IDF      []float32 // by feature
	Weights  []float32 // by feature

	Intercept float64    // the gain on a request of a task that was not labeled, without any known feature
	Tasks     []TaskGain // in the order of the alphabet

	Labels   int // requests that were learned from
	Strength GainStrength

	// OutOfFold is for each row, as they were given, what a model says of it whose features, weights and offsets were learned
	// without the rows of its fold. Only the strength is found once, on all rows. NaN if there is none because there is no other fold; nil unless it was asked for.
	OutOfFold []float64

	embedder classify.Embedder
	place    []int32 // in Features, by index of a feature; −1: not known
}

// A TaskGain is what a task's requests gain beside what their features say.
type TaskGain struct {
	Task   string
	Offset float64 // to be added to the intercept
	Labels int
}

// TrainGain learns the gain of escalation. The model is a Bayesian linear regression on the classifier's features, with an
// offset for each task: offsets and weights are normal around 0, so that a task of few labels is drawn to the mean of
// all and to what requests with similar prompts gain, and weights of which the labels say little stay near 0. How freely
// offsets and weights vary beside the noise is learned from the labels too: see [GainStrength].
//
// The same rows make the same model whatever their order and the number of workers. It fails if ctx ends, there is no row,
// a quality is not within [0, 1], an id is there twice or an embedding is missing.
func TrainGain(ctx context.Context, rows []GainRow, opts *GainOptions) (*GainModel, error) {
	if opts == nil {
		opts = &GainOptions{}
	}
	g, err := newGains(ctx, rows, opts)
	if err != nil {
		return nil, err
	}
	strength, err := g.strength(ctx, opts.Workers)
	if err != nil {
		return nil, err
	}
	m := g.newFit(g.without(nil)).learn(strength, exact)
	if opts.OutOfFold {
		if m.OutOfFold, err = g.outOfFold(ctx, strength, opts.Workers); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// Predict returns the gain on a request of a task; of a task that was not labeled what its features say. It fails if
// the request lacks what the embedder needs.
func (m *GainModel) Predict(task string, in *classify.Input) (float64, error) {
	features, err := m.embedder.Embed(nil, in)
	if err != nil {
		return math.NaN(), err
	}
	return m.predict(task, features), nil
}

// TaskIntercept returns the intercept for the requests of a task: the gain without any known feature.
func (m *GainModel) TaskIntercept(task string) float64 {
	if k, ok := slices.BinarySearchFunc(m.Tasks, task, func(t TaskGain, name string) int { return strings.Compare(t.Task, name) }); ok {
		return m.Intercept + m.Tasks[k].Offset
	}
	return m.Intercept
}

// predict is Predict on features.
func (m *GainModel) predict(task string, features []classify.Feature) float64 {
	var sum, squares float64
	for _, f := range features {
		if k := m.place[f.Index]; k >= 0 {
			x := float64(f.Value * m.IDF[k])
			sum += float64(x * float64(m.Weights[k]))
			squares += float64(x * x)
		}
	}
	gain := m.TaskIntercept(task)
	if squares > 0 {
		gain += sum / math.Sqrt(squares)
	}
	return min(max(gain, -1), 1)
}

// gains are rows to learn from, in the order of their ids: sums in another order round differently.
type gains struct {
	rows     []GainRow
	given    []int // where each row was given
	v        *vectors
	embedder classify.Embedder
	tasks    []string // in the order of the alphabet
	task     []int    // of each row
	gain     []float64
}

func newGains(ctx context.Context, rows []GainRow, opts *GainOptions) (*gains, error) {
	g := &gains{embedder: opts.Embedder}
	if g.embedder == nil {
		g.embedder = classify.NGrams{Bits: 18}
	}
	for i := range rows {
		g.given = append(g.given, i)
	}
	slices.SortFunc(g.given, func(i, j int) int { return strings.Compare(rows[i].ID, rows[j].ID) })
	if len(rows) == 0 {
		return nil, errors.New("there is no request with qualities of both models to learn the gain from")
	}
	requests := make([]Request, len(rows))
	for k, i := range g.given {
		r := &rows[i]
		switch {
		case k > 0 && r.ID == g.rows[k-1].ID:
			return nil, fmt.Errorf("request %q is there twice: want one row for each id", r.ID)
		case !(r.Weak >= 0 && r.Weak <= 1 && r.Strong >= 0 && r.Strong <= 1):
			return nil, fmt.Errorf("request %q has the qualities %v and %v: want 0 to 1", r.ID, r.Weak, r.Strong)
		}
		g.gain = append(g.gain, r.Strong-r.Weak)
		g.rows = append(g.rows, *r)
		requests[k] = Request{ID: r.ID, Input: r.Input}
		g.tasks = append(g.tasks, r.Task)
	}
	slices.Sort(g.tasks)
	g.tasks = slices.Compact(g.tasks)
	for i := range g.rows {
		k, _ := slices.BinarySearch(g.tasks, g.rows[i].Task)
		g.task = append(g.task, k)
	}
	var err error
	if g.v, err = embedBy(ctx, g.embedder, requests, opts.Workers); err != nil {
		return nil, err
	}
	g.v.dense = g.embedder.Name() != classify.NGramsName
	return g, nil
}
