package stats

import (
	"cmp"
	"math"
	"slices"
)

// A Cluster is the rows that are drawn together: one row, or all rows of a conversation, user or template.
type Cluster struct {
	W  float64 // Σw over its rows, positive
	WD float64 // Σw·d over its rows, d = candidate − baseline in [−1, 1]
}

// Moments are sums of powers of the weights of clusters whose delta is 0. They are all that the bootstrap needs of such
// clusters, however many there are.
type Moments struct {
	N         float64 // clusters
	W, W2, W3 float64 // Σw, Σw² and Σw³, w a cluster's weight
}

// Add counts one cluster of weight w.
func (m *Moments) Add(w float64) {
	m.N++
	m.W += w
	m.W2 += w * w
	m.W3 += w * w * w
}

// Merge adds the clusters of another shard.
func (m *Moments) Merge(o Moments) {
	m.N += o.N
	m.W += o.W
	m.W2 += o.W2
	m.W3 += o.W3
}

// A Sample is one stratum of a paired comparison, as its interval needs it. Its delta is ΣWD/ΣW over all clusters.
type Sample struct {
	Name      string    // of the stratum; seeds its random numbers, so that they do not depend on the other strata
	Weight    float64   // share of the traffic; any unit, they are scaled to sum 1
	Unchanged bool      // the candidate cannot differ here: its delta is 0 by construction
	Graded    bool      // scores between 0 and 1 or clusters of several rows; otherwise each delta is −1, 0 or 1
	Changed   []Cluster // in any order; those whose delta is 0 may be here or in Rest
	Rest      Moments   // the clusters whose delta is 0
}

// A sample is a Sample in its canonical form: clusters sorted by value, so that nothing depends on the order of the rows,
// and all whose delta is 0 in the rest.
type sample struct {
	Sample
	nonzero []Cluster
	total   Moments
	sum     float64 // ΣWD
	gains   float64 // Σmax(WD, 0)
	losers  float64 // ΣW of clusters that lose
	winners float64 // ΣW of clusters that gain
	squares float64 // Σ(WD)²/W: w·d² summed, as the graded test wants it
}

func newSample(in Sample) (s sample, ok bool) {
	s = sample{Sample: in, nonzero: make([]Cluster, 0, len(in.Changed))}
	ok = in.Weight >= 0 && !math.IsInf(in.Weight, 0) && in.Rest.valid()
	sorted := slices.SortedFunc(slices.Values(in.Changed), func(a, b Cluster) int {
		return cmp.Or(cmp.Compare(a.WD, b.WD), cmp.Compare(a.W, b.W))
	})
	s.total = in.Rest
	for _, c := range sorted {
		ok = ok && c.W > 0 && !math.IsInf(c.W, 0) && math.Abs(c.WD) <= c.W*(1+1e-9)
		s.total.Add(c.W)
		if c.WD == 0 {
			s.Rest.Add(c.W)
			continue
		}
		s.nonzero = append(s.nonzero, c)
		s.sum += c.WD
		if c.WD > 0 {
			s.gains += c.WD
			s.winners += c.W
		} else {
			s.losers += c.W
		}
		s.squares += c.WD * c.WD / c.W
	}
	// Weights whose cubes are 0 or infinite are no weights.
	return s, ok && s.total.valid() && (s.total.W == 0 || s.total.W3 > 0)
}

func (m Moments) valid() bool {
	return m.N >= 0 && m.W >= 0 && m.W2 >= 0 && m.W3 >= 0 && !math.IsInf(m.N+m.W+m.W2+m.W3, 0)
}

func (s *sample) delta() float64 { return s.sum / s.total.W }

// equalWeight returns the weight that all clusters have, 0 if they differ.
func (s *sample) equalWeight() float64 {
	mean := s.total.W / s.total.N
	if spread := s.total.W2/s.total.N - mean*mean; !(math.Abs(spread) <= 1e-12*mean*mean) {
		return 0
	}
	return mean
}

// stratum returns the effective counts or sums that the tests take.
func (s *sample) stratum() Stratum {
	out := Stratum{Weight: s.Weight, Unchanged: s.Unchanged, Graded: s.Graded}
	if s.Graded {
		out.Deltas = WeightedDeltas(s.total.W, s.total.W2, s.sum, s.squares, len(s.nonzero)).WithGains(s.gains / s.total.W)
		return out
	}
	var discordant Tally
	for _, c := range s.nonzero {
		discordant.Add(c.W)
	}
	out.Pairs = WeightedPairs(s.total.W, s.total.W2, s.gains, s.gains-s.sum).
		WithDiscordant(s.total.W, s.total.W2, discordant.W, discordant.W2)
	return out
}
