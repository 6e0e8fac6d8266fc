package frontier_test

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tierwise/tierwise/eval/frontier"
)

// randomRows have many ties, signals and answers that are missing, calls that fail and end the walk, and numbers of which
// floats hold the sums exactly.
func randomRows(rng *rand.Rand, requests, tiers int) *frontier.Rows {
	r := &frontier.Rows{}
	if rng.IntN(2) == 0 {
		for range requests {
			r.Weight = append(r.Weight, float64(rng.IntN(4)))
		}
	}
	distinct, holes := 1+rng.IntN(12), rng.IntN(2)
	for k := range tiers {
		t := frontier.Tier{Model: fmt.Sprint("model ", k)}
		gate, signal, checks, failing := rng.IntN(2) == 0, rng.IntN(5) > 0, rng.IntN(3) == 0, rng.IntN(2) == 0
		for range requests {
			t.Cost = append(t.Cost, float64(rng.IntN(4))/4*float64(k+1))
			t.Quality = append(t.Quality, float64(rng.IntN(3))/2)
			last := len(t.Cost) - 1
			if holes == 1 && rng.IntN(20) == 0 {
				t.Cost[last] = math.NaN()
			}
			if holes == 1 && rng.IntN(20) == 0 {
				t.Quality[last] = math.NaN()
			}
			if checks {
				t.CheckCost = append(t.CheckCost, float64(rng.IntN(3))/8)
			}
			if gate {
				t.Gate = append(t.Gate, rng.IntN(4) > 0)
			}
			if signal {
				x := float64(rng.IntN(distinct)) - 3
				if rng.IntN(10) == 0 {
					x = math.NaN()
				}
				t.Signal = append(t.Signal, x)
			}
			if failing {
				call := frontier.Answered
				switch rng.IntN(12) {
				case 0:
					call = frontier.Failed
				case 1:
					call = frontier.Aborted
				}
				t.Call = append(t.Call, call)
			}
		}
		r.Tiers = append(r.Tiers, t)
	}
	return r
}

// compare gives rows something that they are compared with, and tiers requests that they do not fit and answers that nobody
// measured.
func compare(rng *rand.Rand, r *frontier.Rows) {
	n := len(r.Tiers[0].Cost)
	for range n {
		cost, quality := float64(rng.IntN(4)), float64(rng.IntN(3))/2
		if rng.IntN(20) == 0 {
			cost = math.NaN()
		}
		if rng.IntN(20) == 0 {
			quality = math.NaN()
		}
		r.BaseCost, r.BaseQuality = append(r.BaseCost, cost), append(r.BaseQuality, quality)
	}
	for k := range r.Tiers {
		t := &r.Tiers[k]
		if t.Call == nil {
			t.Call = make([]frontier.Call, n)
		}
		t.Unmeasured = make([]bool, n)
		for i := range n {
			if rng.IntN(8) == 0 {
				t.Call[i] = frontier.Skipped
			}
			t.Unmeasured[i] = rng.IntN(20) == 0
		}
	}
}

// walked is what a chain comes to under given thresholds, row by row, as the dispatcher walks.
func walked(r *frontier.Rows, chain []int, mins []float64) frontier.Point {
	var cost, quality, priced, covered float64
	for i := range r.Tiers[0].Cost {
		w := 1.0
		if r.Weight != nil {
			w = r.Weight[i]
		}
		if w == 0 {
			continue
		}
		hasCost, hasQuality := r.BaseCost == nil || r.BaseCost[i] == r.BaseCost[i], r.BaseQuality == nil || r.BaseQuality[i] == r.BaseQuality[i]
		last := -1 // that the request fits
		for k, tier := range chain {
			if t := &r.Tiers[tier]; t.Call == nil || t.Call[i] != frontier.Skipped {
				last = k
			}
		}
		for k, tier := range chain {
			t := &r.Tiers[tier]
			c := t.Cost[i]
			if t.Call != nil && t.Call[i] == frontier.Skipped {
				continue
			}
			if k < last && t.Unmeasured != nil && t.Unmeasured[i] && t.Call[i] == frontier.Answered {
				hasCost, hasQuality = false, false
			}
			if k < last && t.CheckCost != nil {
				c += t.CheckCost[i]
			}
			hasCost = hasCost && c == c
			hasQuality = hasQuality && (t.Quality[i] == t.Quality[i] || t.Call != nil && t.Call[i] != frontier.Answered)
		}
		spent, answer := 0.0, 0.0
		for k, tier := range chain {
			t := &r.Tiers[tier]
			if t.Call != nil && t.Call[i] == frontier.Skipped {
				continue
			}
			spent += t.Cost[i]
			if k < last && t.CheckCost != nil {
				spent += t.CheckCost[i]
			}
			if t.Call != nil && t.Call[i] == frontier.Failed {
				continue
			}
			if t.Call != nil && t.Call[i] == frontier.Aborted {
				answer = 0
				break
			}
			answer = t.Quality[i]
			if k == last || (t.Gate == nil || t.Gate[i]) && (t.Signal == nil || t.Signal[i] >= mins[k]) {
				break
			}
		}
		if hasCost {
			cost += w * spent
			priced += w
		}
		if hasQuality {
			quality += w * answer
			covered += w
		}
	}
	return frontier.Point{Cost: cost / priced, Quality: quality / covered}
}

// distinctMins are the signals that each tier of a chain but the last accepts, on requests that may come by it.
func distinctMins(r *frontier.Rows, chain []int) (mins [][]float64, combinations float64) {
	combinations = 1
	for k, tier := range chain[:len(chain)-1] {
		t := &r.Tiers[tier]
		if t.Signal == nil {
			mins = append(mins, []float64{math.NaN()})
			continue
		}
		var values []float64
		for i, x := range t.Signal {
			comes := (r.Weight == nil || r.Weight[i] > 0) && x == x && (t.Gate == nil || t.Gate[i]) && (t.Call == nil || t.Call[i] == frontier.Answered)
			for _, before := range chain[:k] {
				comes = comes && (r.Tiers[before].Call == nil || r.Tiers[before].Call[i] != frontier.Aborted)
			}
			if comes {
				values = append(values, x)
			}
		}
		slices.Sort(values)
		mins = append(mins, slices.Compact(values))
		combinations *= float64(len(mins[k]))
	}
	return mins, combinations
}

// bruteForce walks every row under every combination.
func bruteForce(r *frontier.Rows, chain []int) (pareto []frontier.Point, combinations float64) {
	mins, combinations := distinctMins(r, chain)
	var all []frontier.Point
	var rec func(chosen []float64)
	rec = func(chosen []float64) {
		if len(chosen) == len(mins) {
			all = append(all, walked(r, chain, chosen))
			return
		}
		for _, m := range mins[len(chosen)] {
			rec(append(slices.Clone(chosen), m))
		}
	}
	rec(nil)
	return paretoOf(all), combinations
}

func paretoOf(points []frontier.Point) (pareto []frontier.Point) {
	slices.SortFunc(points, func(a, b frontier.Point) int {
		return cmp.Or(cmp.Compare(a.Cost, b.Cost), cmp.Compare(b.Quality, a.Quality))
	})
	for _, p := range points {
		if len(pareto) == 0 || p.Quality > pareto[len(pareto)-1].Quality {
			pareto = append(pareto, p)
		}
	}
	return pareto
}

func pointsOf(options []frontier.Thresholds) (points []frontier.Point) {
	for _, o := range options {
		points = append(points, frontier.Point{Cost: o.Cost, Quality: o.Quality})
	}
	return points
}

func sameFloat(a, b float64) bool { return a == b || a != a && b != b }

// The options of a chain are those that walking every request under every combination of thresholds finds.
func TestSweepEqualsWalking(t *testing.T) {
	chains, options, long := 0, 0, 0
	for seed := range uint64(400) {
		rng := rand.New(rand.NewPCG(seed, 5))
		rows := randomRows(rng, 1+rng.IntN(40), 4)
		if seed%4 == 1 {
			compare(rng, rows)
		}
		s, err := frontier.NewSweeper(rows, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, chain := range rows.Chains(4) {
			got, err := s.Sweep(chain)
			if err != nil {
				t.Fatal(err)
			}
			want, combinations := bruteForce(rows, chain)
			if !got.Exact || got.Combinations != combinations {
				t.Fatalf("seed %d, chain %v: exact %v, %v combinations, want %v", seed, chain, got.Exact, got.Combinations, combinations)
			}
			if !slices.EqualFunc(pointsOf(got.Options), want, func(a, b frontier.Point) bool { return sameFloat(a.Cost, b.Cost) && sameFloat(a.Quality, b.Quality) }) {
				t.Fatalf("seed %d, chain %v:\n got %v\nwant %v", seed, chain, got.Options, want)
			}
			for _, o := range got.Options {
				if p := walked(rows, chain, o.Min); !sameFloat(p.Cost, o.Cost) || !sameFloat(p.Quality, o.Quality) {
					t.Fatalf("seed %d, chain %v: %v comes to %v", seed, chain, o, p)
				}
			}
			chains++
			options += len(got.Options)
			if len(got.Options) > 4 {
				long++
			}
		}
	}
	if long < 200 || options < chains {
		t.Errorf("%d options of %d chains, of which %d had more than 4: this tests little", options, chains, long)
	}
}

// The same with enough requests for two thresholds to be passed over by many, and for three to be thinned.
func TestSweepOfMany(t *testing.T) {
	for seed := range uint64(3) {
		rng := rand.New(rand.NewPCG(seed, 6))
		rows := noisyRows(rng, 600, 4)
		s, err := frontier.NewSweeper(rows, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, chain := range [][]int{{0, 3}, {0, 1, 3}, {1, 2, 3}} {
			got, err := s.Sweep(chain)
			if err != nil {
				t.Fatal(err)
			}
			want := fastPareto(rows, chain)
			if !got.Exact || got.Combinations != math.Pow(600, float64(len(chain)-1)) {
				t.Fatalf("seed %d, chain %v: exact %v, %v combinations", seed, chain, got.Exact, got.Combinations)
			}
			if !slices.EqualFunc(pointsOf(got.Options), want, func(a, b frontier.Point) bool {
				return math.Abs(a.Cost-b.Cost) < 1e-12 && math.Abs(a.Quality-b.Quality) < 1e-12
			}) {
				t.Fatalf("seed %d, chain %v: %d options, want %d", seed, chain, len(got.Options), len(want))
			}
		}
		limited, err := frontier.NewSweeper(rows, &frontier.Limits{Cells: 1000, Pair: 20, Three: 9})
		if err != nil {
			t.Fatal(err)
		}
		for _, chain := range [][]int{{0, 1, 3}, {0, 1, 2, 3}} {
			got, err := limited.Sweep(chain)
			if err != nil {
				t.Fatal(err)
			}
			if most := map[int]int{3: 20, 4: 9}[len(chain)]; got.Exact || slices.Max(got.Grid) != most || got.Cells < int64(most) {
				t.Errorf("seed %d, chain %v: exact %v with grid %v and %d cells", seed, chain, got.Exact, got.Grid, got.Cells)
			}
			for _, o := range got.Options {
				if p := walked(rows, chain, o.Min); math.Abs(p.Cost-o.Cost) > 1e-12 || math.Abs(p.Quality-o.Quality) > 1e-12 {
					t.Fatalf("seed %d, chain %v: %v comes to %v", seed, chain, o, p)
				}
			}
			if len(chain) == 3 {
				full := fastPareto(rows, chain)
				last := got.Options[len(got.Options)-1]
				if best := frontier.QualityAt(full, last.Cost); last.Quality > best+1e-12 || last.Quality < best-0.02 {
					t.Errorf("seed %d: with 20 quantiles the best is %v, with all values %v", seed, last.Quality, best)
				}
			}
		}
	}
}

// noisyRows are requests of which dearer tiers are right more often and whose signals tell a little.
func noisyRows(rng *rand.Rand, requests, tiers int) *frontier.Rows {
	r := &frontier.Rows{Tiers: make([]frontier.Tier, tiers)}
	for range requests {
		hard := rng.Float64()
		for k := range r.Tiers {
			t := &r.Tiers[k]
			t.Model = fmt.Sprint("model ", k)
			quality := 0.0
			if rng.NormFloat64()*0.3+float64(k+3)/float64(tiers+2) > hard {
				quality = 1
			}
			t.Quality = append(t.Quality, quality)
			t.Cost = append(t.Cost, math.Pow(3, float64(k))*(0.5+rng.Float64())*1e-4)
			t.Signal = append(t.Signal, rng.NormFloat64()+0.95*quality)
		}
	}
	return r
}

// fastPareto computes every combination of one or two thresholds, each from the one before it.
func fastPareto(r *frontier.Rows, chain []int) []frontier.Point {
	n := len(r.Tiers[0].Cost)
	first, last := &r.Tiers[chain[0]], &r.Tiers[chain[len(chain)-1]]
	second := last
	if len(chain) == 3 {
		second = &r.Tiers[chain[1]]
	}
	var all []frontier.Point
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	bySecond := slices.Clone(order)
	slices.SortFunc(bySecond, func(a, b int) int { return cmp.Compare(second.Signal[a], second.Signal[b]) })
	for _, m0 := range first.Signal {
		var cost, quality float64
		for i := range order {
			cost += first.Cost[i]
			if first.Signal[i] >= m0 {
				quality += first.Quality[i]
			} else {
				cost += second.Cost[i]
				quality += second.Quality[i]
			}
		}
		all = append(all, frontier.Point{Cost: cost / float64(n), Quality: quality / float64(n)})
		for _, i := range bySecond[:n-1] {
			if len(chain) == 3 {
				if first.Signal[i] < m0 {
					cost += last.Cost[i]
					quality += last.Quality[i] - second.Quality[i]
				}
				all = append(all, frontier.Point{Cost: cost / float64(n), Quality: quality / float64(n)})
			}
		}
	}
	// Sums in different orders: equal combinations differ in the last digits.
	for i := range all {
		all[i].Cost = math.Round(all[i].Cost*1e14) / 1e14
		all[i].Quality = math.Round(all[i].Quality*1e12) / 1e12
	}
	return paretoOf(all)
}

// The order of requests does not matter to the last bit.
func TestSweepOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 7))
	rows := noisyRows(rng, 500, 4)
	for range 500 {
		rows.Weight = append(rows.Weight, rng.ExpFloat64())
	}
	shuffled := &frontier.Rows{Tiers: make([]frontier.Tier, 4)}
	for _, i := range rng.Perm(500) {
		shuffled.Weight = append(shuffled.Weight, rows.Weight[i])
		for k := range rows.Tiers {
			from, to := &rows.Tiers[k], &shuffled.Tiers[k]
			to.Model, to.Cost, to.Quality, to.Signal = from.Model, append(to.Cost, from.Cost[i]), append(to.Quality, from.Quality[i]), append(to.Signal, from.Signal[i])
		}
	}
	a, err := frontier.NewSweeper(rows, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := frontier.NewSweeper(shuffled, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, chain := range rows.Chains(4) {
		x, err := a.Sweep(chain)
		if err != nil {
			t.Fatal(err)
		}
		y, err := b.Sweep(chain)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.EqualFunc(x.Options, y.Options, func(x, y frontier.Thresholds) bool {
			return x.Cost == y.Cost && x.Quality == y.Quality && slices.EqualFunc(x.Min, y.Min, sameFloat)
		}) || x.Cells != y.Cells {
			t.Errorf("chain %v: another order of requests gives other options", chain)
		}
	}
}

// The best options of a task are those of all chains together; of equal ones, the shortest chain's.
func TestBest(t *testing.T) {
	for seed := range uint64(100) {
		rng := rand.New(rand.NewPCG(seed, 12))
		rows := randomRows(rng, 1+rng.IntN(20), 3)
		for k := range rows.Tiers { // what is unknown differs from chain to chain
			for i := range rows.Tiers[k].Cost {
				if math.IsNaN(rows.Tiers[k].Cost[i]) || math.IsNaN(rows.Tiers[k].Quality[i]) {
					rows.Tiers[k].Cost[i], rows.Tiers[k].Quality[i] = 1, 1
				}
			}
		}
		s, err := frontier.NewSweeper(rows, nil)
		if err != nil {
			t.Fatal(err)
		}
		var sweeps []*frontier.Sweep
		var all []frontier.Point
		for _, chain := range rows.Chains(3) {
			sweep, err := s.Sweep(chain)
			if err != nil {
				t.Fatal(err)
			}
			sweeps = append(sweeps, sweep)
			points, _ := bruteForce(rows, chain)
			all = append(all, slices.DeleteFunc(points, func(p frontier.Point) bool { return p.Cost != p.Cost })...)
		}
		want := paretoOf(all)
		best := frontier.Best(sweeps...)
		if len(best) != len(want) {
			t.Fatalf("seed %d: %d options, want %d", seed, len(best), len(want))
		}
		for i, o := range best {
			if o.Cost != want[i].Cost || o.Quality != want[i].Quality || !o.Exact {
				t.Errorf("seed %d: option %v, want %v", seed, o, want[i])
			}
			for _, sweep := range sweeps {
				if len(sweep.Chain) < len(o.Chain) && slices.Contains(pointsOf(sweep.Options), want[i]) {
					t.Errorf("seed %d: chain %v does as well as %v", seed, sweep.Chain, o.Chain)
				}
			}
		}
	}
}

func TestChains(t *testing.T) {
	r := &frontier.Rows{Tiers: []frontier.Tier{{Model: "a"}, {Model: "b"}, {Model: "b"}, {Model: "c"}}}
	want := "[[0] [0 1] [0 1 3] [0 2 3] [0 3] [1] [1 3] [2 3] [3]]"
	if got := fmt.Sprint(r.Chains(3)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	six := &frontier.Rows{}
	for k := range 6 {
		six.Tiers = append(six.Tiers, frontier.Tier{Model: fmt.Sprint(k)})
	}
	if n := len(six.Chains(9)); n != 6+15+20+15 {
		t.Errorf("%d chains of up to 4 of 6 models", n)
	}
}

func TestSweeperRefuses(t *testing.T) {
	tier := func(cost, quality float64) frontier.Tier {
		return frontier.Tier{Model: "m", Cost: []float64{cost}, Quality: []float64{quality}}
	}
	for _, c := range []struct {
		rows frontier.Rows
		want string
	}{
		{frontier.Rows{}, "there are no tiers"},
		{frontier.Rows{Weight: []float64{1, 1}, Tiers: []frontier.Tier{tier(1, 1)}}, "2 weights for 1 requests"},
		{frontier.Rows{Weight: []float64{-1}, Tiers: []frontier.Tier{tier(1, 1)}}, "request 0 has the weight -1"},
		{frontier.Rows{Tiers: []frontier.Tier{tier(-1, 1)}}, "tier 0 (m), request 0: cost -1"},
		{frontier.Rows{Tiers: []frontier.Tier{tier(1, 2)}}, "tier 0 (m), request 0: quality 2 is outside [0, 1]"},
		{frontier.Rows{Tiers: []frontier.Tier{tier(1, 1), {Model: "n"}}}, "tier 1 (n): its columns are not all of 1 requests"},
	} {
		if _, err := frontier.NewSweeper(&c.rows, nil); err == nil || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
	rows := &frontier.Rows{Tiers: []frontier.Tier{tier(1, 1), tier(2, 1)}}
	s, err := frontier.NewSweeper(rows, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, chain := range [][]int{nil, {0, 0}, {2}, {0, 1, 0, 1, 0}} {
		if _, err := s.Sweep(chain); err == nil {
			t.Errorf("chain %v is swept", chain)
		}
	}
}
