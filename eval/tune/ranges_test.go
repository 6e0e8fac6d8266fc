package tune_test

import (
	"flag"
	"fmt"
	"math"
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

// A ranged is a file of real outcomes, tuned as it is, with what was published of 20 seeds: bounds that hold for any of them.
type ranged struct {
	name   string
	file   string
	models []string   // the baseline first, then by falling price
	saved  [2]float64 // percent of the bill, certified: least and most
	moved  bool       // tasks are moved with every seed
}

var rangeds = []ranged{
	{"RouteLLM MMLU", "routellm_mmlu.parquet", mmlu, [2]float64{0, 100}, true},
	{"BFCL, A", "bfcl_2024_08_11.parquet", setA, [2]float64{0, 100}, true},
	{"BFCL, B", "bfcl_2024_08_11.parquet", setB, [2]float64{0, 100}, true},
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
	for _, r := range rangeds {
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
			if moved := got.moved == *seeds; moved != r.moved {
				t.Errorf("with %d of %d seeds something is moved", got.moved, *seeds)
			}
		})
	}
}

// config has the models of the file as tiers, every task of it on the baseline, and no checks.
func (r *ranged) config(t *testing.T) *routing.Config {
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
			if tried := &tuned.Tried[k].Trials[i]; mean(tried.Delta) >= -tuned.Settings.TaskTolerance {
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

// A halved is a search's labeled requests, cut into two halves: one chooses, the other judges.
type halved struct {
	*tune.Tuned
	folds [][]int // 0 or 1, per task and request
}

// halve cuts as folds are cut: both halves have the same part of each task, and the same prompts are in one of them.
func halve(tuned *tune.Tuned, seed uint64) *halved {
	var rows []datasets.Cluster
	for k := range tuned.Tried {
		for i := range tuned.Tried[k].Labeled {
			rows = append(rows, tuned.Tried[k].Labeled[i].Cluster)
		}
	}
	h := &halved{Tuned: tuned}
	flat := datasets.Folds(rows, 2, fmt.Sprintf("half %d", seed))
	for k := range tuned.Tried {
		n := len(tuned.Tried[k].Labeled)
		h.folds = append(h.folds, flat[:n])
		flat = flat[n:]
	}
	return h
}

// A halfTable is a table that is chosen on the first half: of each task the way that serves it, −1 for the baseline.
type halfTable struct {
	ways    []int
	claimed bool // that the whole is within the tolerance
	moved   bool
}

// naive takes for each task the cheapest way that looks good enough, and says of the whole what it looks like.
func (h *halved) naive(s *tune.Settings) halfTable {
	var out halfTable
	for k := range h.Tried {
		best, saving := -1, 0.0
		for i := range h.Tried[k].Trials {
			if tried := &h.Tried[k].Trials[i]; tried.Saving > saving {
				if p := h.pairs(k, i, 0); (p.B-p.C)/p.N >= -s.TaskTolerance {
					best, saving = i, tried.Saving
				}
			}
		}
		out.ways = append(out.ways, best)
		out.moved = out.moved || best >= 0
	}
	out.claimed = h.seen(out.ways) >= -s.Tolerance
	return out
}

// seen is the delta of a table on the half that chose it.
func (h *halved) seen(ways []int) (delta float64) {
	for k, way := range ways {
		if way >= 0 {
			p := h.pairs(k, way, 0)
			delta += h.Tasks[k].Share * (p.B - p.C) / p.N
		}
	}
	return delta
}

// tuned chooses as a search does.
func (h *halved) tuned(t *testing.T, seed uint64) halfTable {
	t.Helper()
	var rows []datasets.Cluster
	for k := range h.Tried {
		for i, f := range h.folds[k] {
			if f == 0 {
				rows = append(rows, h.Tried[k].Labeled[i].Cluster)
			}
		}
	}
	folds := tune.Cut(rows, nil, seed)
	options := len(h.Menu.Options)
	var evidence []*tune.Evidence
	for k := range h.Tried {
		tried := &h.Tried[k]
		task := tune.Task{
			Name: tried.Task, Weight: tried.Weight, Cost: tried.BaseCost,
			Saving: slices.Repeat([]float64{math.NaN()}, options), Delta: make([][]float64, options),
		}
		for w, way := range h.Ways[k] {
			task.Saving[way.Option], task.Delta[way.Option] = tried.Trials[w].Saving, h.half(k, w, 0)
		}
		n := len(h.half(k, 0, 0))
		task.Fold, folds = folds[:n], folds[n:]
		e, err := tune.NewEvidence(&task, &h.Menu)
		if err != nil {
			t.Fatal(err)
		}
		evidence = append(evidence, e)
	}
	r, err := tune.Choose(&h.Menu, evidence, nil)
	if err != nil {
		t.Fatal(err)
	}
	table := &r.Tables[r.Table]
	out := halfTable{claimed: r.Verdict == stats.Holds, moved: table.Changed}
	for k, o := range table.Options {
		out.ways = append(out.ways, slices.IndexFunc(h.Ways[k], func(w tune.Way) bool { return w.Option == o }))
	}
	return out
}

// half returns the deltas of a way on a half of a task's requests.
func (h *halved) half(task, way, half int) (out []float64) {
	for i, f := range h.folds[task] {
		if f == half {
			out = append(out, h.Tried[task].Trials[way].Delta[i])
		}
	}
	return out
}

// pairs counts a way on a half of a task's requests, of which none is uncovered or partly right.
func (h *halved) pairs(task, way, half int) (p stats.Pairs) {
	for _, d := range h.half(task, way, half) {
		switch d {
		case 1:
			p.B++
		case -1:
			p.C++
		case 0:
		default:
			p.N = math.NaN()
		}
		p.N++
	}
	return p
}

// A judgment is what a table comes to on the half that did not choose it.
type judgment struct {
	halfTable
	shipped int // tasks that it moves
	beyond  int // of them those that lose more than the task tolerance there
	proven  int // of them those whose upper bound says so
	saved   float64
	seen    float64 // delta of the table on the half that chose it
	whole   stats.Noninferiority
}

func (h *halved) judge(t *testing.T, table halfTable) judgment {
	t.Helper()
	out := judgment{halfTable: table, seen: h.seen(table.ways)}
	strata := make([]stats.Stratum, len(h.Tried))
	bill := 0.0
	for k, way := range table.ways {
		share := h.Tasks[k].Share
		bill += share * h.Tried[k].BaseCost
		strata[k] = stats.Stratum{Weight: share, Unchanged: way < 0}
		if way < 0 {
			continue
		}
		p := h.pairs(k, way, 1)
		if !(p.N > 0) {
			t.Fatalf("%s: cannot be judged: %+v", h.Tried[k].Task, p)
		}
		strata[k].Pairs = p
		out.saved += share * h.Tried[k].Trials[way].Saving
		out.shipped++
		test := p.NonInferior(h.Settings.TaskTolerance, h.Settings.Alpha)
		if test.Delta < -h.Settings.TaskTolerance {
			out.beyond++
		}
		if test.Verdict() == stats.Fails {
			out.proven++
		}
	}
	out.saved /= bill
	out.whole = stats.Overall(strata, h.Settings.Tolerance, h.Settings.Alpha)
	return out
}

// A halfTally is what tables of many halves come to.
type halfTally struct {
	runs, moved, claimed    int
	shipped, beyond, proven int
	saved, seen, delta      []float64 // where something is moved
	over, overProven        int       // tables that lose more than the tolerance on the other half; and those whose upper bound says so
	wrong, wrongProven      int       // of them those that are said to be within it
}

func (got *halfTally) add(j judgment) {
	got.runs++
	got.shipped += j.shipped
	got.beyond += j.beyond
	got.proven += j.proven
	if !j.moved {
		return
	}
	got.moved++
	got.saved, got.seen, got.delta = append(got.saved, j.saved), append(got.seen, j.seen), append(got.delta, j.whole.Delta)
	over, proven := 0, 0
	if j.whole.Delta < -j.whole.Tolerance {
		over = 1
	}
	if j.whole.Verdict() == stats.Fails {
		proven = 1
	}
	got.over, got.overProven = got.over+over, got.overProven+proven
	if j.claimed {
		got.claimed++
		got.wrong, got.wrongProven = got.wrong+over, got.wrongProven+proven
	}
}

func (got *halfTally) report(t *testing.T, who string) {
	t.Helper()
	if got.moved == 0 {
		t.Logf("on half of the labels %s moves nothing with any of %d seeds", who, got.runs)
		return
	}
	t.Logf("on half of the labels %s moves %.1f tasks: %.1f %% of the %d lose more than the tolerance on the other half, %.1f %% by more than chance; it saves %s %% of the bill",
		who, float64(got.shipped)/float64(got.runs), percent(got.beyond, got.shipped), got.shipped, percent(got.proven, got.shipped), spread(got.saved, 100, 1))
	t.Logf("… the whole, seen by %s: %s pp, on the other half: %s pp; of %d tables %d lose more than the tolerance there, %d by more than chance; of the %d that it says are within it, %d and %d",
		who, spread(got.seen, 100, 2), spread(got.delta, 100, 2), got.moved, got.over, got.overProven, got.claimed, got.wrong, got.wrongProven)
}
