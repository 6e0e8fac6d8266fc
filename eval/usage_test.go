package eval_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing/price"
)

func closeTo(a, b float64) bool { return math.Abs(a-b) <= 1e-9*(1+math.Abs(b)) }

// What the usage costs is what the savings are made of.
func TestUsageAddsUp(t *testing.T) {
	roles := map[eval.Role]int{}
	for seed := range uint64(6) {
		rows := askingRows(rand.New(rand.NewPCG(seed, 31)), 150, seed%2 == 0)
		candidates := slices.Concat(twoCandidates(t), layeredCandidates(t), splitCandidates(t), []eval.Candidate{askingCandidate(t)})
		job, err := eval.NewJob(candidates, &eval.Options{Details: seed%3 > 0})
		if err != nil {
			t.Fatal(err)
		}
		sums := replayAll(t, job, rows)
		c := job.Finish(sums)
		for v := range c.Candidates {
			k, u := &c.Candidates[v], job.Usage(v, sums)
			var cost, base float64
			for _, m := range u.Models {
				roles[m.Role]++
				if m.Role == eval.RoleBaseline {
					base += float64(m.Cost)
				} else {
					cost += float64(m.Cost)
				}
				wantTokens := seed%3 > 0 && (m.Role == eval.RoleAnswer || m.Role == eval.RoleBaseline)
				if m.Input.Known() != wantTokens || m.Output.Known() != wantTokens || m.Calls == 0 {
					t.Errorf("seed %d, %s: %+v", seed, k.Label, m)
				}
			}
			if !closeTo(cost, float64(k.Whole.SavingsCostUSD)) || !closeTo(base, float64(k.Whole.SavingsBaseUSD)) {
				t.Errorf("seed %d, %s: usage costs %v, the baseline %v; savings are of %v and %v", seed, k.Label, cost, base, k.Whole.SavingsCostUSD, k.Whole.SavingsBaseUSD)
			}
		}
	}
	for _, role := range []eval.Role{eval.RoleAnswer, eval.RoleCheck, eval.RoleRouter, eval.RoleBaseline} {
		if roles[role] == 0 {
			t.Errorf("there is no usage of role %s", role)
		}
	}
}

const pricedTable = `
version = 1
baseline = "C"
tiers = { a = "A", b = "B", c = "C" }
[models.A]
price = { input = %v, output = 2 }
[models.B]
price = { input = 3, output = %v }
[models.C]
price = { input = 10, output = 20, cached_input = 4, reasoning = 30 }
[tasks.t]
chain = ["a", "b", "c"]
accept = [{ check = "chars", min = 4 }]
[tasks.u]
chain = ["b", "c"]
[router]
default = "t"
[[router.rules]]
task = "u"
max_chars = 9
`

// Tokens at other prices come to what a replay at those prices finds.
func TestUsageReprices(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 32))
	rows := randomRows(r, 300, true)
	for i := range rows {
		for k := range rows[i].Outcomes {
			o := &rows[i].Outcomes[k]
			cached, reasoning := int64(r.IntN(1200)), int64(r.IntN(120)) // at times beyond their totals
			o.CachedInputTokens, o.ReasoningTokens = &cached, &reasoning
		}
	}
	usage := func(a, b float64, rows []datasets.Row) (*eval.Usage, *eval.Comparison) {
		candidate := eval.Candidate{Label: "c", Config: parsed(t, pricedTable, a, b)}
		job, err := eval.NewJob([]eval.Candidate{candidate}, &eval.Options{Details: true, Reprice: true, GoldTasks: true})
		if err != nil {
			t.Fatal(err)
		}
		sums := replayAll(t, job, rows)
		return job.Usage(0, sums), job.Finish(sums)
	}
	before, _ := usage(1, 4, rows)
	now, c := usage(7, 0.5, rows)
	prices := map[string]price.Price{
		"A": {Input: 7, Output: 2, CachedInput: math.NaN(), Reasoning: math.NaN()},
		"B": {Input: 3, Output: 0.5, CachedInput: math.NaN(), Reasoning: math.NaN()},
		"C": {Input: 10, Output: 20, CachedInput: 4, Reasoning: 30},
	}
	if len(before.Models) != len(now.Models) || len(now.Models) < 6 || before.Weight != now.Weight {
		t.Fatalf("%d and %d entries, weights %v and %v", len(before.Models), len(now.Models), before.Weight, now.Weight)
	}
	var cost, base float64
	for i, m := range before.Models {
		usd := prices[m.Model].USD(price.Usage{Input: float64(m.Input), CachedInput: float64(m.CachedInput), Output: float64(m.Output), Reasoning: float64(m.Reasoning)})
		if !closeTo(usd, float64(now.Models[i].Cost)) {
			t.Errorf("%s, %s, %s: tokens come to %v, a replay finds %v", m.Task, m.Model, m.Role, usd, now.Models[i].Cost)
		}
		if m.Role == eval.RoleBaseline {
			base += usd
		} else {
			cost += usd
		}
	}
	if got, want := 1-cost/base, float64(c.Candidates[0].Whole.Savings); !closeTo(got, want) {
		t.Errorf("savings of %v, a replay finds %v", got, want)
	}
	// One call without tokens, and those of its model are not known.
	for i := range rows {
		for k := range rows[i].Outcomes {
			if o := &rows[i].Outcomes[k]; o.Model == "B" && i > 100 {
				o.InputTokens = nil
			}
		}
	}
	job, err := eval.NewJob([]eval.Candidate{{Label: "c", Config: parsed(t, pricedTable, 1, 4)}}, &eval.Options{Details: true, GoldTasks: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range job.Usage(0, replayAll(t, job, rows)).Models {
		if m.Input.Known() != (m.Model != "B") {
			t.Errorf("%+v", m)
		}
	}
}

// Usage does not depend on how the requests were spread.
func TestUsageOfParts(t *testing.T) {
	rows := randomRows(rand.New(rand.NewPCG(4, 33)), 200, true)
	job := partsJob(t)
	sums := replayAll(t, job, rows)
	merged, mergedSums, err := eval.MergeParts(makeParts(t, rows, 3), partNames(3))
	if err != nil {
		t.Fatal(err)
	}
	for v := range job.Finish(sums).Candidates {
		if diff := cmp.Diff(asJSON(t, job.Usage(v, sums)), asJSON(t, merged.Usage(v, mergedSums))); diff != "" {
			t.Errorf("candidate %d (-one +merged)\n%s", v, diff)
		}
	}
}

// Savings under a production mix are those of the usage under it.
func TestUsageFollowsMix(t *testing.T) {
	rows := randomRows(rand.New(rand.NewPCG(4, 34)), 200, false)
	for _, shares := range []map[string]float64{{"t": 0.9, "u": 0.1}, {"t": 0, "u": 1}} {
		opts := &eval.Options{Details: true, GoldTasks: true, Mix: &eval.Mix{Tasks: []map[string]float64{shares}}}
		job, err := eval.NewJob([]eval.Candidate{{Label: "c", Config: parsed(t, pricedTable, 1, 4)}}, opts)
		if err != nil {
			t.Fatal(err)
		}
		sums := replayAll(t, job, rows)
		var cost, base float64
		for _, m := range job.Usage(0, sums).Models {
			if m.Role == eval.RoleBaseline {
				base += float64(m.Cost)
			} else {
				cost += float64(m.Cost)
			}
		}
		if whole := job.Finish(sums).Candidates[0].Whole; !closeTo(1-cost/base, float64(whole.Savings)) || !closeTo(base, float64(whole.SavingsBaseUSD)) {
			t.Errorf("%v: usage costs %v, the baseline %v: %v; savings %v of %v", shares, cost, base, 1-cost/base, whole.Savings, whole.SavingsBaseUSD)
		}
	}
}
