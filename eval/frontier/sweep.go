package frontier

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// A Sweep is what a chain can do under all combinations of thresholds.
//
// A threshold is one of the signals that its tier accepts, so that at least one answer is accepted. Thresholds that cannot be best are
// left out beforehand: where asking on helps no request just below a threshold, accepting those too costs less and is no
// worse.
type Sweep struct {
	Chain []int
	// Options are the combinations worth having: by rising cost and quality, none as good and cheaper, or better and as
	// cheap, among all that the sweep speaks for. Of equal ones, the one of lowest thresholds that was looked at. Some are left out
	// that an option beats which was kept before: see [Sweeper.Keep].
	Options []Thresholds
	// Exact: the sweep speaks for every combination of distinct values that changes a decision. Else for those of Grid.
	Exact bool
	// Grid is how many thresholds were combined, per tier but the last: 1 where the tier has no threshold, or one does as
	// well as any other.
	Grid []int
	// Combinations is how many combinations of distinct values there are, and Cells how many of them were computed: the
	// others cannot be among the options.
	Combinations float64
	Cells        int64
	// Covered and Priced are the requests that qualities and costs are means of; requests of weight 0 are not counted.
	Covered, Priced int
	// BaseCost and BaseQuality are the means over the same requests of what the rows are compared with; NaN: of nothing.
	BaseCost, BaseQuality float64
}

// Thresholds are an option of a task: a chain's thresholds and what they come to.
type Thresholds struct {
	Cost, Quality float64   // USD per request, mean quality; NaN: of no request known
	Min           []float64 // per tier of the chain but the last, the least signal that is accepted; NaN: the tier has no threshold
}

// Limits bound what a sweep does. The zero value is the default.
type Limits struct {
	// Cells is how many looks are taken at combinations of two thresholds, at one or at many at once, before quantiles take
	// the place of all values; 0: 2²⁸, some seconds.
	Cells int64
	// Pair is how many quantiles of each of two thresholds there are then; 0: 2,048.
	Pair int
	// Three is how many quantiles of each of three thresholds are combined where there are more values; 0: 64. Chains of
	// fewer than Three³ combinations are exact.
	Three int
}

func (l *Limits) orDefault() Limits {
	var out Limits
	if l != nil {
		out = *l
	}
	if out.Cells <= 0 {
		out.Cells = 1 << 28
	}
	if out.Pair <= 0 {
		out.Pair = 2048
	}
	if out.Three <= 0 {
		out.Three = 64
	}
	return out
}

// A Sweeper computes sweeps of one task's rows. It keeps memory between them: a sweeper is for one goroutine.
type Sweeper struct {
	rows          *Rows
	cost, quality units
	share         units
	tiers         []column
	base          *column // nil: the rows have none
	weight        []int64 // per request of positive weight, in units of share; the columns below have the same
	limits        Limits

	steps      []walk  // per request
	totals     value   // of all requests, each accepted by the first tier
	byRank     []int32 // requests, by their first rank
	firstStart []int32 // per first rank, where its requests begin; one more than ranks

	swept      []value // options of the chain that was swept last, and its frame
	frame      frame
	known      []value // options that count, by rising cost and quality
	knownFrame frame
}

// A column is a tier in units, its quality 0 where it has no answer.
type column struct {
	cost, check, quality []int64 // weighted; unknown: −1
	call                 []Call
	unmeasured           []bool    // nil: none
	accepted             []int32   // requests of which the answer may be accepted, by rising signal
	signal               []float64 // of accepted; nil: the tier has no threshold
}

const unknown = -1

// A value is what requests come to: cost and quality, in units.
type value struct{ cost, quality int64 }

func compareValues(a, b value) int {
	return cmp.Or(cmp.Compare(a.cost, b.cost), cmp.Compare(b.quality, a.quality))
}

func (v *value) add(o value) { v.cost, v.quality = v.cost+o.cost, v.quality+o.quality }

// A walk is a request on its way through a chain: with thresholds numbered upwards from 0, tier k accepts it under the first
// rank[k] of them, and asking on from there adds change[k].
type walk struct {
	change [maxTiers - 1]value
	rank   [maxTiers - 1]int32
	gains  uint8 // bit k: some later tier is better than k, on a covered request
	passes uint8 // bit k: the walk may come by tier k
}

// always is a rank of what no threshold sends on.
const always = math.MaxInt32

// sweepBits are the bits of a chain's sums.
const sweepBits = 61

// NewSweeper prepares rows for sweeping: it sorts the signals of each tier once. nil limits are the defaults.
func NewSweeper(rows *Rows, limits *Limits) (*Sweeper, error) {
	if err := rows.check(); err != nil {
		return nil, err
	}
	s := &Sweeper{rows: rows, limits: limits.orDefault()}
	all := len(rows.Tiers[0].Cost)
	var kept []int32
	most := 1.0
	for i := range all {
		if w := rows.weight(i); w > 0 {
			kept = append(kept, int32(i))
			most = max(most, w)
		}
	}
	base := Tier{Cost: rows.BaseCost, Quality: rows.BaseQuality}
	dearest := 0.0
	for _, i := range kept {
		if base.Cost != nil && base.Cost[i] > dearest {
			dearest = base.Cost[i]
		}
	}
	for k := range rows.Tiers {
		t := &rows.Tiers[k]
		dear := 0.0
		for _, i := range kept {
			dear = max(dear, t.Cost[i], t.checkCost(int(i))) // a NaN wins, and is no cost
			if dear != dear {
				dear = 0
			}
		}
		dearest = max(dearest, dear)
	}
	size := float64(len(kept)) * most
	s.cost, s.quality, s.share = unitsFor(2*maxTiers*dearest*size, sweepBits), unitsFor(2*size, sweepBits), unitsFor(size, sweepBits)
	for _, i := range kept {
		s.weight = append(s.weight, s.share.of(rows.weight(int(i))))
	}
	for k := range rows.Tiers {
		s.tiers = append(s.tiers, s.column(&rows.Tiers[k], kept))
	}
	if base.Cost != nil {
		c := s.column(&base, kept)
		s.base = &c
	}
	s.steps, s.byRank = make([]walk, len(kept)), make([]int32, len(kept))
	return s, nil
}

func (r *Rows) weight(i int) float64 {
	if r.Weight == nil {
		return 1
	}
	return r.Weight[i]
}

func (t *Tier) checkCost(i int) float64 {
	if t.CheckCost == nil {
		return 0
	}
	return t.CheckCost[i]
}

func (s *Sweeper) column(t *Tier, kept []int32) column {
	n := len(kept)
	c := column{cost: make([]int64, n), check: make([]int64, n), quality: make([]int64, n), call: make([]Call, n)}
	for at, i := range kept {
		w := s.rows.weight(int(i))
		if t.Call != nil {
			c.call[at] = t.Call[i]
		}
		if t.Unmeasured != nil {
			c.unmeasured = append(c.unmeasured, t.Unmeasured[i] && c.call[at] == Answered)
		}
		if c.call[at] == Skipped {
			continue
		}
		c.cost[at], c.check[at] = unitsOrUnknown(s.cost, w*t.Cost[i]), unitsOrUnknown(s.cost, w*t.checkCost(int(i)))
		if c.call[at] == Answered {
			c.quality[at] = unitsOrUnknown(s.quality, w*t.Quality[i])
			if (t.Gate == nil || t.Gate[i]) && (t.Signal == nil || t.Signal[i] == t.Signal[i]) {
				c.accepted = append(c.accepted, int32(at))
			}
		}
	}
	if t.Signal == nil {
		return c
	}
	type signaled struct {
		signal float64
		at     int32
	}
	sorted := make([]signaled, len(c.accepted))
	for j, at := range c.accepted {
		sorted[j] = signaled{t.Signal[kept[at]], at}
	}
	slices.SortFunc(sorted, func(a, b signaled) int {
		switch {
		case a.signal < b.signal:
			return -1
		case a.signal > b.signal:
			return 1
		}
		return int(a.at) - int(b.at)
	})
	c.signal = make([]float64, len(sorted))
	for j, x := range sorted {
		c.accepted[j], c.signal[j] = x.at, x.signal
	}
	return c
}

func unitsOrUnknown(u units, x float64) int64 {
	if x != x {
		return unknown
	}
	return u.of(x)
}

// Sweep returns the options of a chain: indices of tiers, 4 at most, in the order in which they are asked. What a kept option
// beats is left out: see [Sweeper.Keep]. It takes O(n log n) for n requests, and a look at each combination that nothing
// seen before beats; at the others it looks many at once. A chain with a tier that accepts no answer under any threshold has
// no options.
func (s *Sweeper) Sweep(chain []int) (*Sweep, error) {
	if len(chain) == 0 || len(chain) > maxTiers {
		return nil, fmt.Errorf("a chain of %d tiers: 1 to %d can be swept", len(chain), maxTiers)
	}
	for i, k := range chain {
		if k < 0 || k >= len(s.tiers) || slices.Contains(chain[:i], k) {
			return nil, fmt.Errorf("chain %v: there are tiers 0 to %d, each to be asked once", chain, len(s.tiers)-1)
		}
	}
	out := &Sweep{Chain: slices.Clone(chain), Exact: true, Combinations: 1}
	s.swept = s.swept[:0]
	s.frame = s.load(chain, out)
	mins := make([][]float64, len(chain)-1)
	for k := range mins {
		var distinct int
		mins[k], distinct = s.rank(k, &s.tiers[chain[k]])
		out.Combinations *= float64(distinct)
		if len(mins[k]) == 0 {
			out.Grid = slices.Repeat([]int{0}, len(mins))
			return out, nil
		}
	}
	swept := s.fold(mins)
	f := s.combine(swept, mins, out)
	for _, m := range mins {
		out.Grid = append(out.Grid, len(m))
	}
	best := f.pareto()
	all := make([]float64, 0, len(best)*len(mins))
	for _, c := range best {
		s.swept = append(s.swept, c.value)
		var t Thresholds
		t.Cost, t.Quality = s.means(c.value, s.frame.weights)
		at := [maxTiers - 1]int32{}
		for d, k := range swept {
			at[k] = c.at[d]
		}
		from := len(all)
		for k := range mins {
			all = append(all, mins[k][at[k]])
		}
		t.Min = all[from:len(all):len(all)]
		out.Options = append(out.Options, t)
	}
	return out, nil
}
