package classify

import "math"

// project adds a feature, of the given value times its IDF, to the dense vector: to one place, with one sign, both from a
// hash of its row, which keeps the angles between vectors, on the average (Weinberger et al., Feature hashing for
// large scale multitask learning, 2009).
func (c *Classifier) project(s *scratch, row uint32, value float32) {
	place, sign := Project(row)
	s.dense[uint8(place)] += value * sign
}

// similarity returns the cosine between the request and the nearest prototype of a task, 0 if it has none.
func (c *Classifier) similarity(s *scratch, task int, norm float32) float64 {
	best := float32(0)
	for i := c.ofTask[task][0]; i < c.ofTask[task][1]; i++ {
		best = max(best, dot(&s.dense, &c.protos[i].vector)*c.protos[i].scale)
	}
	if norm == 0 {
		return 0
	}
	return float64(best / norm)
}

// dot returns the product of two vectors.
func dot(a *[Dense]float32, b *[Dense]int8) float32 {
	var s0, s1, s2, s3 float32
	for i := 0; i < Dense; i += 4 {
		s0 += a[i] * float32(b[i])
		s1 += a[i+1] * float32(b[i+1])
		s2 += a[i+2] * float32(b[i+2])
		s3 += a[i+3] * float32(b[i+3])
	}
	return s0 + s1 + s2 + s3
}

// Embed sets v to a dense vector of length 1 that stands for the request: requests whose texts are alike have vectors
// whose product is near 1. It is all 0 if the request has no feature that the classifier knows.
func (c *Classifier) Embed(v *[Dense]float32, in *Input) error {
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	if _, err := c.score(s, in); err != nil {
		return err
	}
	sum := 0.0
	for _, x := range s.dense {
		sum += float64(x) * float64(x)
	}
	*v = [Dense]float32{}
	if sum == 0 {
		return nil
	}
	scale := float32(1 / math.Sqrt(sum))
	for i, x := range s.dense {
		v[i] = x * scale
	}
	return nil
}
