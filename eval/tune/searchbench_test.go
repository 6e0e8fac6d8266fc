package tune_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/tune"
	"github.com/tierwise/tierwise/routing"
)

const benchTasks, benchModels = 20, 6

// benchConfig has a tier for each model and puts the answers of every task to a check of its own.
func benchConfig(b *testing.B) *routing.Config {
	b.Helper()
	var text strings.Builder
	fmt.Fprintf(&text, "version = 1\nbaseline = \"m%d\"\n[tiers]\n", benchModels-1)
	for m := range benchModels {
		fmt.Fprintf(&text, "t%d = \"m%[1]d\"\n", m)
	}
	for k := range benchTasks {
		fmt.Fprintf(&text, "[tasks.task%02d]\nchain = [\"t%d\"]\naccept = [{ check = \"json\" }]\n", k, benchModels-1)
	}
	text.WriteString("[router]\ndefault = \"task00\"\n")
	config, err := routing.ParseConfig("bench.toml", []byte(text.String()), nil)
	if err != nil {
		b.Fatal(err)
	}
	return config
}

// benchTraffic writes graded requests with answers and both signals of all models: the dearer the better, each task harder
// than the one before.
func benchTraffic(b *testing.B, n int) *datasets.Dataset {
	b.Helper()
	path := filepath.Join(b.TempDir(), "traffic.parquet")
	file, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w := datasets.NewWriter(file)
	r := rand.New(rand.NewPCG(7, 7))
	for i := range n {
		k := r.IntN(benchTasks)
		hard := -2.5 + 0.2*float64(k) + r.NormFloat64()
		row := datasets.Row{
			ID: fmt.Sprintf("r%08d", i), Task: fmt.Sprintf("task%02d", k),
			Prompt: fmt.Sprintf("Please extract every date, amount and name from invoice %d and say which customer it belongs to.", i),
		}
		for m := range benchModels {
			p := 1 / (1 + math.Exp(1.7*(hard-0.5*float64(m)-0.4)))
			quality, cost, latency := float64(0), math.Pow(2.5, float64(m))*(1+r.Float64())/1e5, 200*float64(m+1)*(1+r.ExpFloat64())
			if r.Float64() < p {
				quality = 1
			}
			mean := -0.15 - 1.2*(1-p) + 0.25*r.NormFloat64()
			least := 3*mean + r.NormFloat64()
			answer := `{"date": "2026-01-31", "amount": 12.5}`
			if quality == 0 && r.IntN(3) == 0 {
				answer = "I am not sure."
			}
			row.Outcomes = append(row.Outcomes, datasets.Outcome{
				Model: fmt.Sprintf("m%d", m), Quality: &quality, CostUSD: &cost, LatencyMS: &latency,
				LogprobMean: &mean, LogprobMin: &least, Response: &answer,
			})
		}
		if err := w.Write(row); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	if err := file.Close(); err != nil {
		b.Fatal(err)
	}
	d, err := datasets.Open(b.Context(), []string{path}, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { d.Close() })
	return d
}

// BenchmarkSearch searches 100,000 graded requests of 20 tasks and 6 models, from the file to the table: all chains, both
// signals swept and a check besides, 74 options a task. An option is one way to serve one request.
func BenchmarkSearch(b *testing.B) {
	const requests, workers = 100_000, 2
	d := benchTraffic(b, requests)
	search := &tune.Search{
		Candidate: eval.Candidate{Label: "bench", Config: benchConfig(b)}, Options: eval.Options{GoldTasks: true, Seed: 1},
	}
	options := 0.0
	b.ReportAllocs()
	for b.Loop() {
		tuned, err := search.Run(b.Context(), d, &tune.RunOptions{Workers: workers})
		if err != nil {
			b.Fatal(err)
		}
		options = 0
		for k := range tuned.Ways {
			options += float64(len(tuned.Ways[k])) * float64(tuned.Tried[k].Requests)
		}
	}
	b.ReportMetric(options*float64(b.N)/b.Elapsed().Seconds()/1e6, "Moptions/s")
}
