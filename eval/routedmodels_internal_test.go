package eval

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/routing"
)

// sparseRows are requests of two models with failures, gaps and, if wanted, graded scores and weights.
func sparseRows(r *rand.Rand, n int, graded, weighted bool) []datasets.Row {
	var rows []datasets.Row
	for i := range n {
		maybe := func(x float64) *float64 {
			if r.IntN(8) == 0 {
				return nil
			}
			return &x
		}
		row := datasets.Row{ID: fmt.Sprint(i), Prompt: "p", Task: []string{"t", "u"}[r.IntN(2)]}
		if weighted {
			row.Weight = maybe(2 * r.Float64())
		}
		for _, m := range []string{"A", "B"} {
			quality := float64(r.IntN(2))
			if graded && r.IntN(2) == 0 {
				quality = r.Float64()
			}
			o := datasets.Outcome{Model: m, Quality: maybe(quality), CostUSD: maybe(r.Float64())}
			if n%2 == 0 { // so that the sums of bills are met, too
				cost := r.Float64()
				o.CostUSD = &cost
			}
			if r.IntN(6) == 0 {
				o.Error, o.Quality = "server", nil
			}
			if r.IntN(12) > 0 {
				row.Outcomes = append(row.Outcomes, o)
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// TestRoutedModelsArePlain adds up single requests and wants the sums that whole columns come to.
func TestRoutedModelsArePlain(t *testing.T) {
	config, err := routing.ParseConfig("t.toml", []byte(`
version = 1
baseline = "B"
tiers = { a = "A", b = "B" }
[tasks.t]
chain = ["a"]
[tasks.u]
chain = ["b"]
[router]
default = "t"
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(40) {
		job, err := NewJob([]Candidate{{Label: "c", Config: config}}, &Options{GoldTasks: true})
		if err != nil {
			t.Fatal(err)
		}
		rows := sparseRows(rand.New(rand.NewPCG(seed, 8)), 120+int(seed%2), seed%3 == 0, seed%5 == 0)
		traffic, err := datasets.FromRows(rows, job.Columns())
		if err != nil {
			t.Fatal(err)
		}
		r := job.NewReplayer()
		r.Replay(context.Background(), traffic)
		plain := newRoutedModels(2, 2)
		for i := range rows {
			task := map[string]int{"t": 0, "u": 1}[rows[i].Task]
			base := &r.block.variants[job.tables[0].base]
			for m := range plain[task] {
				c := &r.block.variants[job.oracle[m]]
				plain[task][m].addQuality(r.block, c, base, i)
				plain[task][m].addCost(r.block.weight(i), c.cost[i], base.cost[i])
			}
		}
		var texts [2]string
		for i, sums := range []RoutedModels{plain, r.Sums().Models[0]} {
			data, err := json.MarshalIndent(sums, "", " ")
			if err != nil {
				t.Fatal(err)
			}
			texts[i] = string(data)
		}
		if diff := cmp.Diff(texts[0], texts[1]); diff != "" {
			t.Fatalf("seed %d (-plain +columns):\n%s", seed, diff)
		}
		// Each model alone is judged on what the reference row of the task is.
		for m := range job.references {
			for k, task := range []string{"t", "u"} {
				p := r.Sums().References[m][task].total()
				if got := plain[k][m].Judged; got.N != p.Covered.N {
					t.Errorf("seed %d: %s is judged on %d requests of %s, its reference row on %d", seed, job.opts.Models[m], got.N, task, p.Covered.N)
				}
			}
		}
	}
}
