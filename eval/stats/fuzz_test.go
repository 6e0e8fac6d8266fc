package stats

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// awkward are numbers that no user means to write and some do.
var awkward = []float64{0, math.Copysign(0, -1), 1, -1, 0.5, 1e-300, 1e300, math.Inf(1), math.Inf(-1), math.NaN(), 1e-9, 0.05, math.MaxFloat64, math.SmallestNonzeroFloat64}

// FuzzPairs: whatever the counts are, two one-sided verdicts that do not contradict each other, and more tolerance never
// takes one away.
func FuzzPairs(f *testing.F) {
	for i, x := range awkward {
		f.Add(100., x, 3., x, 0.05)
		f.Add(x, 2., x, 0.02, awkward[(i+1)%len(awkward)])
	}
	f.Add(200., 3., 25., 0.05, 0.05)
	f.Add(1e7, 1e5, 1.2e5, 0.01, 0.025)
	f.Add(33.1, 0.2, 1.743, 0.1, 0.5)
	f.Fuzz(func(t *testing.T, n, b, c, tolerance, alpha float64) {
		s := Pairs{N: n, B: b, C: c}
		at := func(tolerance float64) Noninferiority { return s.NonInferior(tolerance, alpha) }
		checkVerdicts(t, at, tolerance)
		checkInterval(t, TangoInterval(n, b, c, 1-2*alpha), (b-c)/n)
		checkVerdicts(t, func(tolerance float64) Noninferiority {
			return Overall([]Stratum{{Weight: 2, Pairs: s}, {Weight: 1, Pairs: Pairs{N: 50, B: 1, C: 2}}}, tolerance, alpha)
		}, tolerance)
	})
}

// FuzzWeightedPairs: the same of weighted sums.
func FuzzWeightedPairs(f *testing.F) {
	for i, x := range awkward {
		f.Add(x, 100., 1., 2., 4., awkward[(i+1)%len(awkward)], 0.05)
		f.Add(190., 1090., x, 10., x, 109., x)
	}
	f.Add(190., 1090., 0., 10., 10., 100., 0.05)
	f.Fuzz(func(t *testing.T, w, w2, b, c, d, d2, tolerance float64) {
		s := WeightedPairs(w, w2, b, c).WithDiscordant(w, w2, d, d2)
		checkVerdicts(t, func(tolerance float64) Noninferiority { return s.NonInferior(tolerance, 0.05) }, tolerance)
	})
}

// FuzzDeltas: the same of graded scores.
func FuzzDeltas(f *testing.F) {
	for i, x := range awkward {
		f.Add(100., x, 9., 20, x, 0.05, 0.05)
		f.Add(x, 2., x, i, 1., awkward[(i+1)%len(awkward)], x)
	}
	f.Add(200., -2., 8., 30, 3., 0.05, 0.05)
	f.Fuzz(func(t *testing.T, n, sum, squares float64, nonzero int, gains, tolerance, alpha float64) {
		s := Deltas{N: n, Sum: sum, SumSq: squares, Nonzero: nonzero, Gains: gains}
		checkVerdicts(t, func(tolerance float64) Noninferiority { return s.NonInferior(tolerance, alpha) }, tolerance)
		checkVerdicts(t, func(tolerance float64) Noninferiority {
			return Overall([]Stratum{{Weight: 2, Graded: true, Deltas: s}, {Weight: 1, Pairs: Pairs{N: 50, B: 1, C: 2}}}, tolerance, alpha)
		}, tolerance)
	})
}

// checkVerdicts tests at a tolerance and at larger ones.
func checkVerdicts(t *testing.T, at func(tolerance float64) Noninferiority, tolerance float64) {
	t.Helper()
	last := at(tolerance)
	checkVerdict(t, last)
	for _, more := range []float64{1 + 1e-12, 1.01, 2, 10} {
		r := at(tolerance * more)
		checkVerdict(t, r)
		if !(r.Tolerance > last.Tolerance && r.Tolerance < 1) || math.IsNaN(last.P) {
			continue
		}
		if r.P > last.P+1e-9 || r.PFails < last.PFails-1e-9 {
			t.Fatalf("more tolerance, less quality: %+v then %+v", last, r)
		}
		if last.P <= last.Alpha-1e-9 && r.Verdict() != Holds {
			t.Fatalf("held, then does not: %+v then %+v", last, r)
		}
		last = r
	}
}

func checkVerdict(t *testing.T, r Noninferiority) {
	t.Helper()
	if undefined := math.IsNaN(r.P); undefined != math.IsNaN(r.PFails) || undefined != math.IsNaN(r.Bound) || undefined != math.IsNaN(r.Upper) {
		t.Fatalf("defined by halves: %+v", r)
	}
	if math.IsNaN(r.P) {
		if r.Verdict() != Inconclusive {
			t.Fatalf("%s on no p-value: %+v", r.Verdict(), r)
		}
		return
	}
	if !(0 <= r.P && r.P <= 1 && 0 <= r.PFails && r.PFails <= 1) || r.P <= r.Alpha && r.PFails <= r.Alpha && r.Alpha < 0.5 {
		t.Fatalf("p-values: %+v", r)
	}
	if r.Test != "nothing changed" {
		checkInterval(t, Interval{r.Bound, r.Upper}, r.Delta)
	}
}

// checkInterval wants the ends in [−1, 1] and the estimate, where there is one, between them, but for rounding.
func checkInterval(t *testing.T, iv Interval, estimate float64) {
	t.Helper()
	if math.IsNaN(iv.Lo) && math.IsNaN(iv.Hi) {
		return
	}
	if !(-1 <= iv.Lo && iv.Lo <= iv.Hi && iv.Hi <= 1) || estimate < iv.Lo-1e-9 || estimate > iv.Hi+1e-9 {
		t.Fatalf("interval %v of %v", iv, estimate)
	}
}

// numbers reads a fuzzed string of bytes as scores: one byte is a step of 1/100, and one in a few is an awkward number.
type numbers []byte

func (b *numbers) byte() int {
	if len(*b) == 0 {
		return 0
	}
	x := (*b)[0]
	*b = (*b)[1:]
	return int(x)
}

func (b *numbers) next() float64 {
	switch x := b.byte(); {
	case x < len(awkward):
		return awkward[x]
	case x == 255 && len(*b) >= 8:
		bits := binary.LittleEndian.Uint64(*b)
		*b = (*b)[8:]
		return math.Float64frombits(bits)
	default:
		return float64(x-120) / 100
	}
}

// FuzzEstimates: any clusters in any order have the same interval, around their mean.
func FuzzEstimates(f *testing.F) {
	f.Add([]byte{1, 40, 2, 120, 160, 3, 90, 70}, uint64(1))
	f.Add(slices.Repeat([]byte{220, 120, 220, 90, 221, 200, 255, 0, 0, 0, 0, 0, 0, 0, 64, 100}, 12), uint64(2))
	f.Add(slices.Repeat([]byte{220, 20, 220, 140, 220, 220}, 30), uint64(3))
	for i := range awkward {
		f.Add(slices.Repeat([]byte{byte(i), 100, 220, byte(i)}, 9), uint64(i))
	}
	f.Fuzz(func(t *testing.T, raw []byte, seed uint64) {
		if len(raw) > 1000 {
			return
		}
		b := numbers(raw)
		flags := b.byte()
		samples := []Sample{{Name: "a", Weight: 1, Graded: flags&1 > 0}, {Name: "b", Weight: b.next(), Graded: flags&2 > 0, Unchanged: flags&4 > 0}, {Name: "c", Weight: 1, Graded: true}}
		for len(b) > 0 {
			s := &samples[b.byte()%len(samples)]
			w, d := b.next(), b.next()
			if !s.Graded { // as they are by definition
				d = math.Copysign(1, d)
			}
			if c := (Cluster{w, w * d}); flags&8 > 0 {
				s.Changed = append(s.Changed, slices.Repeat([]Cluster{c}, 25)...)
			} else {
				s.Changed = append(s.Changed, c)
			}
			s.Rest.Add(math.Abs(w))
		}
		opts := BootstrapOptions{Resamples: 300, Seed: seed, Workers: 1}
		whole, each := Estimates(samples, &opts)
		for _, e := range append(each, whole) {
			checkInterval(t, e.Interval, e.Delta)
		}
		rng := rand.New(rand.NewPCG(seed, 1))
		for _, s := range samples {
			rng.Shuffle(len(s.Changed), func(i, j int) { s.Changed[i], s.Changed[j] = s.Changed[j], s.Changed[i] })
		}
		opts.Workers = 2
		again, eachAgain := Estimates(samples, &opts)
		for i, e := range append(each, whole) {
			if o := append(eachAgain, again)[i]; !sameInterval(e.Interval, o.Interval) || e.Delta != o.Delta && !math.IsNaN(e.Delta+o.Delta) {
				t.Fatalf("shuffled: %+v, then %+v", e, o)
			}
		}
	})
}

func sameInterval(a, b Interval) bool {
	same := func(x, y float64) bool { return x == y || math.IsNaN(x) && math.IsNaN(y) }
	return same(a.Lo, b.Lo) && same(a.Hi, b.Hi)
}

// FuzzAUC: any bins in any order have the same area, within its interval.
func FuzzAUC(f *testing.F) {
	f.Add([]byte{160, 130, 0, 170, 0, 150, 180, 140, 140}, 0.95, uint64(1))
	for i, x := range awkward {
		f.Add(slices.Repeat([]byte{byte(100 + i), 220, byte(i)}, 7), x, uint64(i))
		f.Add(slices.Repeat([]byte{byte(i), 220, 180}, 40), 0.9, uint64(i))
	}
	f.Fuzz(func(t *testing.T, raw []byte, level float64, seed uint64) {
		if len(raw) > 1000 {
			return
		}
		var bins []SignalBin
		for b := numbers(raw); len(b) > 0; {
			bin := SignalBin{Signal: b.next()}
			bin.Good.Add(b.next())
			bin.Bad.Add(b.next())
			bins = append(bins, bin)
		}
		want := AUC(bins, level)
		if !math.IsNaN(want.Interval.Lo) {
			checkInterval(t, want.Interval, want.AUC)
			if want.Interval.Lo < 0 {
				t.Fatalf("an area below 0: %+v", want)
			}
		}
		rng := rand.New(rand.NewPCG(seed, 1))
		rng.Shuffle(len(bins), func(i, j int) { bins[i], bins[j] = bins[j], bins[i] })
		if got := AUC(bins, level); !sameInterval(got.Interval, want.Interval) || got.AUC != want.AUC && !math.IsNaN(got.AUC+want.AUC) {
			t.Fatalf("shuffled: %+v, then %+v", want, got)
		}
	})
}

// FuzzSavings: the savings lie within their interval, and no bill is saved more than whole.
func FuzzSavings(f *testing.F) {
	for i, x := range awkward {
		f.Add(50., x, 3., 1., x, 0.5, 0.95)
		f.Add(x, 1., x, 2., 9., x, awkward[(i+1)%len(awkward)])
	}
	f.Add(4., 5., 20., 7., 106., 26., 0.95)
	f.Fuzz(func(t *testing.T, n, c, b, cc, bb, cb, level float64) {
		all := CostSums{}
		for _, request := range [][2]float64{{c, b}, {cc, bb}, {cb, b}} { // the same numbers as costs, with all their powers
			all.Add(request[0], request[1])
		}
		for _, s := range []CostSums{{N: n, C: c, B: b, CC: cc, BB: bb, CB: cb}, all} {
			savings, iv := s.Savings(level)
			if math.IsNaN(iv.Lo) && math.IsNaN(iv.Hi) {
				continue
			}
			if slack := 1e-9 * max(1, math.Abs(savings)); !(iv.Lo <= savings+slack && savings <= iv.Hi+slack && iv.Hi <= 1) {
				t.Fatalf("%+v: savings %v, interval %v by %s", s, savings, iv, s.Method())
			}
		}
	})
}

// FuzzShares: rates, sample sizes and power of any numbers are in range or not defined.
func FuzzShares(f *testing.F) {
	for i, x := range awkward {
		f.Add(x, 100., 0.95, awkward[(i+1)%len(awkward)], 0.05)
		f.Add(3., x, 0.95, 0.02, x)
		f.Add(3., 10., x, x, 0.05)
	}
	f.Fuzz(func(t *testing.T, k, n, level, psi, tolerance float64) {
		inUnit := func(name string, x float64) {
			if x < 0 || x > 1 {
				t.Fatalf("%s = %v", name, x)
			}
		}
		if iv := Wilson(k, n, level); !math.IsNaN(iv.Lo) {
			checkInterval(t, iv, k/n)
			inUnit("Wilson", iv.Lo)
		}
		inUnit("UpperShare", UpperShare(k, n, 1-level))
		inUnit("FloorTolerance", FloorTolerance(n, 1-level))
		inUnit("SmallestTolerance", SmallestTolerance(n, psi, 1-level, 0.8))
		inUnit("Power", Power(n, psi, -tolerance/2, tolerance, 1-level))
		labels, _ := LabelsNeeded(psi, 0, tolerance, 1-level, 0.8)
		for _, count := range []int{FloorLabels(tolerance, 1-level), labels, ShareLabels(psi, tolerance, level)} {
			if count < 0 {
				t.Fatalf("%d labels", count)
			}
		}
	})
}
