package classify

import "math"

// Predict returns the most likely task of a request. It fails only if the request lacks the embedding that the
// classifier asks for.
func (c *Classifier) Predict(in *Input) (Prediction, error) {
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	norm, err := c.score(s, in)
	if err != nil {
		return Prediction{}, err
	}
	return c.conclude(s, norm), nil
}

// Logits sets dst to the logits of the tasks, in their order, and that of the rejection, −Inf if the classifier has
// none: what training calibrates on. It returns dst and the similarity to the best task's nearest prototype.
func (c *Classifier) Logits(dst []float64, in *Input) ([]float64, float64, error) {
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	norm, err := c.score(s, in)
	if err != nil {
		return dst, 0, err
	}
	c.toLogits(s)
	best := argmax(s.logits[:len(s.logits)-1])
	return append(dst[:0], s.logits...), c.similarity(s, best, norm), nil
}

// score fills in the sums of the lanes and the dense vector, and returns the length of the request's vector.
func (c *Classifier) score(s *scratch, in *Input) (float32, error) {
	s.reset(len(c.lanes))
	var squares float32
	if c.ownBits > 0 {
		s.read(in.Text)
		s.hash(in)
		squares = c.addText(s)
	} else {
		var err error
		if s.features, err = c.embedder.Embed(s.features[:0], in); err != nil {
			return 0, err
		}
		squares = c.addFeatures(s)
	}
	norm := float32(math.Sqrt(float64(squares)))
	for k := range c.lanes {
		l := &c.lanes[k]
		sum := l.bias
		if norm > 0 {
			sum += s.sums[k] * l.scale / norm
		}
		s.sums[k] = sum
	}
	return norm, nil
}

func (s *scratch) reset(lanes int) {
	s.sums = resize(s.sums, lanes+1)
	clear(s.sums)
	s.dense = [Dense]float32{}
}

func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// toLogits sets the logits: for each task the greatest of its lanes, then that of the rejection.
func (c *Classifier) toLogits(s *scratch) {
	n := len(c.header.Tasks)
	s.logits = resize(s.logits, n+1)
	for k := range s.logits {
		s.logits[k] = math.Inf(-1)
	}
	for k := range c.lanes {
		task := c.lanes[k].task
		if task == Reject {
			task = n
		}
		s.logits[task] = max(s.logits[task], float64(s.sums[k]))
	}
}

func argmax(values []float64) int {
	best := 0
	for k, v := range values {
		if v > values[best] {
			best = k
		}
	}
	return best
}

// conclude turns the sums into a prediction.
func (c *Classifier) conclude(s *scratch, norm float32) Prediction {
	c.toLogits(s)
	best := argmax(s.logits[:len(s.logits)-1])
	p := Prediction{Task: best, Probability: Probability(s.logits, best, c.header.Temperature)}
	p.Similarity = c.similarity(s, best, norm)
	p.Confidence = c.header.Confidence.Apply(p.Probability) * Novelty(p.Similarity, c.header.Novelty[best])
	return p
}

// Probability returns the softmax of logits ÷ temperature at entry k.
func Probability(logits []float64, k int, temperature float64) float64 {
	sum := 0.0
	for _, l := range logits {
		sum += math.Exp((l - logits[k]) / temperature)
	}
	return 1 / sum
}

// Apply returns the probability that the best task is right if its probability among the tasks is p.
func (c Calibration) Apply(p float64) float64 {
	return 1 / (1 + math.Exp(-(c.Slope*Logit(p) + c.Offset)))
}

// Logit returns ln(p/(1−p)), of a p kept far enough from 0 and 1 to be finite.
func Logit(p float64) float64 {
	const tiny = 1e-9
	p = min(max(p, tiny), 1-tiny)
	return math.Log(p / (1 - p))
}

// Novelty returns what the confidence in a task is multiplied by for a request of that similarity to the task's
// nearest prototype: 1 down to the limit, then the square of their quotient. Nothing in the training says how often
// requests that are like none of it are in scope, so this is a judgement, not an estimate.
func Novelty(similarity, limit float64) float64 {
	if similarity >= limit || limit <= 0 {
		return 1
	}
	q := max(similarity, 0) / limit
	return q * q
}
