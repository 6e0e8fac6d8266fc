package train

import (
	"context"
	"math/rand/v2"
)

// A clustering are centers, of length 1, and what was divided among them.
type clustering struct {
	dims    int
	centers []float32 // clusters × dims
	of      []int32   // cluster of each point
	fit     float64   // sum of the products of points with their centers: what k-means makes great
}

const (
	rounds = 60 // of k-means at most
	// restarts of k-means, of which the best is taken; more for few clusters, which take less time.
	minRestarts, maxRestarts = 6, 24
)

func restartsOf(k int) int { return min(max(120/k, minRestarts), maxRestarts) }

// spherical divides points (any × dims, each of length 1 or 0) into k clusters by spherical k-means (Dhillon and Modha,
// Concept decompositions for large sparse text data, 2001), begun as k-means++ (Arthur and Vassilvitskii 2007) and restarted a few
// times. There must be k different points. The outcome depends on the points, their order and the seed alone.
func spherical(ctx context.Context, points []float32, dims, k, workers int, seed uint64) (*clustering, error) {
	tries := make([]*clustering, restartsOf(k))
	err := parallel(ctx, len(tries), workers, func(i int) error {
		c := &clustering{dims: dims, of: make([]int32, len(points)/dims)}
		c.begin(points, k, rand.New(rand.NewPCG(seed, uint64(k)<<32|uint64(i))))
		for range rounds {
			if err := ctx.Err(); err != nil {
				return err
			}
			if moved := c.assign(points); !moved {
				break
			}
			c.center(points, k)
		}
		tries[i] = c
		return nil
	})
	if err != nil {
		return nil, err
	}
	best := tries[0]
	for _, c := range tries[1:] {
		if c.fit > best.fit {
			best = c
		}
	}
	return best, nil
}

// begin chooses centers among the points, each with a probability that grows with its distance, squared, from those
// chosen before.
func (c *clustering) begin(points []float32, k int, rng *rand.Rand) {
	n := len(points) / c.dims
	far := make([]float64, n) // squared distance to the nearest center, up to a factor of 2
	for i := range far {
		far[i] = 1
	}
	for range k {
		total := 0.0
		for _, d := range far {
			total += d
		}
		at := rng.Float64() * total
		chosen := 0
		for i, d := range far {
			if d > 0 {
				chosen = i
				if at -= d; at < 0 {
					break
				}
			}
		}
		center := points[chosen*c.dims:][:c.dims]
		c.centers = append(c.centers, center...)
		for i := range far {
			far[i] = min(far[i], max(0, 1-float64(product(points[i*c.dims:][:c.dims], center))))
		}
		far[chosen] = 0
	}
}

// assign gives each point the nearest center, and reports whether that changed anything.
func (c *clustering) assign(points []float32) (moved bool) {
	c.fit = 0
	for i := range c.of {
		best, similarity := nearestCenter(c.centers, points[i*c.dims:][:c.dims])
		moved = moved || c.of[i] != int32(best)
		c.of[i] = int32(best)
		c.fit += float64(similarity)
	}
	return moved
}

// nearestCenter returns which of the centers has the greatest product with a point, the first of several, and that product.
func nearestCenter(centers, point []float32) (best int, similarity float32) {
	similarity = -2
	for j := 0; len(centers) > 0; j++ {
		if s := product(point, centers); s > similarity {
			best, similarity = j, s
		}
		centers = centers[len(point):]
	}
	return best, similarity
}

// center moves each center to the mean of its points. One without points moves to the point that is farthest from its center.
func (c *clustering) center(points []float32, k int) {
	sums := make([]float64, k*c.dims)
	count := make([]int, k)
	for i, j := range c.of {
		count[j]++
		to := sums[int(j)*c.dims:][:c.dims]
		for d, x := range points[i*c.dims:][:c.dims] {
			to[d] += float64(x)
		}
	}
	for j := range k {
		to := c.centers[j*c.dims:][:c.dims]
		if count[j] == 0 {
			copy(to, points[c.farthest(points)*c.dims:])
			continue
		}
		for d, x := range sums[j*c.dims:][:c.dims] {
			to[d] = float32(x / float64(count[j]))
		}
		normalize(to)
	}
}

// farthest returns the point that is least like all centers.
func (c *clustering) farthest(points []float32) int {
	worst, least := 0, float32(2)
	for i := range c.of {
		point := points[i*c.dims:][:c.dims]
		if _, s := nearestCenter(c.centers, point); s < least {
			worst, least = i, s
		}
	}
	return worst
}
