package eval

import (
	"cmp"
	"slices"

	"github.com/tierwise/tierwise/eval/stats"
)

// Level is the two-sided level of the intervals that are shown. Verdicts have their own, one-sided, Settings.Alpha.
const Level = 0.95

// An Interval is a two-sided interval of Level, and how it was got.
type Interval struct {
	Lo       Number   `json:"lo"`
	Hi       Number   `json:"hi"`
	Method   string   `json:"method"`
	Warnings []string `json:"warnings,omitempty"`
}

func (u *units) graded() bool { return u.deltas.Count.N > 0 }

// sample returns a task as the bootstrap takes it.
func (t *taskPartial) sample() stats.Sample {
	u := t.units
	s := stats.Sample{Name: t.task, Weight: t.weight(), Unchanged: t.unchanged, Graded: u.graded()}
	s.Changed = make([]stats.Cluster, 0, u.nonzero())
	for v, n := range u.values.Counts {
		for range n {
			s.Changed = append(s.Changed, stats.Cluster{W: v.W, WD: v.WD})
		}
	}
	for range u.pairs[1].Unit {
		s.Changed = append(s.Changed, stats.Cluster{W: 1, WD: -1})
	}
	for range u.pairs[2].Unit {
		s.Changed = append(s.Changed, stats.Cluster{W: 1, WD: 1})
	}
	slices.SortFunc(s.Changed, func(a, b stats.Cluster) int { return cmp.Or(cmp.Compare(a.WD, b.WD), cmp.Compare(a.W, b.W)) })
	sumW, sumW2 := u.weight()
	w3 := u.pairsW3
	w3.AddFixed(u.deltas.W3)
	w3.AddInt(u.unit())
	all := stats.Moments{N: float64(u.count()), W: sumW, W2: sumW2, W3: w3.Float64()}
	var changed stats.Moments
	for _, c := range s.Changed {
		changed.Add(c.W)
	}
	s.Rest = rest(all, changed)
	return s
}

// rest returns the moments of all without some of them. What is left by rounding where nothing is left is nothing.
func rest(all, some stats.Moments) stats.Moments {
	n := all.N - some.N
	if n <= 0 {
		return stats.Moments{}
	}
	return stats.Moments{N: n, W: max(all.W-some.W, 0), W2: max(all.W2-some.W2, 0), W3: max(all.W3-some.W3, 0)}
}

// unit returns the number of units of weight 1, nonzero that of those whose delta is not 0.
func (u *units) unit() int64 {
	n := u.deltas.Count.Unit
	for i := range u.pairs {
		n += u.pairs[i].Unit
	}
	return n
}

func (u *units) nonzero() int64 { return u.deltas.NonZero + u.pairs[1].N + u.pairs[2].N }

// held reports whether the bootstrap can draw from the units.
func (u *units) held() bool { return !u.values.Over && u.nonzero() <= maxValues }

// interval inverts the test of a task at half of what Level leaves to each side.
func (u *units) interval() *Interval {
	if !u.graded() {
		p := u.pairsForTest()
		iv := stats.TangoInterval(p.N, p.B, p.C, Level)
		return &Interval{Lo: Number(iv.Lo), Hi: Number(iv.Hi), Method: "Tango score"}
	}
	return inverted(stats.Stratum{Weight: 1, Graded: true, Deltas: u.deltasForTest()})
}

func inverted(strata ...stats.Stratum) *Interval {
	iv, test := stats.OverallInterval(strata, Level)
	return &Interval{Lo: Number(iv.Lo), Hi: Number(iv.Hi), Method: test}
}

// addIntervals adds the intervals of the deltas of a table: of each task, and of the whole as their mean by the weight that
// they have in it. They come from the bootstrap where scores are graded and few enough.
func (f *finishedTable) addIntervals(seed uint64) {
	whole, each := intervals(f.parts, seed)
	for i := range f.tasks {
		f.tasks[i].DeltaInterval = each[i]
	}
	if f.mixed.reweighed {
		whole, _ = intervals(f.mixed.strata, seed)
	}
	f.whole.DeltaInterval = whole
}

// intervals returns the interval of the whole, and that of each part; nil where nothing is known.
func intervals(parts []taskPartial, seed uint64) (whole *Interval, each []*Interval) {
	each = make([]*Interval, len(parts))
	var strata []stats.Stratum
	var samples []stats.Sample
	var of []int // task of each stratum
	drawn, graded := true, false
	changed, unknown := false, false
	for i := range parts {
		part := &parts[i]
		switch {
		case part.unchanged:
			each[i] = &Interval{Method: "nothing changed"}
		case part.units.count() == 0:
			unknown = true
			continue // nothing is known of the task: its own verdict says so
		default:
			changed = true
			each[i] = part.units.interval()
			graded = graded || part.units.graded()
			drawn = drawn && part.units.held()
		}
		strata, of = append(strata, part.stratum()), append(of, i)
	}
	if len(strata) == 0 || unknown && !changed {
		return nil, each
	}
	if !graded || !drawn {
		return inverted(strata...), each
	}
	for _, i := range of {
		samples = append(samples, parts[i].sample())
	}
	all, single := stats.Estimates(samples, &stats.BootstrapOptions{Level: Level, Seed: seed})
	for k, i := range of {
		each[i] = estimated(&single[k])
	}
	return estimated(&all), each
}

func estimated(e *stats.Estimate) *Interval {
	return &Interval{Lo: Number(e.Interval.Lo), Hi: Number(e.Interval.Hi), Method: e.Method, Warnings: e.Warnings}
}

// addSavings adds the savings' interval and one-sided bounds at the level of the tests.
func (r *Result) addSavings(s stats.CostSums, alpha float64) {
	if !r.Savings.Known() {
		return
	}
	_, shown := s.Savings(Level)
	_, bounds := s.Savings(1 - 2*alpha)
	r.SavingsInterval = &Interval{Lo: Number(shown.Lo), Hi: Number(shown.Hi), Method: s.Method()}
	r.SavingsBound, r.SavingsUpper = Number(bounds.Lo), Number(bounds.Hi)
}

// addWorse adds the share of requests that got much worse, the mean of the tasks' by the weight of all their requests, and
// its bound: exact, at the number of requests of one weight that tell as much.
func (r *Result) addWorse(parts []taskPartial, alpha float64) {
	var total, share, variance float64
	for i := range parts {
		p := parts[i].p
		if p.Covered.N == 0 {
			continue
		}
		weight := parts[i].weight()
		total += weight
		share += weight * p.Worse.share(&p.Covered)
		variance += weight * weight / stats.KishN(parts[i].units.weight())
	}
	if total > 0 {
		share, variance = share/total, variance/(total*total)
		n := 1 / variance
		r.WorseShare, r.WorseUpper = Number(share), Number(stats.UpperShare(share*n, n, alpha))
	}
}
