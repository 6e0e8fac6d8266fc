package train

import "math/rand/v2"

// A linear is a head of linear scores, one per lane.
type linear struct {
	lanes   int
	weights []float32 // features × lanes
	bias    []float32 // by lane
}

// descent says how a logistic head is fitted.
type descent struct {
	l2      float64 // λ × rows: of the penalty λ/2 |W|² on the mean loss of a row
	dropout float64 // the share of a row's features that each visit ignores; of dense rows none
	epochs  int
}

const (
	firstRate = 4    // step length at the start
	biasRate  = 0.1  // of the step length: biases fall in with every row, weights with few
	maxDrawn  = 128  // features of a row that a visit sees, at most: enough of a long text, and as quick as a short one
	leastStep = 1e-3 // gradients that are smaller are left out: of many lanes, few are near any row
)

// logistic fits a multinomial logistic head by stochastic gradient descent, with steps that fall as 1/t and the weights
// as a vector and a scale, so that the penalty costs nothing per feature (Bottou, Stochastic gradient descent tricks, 2012).
// Each visit to a row sees but some of its features, drawn anew (Wager et al., Dropout training as adaptive
// regularization, 2013), which is worth more than any L2 penalty where features are many and repeat one another,
// and makes the visit cheaper. The weights are the average of those after each epoch but the first third. Lanes 0 to lanes−1 are the labels.
func (p *part) logistic(d descent, lanes int, rng *rand.Rand) *linear {
	s := &stepper{
		part: p, lanes: lanes, rng: rng, stride: int(1/(1-d.dropout) + 0.5), scores: make([]float32, lanes), active: make([]int32, 0, lanes),
		weights: make([]float32, len(p.features)*lanes), bias: make([]float32, lanes), scale: 1,
		lambda: d.l2 / float64(len(p.rows)),
	}
	mean := &linear{lanes, make([]float32, len(s.weights)), make([]float32, lanes)}
	order := make([]int, len(p.rows))
	for i := range order {
		order[i] = i
	}
	skip := d.epochs / 3
	for epoch := range d.epochs {
		rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, i := range order {
			s.step(i)
		}
		if epoch >= skip {
			s.addTo(mean, float32(1/float64(d.epochs-skip)))
		}
	}
	return mean
}

// A stepper is a descent under way.
type stepper struct {
	*part
	lanes   int
	rng     *rand.Rand
	stride  int // a visit sees one of so many features
	lambda  float64
	weights []float32 // × scale
	bias    []float32
	scale   float64
	steps   float64

	entries []entry
	scores  []float32
	active  []int32 // lanes with a gradient worth a step
}

// step visits one of the part's rows.
func (s *stepper) step(i int) {
	s.draw(i)
	s.score()
	softmax(s.scores)
	s.scores[s.label[s.rows[i]]]--
	s.active = s.active[:0]
	for k, g := range s.scores {
		if g > leastStep || g < -leastStep {
			s.active = append(s.active, int32(k))
		}
	}
	rate := firstRate / (1 + firstRate*s.lambda*s.steps)
	s.steps++
	s.scale *= 1 - rate*s.lambda
	for _, k := range s.active {
		s.bias[k] -= float32(float32(rate*biasRate) * s.scores[k])
	}
	s.move(float32(rate / s.scale))
}

// draw sets the entries to those of one of the part's rows that the visit sees: one of each few features in a row.
func (s *stepper) draw(i int) {
	features := s.v.rows[s.rows[i]]
	stride := max(s.stride, (len(features)+maxDrawn-1)/maxDrawn)
	if s.v.dense {
		stride = 1
	}
	factor := s.inverse[i] * float32(stride)
	s.entries = s.entries[:0]
	for at := 0; at < len(features); at += stride {
		j := at
		if stride > 1 {
			j += int(s.rng.Uint32N(uint32(stride)))
		}
		if j >= len(features) {
			break
		}
		f := features[j]
		if k := s.place[f.Index]; k >= 0 {
			s.entries = append(s.entries, entry{k, float32(f.Value*s.idf[k]) * factor})
		}
	}
}

// score sets the scores to those of the entries.
func (s *stepper) score() {
	clear(s.scores)
	addScores(s.scores, s.weights, s.entries)
	scale := float32(s.scale)
	for k := range s.scores {
		s.scores[k] = float32(s.scores[k]*scale) + s.bias[k]
	}
}

// addScores adds to scores what the weights, features × scores, say of entries: of four at a time, since most of the
// time goes into loading and storing the scores.
func addScores(scores, weights []float32, entries []entry) {
	row := func(e entry) []float32 { return weights[int(e.place)*len(scores):][:len(scores)] }
	for ; len(entries) >= 4; entries = entries[4:] {
		a, b, c, d := entries[0].value, entries[1].value, entries[2].value, entries[3].value
		p, q, r, s := row(entries[0]), row(entries[1]), row(entries[2]), row(entries[3])
		for k := range scores {
			scores[k] += float32(a*p[k]) + float32(b*q[k]) + (float32(c*r[k]) + float32(d*s[k]))
		}
	}
	for _, e := range entries {
		w := row(e)
		for k := range scores {
			scores[k] += float32(e.value * w[k])
		}
	}
}

// move takes a step of the given length against the gradient.
func (s *stepper) move(length float32) {
	n := s.lanes
	for _, e := range s.entries {
		x := e.value * length
		w := s.weights[int(e.place)*n:][:n]
		for _, k := range s.active {
			w[k] -= float32(x * s.scores[k])
		}
	}
}

// addTo adds the weights as they are to a mean, with the given weight.
func (s *stepper) addTo(mean *linear, weight float32) {
	factor := float32(s.scale) * weight
	for i, w := range s.weights {
		mean.weights[i] += float32(w * factor)
	}
	for k, b := range s.bias {
		mean.bias[k] += float32(b * weight)
	}
}

// apply sets scores to what the head says of entries.
func (l *linear) apply(scores []float32, entries []entry) {
	copy(scores, l.bias)
	addScores(scores, l.weights, entries)
}
