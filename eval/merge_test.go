package eval_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
)

const twoTables = `
version = 1
baseline = "C"
[models.A]
price = { input = 1, output = 2 }
[models.B]
context = 4
[tiers]
a = "A"
b = "B"
c = "C"
[tasks.t]
chain = ["a", "b", "c"]
accept = [{ check = "chars", min = 3 }, { check = "logprob_mean", min = -0.5 }]
[tasks.u]
chain = ["%s"]
[router]
default = "u"
[[router.rules]]
task = "t"
max_chars = 12
`

// layeredTable has every layer, its classifier in %q and how sure that must be in %v.
const layeredTable = `
version = 1
baseline = "C"
[models.A]
price = { input = 1, output = 2 }
[tiers]
a = "A"
c = "C"
[tasks.t]
chain = ["a", "c"]
accept = [{ check = "logprob_mean", min = -0.5 }]
[tasks.u]
chain = ["c"]
[router]
default = "u"
[[router.rules]]
task = "t"
tenants = ["x"]
max_tokens = 20
[router.embedding]
artifact = %q
min_confidence = %v
[router.llm]
model = "A"
min_confidence = 0.5
`

// layeredCandidates are three with a classifier that was trained on some of the rows: two that differ in how sure it must
// be, and one without out-of-fold predictions.
func layeredCandidates(t testing.TB) []eval.Candidate {
	t.Helper()
	r := rand.New(rand.NewPCG(8, 8))
	var trained []datasets.Row
	predictions := outOfFold{}
	for i := range 40 {
		row := datasets.Row{ID: fmt.Sprintf("r%d", i), Prompt: promptOf(i), Task: []string{"t", "u"}[r.IntN(2)]}
		if i%8 == 0 {
			row.Group = fmt.Sprintf("g%d", i/8)
		}
		trained = append(trained, row)
		if i%3 > 0 {
			predictions.add(&row, []string{"t", "u"}[r.IntN(2)], r.Float64())
		}
	}
	artifact := learnt(t, trained, "t", "u")
	out := make([]eval.Candidate, 3)
	for i, least := range []float64{0.3, 0.8, 0.3} {
		config, err := routing.ParseConfig("config.toml", fmt.Appendf(nil, layeredTable, "c.bin", least), func(string) ([]byte, error) { return artifact, nil })
		if err != nil {
			t.Fatal(err)
		}
		out[i] = eval.Candidate{Label: fmt.Sprint("layered ", i), Config: config}
		if i < 2 {
			out[i].OutOfFold, out[i].OutOfFoldSum = predictions, "sum"
		}
	}
	return out
}

// promptOf is the prompt of row i of randomRows, of one length for a number, so that some rows have the same.
func promptOf(i int) string { return fmt.Sprintf("%0*d", 1+i*i%30, i/2) }

func twoCandidates(t *testing.T) []eval.Candidate {
	t.Helper()
	var out []eval.Candidate
	for _, tier := range []string{"b", "c"} {
		config, err := routing.ParseConfig("config.toml", fmt.Appendf(nil, twoTables, tier), nil)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, eval.Candidate{Label: tier, Config: config})
	}
	return out
}

// randomRows returns rows with everything in them that a replay adds up.
func randomRows(r *rand.Rand, n int, weighted bool) []datasets.Row {
	maybe := func(x float64) *float64 {
		if r.IntN(6) == 0 {
			return nil
		}
		return &x
	}
	rows := make([]datasets.Row, n)
	for i := range rows {
		row := datasets.Row{
			ID: fmt.Sprintf("r%d", i), Prompt: promptOf(i), Tenant: []string{"", "x", "y"}[r.IntN(3)],
			Task: []string{"", "t", "u", "v"}[r.IntN(4)], Split: []string{"", "tune", "verify"}[r.IntN(3)],
			RouterTask: []string{"", "t", "u", "v"}[r.IntN(4)], RouterConfidence: maybe(r.Float64()), RouterCostUSD: maybe(r.Float64() / 100),
		}
		if r.IntN(2) == 0 {
			limit := int64(r.IntN(40))
			row.MaxTokens = &limit
		}
		if r.IntN(3) == 0 {
			row.Group = fmt.Sprintf("g%d", r.IntN(1+n/8))
		}
		if weighted && r.IntN(2) == 0 {
			w := 3 * r.Float64()
			row.Weight = &w
		}
		for _, model := range []string{"A", "B", "C"} {
			for range 1 + r.IntN(8)/7 {
				o := datasets.Outcome{Model: model, CostUSD: maybe(r.Float64()), LatencyMS: maybe(1000 * r.Float64()), LogprobMean: maybe(-r.Float64())}
				if text := "answer"[:r.IntN(7)]; r.IntN(6) > 0 {
					o.Response = &text
				}
				in, out := int64(r.IntN(1000)), int64(r.IntN(100))
				o.InputTokens, o.OutputTokens = &in, &out
				if r.IntN(8) == 0 {
					o.Error = []string{"server", "bad_request", "content_filter"}[r.IntN(3)]
				} else {
					o.Quality = maybe([]float64{0, 1, 1, r.Float64()}[r.IntN(3+r.IntN(2))])
				}
				if r.IntN(20) > 0 {
					row.Outcomes = append(row.Outcomes, o)
				}
			}
		}
		rows[i] = row
	}
	return rows
}

// TestMergeIsExact cuts the same rows in many ways, adds the parts in any order, and wants the same bytes.
func TestMergeIsExact(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 9))
		rows := randomRows(r, []int{1, 2, 63, 64, 65, 300}[seed%6], seed%2 == 0)
		job, err := eval.NewJob(slices.Concat(twoCandidates(t), layeredCandidates(t), splitCandidates(t)), &eval.Options{
			ControlRows: 40, TotalRows: int64(len(rows)), Details: seed%4 < 2,
			Scenarios: []eval.Scenario{{Name: "s", ModelsDown: []string{"A"}, Prices: []eval.SupposedPrice{{Model: "C", Factor: 0.3}}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		want := resultBytes(t, job, replayAll(t, job, rows))
		for range 5 {
			r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
			var parts []*eval.Sums
			for rest := rows; len(rest) > 0; {
				n := 1 + r.IntN(len(rest))
				parts = append(parts, replayAll(t, job, rest[:n]))
				rest = rest[n:]
			}
			r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
			total := parts[0]
			for _, p := range parts[1:] {
				total.Merge(p)
			}
			if diff := cmp.Diff(string(want), string(resultBytes(t, job, total))); diff != "" {
				t.Fatalf("seed %d: %d parts (-one +parts):\n%s", seed, len(parts), diff)
			}
		}
	}
}

func replayAll(t *testing.T, job *eval.Job, rows []datasets.Row) *eval.Sums {
	t.Helper()
	traffic, err := datasets.FromRows(rows, job.Columns())
	if err != nil {
		t.Fatal(err)
	}
	r := job.NewReplayer()
	r.Replay(context.Background(), traffic)
	return r.Sums()
}

func resultBytes(t *testing.T, job *eval.Job, s *eval.Sums) []byte {
	t.Helper()
	data, err := json.MarshalIndent(job.Finish(s), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestSumsEqualRecords adds up the records of single requests, the plain way, and compares with what a replay of whole
// columns comes to.
func TestSumsEqualRecords(t *testing.T) {
	for seed := range uint64(30) {
		rows := randomRows(rand.New(rand.NewPCG(seed, 5)), 200, false)
		job, err := eval.NewJob(slices.Concat(twoCandidates(t), layeredCandidates(t), splitCandidates(t)), nil)
		if err != nil {
			t.Fatal(err)
		}
		traffic, err := datasets.FromRows(rows, job.Columns())
		if err != nil {
			t.Fatal(err)
		}
		plain := map[string]*plainSums{}
		err = job.NewReplayer().Records(context.Background(), traffic, func(rec *eval.Record) error {
			if plain[rec.Candidate] == nil {
				plain[rec.Candidate] = &plainSums{layers: map[string]int64{}}
			}
			plain[rec.Candidate].add(rec)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		c := job.Finish(replayAll(t, job, rows))
		for i := range c.Candidates {
			k := &c.Candidates[i]
			got, want := &k.Whole, plain[k.Label]
			layers := map[string]int64{}
			for _, l := range k.Layers {
				layers[l.Layer] = l.Requests
			}
			if diff := cmp.Diff(want.layers, layers); diff != "" {
				t.Errorf("seed %d, %s: layers (-records +sums):\n%s", seed, k.Label, diff)
			}
			counts := map[string][2]int64{
				"requests": {got.Requests, want.n}, "graded": {got.Graded, want.graded}, "covered": {got.Covered, want.covered},
				"changed": {got.Changed, want.changed}, "better": {got.Better, want.better}, "lost": {got.Lost, want.lost},
				"worse": {got.Worse, want.worse}, "cost known": {got.CostKnown, want.costKnown},
				"unevaluable": {got.Unevaluable, want.unevaluable}, "unbilled": {got.Unbilled, want.unbilled},
				"latency known": {got.LatencyKnown, want.latencyKnown}, "left out": {k.LeftOut, want.leftOut},
				"of known task": {k.RouterAccuracyKnown, want.labeled},
			}
			for name, n := range counts {
				if n[0] != n[1] {
					t.Errorf("seed %d, %s: %s %d, records have %d", seed, k.Label, name, n[0], n[1])
				}
			}
			if math.Abs(float64(got.CostUSD)-want.cost) > 1e-9 {
				t.Errorf("seed %d: cost %v, records have %v", seed, got.CostUSD, want.cost)
			}
			if rate := float64(want.escalated) / float64(want.n-want.unevaluable); math.Abs(float64(got.EscalationRate)-rate) > 1e-12 {
				t.Errorf("seed %d: escalation rate %v, records have %v", seed, got.EscalationRate, rate)
			}
		}
	}
}

type plainSums struct {
	layers           map[string]int64
	leftOut, labeled int64

	n, graded, covered, changed, better, lost, worse, costKnown, unevaluable, unbilled, latencyKnown, escalated int64
	cost                                                                                                        float64
}

func (s *plainSums) add(r *eval.Record) {
	if r.Ended == "left_out" {
		s.leftOut++
		return
	}
	s.n++
	s.layers[r.Layer]++
	if r.GoldTask != "" {
		s.labeled++
	}
	if r.Ended == "unevaluable" {
		s.unevaluable++
	} else if r.Escalations > 0 {
		s.escalated++
	}
	s.unbilled += r.Unbilled
	if r.CostUSD.Known() {
		s.costKnown++
		s.cost += float64(r.CostUSD)
	}
	if r.LatencyMS.Known() {
		s.latencyKnown++
	}
	if !r.BaseQuality.Known() {
		return
	}
	s.graded++
	if len(r.Uncovered) > 0 {
		return
	}
	s.covered++
	if r.Changed {
		s.changed++
	}
	switch d := r.Quality - r.BaseQuality; {
	case d > 0:
		s.better++
	case d < 0:
		s.lost++
		if d <= -0.5 {
			s.worse++
		}
	}
}
