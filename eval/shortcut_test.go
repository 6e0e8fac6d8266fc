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

// TestShortcutIsPlain replays traffic with everything in it that makes the short way step aside, and wants the sums of
// the plain way.
func TestShortcutIsPlain(t *testing.T) {
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
[router.llm]
model = "A"
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 3))
		var rows []datasets.Row
		for i := range 120 {
			maybe := func(x float64) *float64 {
				if r.IntN(8) == 0 {
					return nil
				}
				return &x
			}
			row := datasets.Row{ID: fmt.Sprint(i), Prompt: "p", RouterTask: []string{"", "t", "u"}[r.IntN(3)], RouterCostUSD: maybe(r.Float64())}
			if seed%3 == 0 && r.IntN(4) == 0 {
				row.Group = fmt.Sprint(r.IntN(9))
			}
			if seed%5 == 0 {
				row.Split = []string{"", "tune", "verify"}[r.IntN(3)]
			}
			if seed%7 == 0 {
				row.Weight = maybe(2 * r.Float64())
			}
			for _, m := range []string{"A", "B"} {
				o := datasets.Outcome{Model: m, Quality: maybe([]float64{0, 1, r.Float64()}[r.IntN(2+int(seed%2))]), CostUSD: maybe(r.Float64()), LatencyMS: maybe(r.Float64())}
				if r.IntN(6) == 0 {
					o.Error, o.Quality = "server", nil
				}
				if r.IntN(12) > 0 {
					row.Outcomes = append(row.Outcomes, o)
				}
			}
			rows = append(rows, row)
		}
		var bytes [2]string
		for i, plain := range []bool{false, true} {
			job, err := NewJob([]Candidate{{Label: "c", Config: config}}, &Options{Scenarios: []Scenario{
				{Name: "dearer", Prices: []SupposedPrice{{Model: "A", Factor: 1.7}}}, {Name: "down", ModelsDown: []string{"A"}},
			}})
			if err != nil {
				t.Fatal(err)
			}
			job.plain = plain
			traffic, err := datasets.FromRows(rows, job.Columns())
			if err != nil {
				t.Fatal(err)
			}
			replayer := job.NewReplayer()
			if !plain && replayer.job.policies[0].sized {
				t.Fatal("the policy under test has no short way")
			}
			replayer.Replay(context.Background(), traffic)
			data, err := json.MarshalIndent(replayer.Sums(), "", " ")
			if err != nil {
				t.Fatal(err)
			}
			bytes[i] = string(data)
		}
		if diff := cmp.Diff(bytes[1], bytes[0]); diff != "" {
			t.Fatalf("seed %d (-plain +short):\n%s", seed, diff)
		}
	}
}
