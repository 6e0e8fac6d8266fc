package frontier

import "math"

// load computes what each step of a chain adds on every request, and returns the frame of the sums.
func (s *Sweeper) load(chain []int, out *Sweep) frame {
	last := len(chain) - 1
	s.totals = value{}
	var base, weights value
	for i := range s.steps {
		w := &s.steps[i]
		*w = walk{}
		var spent, level [maxTiers]int64 // by each tier; quality of the walk that ends there
		priced, covered, end := true, true, last
		var answer int64 // the last one
		fit := last      // the last tier that the request fits
		for fit > 0 && s.tiers[chain[fit]].call[i] == Skipped {
			fit--
		}
		if s.base != nil {
			priced, covered = s.base.cost[i] != unknown, s.base.quality[i] != unknown
		}
		for k, tier := range chain {
			c := &s.tiers[tier]
			spent[k] = c.cost[i]
			priced, covered = priced && spent[k] != unknown, covered && c.quality[i] != unknown
			if k < fit {
				priced = priced && c.check[i] != unknown
				spent[k] += c.check[i]
				if c.unmeasured != nil && c.unmeasured[i] {
					priced, covered = false, false
				}
			}
			switch c.call[i] {
			case Answered:
				answer = c.quality[i]
			case Aborted:
				answer, end = 0, min(end, k)
			case Failed, Skipped:
			}
			level[k] = answer
		}
		if priced {
			weights.cost += s.weight[i]
			out.Priced++
			if s.base != nil {
				base.cost += s.base.cost[i]
			}
		} else {
			spent = [maxTiers]int64{}
		}
		if covered {
			weights.quality += s.weight[i]
			out.Covered++
			if s.base != nil {
				base.quality += s.base.quality[i]
			}
		} else {
			level = [maxTiers]int64{}
		}
		s.totals.add(value{spent[0], level[0]})
		w.passes = 1<<(end+1) - 1
		if end < last {
			w.rank[end] = always
		}
		best := level[end]
		for k := end - 1; k >= 0; k-- {
			w.change[k] = value{spent[k+1], level[k+1] - level[k]}
			if best > level[k] {
				w.gains |= 1 << k
			}
			best = max(best, level[k])
		}
	}
	out.BaseCost, out.BaseQuality = math.NaN(), math.NaN()
	if s.base != nil {
		out.BaseCost, out.BaseQuality = s.means(base, weights)
	}
	return frame{base, weights}
}

// means divides sums by the weights of what they are sums of.
func (s *Sweeper) means(sum, weights value) (cost, quality float64) {
	return s.cost.float(sum.cost) / s.share.float(weights.cost), s.quality.float(sum.quality) / s.share.float(weights.quality)
}

// rank numbers the thresholds of the tier at a place of the chain that can be best, sets the ranks of the requests, and returns the thresholds
// and how many distinct ones there are. Thresholds that are not among them are as dear as the next lower one or dearer, and no better: in between, asking on
// gains nothing on any request.
func (s *Sweeper) rank(k int, c *column) (mins []float64, distinct int) {
	if c.signal == nil {
		for _, i := range c.accepted {
			if w := &s.steps[i]; w.rank[k] == 0 {
				w.rank[k] = 1
			}
		}
		return []float64{math.NaN()}, 1
	}
	gained := true // by sending on what lies just below
	for from := 0; from < len(c.accepted); {
		to := from
		comes, gains := false, false
		for ; to < len(c.accepted) && c.signal[to] == c.signal[from]; to++ {
			w := &s.steps[c.accepted[to]]
			comes = comes || w.passes&(1<<k) != 0
			gains = gains || w.gains&(1<<k) != 0
		}
		if comes {
			distinct++
			if gained {
				mins = append(mins, c.signal[from])
				gained = false
			}
			gained = gained || gains
		}
		for ; from < to; from++ {
			w := &s.steps[c.accepted[from]]
			w.rank[k] = int32(len(mins))
		}
	}
	return mins, distinct
}

// fold takes the tiers with one threshold out of the walks and returns the places in the chain of the others: what is left
// to combine, in this order.
func (s *Sweeper) fold(mins [][]float64) (swept []int) {
	for k := range mins {
		if len(mins[k]) > 1 {
			swept = append(swept, k)
			continue
		}
		at := len(swept) // where the tier now is in the walks
		for i := range s.steps {
			w := &s.steps[i]
			if w.rank[at] > 0 {
				clear(w.change[at:])
			} else if at > 0 {
				w.change[at-1].add(w.change[at])
			} else {
				s.totals.add(w.change[0])
			}
			copy(w.change[at:], w.change[at+1:])
			copy(w.rank[at:], w.rank[at+1:])
			w.change[maxTiers-2], w.rank[maxTiers-2] = value{}, 0
		}
	}
	return swept
}
