package train

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/tierwise/tierwise/routing/classify"
)

// maxPrototypes is how many prototypes a label gets at most.
const maxPrototypes = 4

// prototypes are typical requests of each label: means of requests that are alike, of length 1.
type prototypes struct {
	label   []int     // of each prototype, rising
	weights []float32 // features × prototypes, or nil
	dense   []dense
}

// prototypesOf returns how many prototypes a label of so many rows gets: one for each 25.
func prototypesOf(rows, most int) int { return min(max(rows/25, 1), most, maxPrototypes) }

// prototypes divides the rows of each label by spherical k-means (Dhillon and Modha 2001). A label without rows gets a
// prototype of zeros. Weights are nil unless they are wanted.
func (p *part) prototypes(labels, most int, weights bool, rng *rand.Rand) *prototypes {
	byLabel := make([][]int, labels)
	for i, row := range p.rows {
		byLabel[p.label[row]] = append(byLabel[p.label[row]], i)
	}
	out := &prototypes{}
	of := make([]int, len(p.rows)) // the prototype of each row
	for k, rows := range byLabel {
		n := prototypesOf(len(rows), most)
		p.cluster(of, rows, n, len(out.label), rng)
		for range n {
			out.label = append(out.label, k)
		}
	}
	n := len(out.label)
	if weights {
		out.weights = make([]float32, len(p.features)*n)
	}
	out.dense = make([]dense, n)
	var entries []entry
	for i, row := range p.rows {
		entries = p.entries(entries, row)
		for _, e := range entries {
			place, sign := classify.Project(uint32(e.place))
			out.dense[of[i]][place] += sign * e.value
			if weights {
				out.weights[int(e.place)*n+of[i]] += e.value
			}
		}
	}
	out.normalise()
	return out
}

// normalise gives the sums of rows the length 1.
func (s *prototypes) normalise() {
	for k := range s.dense {
		s.dense[k].normalise()
	}
	squares := make([]float64, len(s.label))
	for i, w := range s.weights {
		squares[i%len(squares)] += float64(float32(w * w))
	}
	inverse := make([]float32, len(squares))
	for k, sum := range squares {
		inverse[k] = inverseRoot(sum)
	}
	for i := range s.weights {
		s.weights[i] *= inverse[i%len(squares)]
	}
}

// inverseRoot returns 1/√x, 0 for 0.
func inverseRoot(x float64) float32 {
	if x == 0 {
		return 0
	}
	return float32(1 / math.Sqrt(x))
}

// cluster divides rows into n clusters and sets of to the number of each row's, from first. It works on dense vectors,
// which are near enough and far quicker.
func (p *part) cluster(of, rows []int, n, first int, rng *rand.Rand) {
	for _, i := range rows {
		of[i] = first
	}
	if n < 2 {
		return
	}
	// Of many rows, some are enough to find the centres.
	const most, rounds = 2000, 8
	sample := rng.Perm(len(rows))[:min(most, len(rows))]
	vectors := make([]dense, len(sample))
	for j, at := range sample {
		p.project(&vectors[j], p.rows[rows[at]])
	}
	centers := slices.Clone(vectors[:n])
	for range rounds {
		sums := make([]dense, n)
		for j := range vectors {
			sum := &sums[nearest(centers, &vectors[j])]
			for d, x := range vectors[j] {
				sum[d] += x
			}
		}
		for c := range sums {
			if sums[c].normalise() {
				centers[c] = sums[c]
			}
		}
	}
	var v dense
	for _, i := range rows {
		p.project(&v, p.rows[i])
		of[i] = first + nearest(centers, &v)
	}
}

type dense [classify.Dense]float32

// project sets v to the dense vector of a row, of length 1.
func (p *part) project(v *dense, row int) {
	*v = dense{}
	for _, f := range p.v.rows[row] {
		if k := p.place[f.Index]; k >= 0 {
			place, sign := classify.Project(uint32(k))
			v[place] += float32(f.Value*p.idf[k]) * sign
		}
	}
	v.normalise()
}

// normalise gives v the length 1, unless it has none; it reports whether it has.
func (v *dense) normalise() bool {
	sum := 0.0
	for _, x := range v {
		sum += float64(float32(x * x))
	}
	inverse := inverseRoot(sum)
	for i := range v {
		v[i] *= inverse
	}
	return sum > 0
}

// nearest returns which of the centers has the greatest product with v.
func nearest(centers []dense, v *dense) int {
	best, most := 0, float32(math.Inf(-1))
	for c := range centers {
		sum := float32(0)
		for d, x := range centers[c] {
			sum += float32(x * v[d])
		}
		if sum > most {
			best, most = c, sum
		}
	}
	return best
}
