package eval

import (
	"math"

	"github.com/tierwise/tierwise/datasets"
)

// noiseSums add up how repeated outcomes of a request and model differ.
type noiseSums struct {
	repeated, outcomes, differ int64
	squares                    Fixed // Σ(quality − mean of the pair)²
}

func (s *noiseSums) merge(o *noiseSums) {
	s.repeated += o.repeated
	s.outcomes += o.outcomes
	s.differ += o.differ
	s.squares.AddFixed(o.squares)
}

// finish returns the noise: the standard deviation has as many degrees of freedom as there are outcomes beyond the first
// of each pair.
func (s *noiseSums) finish() LabelNoise {
	n := LabelNoise{Repeated: s.repeated, Outcomes: s.outcomes, Differ: s.differ, SD: Unknown}
	if df := s.outcomes - s.repeated; df > 0 {
		n.SD = Number(math.Sqrt(s.squares.Float64() / float64(df)))
	}
	return n
}

// add adds the outcomes of one request and model, of which mean is the mean quality and repeats are all but the first. The
// first's own quality is what the mean leaves for it; if it was not graded, that is the mean of the others, so that it
// counts as one more outcome without any deviation.
func (s *noiseSums) add(mean float64, repeats []datasets.Repeat) {
	if mean != mean {
		return
	}
	n, rest, squares, differ := int64(1), 0.0, 0.0, false
	for _, r := range repeats {
		if q := r.Quality; q == q {
			n++
			rest += q - mean
			squares += float64((q - mean) * (q - mean))
			differ = differ || math.Abs(q-mean) > 1e-9 // the mean is rounded
		}
	}
	if n < 2 {
		return
	}
	s.repeated++
	s.outcomes += n
	s.squares.Add(squares + float64(rest*rest)) // deviations sum to 0: the first's is −rest
	if differ {
		s.differ++
	}
}

// byRow cuts repeats, which are in the order of their requests, into those of each request.
func byRow(repeats []datasets.Repeat) [][]datasets.Repeat {
	var out [][]datasets.Repeat
	for from := 0; from < len(repeats); {
		to := from + 1
		for to < len(repeats) && repeats[to].Row == repeats[from].Row {
			to++
		}
		out = append(out, repeats[from:to])
		from = to
	}
	return out
}
