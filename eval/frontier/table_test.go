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

// A whole is a table as brute force sees it.
type whole struct {
	options       []int
	cost, quality float64
	tiers         int
	names         string
}

// everyTable returns all tables. Costs and qualities are small integers and weights sum to a power of two in what calls it,
// so that floats are exact and ties are ties.
func everyTable(tasks []frontier.Task) []whole {
	var weight float64
	for _, t := range tasks {
		weight += t.Weight
	}
	all := []whole{{}}
	for _, t := range tasks {
		var next []whole
		for _, w := range all {
			for j, o := range t.Options {
				next = append(next, whole{append(slices.Clone(w.options), j), w.cost + t.Weight/weight*o.Cost, w.quality + t.Weight/weight*o.Quality, w.tiers + o.Tiers, w.names + o.Name})
			}
		}
		all = next
	}
	return all
}

// randomTasks has many ties, and tasks that weigh nothing or have one option.
func randomTasks(rng *rand.Rand) []frontier.Task {
	tasks := make([]frontier.Task, 1+rng.IntN(5))
	left := 16
	for i := range tasks {
		w := rng.IntN(left + 1)
		if i == len(tasks)-1 {
			w = left
		}
		left -= w
		tasks[i] = frontier.Task{Name: fmt.Sprint("task ", i), Weight: float64(w)}
		for j := range 1 + rng.IntN(6) {
			tasks[i].Options = append(tasks[i].Options, frontier.Option{
				Name: fmt.Sprintf("%c%d", 'a'+rng.IntN(3), j), Tiers: 1 + rng.IntN(3),
				Cost: float64(rng.IntN(12)) / 4, Quality: float64(rng.IntN(10)) / 16,
			})
		}
	}
	return tasks
}

// counts leaves out the tasks that weigh nothing: brute force does not know their rule.
func counts(tasks []frontier.Task) []frontier.Task {
	return slices.DeleteFunc(slices.Clone(tasks), func(t frontier.Task) bool { return t.Weight == 0 })
}

func onlyCounted(tasks []frontier.Task, options []int) (out []int) {
	for i, o := range options {
		if tasks[i].Weight > 0 {
			out = append(out, o)
		}
	}
	return out
}

func TestChoiceIsTheBest(t *testing.T) {
	for seed := range uint64(3000) {
		rng := rand.New(rand.NewPCG(seed, 1))
		tasks := randomTasks(rng)
		table, err := frontier.NewTable(tasks)
		if err != nil {
			t.Fatal(err)
		}
		all := everyTable(counts(tasks))
		goal := all[rng.IntN(len(all))]
		budget, least := goal.cost, goal.quality
		if rng.IntN(4) == 0 {
			budget, least = budget-1.0/128, least+1.0/512 // between tables, and out of reach
		}

		got, err := table.AtBudget(budget, 0)
		if err != nil {
			t.Fatal(err)
		}
		check(t, seed, "budget", tasks, got, all, func(w whole) bool { return w.cost <= budget }, func(a, b whole) int {
			return cmp.Or(cmp.Compare(b.quality, a.quality), cmp.Compare(a.cost, b.cost), cmp.Compare(a.tiers, b.tiers), cmp.Compare(a.names, b.names))
		}, func(a, b whole) int {
			return cmp.Or(cmp.Compare(a.cost, b.cost), cmp.Compare(b.quality, a.quality), cmp.Compare(a.tiers, b.tiers), cmp.Compare(a.names, b.names))
		})

		if got, err = table.AtQuality(least, 0); err != nil {
			t.Fatal(err)
		}
		check(t, seed, "quality", tasks, got, all, func(w whole) bool { return w.quality >= least }, func(a, b whole) int {
			return cmp.Or(cmp.Compare(a.cost, b.cost), cmp.Compare(b.quality, a.quality), cmp.Compare(a.tiers, b.tiers), cmp.Compare(a.names, b.names))
		}, func(a, b whole) int {
			return cmp.Or(cmp.Compare(b.quality, a.quality), cmp.Compare(a.cost, b.cost), cmp.Compare(a.tiers, b.tiers), cmp.Compare(a.names, b.names))
		})
	}
}

// check compares with the best of all tables that will do, or the first by the other order if none will.
func check(t *testing.T, seed uint64, what string, tasks []frontier.Task, got *frontier.Choice, all []whole, will func(whole) bool, better, otherwise func(a, b whole) int) {
	t.Helper()
	fit := slices.DeleteFunc(slices.Clone(all), func(w whole) bool { return !will(w) })
	order := better
	if len(fit) == 0 {
		fit, order = all, otherwise
	}
	want := slices.MinFunc(fit, order)
	if got.Reached != will(want) || !got.Exact || got.Gap != 0 {
		t.Fatalf("seed %d, %s: reached %v, exact %v, gap %v", seed, what, got.Reached, got.Exact, got.Gap)
	}
	if got.Cost != want.cost || got.Quality != want.quality {
		t.Fatalf("seed %d, %s: cost %v and quality %v, want %v and %v", seed, what, got.Cost, got.Quality, want.cost, want.quality)
	}
	if options := onlyCounted(tasks, got.Options); !slices.Equal(options, want.options) {
		t.Fatalf("seed %d, %s: options %v, want %v", seed, what, options, want.options)
	}
}

// No table lies above the hull, and its tables are what they are said to be.
func TestHull(t *testing.T) {
	for seed := range uint64(1000) {
		rng := rand.New(rand.NewPCG(seed, 2))
		tasks := randomTasks(rng)
		table, err := frontier.NewTable(tasks)
		if err != nil {
			t.Fatal(err)
		}
		hull := table.Hull()
		points := []frontier.Point{{Cost: hull.Cost, Quality: hull.Quality}}
		for i, s := range hull.Steps {
			points = append(points, frontier.Point{Cost: s.Cost, Quality: s.Quality})
			if s.Cost <= points[i].Cost || s.Quality <= points[i].Quality {
				t.Fatalf("seed %d: step %d goes from %v to %v", seed, i, points[i], points[i+1])
			}
		}
		all := everyTable(tasks)
		for i, p := range points {
			options := hull.Table(i)
			if !slices.ContainsFunc(all, func(w whole) bool {
				return slices.Equal(w.options, options) && w.cost == p.Cost && w.quality == p.Quality
			}) {
				t.Fatalf("seed %d: table %v does not come to %v", seed, options, p)
			}
		}
		for _, w := range all {
			if q := frontier.QualityAt(points, w.cost); w.quality > q+1e-12 {
				t.Fatalf("seed %d: %v costs %v and is %v, above the hull's %v", seed, w.options, w.cost, w.quality, q)
			}
		}
	}
}

// With too few nodes the choice says so, fits all the same, and the true optimum is within its bound.
func TestLimit(t *testing.T) {
	limited := 0
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 3))
		table, err := frontier.NewTable(smoothTasks(rng, 8, 40))
		if err != nil {
			t.Fatal(err)
		}
		hull := table.Hull()
		last := hull.Steps[len(hull.Steps)-1]
		budget := hull.Cost + rng.Float64()*(last.Cost-hull.Cost)
		least := hull.Quality + rng.Float64()*(last.Quality-hull.Quality)
		exact, err := table.AtBudget(budget, 0)
		if err != nil || !exact.Exact {
			t.Fatal(exact, err)
		}
		got, err := table.AtBudget(budget, 60)
		if err != nil {
			t.Fatal(err)
		}
		if !got.Exact {
			limited++
		}
		if got.Cost > budget+1e-12 || got.Quality > exact.Quality || got.Bound < exact.Quality || math.Abs(got.Bound-got.Quality-got.Gap) > 1e-12 {
			t.Fatalf("seed %d: with a limit %+v, without %+v", seed, got, exact)
		}
		if exact, err = table.AtQuality(least, 0); err != nil || !exact.Exact {
			t.Fatal(exact, err)
		}
		if got, err = table.AtQuality(least, 60); err != nil {
			t.Fatal(err)
		}
		if got.Quality < least-1e-12 || got.Cost < exact.Cost || got.Bound > exact.Cost || math.Abs(got.Cost-got.Bound-got.Gap) > 1e-12 {
			t.Fatalf("seed %d: with a limit %+v, without %+v", seed, got, exact)
		}
	}
	if limited < 50 {
		t.Errorf("the limit was hit %d times of 200: this tests little", limited)
	}
}

// smoothTasks have options as thresholds make them: near a concave curve, each task's of its own.
func smoothTasks(rng *rand.Rand, tasks, options int) []frontier.Task {
	out := make([]frontier.Task, tasks)
	for i := range out {
		out[i] = frontier.Task{Name: fmt.Sprint("task ", i), Weight: rng.ExpFloat64()}
		best, lost, bend, dear := 0.7+0.3*rng.Float64(), 0.4*rng.Float64(), 1+3*rng.Float64(), 0.001+0.02*rng.Float64()
		for range options {
			x := rng.Float64()
			out[i].Options = append(out[i].Options, frontier.Option{
				Name: fmt.Sprint(x), Tiers: 1 + rng.IntN(3), Cost: dear * (0.03 + x),
				Quality: best - lost*math.Pow(1-x, bend) - 0.02*rng.Float64()*rng.Float64(),
			})
		}
	}
	return out
}

func TestNewTableRefuses(t *testing.T) {
	option := []frontier.Option{{Name: "a"}}
	for _, c := range []struct {
		tasks []frontier.Task
		want  string
	}{
		{nil, "there are no tasks to choose options for"},
		{[]frontier.Task{{Name: "t", Weight: 1}}, `task "t" has no options`},
		{[]frontier.Task{{Name: "t", Weight: -1, Options: option}}, `task "t" has the weight -1`},
		{[]frontier.Task{{Name: "t", Options: option}}, "the tasks weigh 0 in all: at least one needs a share of the traffic"},
		{[]frontier.Task{{Name: "t", Weight: 1, Options: []frontier.Option{{Name: "a", Cost: math.NaN()}}}}, `task "t", option "a": cost NaN and quality 0: leave out what is not known`},
	} {
		if _, err := frontier.NewTable(c.tasks); err == nil || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

// BenchmarkAtBudget proves the best table for 57 tasks of 300 options each, at ten budgets.
func BenchmarkAtBudget(b *testing.B) { benchmarkTable(b, false) }

// BenchmarkAtQuality does the same for ten qualities.
func BenchmarkAtQuality(b *testing.B) { benchmarkTable(b, true) }

func benchmarkTable(b *testing.B, quality bool) {
	table, err := frontier.NewTable(smoothTasks(rand.New(rand.NewPCG(1, 4)), 57, 300))
	if err != nil {
		b.Fatal(err)
	}
	hull := table.Hull()
	last := hull.Steps[len(hull.Steps)-1]
	nodes, proofs, n := 0, 0, 0
	b.ReportAllocs()
	for b.Loop() {
		share := float64(n%10+1) / 11
		choose, goal := table.AtBudget, hull.Cost+share*(last.Cost-hull.Cost)
		if quality {
			choose, goal = table.AtQuality, hull.Quality+share*(last.Quality-hull.Quality)
		}
		c, err := choose(goal, 0)
		if err != nil {
			b.Fatal(err)
		}
		n++
		nodes += c.Nodes
		if c.Exact {
			proofs++
		}
	}
	b.ReportMetric(float64(nodes)/float64(n), "nodes")
	b.ReportMetric(float64(proofs)/float64(n), "proofs")
}

// BenchmarkHull draws the curve of 57 tasks of 300 options each.
func BenchmarkHull(b *testing.B) {
	table, err := frontier.NewTable(smoothTasks(rand.New(rand.NewPCG(1, 4)), 57, 300))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		table.Hull()
	}
}
