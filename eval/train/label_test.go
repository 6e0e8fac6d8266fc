package train

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/routing/classify"
)

// random makes requests of random words and tasks.
func random(n int, seed uint64) *Requests {
	rng := rand.New(rand.NewPCG(seed, 5))
	r := &Requests{Tasks: []string{"a", "b", "c"}, Embedder: classify.NGramsName, Reject: "d"}
	for i := range n {
		text := ""
		for range 6 {
			text += fmt.Sprintf(" w%d", rng.IntN(30))
		}
		task := rng.IntN(4)
		if task == 3 {
			task = classify.Reject
		}
		r.Train = append(r.Train, Request{
			ID: fmt.Sprint(i), Task: task, Weight: 1, Fold: rng.IntN(datasets.FoldCount), Input: classify.Input{Text: text},
			PromptKey: datasets.PromptKey([]byte(text)),
		})
	}
	return r
}

// heldOut fits all fold models and calibrates.
func heldOut(t *testing.T, r *Requests, s spec) (*held, []opinion) {
	t.Helper()
	ctx := context.Background()
	v, e, err := embed(ctx, r, 1)
	if err != nil {
		t.Fatal(err)
	}
	p := newProblem(r, v, e, &Options{})
	h, err := p.outOfFold(ctx, s, func() {})
	if err != nil {
		t.Fatal(err)
	}
	opinions, _, err := p.crossFit(ctx, h)
	if err != nil {
		t.Fatal(err)
	}
	return h, opinions
}

// What a request's own label is must not matter to what is predicted for it out of fold: not at all to the logits, and to
// the confidence only through the calibration's few numbers.
func TestOwnLabelDoesNotCount(t *testing.T) {
	const n = 120
	for _, s := range []spec{
		{head: Logistic, descent: descent{0.05, 0.5, 6}},
		{head: Prototypes, factor: 20},
		{head: Average, descent: descent{0.05, 0.5, 6}, factor: 8},
	} {
		t.Run(s.head, func(t *testing.T) {
			r := random(n, 1)
			h, before := heldOut(t, r, s)
			for _, i := range []int{0, 17, 55, 101} {
				changed := *r
				changed.Train = slices.Clone(r.Train)
				changed.Train[i].Task = (max(r.Train[i].Task, 0) + 1) % 3
				g, after := heldOut(t, &changed, s)
				if !slices.Equal(g.row(i), h.row(i)) || g.similarity[i] != h.similarity[i] {
					t.Errorf("request %d: logits %v, with another label of its own %v", i, h.row(i), g.row(i))
				}
				if d := math.Abs(after[i].confidence - before[i].confidence); d > 0.1 {
					t.Errorf("request %d: confidence %.3f, with another label of its own %.3f", i, before[i].confidence, after[i].confidence)
				}
				if slices.Equal(g.logits, h.logits) {
					t.Errorf("request %d: its label changes nobody's logits: the test tests nothing", i)
				}
			}
		})
	}
}
