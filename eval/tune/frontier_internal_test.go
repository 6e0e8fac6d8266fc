package tune

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/frontier"
	"github.com/tierwise/tierwise/routing"
)

// awkwardConfig has all that a walk can meet: chains past the baseline, models of little context, checks of all tiers and of
// some, self-checks, and errors that another model is asked about.
const awkwardConfig = `version = 1
baseline = "L"
[models.M]
context = 10
[models.L]
context = 12
[tiers]
s = "S"
m = "M"
l = "L"
x = "X"
[tasks.bare]
chain = ["l"]
[tasks.checked]
on_content_filter = "failover"
chain = ["s", "m", "l"]
accept = [{ check = "finish" }, { check = "chars", min = 3 }]
[tasks.asked]
chain = ["s", "l"]
accept = [{ check = "regex", pattern = "a", min = { s = 1 } }, { check = "self_check", model = "M", min = 0.4 }]
[router]
default = "bare"
`

// awkwardRows are requests with calls that fail, answers without signals or grades, and outcomes that are missing, all of
// them seldom.
func awkwardRows(rng *rand.Rand, n int, weighted bool) []datasets.Row {
	seldom := func() bool { return rng.IntN(50) == 0 }
	number := func(x float64) *float64 {
		if seldom() {
			return nil
		}
		return &x
	}
	rows := make([]datasets.Row, n)
	for i := range rows {
		row := &rows[i]
		row.ID, row.Task = fmt.Sprint("r", i), []string{"bare", "checked", "asked"}[i%3]
		row.Prompt = fmt.Sprintf("%0*d", 20+rng.IntN(30), i)
		if weighted {
			w := float64(rng.IntN(4))
			row.Weight = &w
		}
		labeled := rng.IntN(3) > 0
		for k, model := range []string{"S", "M", "L", "X"} {
			cost := (0.5 + rng.Float64()) * math.Pow(3, float64(k))
			sure, asked := float64(rng.IntN(9))/8-1, float64(rng.IntN(5))/4
			text := "banana"[:1+rng.IntN(6)]
			o := datasets.Outcome{Model: model, CostUSD: &cost, LogprobMean: number(sure), SelfCheck: number(asked), Response: &text, FinishReason: "stop"}
			if rng.IntN(4) == 0 {
				o.FinishReason = "length"
			}
			if o.SelfCheck != nil {
				spent := rng.Float64() / 4
				o.SelfCheckCostUSD = &spent
			}
			switch {
			case rng.IntN(12) == 0:
				o.Error = []string{"server", "bad_request", "content_filter"}[rng.IntN(3)]
			case labeled:
				o.Quality = number(float64(rng.IntN(3)) / 2)
			}
			if !seldom() {
				row.Outcomes = append(row.Outcomes, o)
			}
		}
	}
	return rows
}

// awkwardSweeps sweeps the tasks of such requests.
func awkwardSweeps(t *testing.T, seed uint64) (*Search, *datasets.Dataset, *Frontier) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 31))
	name := filepath.Join(t.TempDir(), "traffic.parquet")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	w := datasets.NewWriter(file)
	if err := w.Write(awkwardRows(rng, 240, seed%2 == 1)...); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	d, err := datasets.Open(t.Context(), []string{name}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	config, err := routing.ParseConfig("config.toml", []byte(awkwardConfig), nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &Search{Candidate: eval.Candidate{Label: "c", Config: config}, Options: eval.Options{GoldTasks: true}}
	tuned, err := s.Run(t.Context(), d, &RunOptions{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	f, err := s.Frontier(t.Context(), d, &RunOptions{Workers: 2}, tuned)
	if err != nil {
		t.Fatal(err)
	}
	return s, d, f
}

// tryWays walks ways by Dispatch.
func tryWays(t *testing.T, s *Search, d *datasets.Dataset, task string, ways []Way) *eval.TriedTask {
	t.Helper()
	var all []eval.Trial
	for _, w := range ways {
		all = append(all, eval.Trial{Task: task, Chain: w.Chain, Accept: w.Accept})
	}
	trials, err := eval.NewTrials(&s.Candidate, all, &s.Options)
	if err != nil {
		t.Fatal(err)
	}
	tries, err := trials.Run(t.Context(), d, nil)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(tries.Tasks, func(k eval.TriedTask) bool { return k.Task == task })
	return &tries.Tasks[at]
}

// sweptAlone sweeps the chains of a task without one leaving out what others beat.
func sweptAlone(t *testing.T, s *taskSweep) (out []*frontier.Sweep) {
	t.Helper()
	sweeper, err := frontier.NewSweeper(&s.rows, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, chain := range s.chains {
		w, err := sweeper.Sweep(chain)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, w)
	}
	return out
}

// TestSweptTogether wants a task's options to be the same whether chains leave out what others beat or not.
func TestSweptTogether(t *testing.T) {
	compared, left := 0, 0
	for seed := range uint64(8) {
		_, _, f := awkwardSweeps(t, seed)
		for k := range f.Tasks {
			together := *f.Tasks[k].sweep
			together.sweeps = nil
			if err := together.run(t.Context(), func() {}); err != nil {
				t.Fatal(err)
			}
			alone := together
			alone.sweeps = sweptAlone(t, &alone)
			for i := range alone.sweeps {
				left += len(alone.sweeps[i].Options) - len(together.sweeps[i].Options)
			}
			together.settle()
			alone.settle()
			same := func(a, b FrontierOption) bool {
				return a.Cost == b.Cost && a.Quality == b.Quality && len(a.swept.Chain) == len(b.swept.Chain)
			}
			if !slices.EqualFunc(together.kept, alone.kept, same) {
				t.Errorf("seed %d, %s: the options are %v, swept alone %v", seed, f.Tasks[k].Task, together.kept, alone.kept)
			}
			compared += len(together.kept)
		}
	}
	if compared < 80 || left < 400 {
		t.Errorf("only %d options were compared, and %d left out", compared, left)
	}
}

// TestSweepEqualsDispatch wants every option of every chain to come to what Dispatch makes of it: the same requests judged,
// the same quality, the same money.
func TestSweepEqualsDispatch(t *testing.T) {
	compared, refused, long := 0, 0, 0
	for seed := range uint64(8) {
		s, d, f := awkwardSweeps(t, seed)
		for k := range f.Tasks {
			sweep := f.Tasks[k].sweep
			var ways []Way
			var want []FrontierOption
			var covered []int
			for _, w := range sweptAlone(t, sweep) {
				if w.Priced == 0 || w.Covered == 0 {
					continue
				}
				for _, o := range w.Options {
					option := FrontierOption{Cost: w.BaseCost - o.Cost, Quality: o.Quality - w.BaseQuality}
					option.swept.Chain, option.swept.Thresholds = w.Chain, o
					ways, want, covered = append(ways, sweep.way(&option.swept)), append(want, option), append(covered, w.Covered)
				}
			}
			tried := tryWays(t, s, d, f.Tasks[k].Task, ways)
			for i := range ways {
				trial := &tried.Trials[i]
				n := 0
				var weights []float64
				for j, delta := range trial.Delta.Append(nil) {
					weights = append(weights, tried.Labeled[j].Weight)
					if delta == delta {
						n++
					}
				}
				if delta := weightedMean(trial.Delta.Append(nil), weights); n != covered[i] || math.Abs(delta-want[i].Quality) > 1e-9 || math.Abs(trial.Saving-want[i].Cost) > 1e-9 {
					t.Fatalf("seed %d, %s, %v, %+v: swept on %d requests with delta %v and saving %v, walked on %d with %v and %v", seed, f.Tasks[k].Task,
						ways[i].Chain, ways[i].Accept, covered[i], want[i].Quality, want[i].Cost, n, delta, trial.Saving)
				}
				compared++
				if trial.Escalated > 0 {
					refused++
				}
				if len(ways[i].Chain) > 3 {
					long++
				}
			}
		}
	}
	if compared < 1000 || refused < compared/2 || long < 150 {
		t.Errorf("only %d options were compared, of which %d escalate and %d are long", compared, refused, long)
	}
}

// TestSweepEqualsDispatchByRow sweeps each request alone and wants what Dispatch makes of it.
func TestSweepEqualsDispatchByRow(t *testing.T) {
	s, d, f := awkwardSweeps(t, 2)
	compared, changed := 0, 0
	for k := range f.Tasks {
		sweep := f.Tasks[k].sweep
		var ways []Way
		var rows []int // among the labeled
		var want []float64
		labeled := 0
		for i, base := range sweep.columns.BaseQuality {
			if base != base {
				continue
			}
			alone := *sweep
			alone.rows.Weight = make([]float64, len(sweep.columns.Weight))
			alone.rows.Weight[i] = 1
			for _, w := range sweptAlone(t, &alone) {
				for _, o := range w.Options {
					option := FrontierOption{}
					option.swept.Chain, option.swept.Thresholds = w.Chain, o
					ways, rows, want = append(ways, sweep.way(&option.swept)), append(rows, labeled), append(want, o.Quality-base)
				}
			}
			labeled++
		}
		tried := tryWays(t, s, d, f.Tasks[k].Task, ways)
		for i := range ways {
			got := tried.Trials[i].Delta.Append(nil)[rows[i]]
			if got != want[i] && (got == got || want[i] == want[i]) {
				t.Fatalf("%s, %s, %v %+v: swept to delta %v, walked to %v", f.Tasks[k].Task, tried.Labeled[rows[i]].ID, ways[i].Chain, ways[i].Accept, want[i], got)
			}
			compared++
			if got != 0 {
				changed++
			}
		}
	}
	if compared < 1000 || changed < compared/10 {
		t.Errorf("only %d walks were compared, of which %d are no 0", compared, changed)
	}
}

func TestReadable(t *testing.T) {
	for _, c := range []struct{ below, at, want float64 }{
		{-1, -0.123456, -0.2}, {-0.13, -0.123456, -0.124}, {math.Inf(-1), 0.987, 0.9}, {0.98, 0.987, 0.987}, {0.9869, 0.987, 0.987}, {-5, 0, 0}, {510, 512, 512}, {490, 512, 500}, {-2, -1, -1},
	} {
		if got := readable(c.below, c.at); got != c.want {
			t.Errorf("above %v and up to %v: %v, want %v", c.below, c.at, got, c.want)
		}
	}
}

// TestChainsAreNotTooMany lays tiers out that all have a signal: of so many that their chains are too many, shorter ones are
// swept. Where each tier but the last has one threshold there are as many chains as ways to pick their tiers.
func TestChainsAreNotTooMany(t *testing.T) {
	for _, c := range []struct{ tiers, longest, chains int }{{1, 4, 1}, {6, 4, 6 + 15 + 20 + 15}, {12, 4, 12 + 66 + 220 + 495}, {16, 3, 16 + 120 + 560}, {24, 2, 24 + 276}} {
		s := &taskSweep{checks: make([]routing.Accept, 1), floors: make([]floor, c.tiers), base: c.tiers - 1, starts: make([][]int, 2), ends: make([]end, c.tiers)}
		for f := range c.tiers {
			s.starts[0], s.starts[1] = append(s.starts[0], f), append(s.starts[1], -1)
			s.ends[f] = end{alone: f, backed: f}
			s.variants = append(s.variants, variant{floor: f, swept: true})
		}
		longest := s.longest()
		chains := s.chainsUpTo(longest)
		if longest != c.longest || len(chains) != c.chains {
			t.Errorf("%d tiers: %d chains of up to %d, want %d of up to %d", c.tiers, len(chains), longest, c.chains, c.longest)
		}
		for _, chain := range chains {
			if !slices.IsSorted(chain) || len(slices.Compact(slices.Clone(chain))) != len(chain) {
				t.Errorf("%v does not rise", chain)
			}
		}
	}
}
