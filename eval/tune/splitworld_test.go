package tune_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/tune"
	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/classify"
)

// A splitWorld is traffic whose tasks mix easy and hard requests.
type splitWorld struct {
	tasks  []splitTask
	labels int // requests per task
	signal bool
}

// A splitTask is a task of two kinds of requests.
type splitTask struct {
	kinds [2]madeTask // easy, hard
	hard  float64     // share of hard requests
	tells float64     // chance that a word of a prompt tells which kind it is; 0: prompts are noise
}

// vocabulary are the words of prompts: of both kinds, and of each.
var vocabulary = [3][]string{
	strings.Fields("please the for our report of with this and from team data week customer"),
	strings.Fields("list copy short simple name date spell count greet label"),
	strings.Fields("prove derive integral theorem optimize recursive invariant concurrency diagnose reconcile"),
}

// prompt draws the words of a request of a kind.
func (t *splitTask) prompt(rng *rand.Rand, kind int) string {
	var words []string
	for range 12 {
		from := vocabulary[0]
		if rng.Float64() < 0.5 {
			from = vocabulary[1+rng.IntN(2)]
			if rng.Float64() < t.tells {
				from = vocabulary[1+kind]
			}
		}
		words = append(words, from[rng.IntN(len(from))])
	}
	return strings.Join(words, " ")
}

func (t *splitTask) kind(rng *rand.Rand) int {
	if rng.Float64() < t.hard {
		return 1
	}
	return 0
}

func (w *splitWorld) rows(rng *rand.Rand, labels int) (rows []datasets.Row) {
	m := made{signal: w.signal}
	for k := range w.tasks {
		t := &w.tasks[k]
		for i := range labels {
			id := fmt.Sprintf("%s-%04d", madeName(k), i)
			kind := t.kind(rng)
			row := datasets.Row{ID: id, Prompt: t.prompt(rng, kind) + " " + id, Task: madeName(k)}
			own := &t.kinds[kind]
			base := 0
			if rng.Float64() < own.base {
				base = 1
			}
			for at := range own.tiers {
				right := 0
				if rng.Float64() < own.tiers[at].right[base] {
					right = 1
				}
				row.Outcomes = append(row.Outcomes, m.outcome(rng, at, right, own.tiers[at].tells))
			}
			row.Outcomes = append(row.Outcomes, m.outcome(rng, len(madeCost), base, 0))
			rows = append(rows, row)
		}
	}
	return rows
}

// datasetOf opens rows as a file.
func datasetOf(rows []datasets.Row) (*datasets.Dataset, error) {
	var b bytes.Buffer
	w := datasets.NewWriter(&b)
	if err := w.Write(rows...); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	open := func(context.Context, string) (datasets.File, error) { return inMemory{bytes.NewReader(b.Bytes())}, nil }
	return datasets.Open(context.Background(), []string{"made.parquet"}, &datasets.Options{Open: open})
}

func (w *splitWorld) config() *routing.Config {
	m := made{}
	for range w.tasks {
		m.tasks = append(m.tasks, madeTask{})
	}
	return m.config()
}

// tune searches traffic of the world.
func (w *splitWorld) tune(ctx context.Context, rng *rand.Rand, split bool) (*tune.Tuned, error) {
	d, err := datasetOf(w.rows(rng, w.labels))
	if err != nil {
		return nil, err
	}
	defer d.Close()
	s := tune.Search{
		Candidate: eval.Candidate{Label: "made", Config: w.config()},
		Options:   eval.Options{GoldTasks: true, Seed: rng.Uint64()}, Split: split,
	}
	return s.Run(ctx, d, &tune.RunOptions{Workers: 1})
}

// truths are what the tasks of a config truly lose, and their share of the traffic, by name: what a great many requests come
// to, routed by its splits, each at what it loses on average given its kind.
func (w *splitWorld) truths(c *routing.Config, rng *rand.Rand) (delta, share map[string]float64, err error) {
	delta, share = map[string]float64{}, map[string]float64{}
	by := map[string]*routing.Task{}
	for i := range c.Tasks {
		by[c.Tasks[i].Name] = &c.Tasks[i]
	}
	const draws = 4000
	for k := range w.tasks {
		t, task := &w.tasks[k], by[madeName(k)]
		if task.Split == nil {
			share[task.Name] += 1 / float64(len(w.tasks))
			delta[task.Name] = (1-t.hard)*t.kinds[0].truth(task) + t.hard*t.kinds[1].truth(task)
			continue
		}
		gain, err := classify.DecodeGain(c.Files[task.Split.Artifact])
		if err != nil {
			return nil, nil, err
		}
		n, sums := map[string]float64{}, map[string]float64{}
		for i := range draws {
			kind := t.kind(rng)
			served := task
			if gain.Predict(&classify.Input{Text: t.prompt(rng, kind) + fmt.Sprintf(" %s-%04d", task.Name, i)}) < task.Split.Below {
				served = by[task.Split.Task]
			}
			n[served.Name]++
			sums[served.Name] += t.kinds[kind].truth(served)
		}
		for name := range n {
			share[name] = n[name] / draws / float64(len(w.tasks))
			delta[name] = sums[name] / n[name]
		}
	}
	return delta, share, nil
}
