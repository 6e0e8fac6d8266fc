package stats

import (
	"hash/fnv"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"
)

// blockSize is the number of resamples that share a stream of random numbers: what one worker does at a time.
const blockSize = 250

// drawsPerCount is how many draws of one cluster cost as much as one draw of a binomial count (measured: 1.3 ns and 160 ns).
const drawsPerCount = 120

// A resampler draws cluster bootstrap means of one stratum. Of N clusters drawn with replacement, those whose delta is not
// 0 are Bin(N, share) in number and each of them uniform among such clusters; the others add nothing but weight. So a
// resample costs as many draws as there are nonzero deltas, or as many counts as there are distinct ones.
type resampler struct {
	name     string
	n        float64 // clusters
	share    float64 // of clusters whose delta is not 0
	clusters []Cluster
	sums     []float64 // WD of clusters; used where all weights are equal
	atoms    []atom    // distinct clusters with their counts; nil where there are too many to be worth it
	equal    bool
	totalW   float64 // Σw of a resample, where all weights are equal
	rest     weights
}

// An atom is a cluster value and how many clusters have it.
type atom struct {
	Cluster
	count float64
}

// weights are mean and standard deviation of the weight of one cluster whose delta is 0.
type weights struct{ mean, sd float64 }

func newResampler(s *sample) *resampler {
	r := &resampler{name: s.Name, n: s.total.N, clusters: s.nonzero, equal: s.equalWeight() > 0, totalW: s.total.W}
	r.share = float64(len(r.clusters)) / r.n
	for _, c := range r.clusters {
		r.sums = append(r.sums, c.WD)
		if last := len(r.atoms) - 1; last >= 0 && r.atoms[last].Cluster == c {
			r.atoms[last].count++
		} else {
			r.atoms = append(r.atoms, atom{c, 1})
		}
	}
	if len(r.atoms)*drawsPerCount > len(r.clusters) {
		r.atoms = nil
	}
	if s.Rest.N > 0 {
		r.rest.mean = s.Rest.W / s.Rest.N
		r.rest.sd = math.Sqrt(max(s.Rest.W2/s.Rest.N-r.rest.mean*r.rest.mean, 0))
	}
	return r
}

// fill puts the means of one block of resamples into out. The same seed and block give the same numbers.
func (r *resampler) fill(out []float64, seed uint64, block int) {
	name := fnv.New64a()
	name.Write([]byte(r.name))
	src := rand.NewPCG(seed^name.Sum64(), uint64(block))
	for i := range out {
		out[i] = r.mean(src)
	}
}

// mean draws N clusters and returns their mean delta.
func (r *resampler) mean(src *rand.PCG) float64 {
	k := binomial(src, r.n, r.share)
	if r.equal {
		if r.atoms != nil {
			sum, _ := r.drawCounts(src, k)
			return sum / r.totalW
		}
		return drawSums(src, r.sums, int(k)) / r.totalW
	}
	var sum, w float64
	if r.atoms != nil {
		sum, w = r.drawCounts(src, k)
	} else {
		sum, w = drawClusters(src, r.clusters, int(k))
	}
	others := r.n - k
	w += others * r.rest.mean
	if r.rest.sd > 0 {
		// The weight of those drawn is a sum of so many that its normal limit stands for it: only the denominator is
		// touched, in the second order.
		w += math.Sqrt(others) * r.rest.sd * rand.New(src).NormFloat64()
	}
	if !(w > 0) {
		return 0
	}
	return max(-1, min(1, sum/w))
}

// drawCounts draws k clusters by how often each value is among them: multinomial counts, one binomial after the other.
func (r *resampler) drawCounts(src *rand.PCG, k float64) (sum, w float64) {
	left := float64(len(r.clusters))
	for _, a := range r.atoms {
		if k == 0 {
			break
		}
		drawn := binomial(src, k, a.count/left)
		sum += drawn * a.WD
		w += drawn * a.W
		k -= drawn
		left -= a.count
	}
	return sum, w
}

// drawSums adds k values drawn with replacement. One random number gives two indices by multiplication and shift, whose
// bias is below len(values)/2³² (Lemire 2019, ACM TOMACS 29:3): a millionth at 4,000 values.
func drawSums(src *rand.PCG, values []float64, k int) float64 {
	var even, odd float64
	n := uint64(len(values))
	for range k / 2 {
		u := src.Uint64()
		even += values[u>>32*n>>32]
		odd += values[u&math.MaxUint32*n>>32]
	}
	if k%2 == 1 {
		even += values[src.Uint64()>>32*n>>32]
	}
	return even + odd
}

// drawClusters is drawSums where the weights differ.
func drawClusters(src *rand.PCG, clusters []Cluster, k int) (sum, w float64) {
	n := uint64(len(clusters))
	for range k / 2 {
		u := src.Uint64()
		a, b := &clusters[u>>32*n>>32], &clusters[u&math.MaxUint32*n>>32]
		sum += a.WD + b.WD
		w += a.W + b.W
	}
	if k%2 == 1 {
		a := &clusters[src.Uint64()>>32*n>>32]
		sum += a.WD
		w += a.W
	}
	return sum, w
}

// binomial draws from Bin(n, p).
func binomial(src *rand.PCG, n, p float64) float64 {
	switch {
	case n == 0 || p <= 0:
		return 0
	case p >= 1:
		return n
	}
	return distuv.Binomial{N: n, P: p, Src: src}.Rand()
}
