package train

import (
	"context"
)

// A ClusterCount is a number of clusters that was tried.
type ClusterCount struct {
	Clusters int `json:"clusters"`
	// Silhouette is the mean over a sample of how much nearer a request is to its own cluster than to the next one, from −1 to 1
	// (Rousseeuw, Silhouettes, 1987), with 1 − cosine for distances.
	Silhouette float64 `json:"silhouette"`
}

// The numbers that are tried: all up to some, then fewer, for what a table can be tuned on are few tasks with many requests.
var triedCounts = []int{2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 16, 18, 20, 25, 30}

// chooseCount tries numbers of clusters on some of the points.
func chooseCount(ctx context.Context, points []float32, dims, different int, opts *DiscoverOptions) ([]ClusterCount, error) {
	const most, judged = 3000, 1000
	points = points[:min(len(points), most*dims)]
	apart := distances(points[:min(len(points), judged*dims)], dims)
	var out []ClusterCount
	for _, k := range triedCounts {
		if k > min(different, len(points)/dims) {
			break
		}
		c, err := spherical(ctx, points, dims, k, opts.Workers, opts.Seed)
		if err != nil {
			return nil, err
		}
		out = append(out, ClusterCount{k, silhouette(apart, c.of[:len(apart)], k)})
	}
	return out, nil
}

// bestCount returns the first number whose silhouette is greater than that of the next one tried: the fewest clusters
// that stand apart. Further peaks are their parts, such as the templates of a task.
func bestCount(tried []ClusterCount) int {
	for i := range tried[1:] {
		if tried[i].Silhouette > tried[i+1].Silhouette {
			return tried[i].Clusters
		}
	}
	return tried[len(tried)-1].Clusters
}

// distances returns 1 − cosine of all pairs of points.
func distances(points []float32, dims int) [][]float32 {
	n := len(points) / dims
	out := make([][]float32, n)
	for i := range out {
		out[i] = make([]float32, n)
		for j := range i {
			d := max(0, 1-product(points[i*dims:][:dims], points[j*dims:][:dims]))
			out[i][j], out[j][i] = d, d
		}
	}
	return out
}

// silhouette returns the mean silhouette of points in k clusters. That of a point alone in its cluster is 0.
func silhouette(apart [][]float32, of []int32, k int) float64 {
	count := make([]int, k)
	for _, c := range of {
		count[c]++
	}
	total := 0.0
	sums := make([]float64, k)
	for i, row := range apart {
		clear(sums)
		for j, d := range row {
			sums[of[j]] += float64(d)
		}
		own := of[i]
		if count[own] < 2 {
			continue
		}
		within := sums[own] / float64(count[own]-1)
		next, met := 0.0, false
		for c, sum := range sums {
			if int32(c) != own && count[c] > 0 {
				if mean := sum / float64(count[c]); !met || mean < next {
					next, met = mean, true
				}
			}
		}
		if larger := max(within, next); met && larger > 0 {
			total += (next - within) / larger
		}
	}
	return total / float64(max(len(apart), 1))
}
