package tune_test

import (
	"flag"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/tierwise/tierwise/eval/stats"
	"github.com/tierwise/tierwise/eval/tune"
)

var sets = flag.Int("sets", 0, "label sets per cell of the reference simulation; 0: a few at 100 and 300 labels")

var signalSeed = flag.Uint64("signal-seed", 1, "seed of the simulated signals and checks of the reference simulation")

var (
	setA = []string{"claude-3-opus-20240229", "gpt-4-turbo-2024-04-09", "claude-3-5-sonnet-20240620", "claude-3-sonnet-20240229", "mistral-medium-2312", "claude-instant-1.2", "claude-3-haiku-20240307"}
	setB = []string{"claude-3-5-sonnet-20240620", "mistral-medium-2312", "claude-instant-1.2", "claude-3-haiku-20240307", "gpt-3.5-turbo-0125-FC", "mistral-tiny-2312"}
	mmlu = []string{"gpt-4-1106-preview", "mistralai/Mixtral-8x7B-Instruct-v0.1"}
)

// A tally is what came out of many label sets.
type tally struct {
	saved      []float64 // share of the bill that is truly saved; 0 where the overall claim is not reached
	taskClaims []float64 // the same of the last table, whatever the overall claim
	unreached  int
	false      int // overall claims of a table that truly loses more than the tolerance
	shipped    int // tasks that the result moves
	beyond     int // of them truly beyond the task tolerance
	tried      int // tasks that any of the three tables moves beyond it
	changed    int // runs whose result moves something
	claimed    int // of them those whose overall claim is reached
	bias       float64
}

// simulate tunes on many label sets of n labels per task. One stream of random numbers per set: the result does not depend
// on the number of workers.
func simulate(tb testing.TB, w *world, n, sets int, s *tune.Settings) tally {
	results := make([]tally, sets)
	var wg sync.WaitGroup
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range next {
				rng := rand.New(rand.NewPCG(uint64(n), uint64(i)))
				r, err := tune.Choose(&w.menu, w.draw(tb, n, rng), s)
				if err != nil {
					tb.Error(err)
					continue
				}
				results[i] = w.count(r)
			}
		})
	}
	for i := range sets {
		next <- i
	}
	close(next)
	wg.Wait()
	var out tally
	for i := range results {
		r := &results[i]
		out.saved, out.taskClaims = append(out.saved, r.saved...), append(out.taskClaims, r.taskClaims...)
		out.unreached += r.unreached
		out.false += r.false
		out.shipped += r.shipped
		out.beyond += r.beyond
		out.tried += r.tried
		out.changed += r.changed
		out.claimed += r.claimed
		out.bias += r.bias / float64(sets)
	}
	return out
}

func (w *world) count(r *tune.Result) (t tally) {
	table := &r.Tables[r.Table]
	saved, delta := w.judge(table)
	if r.Verdict == stats.Holds {
		if table.Changed && delta < -r.Settings.Tolerance+1e-9 { // at the limit counts as beyond it
			t.false++
		}
	} else {
		saved = 0
		t.unreached++
	}
	last, _ := w.judge(&r.Tables[len(r.Tables)-1])
	t.saved, t.taskClaims = []float64{saved}, []float64{last}
	for k, o := range table.Options {
		if o >= 0 {
			t.shipped++
			if w.beyond(k, o, r) {
				t.beyond++
			}
		}
		if slices.ContainsFunc(r.Tables, func(t tune.Table) bool { return t.Options[k] >= 0 && w.beyond(k, t.Options[k], r) }) {
			t.tried++
		}
	}
	if table.Changed {
		t.changed++
		if r.Verdict == stats.Holds {
			t.claimed++
		}
		t.bias = table.Overall.Delta - delta
	}
	return t
}

// beyond reports whether an option of a task truly loses the task tolerance or more.
func (w *world) beyond(task, option int, r *tune.Result) bool {
	return w.tasks[task].truth[option] < -r.Settings.TaskTolerance+1e-9
}

func meanAndDeviation(values []float64) (m, sd float64) {
	m = mean(values)
	for _, v := range values {
		sd += (v - m) * (v - m)
	}
	return m, math.Sqrt(sd / float64(max(len(values)-1, 1)))
}

// A reference is a row of published figures, percent of the bill; NaN where none is published.
type reference struct {
	name     string
	file     string
	models   []string
	kind     cascadeKind
	settings tune.Settings
	saved    []float64 // at each number of labels
	claims   []float64 // of the task claims alone
}

var (
	referenceLabels = []int{100, 200, 300, 1000}
	unpublished     = []float64{math.NaN(), math.NaN(), math.NaN(), math.NaN()}
)

var references = []reference{
	{"A, models alone", "bfcl_2024_08_11.parquet", setA, alone, tune.Settings{}, []float64{57, 77, 82, 86}, unpublished},
	{"A, with cascades", "bfcl_2024_08_11.parquet", setA, apart, tune.Settings{}, []float64{68, 83, 85, 90}, unpublished},
	{"B, models alone", "bfcl_2024_08_11.parquet", setB, alone, tune.Settings{}, []float64{18, 26, 29, 46}, unpublished},
	{"B, with cascades", "bfcl_2024_08_11.parquet", setB, apart, tune.Settings{}, []float64{30, 61, 70, 78}, []float64{47, 66, 73, 80}},
	{"MMLU, with pilot", "routellm_mmlu.parquet", mmlu, apart, tune.Settings{AlwaysPilot: true}, []float64{22, 36, 40, 47}, unpublished},
	// The same worlds as the recipe and the product have them.
	{"A, checks in every cascade", "bfcl_2024_08_11.parquet", setA, together, tune.Settings{}, unpublished, unpublished},
	{"B, checks in every cascade", "bfcl_2024_08_11.parquet", setB, together, tune.Settings{}, unpublished, unpublished},
	{"MMLU, without pilot", "routellm_mmlu.parquet", mmlu, apart, tune.Settings{}, unpublished, unpublished},
}

// TestReference draws label sets from files of real outcomes, tunes on each and asks what is truly saved. The published
// figures are those of the recipe's own simulation, 400 sets a cell and 100 at 1,000 labels; with cascades they depend on
// the simulated signals, of which another seed moves them by up to 4 points.
func TestReference(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long under the race detector")
	}
	for _, ref := range references {
		t.Run(ref.name, func(t *testing.T) {
			tasks := readOutcomes(t, ref.file, ref.models...)
			w := singleModels(tasks, ref.models)
			if ref.kind != alone {
				w = cascades(tasks, ref.models, dearerHalf(ref.models), ref.kind, *signalSeed)
			}
			runs, wrong := 0, 0
			for i, n := range referenceLabels {
				count := *sets
				if count == 0 {
					if count = 24; n == 200 || n == 1000 {
						continue
					}
				}
				got := simulate(t, w, n, count, &ref.settings)
				got.report(t, &ref, i)
				runs += count
				wrong += got.false
			}
			if limit := 0.03*float64(runs) + 3*math.Sqrt(0.03*float64(runs)); float64(wrong) > limit {
				t.Errorf("%d false overall claims in %d runs", wrong, runs)
			}
		})
	}
}

// report prints a cell and compares it with what was published: within 2 points, 4 at 100 labels, and three standard errors.
func (got *tally) report(t *testing.T, ref *reference, cell int) {
	n, count := referenceLabels[cell], len(got.saved)
	saved, sd := meanAndDeviation(got.saved)
	claims, claimsSD := meanAndDeviation(got.taskClaims)
	t.Logf("%s, %d labels per task: saves %.1f ± %.0f %% (published %.0f); overall not reached %.1f %%, false %.1f %%; task claims alone %.1f ± %.0f %% (published %.0f), beyond the tolerance %.1f %% of those shipped; cross-fit bias %+.2f pp",
		ref.name, n, 100*saved, 100*sd, ref.saved[cell], percent(got.unreached, count), percent(got.false, count),
		100*claims, 100*claimsSD, ref.claims[cell], percent(got.beyond, got.shipped), 100*got.bias)
	allowed := 0.02
	if n == 100 {
		allowed = 0.04
	}
	if off := math.Abs(saved - ref.saved[cell]/100); off > allowed+3*sd/math.Sqrt(float64(count)) { // false for NaN
		t.Errorf("%d labels: saves %.1f %%, published %.0f", n, 100*saved, ref.saved[cell])
	}
	if percent(got.beyond, got.shipped) > 3 {
		t.Errorf("%d labels: %d of %d shipped tasks truly lose more than the tolerance", n, got.beyond, got.shipped)
	}
}

// dearerHalf returns the models of the dearer half, at most two, that stand between the cheapest and the baseline.
func dearerHalf(models []string) []int { return []int{1, 2}[:min(2, (len(models)-1)/2)] }

func percent(k, n int) float64 { return 100 * float64(k) / float64(max(n, 1)) }
