package frontier

import (
	"math"
	"slices"
)

// combine computes the combinations of the thresholds that are swept, thinned to quantiles where they are too many, and
// notes that in out and in mins.
func (s *Sweeper) combine(swept []int, mins [][]float64, out *Sweep) *front {
	f := s.newFront()
	switch len(swept) {
	case 0:
		f.add(s.totals, [maxTiers - 1]int32{})
		out.Cells = 1
	case 1:
		s.one(len(mins[swept[0]]), f, out)
	case 2:
		m0, m1 := &mins[swept[0]], &mins[swept[1]]
		if !s.two(len(*m0), len(*m1), s.limits.Cells, f, out) {
			out.Exact = false
			s.thin(0, m0, s.limits.Pair)
			s.thin(1, m1, s.limits.Pair)
			f = s.newFront()
			s.two(len(*m0), len(*m1), math.MaxInt64, f, out)
		}
	case 3:
		cells := 1.0
		for _, k := range swept {
			cells *= float64(len(mins[k]))
		}
		if q := float64(s.limits.Three); cells > q*q*q {
			for d, k := range swept {
				out.Exact = out.Exact && len(mins[k]) <= s.limits.Three
				s.thin(d, &mins[k], s.limits.Three)
			}
		}
		s.three(len(mins[swept[0]]), len(mins[swept[1]]), len(mins[swept[2]]), f, out)
	}
	return f
}

// newFront is for costs from that of accepting everything at once to that of asking every tier, and knows what is known.
func (s *Sweeper) newFront() *front {
	most := s.totals.cost
	for i := range s.steps {
		for _, c := range s.steps[i].change {
			most += c.cost
		}
	}
	f := newFront(s.totals.cost, most, len(s.steps))
	for _, v := range s.known {
		if v, ok := s.knownFrame.in(s.frame, v); ok {
			f.know(v)
		}
	}
	f.look()
	return f
}

// thin keeps so many thresholds of a dimension, at most: of its accepted answers' quantiles, each the next lower threshold,
// which is no worse than what lies between.
func (s *Sweeper) thin(d int, mins *[]float64, most int) {
	n := len(*mins)
	if n <= most {
		return
	}
	count := make([]int, n+1)
	accepted := 0
	for i := range s.steps {
		if r := s.steps[i].rank[d]; r > 0 && r != always {
			count[r]++
			accepted++
		}
	}
	var kept []float64
	renumbered := make([]int32, n+1) // how many of the first thresholds are kept
	seen := 0
	for r := 1; r <= n; r++ {
		// Whether a quantile, of which there are most, lies among the answers of this rank.
		if (seen*most+accepted-1)/accepted < ((seen+count[r])*most+accepted-1)/accepted {
			kept = append(kept, (*mins)[r-1])
		}
		seen += count[r]
		renumbered[r] = int32(len(kept))
	}
	for i := range s.steps {
		if w := &s.steps[i]; w.rank[d] != always {
			w.rank[d] = renumbered[w.rank[d]]
		}
	}
	*mins = kept
}

// order sorts the requests by their first rank, of which there are m: those of rank j are sent on by threshold j and all above.
func (s *Sweeper) order(m int) {
	s.firstStart = append(s.firstStart[:0], make([]int32, m+1)...)
	for i := range s.steps {
		if r := s.steps[i].rank[0]; r < int32(m) {
			s.firstStart[r+1]++
		}
	}
	for r := range m {
		s.firstStart[r+1] += s.firstStart[r]
	}
	next := slices.Clone(s.firstStart)
	for i := range s.steps {
		if r := s.steps[i].rank[0]; r < int32(m) {
			s.byRank[next[r]] = int32(i)
			next[r]++
		}
	}
}

// sentOn returns the requests that threshold j of the first tier sends on and the one below it does not.
func (s *Sweeper) sentOn(j int) []int32 { return s.byRank[s.firstStart[j]:s.firstStart[j+1]] }

func (s *Sweeper) one(m int, f *front, out *Sweep) {
	s.order(m)
	total := s.totals
	for j := range m {
		for _, i := range s.sentOn(j) {
			total.add(s.steps[i].change[0])
		}
		f.add(total, [maxTiers - 1]int32{int32(j)})
	}
	out.Cells = int64(m)
}

// two combines two thresholds: for each one of the first tier, a tree keeps what the second tier does to the requests that
// were sent on. It returns false if it takes too long.
func (s *Sweeper) two(m0, m1 int, most int64, f *front, out *Sweep) bool {
	s.order(m0)
	const samples = 256 // of the first thresholds, to have something to compare with
	sampled := newTree(m1)
	for j, k := 0, 0; m0 > samples && j < m0; j++ {
		s.send(sampled, j)
		if j*samples >= k*m0 {
			k++
			sampled.scan(f, int32(j), false)
		}
	}
	f.look()
	t := newTree(m1)
	for j := range m0 {
		s.send(t, j)
		t.scan(f, int32(j), true)
		if t.looks > most {
			return false
		}
	}
	out.Cells = t.cells
	return true
}

func (s *Sweeper) send(t *tree, j int) {
	if j == 0 {
		t.total = s.totals
	}
	for _, i := range s.sentOn(j) {
		w := &s.steps[i]
		t.total.add(w.change[0])
		if int(w.rank[1]) < t.thresholds {
			t.add(int(w.rank[1]), w.change[1])
		}
	}
}

// three combines three thresholds by a summed-area table, of which it holds one layer. It does so twice: most of what is
// good in the first layers is not among all.
func (s *Sweeper) three(m0, m1, m2 int, f *front, out *Sweep) {
	s.order(m0)
	second, third, column := make([]value, m1), make([]value, m1*m2), make([]value, m2)
	for _, add := range []bool{false, true} {
		f.look()
		clear(second)
		clear(third)
		total := s.totals
		for j := range m0 {
			for _, i := range s.sentOn(j) {
				w := &s.steps[i]
				total.add(w.change[0])
				if r := int(w.rank[1]); r < m1 {
					second[r].add(w.change[1])
					if q := int(w.rank[2]); q < m2 {
						third[r*m2+q].add(w.change[2])
					}
				}
			}
			clear(column)
			at := total
			for k := range m1 {
				at.add(second[k])
				c := at
				best := int64(-1)
				for l, x := range third[k*m2 : (k+1)*m2] {
					column[l].add(x)
					c.add(column[l])
					if c.quality <= best {
						continue
					}
					best = c.quality
					if add {
						f.add(c, [maxTiers - 1]int32{int32(j), int32(k), int32(l)})
					} else {
						f.note(c)
					}
				}
			}
		}
	}
	out.Cells = int64(m0) * int64(m1) * int64(m2)
}
