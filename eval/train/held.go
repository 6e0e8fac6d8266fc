package train

import (
	"context"
	"math"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/routing/classify"
)

// held is what models said of requests that they were not fitted on.
type held struct {
	requests   []Request
	tasks      int
	logits     []float32 // requests × (tasks + 1): by task, then of the rejection, −Inf if there is none
	best       []int     // the likeliest task of each
	similarity []float64 // to the nearest prototype of that
}

func newHeld(requests []Request, tasks int) *held {
	n := len(requests)
	return &held{
		requests: requests, tasks: tasks, logits: make([]float32, n*(tasks+1)), best: make([]int, n), similarity: make([]float64, n),
	}
}

// ask has a classifier predict request i.
func (h *held) ask(c *classify.Classifier, i int, buf []float64) ([]float64, error) {
	buf, similarity, err := c.Logits(buf, &h.requests[i].Input)
	if err != nil {
		return buf, err
	}
	row := h.row(i)
	for k, l := range buf {
		row[k] = float32(l)
	}
	h.best[i], h.similarity[i] = argmax(row[:h.tasks]), similarity
	return buf, nil
}

func (h *held) row(i int) []float32 { return h.logits[i*(h.tasks+1):][:h.tasks+1] }

// right reports whether the likeliest task of request i is its own.
func (h *held) right(i int) bool { return h.best[i] == h.requests[i].Task }

// outOfFold fits a model without each fold, in the form that artifacts have, and asks it about the requests of that fold.
func (p *problem) outOfFold(ctx context.Context, s spec, done func()) (*held, error) {
	h := newHeld(p.requests.Train, len(p.requests.Tasks))
	err := parallel(ctx, datasets.FoldCount, p.opts.Workers, func(fold int) error {
		defer done()
		var in, out []int
		for i := range p.requests.Train {
			if p.requests.Train[i].Fold == fold {
				out = append(out, i)
			} else {
				in = append(in, i)
			}
		}
		if len(in) == 0 || len(out) == 0 {
			return nil
		}
		c, err := classifierOf(p.fit(in, s, fold+1))
		if err != nil {
			return err
		}
		return h.askAll(ctx, c, out)
	})
	return h, err
}

func (h *held) askAll(ctx context.Context, c *classify.Classifier, rows []int) error {
	var buf []float64
	var err error
	for _, i := range rows {
		if buf, err = h.ask(c, i, buf); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

// probabilities returns those of the tasks and the rejection of request i.
func (h *held) probabilities(dst []float32, i int, c *calibration) []float32 {
	dst = append(dst[:0], h.row(i)...)
	dst[h.tasks] += float32(c.rejection)
	inverse := float32(1 / c.temperature)
	for k := range dst {
		dst[k] *= inverse
	}
	if math.IsInf(float64(dst[h.tasks]), -1) {
		softmax(dst[:h.tasks])
		dst[h.tasks] = 0
	} else {
		softmax(dst)
	}
	return dst
}

// An opinion is what a calibrated model says of a request.
type opinion struct{ probability, confidence float64 }

// opinion returns what request i is given under a calibration.
func (h *held) opinion(i int, c *calibration) opinion {
	z, r := h.split(i, c.temperature)
	p := 1 / (z + math.Exp(r+c.rejection/c.temperature))
	best := h.best[i]
	return opinion{p, c.curve.Apply(p) * classify.Novelty(h.similarity[i], c.novelty[best])}
}

// split returns the sum of exp((logit − best)/t) over the tasks, and (rejection − best)/t.
func (h *held) split(i int, t float64) (z, r float64) {
	row := h.row(i)
	most := row[h.best[i]]
	inverse := float32(1 / t)
	sum := float32(0)
	for _, l := range row[:h.tasks] {
		sum += exp32(float32((l - most) * inverse))
	}
	return float64(sum), float64(row[h.tasks]-most) / t
}
