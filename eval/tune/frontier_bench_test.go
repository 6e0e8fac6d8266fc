package tune

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
)

var frontierRequests = flag.Int("frontier-requests", 20_000, "labeled requests that BenchmarkFrontier searches, in 20 tasks")

// BenchmarkFrontier reads outcomes of 6 models with one signal from Parquet, sweeps all chains of up to 4 under all thresholds,
// and finds the whole tables for a curve and a budget.
func BenchmarkFrontier(b *testing.B) {
	name := filepath.Join(b.TempDir(), "traffic.parquet")
	writeBenchTraffic(b, name)
	d, err := datasets.Open(b.Context(), []string{name}, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	config := "version = 1\nbaseline = \"m5\"\n[tiers]\n"
	for m := range 6 {
		config += fmt.Sprintf("t%d = \"m%d\"\n", m, m)
	}
	for k := range 20 {
		config += fmt.Sprintf("[tasks.k%d]\nchain = [\"t5\"]\n", k)
	}
	parsed, err := routing.ParseConfig("config.toml", []byte(config+"[router]\ndefault = \"k0\"\n"), nil)
	if err != nil {
		b.Fatal(err)
	}
	s := &Search{Candidate: eval.Candidate{Label: "c", Config: parsed}, Options: eval.Options{GoldTasks: true}}
	tuned, err := s.Run(b.Context(), d, &RunOptions{Workers: 2})
	if err != nil {
		b.Fatal(err)
	}
	combinations, rounds := 0.0, 0
	for b.Loop() {
		f, err := s.Frontier(b.Context(), d, &RunOptions{Workers: 2}, tuned)
		if err != nil {
			b.Fatal(err)
		}
		answer, err := f.AtBudget(f.bill / 3)
		if err != nil {
			b.Fatal(err)
		}
		f.File(FrontierAsk{Budget: f.bill / 3}, answer, nil)
		combinations += f.Combinations
		rounds++
	}
	b.ReportMetric(combinations/b.Elapsed().Seconds(), "options/s")
	b.ReportMetric(float64(*frontierRequests*rounds)/b.Elapsed().Seconds(), "requests/s")
}

// writeBenchTraffic writes requests of which dearer models are right more often, and whose signals tell a little.
func writeBenchTraffic(b *testing.B, name string) {
	b.Helper()
	file, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 41))
	w := datasets.NewWriter(file)
	for i := range *frontierRequests {
		row := datasets.Row{ID: fmt.Sprint("r", i), Task: fmt.Sprint("k", i%20), Prompt: strings.Repeat("word ", 20) + fmt.Sprint(i)}
		hard := rng.Float64()
		for m := range 6 {
			quality, cost := 0.0, math.Pow(3, float64(m))*(0.5+rng.Float64())*1e-5
			if 0.3*rng.NormFloat64()+float64(m+3)/8 > hard {
				quality = 1
			}
			sure := rng.NormFloat64() + quality
			row.Outcomes = append(row.Outcomes, datasets.Outcome{Model: fmt.Sprint("m", m), Quality: &quality, CostUSD: &cost, LogprobMean: &sure})
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
}
