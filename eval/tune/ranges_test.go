package tune_test

import (
	"flag"
	"fmt"
	"runtime"
	"slices"
	"testing"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/stats"
	"github.com/tierwise/tierwise/eval/tune"
	"github.com/tierwise/tierwise/routing"
)

var seeds = flag.Int("seeds", 2, "seeds with which the files of real data are tuned; the published ranges are those of 20")

// A realFile is a file of real outcomes, tuned as it is, with the published range of 20 seeds.
type realFile struct {
	name   string
	file   string
	models []string   // the baseline first, then by falling price
	saved  [2]float64 // percent of the bill, certified: least and most
	moved  bool       // tasks are moved with every seed
}

var realFiles = []realFile{
	{"RouteLLM MMLU", "routellm_mmlu.parquet", mmlu, [2]float64{1.2, 2.1}, true},
	{"BFCL, A", "bfcl_2024_08_11.parquet", setA, [2]float64{50.7, 67.9}, true},
	{"BFCL, B", "bfcl_2024_08_11.parquet", setB, [2]float64{16.3, 27.8}, true},
	{"RouteLLM GSM8K", "routellm_gsm8k.parquet", mmlu, [2]float64{0, 0}, false},
}

// TestRanges tunes files of real outcomes with many seeds, and asks what a table that is chosen on one half of the labels does
// on the other: that of a naive chooser, which takes for granted what it sees, and that of tune. The published ranges are
//
//	go test ./eval/tune -run TestRanges -v -timeout 1h -args -seeds 20
func TestRanges(t *testing.T) {
	if testing.Short() {
		t.Skip("tunes real data many times")
	}
	for _, r := range realFiles {
		t.Run(r.name, func(t *testing.T) {
			d := openOutcomes(t, r.file)
			s := tune.Search{Candidate: eval.Candidate{Label: r.name, Config: r.config(t)}}
			got := rangeTally{verdicts: map[stats.Verdict]int{}}
			var naive, half halfTally
			for seed := range uint64(*seeds) {
				s.Options = eval.Options{GoldTasks: true, Seed: seed + 1}
				tuned := search(t, &s, d, runtime.GOMAXPROCS(0))
				got.add(tuned)
				cut := halve(tuned, seed+1)
				naive.add(cut.judge(t, cut.naive(&tuned.Settings)))
				half.add(cut.judge(t, cut.tuned(t, seed+1)))
			}
			got.report(t)
			naive.report(t, "a naive chooser")
			half.report(t, "tune")
			if lo, hi := 100*slices.Min(got.saved), 100*slices.Max(got.saved); lo < r.saved[0]-1 || hi > r.saved[1]+1 {
				t.Errorf("saves %.1f to %.1f %%, published %v", lo, hi, r.saved)
			}
			half.check(t, &naive)
			if moved := got.moved == *seeds; moved != r.moved {
				t.Errorf("with %d of %d seeds something is moved", got.moved, *seeds)
			}
		})
	}
}

// config has the models of the file as tiers, every task of it on the baseline, and no checks.
func (r *realFile) config(t *testing.T) *routing.Config {
	t.Helper()
	c := &routing.Config{Version: 1, Name: "ranges", Baseline: r.models[0]}
	for _, model := range slices.Backward(r.models) {
		c.Tiers = append(c.Tiers, routing.Tier{Name: model, Model: model})
	}
	for _, o := range readOutcomes(t, r.file, r.models...) {
		c.Tasks = append(c.Tasks, routing.Task{Name: o.task, Chain: []string{r.models[0]}})
	}
	c.Router.Default = c.Tasks[0].Name
	return c
}

// A rangeTally is what came of tuning a file with many seeds.
type rangeTally struct {
	saved    []float64 // share of the bill; 0 where the overall claim is not reached
	claims   []float64 // the same, whatever the overall claim
	delta    []float64 // cross-fitted; where something is moved
	bound    []float64
	curse    []float64 // how much better the table looks on the requests that certified it
	verdicts map[stats.Verdict]int
	moved    int // seeds with which something is
	tasks    []float64
	ceiling  float64 // what is saved where everything that looks good enough on all labels is moved
}

func (got *rangeTally) add(tuned *tune.Tuned) {
	got.ceiling = ceiling(tuned)
	table := &tuned.Tables[tuned.Table]
	saved := 0.0
	if tuned.Verdict == stats.Holds {
		saved = table.SavingShare
	}
	got.saved, got.claims = append(got.saved, saved), append(got.claims, table.SavingShare)
	moved := 0
	for _, o := range table.Options {
		if o >= 0 {
			moved++
		}
	}
	got.tasks = append(got.tasks, float64(moved))
	if !table.Changed {
		return
	}
	got.moved++
	got.verdicts[tuned.Verdict]++
	got.delta, got.bound = append(got.delta, table.Overall.Delta), append(got.bound, table.Overall.Bound)
	got.curse = append(got.curse, table.Naive-table.Overall.Delta)
}

func (got *rangeTally) report(t *testing.T) {
	t.Helper()
	t.Logf("%d seeds: certified savings %s %% of the bill; by the task claims alone %s %%; tasks moved %s; the whole holds %d, fails %d, inconclusive %d, nothing moved %d",
		len(got.saved), spread(got.saved, 100, 1), spread(got.claims, 100, 1), spread(got.tasks, 1, 0),
		got.verdicts[stats.Holds], got.verdicts[stats.Fails], got.verdicts[stats.Inconclusive], len(got.saved)-got.moved)
	t.Logf("all that looks good enough on all labels would save %.1f %%", 100*got.ceiling)
	if got.moved > 0 {
		t.Logf("cross-fitted delta %s pp, at worst %s pp; on the requests that certified the table it looks %s pp better",
			spread(got.delta, 100, 2), spread(got.bound, 100, 2), spread(got.curse, 100, 2))
	}
}

// ceiling is the share of the bill that the cheapest ways save that lose no more than the task tolerance on all labels.
func ceiling(tuned *tune.Tuned) float64 {
	saved, bill := 0.0, 0.0
	for k := range tuned.Tried {
		share, best := tuned.Tasks[k].Share, 0.0
		bill += share * tuned.Tried[k].BaseCost
		for i := range tuned.Tried[k].Trials {
			if tried := &tuned.Tried[k].Trials[i]; mean(tried.Delta.Append(nil)) >= -tuned.Settings.TaskTolerance {
				best = max(best, tried.Saving)
			}
		}
		saved += share * best
	}
	return saved / bill
}

// spread writes the least, the median and the most of values.
func spread(values []float64, scale float64, digits int) string {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	median := (sorted[(n-1)/2] + sorted[n/2]) / 2
	return fmt.Sprintf("%.*f / %.*f / %.*f", digits, scale*sorted[0], digits, scale*median, digits, scale*sorted[n-1])
}

// openOutcomes opens a file of real data.
func openOutcomes(t *testing.T, file string) *datasets.Dataset {
	t.Helper()
	d, err := datasets.Open(t.Context(), []string{dataFile(t, file)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}
