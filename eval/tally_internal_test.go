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

// tallied has chains of all that a walk can meet: checks of every kind, limits, errors at the end and a router that costs.
const tallied = `
version = 1
baseline = "C"
[models.B]
context = 40
[tiers]
a = "A"
b = "B"
c = "C"
[tasks.one]
chain = ["a"]
[tasks.two]
chain = ["a", "b"]
accept = [{ check = "logprob_mean", min = %[1]v }]
on_content_filter = "failover"
[tasks.three]
chain = ["a", "b", "c"]
accept = [{ check = "finish" }, { check = "logprob_mean", min = { a = %[1]v, c = -0.1 } }]
[tasks.error]
chain = ["c", "a"]
accept = [{ check = "logprob_mean", min = %[1]v }]
on_exhausted = "error"
[tasks.asked]
chain = ["a", "c"]
accept = [{ check = "self_check", model = "C", min = 0.5 }, { check = "logprob_mean", min = %[1]v }]
[router]
default = "one"
[router.llm]
model = "A"
`

// talliedRows are requests of which most are ordinary, and of which some lack anything a request may lack, in a way that
// depends on the seed.
func talliedRows(seed uint64) []datasets.Row {
	r := rand.New(rand.NewPCG(seed, 14))
	tasks := []string{"one", "two", "three", "error", "asked"}
	gaps := 1 + int(seed%4)*8 // one in so many, and no gaps where that is 1
	maybe := func(x float64) *float64 {
		if gaps > 1 && r.IntN(gaps) == 0 {
			return nil
		}
		return &x
	}
	var rows []datasets.Row
	for i := range 300 {
		row := datasets.Row{ID: fmt.Sprint(i), Prompt: "p", Task: tasks[r.IntN(5)], RouterTask: tasks[r.IntN(5)], RouterCostUSD: maybe(float64(r.IntN(2)) * r.Float64())}
		switch {
		case seed%5 == 0 && r.IntN(4) == 0:
			row.Group = fmt.Sprint(r.IntN(9))
		case seed%7 == 0:
			row.Weight = maybe(2 * r.Float64())
		case seed%11 == 0:
			row.Split = []string{"", "tune", "verify"}[r.IntN(3)]
		case seed%13 == 0 && i%50 == 0:
			row.Prompt = fmt.Sprintf("%200d", i) // too long for B
		}
		graded := gaps == 1 || r.IntN(3) > 0
		for _, m := range []string{"A", "B", "C"} {
			o := datasets.Outcome{
				Model: m, CostUSD: maybe(r.Float64() / 100), LatencyMS: maybe(r.Float64()), LogprobMean: maybe(-r.Float64()),
				FinishReason: []string{"stop", "stop", "length"}[r.IntN(3)], SelfCheck: maybe(r.Float64()), SelfCheckCostUSD: maybe(r.Float64() / 1000),
			}
			if input, output := r.Int64N(99), r.Int64N(99); gaps == 1 || r.IntN(gaps) > 0 {
				o.InputTokens, o.OutputTokens = &input, &output
			}
			if graded {
				o.Quality = maybe(float64(r.IntN(2)))
				if r.IntN(gaps) == 1 {
					o.Quality = maybe(r.Float64())
				}
			}
			if gaps > 1 && r.IntN(gaps) == 0 {
				o.Error, o.Quality = []string{"server", "content_filter", "bad_request"}[r.IntN(3)], nil
			}
			if seed%17 == 0 && i == 20 {
				if m == "A" {
					continue
				}
				cost := 1e10 // its square is an overflow, which does not show where the request is not savable
				o.CostUSD = &cost
			}
			if gaps == 1 || r.IntN(gaps) > 0 {
				row.Outcomes = append(row.Outcomes, o)
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// TestTallyIsPlain replays chains of all sorts over requests that lack this and that, counted and bill by bill, and wants
// the sums of the plain way to the last bit.
func TestTallyIsPlain(t *testing.T) {
	var candidates []Candidate
	for _, threshold := range []float64{-0.7, -0.3} {
		config, err := routing.ParseConfig("t.toml", fmt.Appendf(nil, tallied, threshold), nil)
		if err != nil {
			t.Fatal(err)
		}
		candidates = append(candidates, Candidate{Label: fmt.Sprint(threshold), Config: config})
	}
	for seed := range uint64(60) {
		rows := talliedRows(seed)
		var texts [2]string
		counted := int64(0)
		for i, plain := range []bool{true, false} {
			job, err := NewJob(candidates, &Options{GoldTasks: seed%2 == 0, Details: seed%6 == 0, Scenarios: []Scenario{
				{Name: "dearer", Prices: []SupposedPrice{{Model: "A", Factor: 1.7}}}, {Name: "down", ModelsDown: []string{"A"}},
			}})
			if err != nil {
				t.Fatal(err)
			}
			job.plain = plain
			replayer := job.NewReplayer()
			for _, part := range [][]datasets.Row{rows[:170], rows[170:]} { // what is kept from block to block is none of the next's
				traffic, err := datasets.FromRows(part, job.Columns())
				if err != nil {
					t.Fatal(err)
				}
				replayer.Replay(context.Background(), traffic)
				counted += int64(len(replayer.tally.kinds))
			}
			data, err := json.MarshalIndent(replayer.Sums(), "", " ")
			if err != nil {
				t.Fatal(err)
			}
			texts[i] = string(data)
		}
		if ordinary := seed%7 != 0 && seed%11 != 0; ordinary != (counted > 0) {
			t.Errorf("seed %d: counted is %v, want %v", seed, counted > 0, ordinary)
		}
		if diff := cmp.Diff(texts[0], texts[1]); diff != "" {
			t.Fatalf("seed %d (-plain +tally):\n%s", seed, diff)
		}
	}
}
