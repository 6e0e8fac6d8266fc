package eval

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/routing"
)

const strideConfig = `
version = 1
baseline = "C"
tiers = { a = "A", b = "B", c = "C" }
on_exhausted = %q
[tasks.t]
chain = ["c"]
[router]
default = "t"
`

// TestStride wants of trials on traffic with failures, gaps, ties at the threshold, weights and graded outcomes what they come
// to when every request is walked.
func TestStride(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	some := func(x float64, share int) *float64 {
		if r.IntN(share) == 0 {
			return nil
		}
		return &x
	}
	low, high, short := -0.5, -0.2, 2.0
	trials := []Trial{
		{Task: "t", Chain: []string{"a", "c"}},
		{Task: "t", Chain: []string{"a", "c"}, Accept: []routing.Accept{{Check: "logprob_mean", Min: &low}}},
		{Task: "t", Chain: []string{"a", "b", "c"}, Accept: []routing.Accept{{Check: "chars", Min: &short}, {Check: "logprob_mean", PerTier: map[string]float64{"a": high, "b": low}}}},
		{Task: "t", Chain: []string{"b", "c"}, Accept: []routing.Accept{{Check: "logprob_mean", PerTier: map[string]float64{"c": high}}}},
		{Task: "t", Chain: []string{"b"}, Accept: []routing.Accept{{Check: "chars", Min: &short}}},
	}
	for seed := range 4 {
		var rows []datasets.Row
		for i := range 400 {
			row := datasets.Row{ID: fmt.Sprint(i), Prompt: "p", Task: "t"}
			if seed == 2 {
				row.Weight = some(float64(r.IntN(4)), 3)
			}
			for _, m := range []string{"A", "B", "C"} {
				answer := []string{"a", "an answer"}[r.IntN(2)]
				o := datasets.Outcome{
					Model: m, Quality: some([]float64{0, 1, 0.5}[r.IntN(2+seed%2)], 20), CostUSD: some(r.Float64(), 20), LatencyMS: some(1000*r.Float64(), 400),
					LogprobMean: some(-float64(r.IntN(10))/10, 20), Response: &answer,
				}
				if r.IntN(15) == 0 {
					o.Error, o.Quality, o.Response = "server", nil, nil
				}
				if r.IntN(20) > 0 {
					row.Outcomes = append(row.Outcomes, o)
				}
			}
			rows = append(rows, row)
		}
		config, err := routing.ParseConfig("stride.toml", fmt.Appendf(nil, strideConfig, []string{"return", "error"}[seed/3]), nil)
		if err != nil {
			t.Fatal(err)
		}
		var texts [2]string
		for i, plain := range []bool{false, true} {
			tries, err := NewTrials(&Candidate{Label: "c", Config: config}, trials, nil)
			if err != nil {
				t.Fatal(err)
			}
			tries.job.plain = plain
			columns := tries.job.Columns()
			columns.Prompt, columns.Bare = true, false
			traffic, err := datasets.FromRows(rows, columns)
			if err != nil {
				t.Fatal(err)
			}
			w := newTrialWorker(tries)
			w.add(context.Background(), traffic)
			straight := w.stride.enter(w.replayer, tries.policies[1], w.replayer.walker(tries.policies[1]))
			if want := !plain && seed < 3; straight != want {
				t.Fatalf("seed %d, plain %t: walks straight: %t", seed, plain, straight)
			}
			task := &tries.finish([]*trialWorker{w}).Tasks[0]
			for k := range task.Trials {
				trial := &task.Trials[k]
				texts[i] += fmt.Sprintln(trial.Saving, trial.Known, trial.Escalated, trial.LatencyP95, trial.Delta.Append(nil))
			}
		}
		if texts[0] != texts[1] {
			t.Errorf("seed %d: straight\n%s\nwalked\n%s", seed, texts[0], texts[1])
		}
	}
}
