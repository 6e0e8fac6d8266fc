package eval

import "github.com/tierwise/tierwise/eval/stats"

// CostSpread is how costs vary, the candidate's c and the baseline's b, over the savable requests: second moments of the
// costs times their weights, and of few requests the third and fourth, of units that were drawn independently. A request
// without group is a unit. The requests of a group are one; groups that share a bucket are counted as one unit, too, which
// leaves the variance without bias and takes memory that does not grow with the traffic (random groups: Wolter 2007,
// Introduction to Variance Estimation, ch. 2).
type CostSpread struct {
	Units      int64         // requests without group
	CC, BB, CB Fixed         // Σ(w·c)², Σ(w·b)², Σw·c·w·b over them, in (USD/1,000)²
	Powers     *CostPowers   // higher powers over them; nil: there are none, or more than maxPowered
	Groups     []GroupedCost // by bucket of the group; nil: no request has one
}

// GroupedCost adds up the costs of the groups of a bucket.
type GroupedCost struct {
	N    int64 // requests
	C, B Fixed // Σw·c, Σw·b, USD
}

// groupBuckets is how many units groups are counted as at most: enough for Student's t to be as good as normal.
const groupBuckets = 1024

// square returns the product of two costs in USD as (USD/1,000)²: a call costs millionths of a dollar, whose squares would
// lose digits in a Fixed.
func square(a, b float64) float64 { return (1000 * a) * (1000 * b) }

// add adds a request of a group, 0 for none, of which c and b are the costs times the weight.
func (s *CostSpread) add(group uint64, c, b float64) {
	if group == 0 {
		s.addCost(c, b)
		s.addBase(b)
		return
	}
	if s.Groups == nil {
		s.Groups = make([]GroupedCost, groupBuckets)
	}
	g := &s.Groups[group>>1%groupBuckets] // the lowest bit of a group's hash is always set
	g.N++
	g.C.Add(c)
	g.B.Add(b)
}

// addCost adds what a request without group costs, and addBase what it costs on the baseline: the short way adds the
// latter once for all tables.
func (s *CostSpread) addCost(c, b float64) {
	s.CC.Add(square(c, c))
	s.CB.Add(square(c, b))
	if s.Units < maxPowered { // else there is one too many with this one
		if s.Powers == nil {
			s.Powers = &CostPowers{}
		}
		s.Powers.add(c, b)
	}
}

func (s *CostSpread) addBase(b float64) {
	s.BB.Add(square(b, b))
	s.addUnits(1)
}

// addBases adds n requests at once, of which bb is the sum of squares.
func (s *CostSpread) addBases(n int64, bb *Fixed) {
	s.BB.AddFixed(*bb)
	s.addUnits(n)
}

// addUnits counts n requests more. Higher powers are kept by their number alone, so that it does not show in which order,
// blocks or parts the requests came.
func (s *CostSpread) addUnits(n int64) {
	s.Units += n
	if s.Units > maxPowered && s.Powers != nil {
		s.Powers = nil
	}
}

func (s *CostSpread) merge(o *CostSpread) {
	s.CC.AddFixed(o.CC)
	s.BB.AddFixed(o.BB)
	s.CB.AddFixed(o.CB)
	if o.Powers != nil && s.Units+o.Units <= maxPowered {
		if s.Powers == nil {
			s.Powers = &CostPowers{}
		}
		s.Powers.merge(o.Powers)
	}
	s.addUnits(o.Units)
	if o.Groups == nil {
		return
	}
	if s.Groups == nil {
		s.Groups = make([]GroupedCost, groupBuckets)
	}
	for i := range o.Groups {
		g, add := &s.Groups[i], &o.Groups[i]
		g.N += add.N
		g.C.AddFixed(add.C)
		g.B.AddFixed(add.B)
	}
}

// valid reports whether the spread, read from a file, has all its buckets and the powers of as many requests as it should.
func (s *CostSpread) valid() bool {
	return (len(s.Groups) == 0 || len(s.Groups) == groupBuckets) && (s.Powers != nil) == (s.Units > 0 && s.Units <= maxPowered)
}

// costSums returns the sums that the interval of the savings takes: those of higher powers where all are known.
func (p *Partial) costSums() stats.CostSums {
	s := &p.Spread
	var out stats.CostSums
	for i := range s.Groups {
		if g := &s.Groups[i]; g.N > 0 {
			out.Add(g.C.Float64(), g.B.Float64())
		}
	}
	const scale = 1e-6 // (USD/1,000)² in USD²
	out.N += float64(s.Units)
	out.CC += scale * s.CC.Float64()
	out.BB += scale * s.BB.Float64()
	out.CB += scale * s.CB.Float64()
	known := s.Units == 0
	if s.Powers != nil {
		known = s.Powers.addTo(&out)
	}
	if !known {
		out = stats.CostSums{N: out.N, CC: out.CC, BB: out.BB, CB: out.CB}
	}
	// Added up exactly, not by group.
	out.C, out.B = p.SavableCost.Float64(), p.SavableBase.Float64()
	return out
}
