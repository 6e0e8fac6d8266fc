package eval_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
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
			ID: fmt.Sprintf("r%d", i), Prompt: fmt.Sprintf("%0*d", 1+r.IntN(30), i),
			Task: []string{"", "t", "u", "v"}[r.IntN(4)], Split: []string{"", "tune", "verify"}[r.IntN(3)],
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
		job, err := eval.NewJob(twoCandidates(t), &eval.Options{ControlRows: 40, TotalRows: int64(len(rows)), Details: seed%4 < 2})
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
		job, err := eval.NewJob(twoCandidates(t), nil)
		if err != nil {
			t.Fatal(err)
		}
		traffic, err := datasets.FromRows(rows, job.Columns())
		if err != nil {
			t.Fatal(err)
		}
		var plain [2]plainSums
		err = job.NewReplayer().Records(context.Background(), traffic, func(rec *eval.Record) error {
			plain[map[string]int{"b": 0, "c": 1}[rec.Candidate]].add(rec)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		c := job.Finish(replayAll(t, job, rows))
		for i := range plain {
			got, want := &c.Candidates[i].Whole, &plain[i]
			counts := map[string][2]int64{
				"requests": {got.Requests, want.n}, "graded": {got.Graded, want.graded}, "covered": {got.Covered, want.covered},
				"changed": {got.Changed, want.changed}, "better": {got.Better, want.better}, "lost": {got.Lost, want.lost},
				"worse": {got.Worse, want.worse}, "cost known": {got.CostKnown, want.costKnown},
				"unevaluable": {got.Unevaluable, want.unevaluable}, "unbilled": {got.Unbilled, want.unbilled},
				"latency known": {got.LatencyKnown, want.latencyKnown},
			}
			for name, n := range counts {
				if n[0] != n[1] {
					t.Errorf("seed %d, %s: %s %d, records have %d", seed, c.Candidates[i].Label, name, n[0], n[1])
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
	n, graded, covered, changed, better, lost, worse, costKnown, unevaluable, unbilled, latencyKnown, escalated int64
	cost                                                                                                        float64
}

func (s *plainSums) add(r *eval.Record) {
	s.n++
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
