package tune_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval/tune"
)

// A world is a population of requests from which label sets are drawn: what is true in it is known.
type world struct {
	menu  tune.Menu
	tasks []population
}

// A population is the requests of a task. Savings and shares are those of the world, not of the labels that are drawn.
type population struct {
	name   string
	share  float64
	cost   float64
	saving []float64   // per option
	delta  [][]float64 // per option and request
	truth  []float64   // mean delta per option
}

// outcomes are what models did on the requests of a task: quality and mean cost, the baseline's first.
type outcomes struct {
	task    string
	quality [][]float64 // per model and request
	cost    []float64   // per model, USD per request
}

// dataFile is the path of a file of real data. Without it the test is skipped.
func dataFile(tb testing.TB, file string) string {
	tb.Helper()
	path := filepath.Join(cmp.Or(os.Getenv("TIERWISE_DATA"), filepath.Join("..", "..", "..", "shared", "data")), file)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		tb.Skipf("needs real data: set TIERWISE_DATA to the folder that has %s", file)
	}
	return path
}

// readOutcomes reads the outcomes of models from a file of real data, which is no part of the project.
func readOutcomes(tb testing.TB, file string, models ...string) []outcomes {
	tb.Helper()
	d, err := datasets.Open(context.Background(), []string{dataFile(tb, file)}, nil)
	if err != nil {
		tb.Fatal(err)
	}
	defer d.Close()
	index := map[string]int{}
	var tasks []outcomes
	reader := d.NewReader(datasets.Columns{Models: models})
	for _, shard := range d.Shards() {
		for block, err := range reader.Read(context.Background(), shard) {
			if err != nil {
				tb.Fatal(err)
			}
			for row := range block.Len {
				name, _ := block.Task.At(row)
				at, ok := index[name]
				if !ok {
					at = len(tasks)
					index[name] = at
					tasks = append(tasks, outcomes{task: name, quality: make([][]float64, len(models)), cost: make([]float64, len(models))})
				}
				for m, model := range models {
					column := slices.Index(block.Models, model)
					if column < 0 {
						tb.Fatalf("%s has no model %s", file, model)
					}
					o := &block.Outcomes[column]
					if math.IsNaN(o.Quality[row]) || math.IsNaN(o.CostUSD[row]) {
						tb.Fatalf("%s: %s has no quality or cost for a request of %s", file, model, name)
					}
					tasks[at].quality[m] = append(tasks[at].quality[m], o.Quality[row])
					tasks[at].cost[m] += o.CostUSD[row]
				}
			}
		}
	}
	for i := range tasks {
		for m := range tasks[i].cost {
			tasks[i].cost[m] /= float64(len(tasks[i].quality[0]))
		}
	}
	slices.SortFunc(tasks, func(a, b outcomes) int { return cmp.Compare(a.task, b.task) })
	return tasks
}

// add gives the world a task, of which each option answers as deltas say.
func (w *world) add(o *outcomes, saving []float64, delta [][]float64) {
	p := population{name: o.task, share: float64(len(o.quality[0])), cost: o.cost[0], saving: saving, delta: delta}
	for _, deltas := range delta {
		p.truth = append(p.truth, mean(deltas))
	}
	w.tasks = append(w.tasks, p)
}

// finish scales the shares to sum 1.
func (w *world) finish() *world {
	total := 0.0
	for _, p := range w.tasks {
		total += p.share
	}
	for k := range w.tasks {
		w.tasks[k].share /= total
	}
	return w
}

func (w *world) option(name string, chain, tiers int) {
	w.menu.Options = append(w.menu.Options, tune.Option{Name: name, Chain: chain, Tiers: tiers})
}

// singleModels is the world in which a task is served by one model alone.
func singleModels(tasks []outcomes, models []string) *world {
	w := &world{}
	for m, model := range models[1:] {
		w.menu.Chains = append(w.menu.Chains, tune.Chain{Name: model, Price: meanCost(tasks, m+1)})
		w.option(model, m, 1)
	}
	for i := range tasks {
		o := &tasks[i]
		var saving []float64
		var delta [][]float64
		for m := range models[1:] {
			saving = append(saving, o.cost[0]-o.cost[m+1])
			delta = append(delta, lessThan(o.quality[m+1], o.quality[0]))
		}
		w.add(o, saving, delta)
	}
	return w.finish()
}

func meanCost(tasks []outcomes, model int) float64 {
	sum, n := 0.0, 0.0
	for i := range tasks {
		rows := float64(len(tasks[i].quality[0]))
		sum += rows * tasks[i].cost[model]
		n += rows
	}
	return sum / n
}

func lessThan(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = a[i] - b[i]
	}
	return out
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

// draw returns a label set: n requests of each task with replacement, each a cluster of its own. As draws are alike, dealing
// them round-robin is dealing them by hash.
func (w *world) draw(tb testing.TB, n int, rng *rand.Rand) []*tune.Evidence {
	var out []*tune.Evidence
	rows, folds := make([]int, n), make([]int, n)
	for i := range folds {
		folds[i] = i % datasets.FoldCount
	}
	delta := make([][]float64, len(w.menu.Options))
	for j := range delta {
		delta[j] = make([]float64, n)
	}
	for k := range w.tasks {
		p := &w.tasks[k]
		for i := range rows {
			rows[i] = rng.IntN(len(p.delta[0]))
		}
		for j := range delta {
			for i, r := range rows {
				delta[j][i] = p.delta[j][r]
			}
		}
		e, err := tune.NewEvidence(&tune.Task{Name: p.name, Weight: p.share, Cost: p.cost, Saving: p.saving, Fold: folds, Delta: delta}, &w.menu)
		if err != nil {
			tb.Fatal(err)
		}
		out = append(out, e)
	}
	return out
}

// bill is the baseline's, USD per request.
func (w *world) bill() float64 {
	sum := 0.0
	for _, p := range w.tasks {
		sum += p.share * p.cost
	}
	return sum
}

// judge returns what a table truly saves, as a share of the bill, and its true delta. Tasks are in order of their names.
func (w *world) judge(t *tune.Table) (saved, delta float64) {
	for k, o := range t.Options {
		if p := &w.tasks[k]; o >= 0 {
			saved += p.share * p.saving[o]
			delta += p.share * p.truth[o]
		}
	}
	return saved / w.bill(), delta
}

// worldOf is a made-up world with options that gain and lose at given rates, per step of a chain. Populations are large, and
// the rates hold in them exactly; the options of a task answer independently of each other.
func worldOf(tasks, chains, steps int, seed uint64, rates func(step int) (lost, gained float64)) *world {
	const rows = 10_000
	w := &world{}
	for c := range chains {
		w.menu.Chains = append(w.menu.Chains, tune.Chain{Name: fmt.Sprint("chain ", c), Price: float64(c + 1)})
		for s := range steps {
			w.option(fmt.Sprintf("chain %d, step %d", c, s), c, steps-s)
		}
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	for k := range tasks {
		p := population{name: fmt.Sprintf("task %02d", k), share: 1 / float64(tasks), cost: 1}
		for range chains {
			for s := range steps {
				lost, gained := rates(s)
				deltas := make([]float64, rows)
				for i := range int(math.Round(lost * rows)) {
					deltas[i] = -1
				}
				for i := range int(math.Round(gained * rows)) {
					deltas[rows-1-i] = 1
				}
				rng.Shuffle(rows, func(i, j int) { deltas[i], deltas[j] = deltas[j], deltas[i] })
				p.saving = append(p.saving, 0.9*float64(s+1)/float64(steps))
				p.delta = append(p.delta, deltas)
				p.truth = append(p.truth, mean(deltas))
			}
		}
		w.tasks = append(w.tasks, p)
	}
	return w
}
