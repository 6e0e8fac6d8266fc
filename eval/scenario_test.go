package eval_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
)

// askingTable asks models besides its chains': A routes and checks itself. Its prices are in %[1]v and %[2]v.
const askingTable = `
version = 1
baseline = "C"
[providers.east]
kind = "openai"
base_url = "https://east.example"
api_key_env = "EAST"
[models.A]
price = { input = %[1]v, output = %[2]v }
[models.B]
provider = "east"
[models.C]
context = 1000
[tiers]
a = "A"
b = "B"
c = "C"
[tasks.t]
chain = ["a", "b", "c"]
accept = [{ check = "chars", min = 2 }, { check = "self_check", model = "A", min = 0.4 }]
[tasks.u]
chain = ["b"]
[tasks.v]
chain = ["c"]
[router]
default = "u"
[[router.rules]]
task = "t"
max_chars = 9
[router.llm]
model = "A"
min_confidence = 0.3
`

func parsed(t testing.TB, format string, args ...any) *routing.Config {
	t.Helper()
	config, err := routing.ParseConfig("config.toml", fmt.Appendf(nil, format, args...), nil)
	if err != nil {
		t.Fatal(err)
	}
	return config
}

func askingCandidate(t testing.TB) eval.Candidate {
	return eval.Candidate{Label: "asking", Config: parsed(t, askingTable, 1, 2)}
}

// askingRows are random rows with an opinion of every answer, at a cost.
func askingRows(r *rand.Rand, n int, weighted bool) []datasets.Row {
	rows := randomRows(r, n, weighted)
	for i := range rows {
		router, latency := r.Float64()/100, 50*r.Float64()
		rows[i].RouterCostUSD, rows[i].RouterLatencyMS = &router, &latency
		for k := range rows[i].Outcomes {
			o := &rows[i].Outcomes[k]
			signal, cost, latency := r.Float64(), r.Float64()/10, 100*r.Float64()
			o.SelfCheck, o.SelfCheckCostUSD, o.SelfCheckLatency = &signal, &cost, &latency
		}
	}
	return rows
}

func finished(t *testing.T, candidates []eval.Candidate, opts *eval.Options, rows []datasets.Row) *eval.Comparison {
	t.Helper()
	job, err := eval.NewJob(candidates, opts)
	if err != nil {
		t.Fatal(err)
	}
	return job.Finish(replayAll(t, job, rows))
}

// unplanned returns results without the labels that are planned for what is there, as a scenario's have none.
func unplanned(tasks []eval.TaskResult) []eval.TaskResult {
	tasks = slices.Clone(tasks)
	for i := range tasks {
		tasks[i].LabelNext = 0
	}
	return tasks
}

// wantSame compares the results of two candidates to the last bit.
func wantSame(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(asJSON(t, want), asJSON(t, got)); diff != "" {
		t.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

// A factor of 1, and an outage of what no table asks, change no bit; and nothing that is said of the candidates as they are
// depends on what is supposed beside them.
func TestScenariosStandBeside(t *testing.T) {
	if testing.Short() {
		t.Skip("evaluates many times over: long under the race detector")
	}
	candidates := slices.Concat(twoCandidates(t), layeredCandidates(t), splitCandidates(t), []eval.Candidate{askingCandidate(t)})
	scenarios := []eval.Scenario{
		{Name: "as it is", Prices: []eval.SupposedPrice{{Model: "A", Factor: 1}, {Model: "C", Factor: 1}}},
		{Name: "elsewhere", ModelsDown: []string{"Z"}, ProvidersDown: []string{"west"}},
		{Name: "everything", Prices: []eval.SupposedPrice{{Model: "A", Factor: 3}, {Model: "C", Factor: 0.5}}, ModelsDown: []string{"A", "C"}},
	}
	for seed := range uint64(8) {
		rows := askingRows(rand.New(rand.NewPCG(seed, 21)), 150, seed%2 == 0)
		opts := eval.Options{Details: seed%4 < 2, ControlRows: 40, TotalRows: 150}
		alone := finished(t, candidates, &opts, rows)
		opts.Scenarios = scenarios
		beside := finished(t, candidates, &opts, rows)
		if len(beside.WhatIf) != len(scenarios)*len(candidates) {
			t.Fatalf("%d results under scenarios", len(beside.WhatIf))
		}
		for i, w := range beside.WhatIf {
			k := &beside.Candidates[i/len(scenarios)]
			if w.Of != k.Label || w.Scenario != scenarios[i%len(scenarios)].Name {
				t.Fatalf("result %d is of %s, %s", i, w.Of, w.Scenario)
			}
			if w.Scenario == "everything" {
				continue
			}
			wantSame(t, w.Of+" "+w.Scenario, k.Whole, w.Whole)
			wantSame(t, w.Of+" "+w.Scenario, unplanned(k.Tasks), w.Tasks)
		}
		beside.WhatIf, beside.Settings.Scenarios = nil, nil
		wantSame(t, "as they are", alone, beside)
	}
}

// Flips put back as factors make the saving what they were asked for, and where all that is spent is on models, it adds up.
func TestFlips(t *testing.T) {
	if testing.Short() {
		t.Skip("evaluates many times over: long under the race detector")
	}
	seen := map[string]int{}
	for seed := range uint64(18) {
		r := rand.New(rand.NewPCG(seed, 22))
		rows := askingRows(r, 120, seed%2 == 0)
		for i := range rows { // so that tables save mostly, and sometimes do not
			for k := range rows[i].Outcomes {
				if o := &rows[i].Outcomes[k]; o.Model == "C" && o.CostUSD != nil && seed%3 > 0 {
					*o.CostUSD *= 5
				}
			}
		}
		candidates := append(twoCandidates(t), askingCandidate(t))
		c := finished(t, candidates, nil, rows)
		for i := range c.Candidates {
			k := &c.Candidates[i]
			total := 0.0
			for _, s := range k.Whole.Spend {
				total += float64(s.CostUSD)
			}
			if math.Abs(total-float64(k.Whole.SavingsCostUSD)) > 1e-9 {
				t.Fatalf("seed %d: %s spends %v on models, %v in all", seed, k.Label, total, k.Whole.SavingsCostUSD)
			}
			for _, limit := range []float64{0, 0.2, -0.3} {
				flips := k.Whole.FlipsAt("C", limit)
				if limit == 0 {
					wantSame(t, "flips", k.Whole.Flips, flips)
				}
				for n, f := range flips {
					seen[fmt.Sprintf("%s %v %v", f.Model, f.Factor > 1, k.Whole.Savings > 0)]++
					if n > 0 && math.Abs(math.Log(float64(f.Factor))) < math.Abs(math.Log(float64(flips[n-1].Factor))) {
						t.Fatalf("seed %d: flips %v are not by nearness", seed, flips)
					}
					opts := &eval.Options{Scenarios: []eval.Scenario{{Name: "f", Prices: []eval.SupposedPrice{{Model: f.Model, Factor: float64(f.Factor)}}}}}
					got := finished(t, candidates[i:i+1], opts, rows).WhatIf[0].Whole.Savings
					if math.Abs(float64(got)-limit) > 1e-9 {
						t.Fatalf("seed %d: %s saves %v with %s × %v, not %v", seed, k.Label, got, f.Model, f.Factor, limit)
					}
				}
			}
		}
	}
	for _, want := range []string{"A true true", "A false false", "B true true", "C false true", "C true false"} {
		if seen[want] == 0 {
			t.Errorf("no flip of the kind %s (model, dearer, saving) was tried: %v", want, seen)
		}
	}
}

// The flips of a table that spends 2 on m and 3 on the baseline, whose bill is 10, by hand.
func TestFlipsByHand(t *testing.T) {
	for _, tt := range []struct {
		cost, limit float64
		spend       []eval.ModelSpend
		want        []eval.Flip
	}{
		// (10 − 3)/2; 2/(10 − 3)
		{5, 0, []eval.ModelSpend{{Model: "m", CostUSD: 2}, {Model: "base", CostUSD: 3}}, []eval.Flip{{"base", 2. / 7}, {"m", 3.5}}},
		// (8 − 3)/2; 2/(8 − 3)
		{5, 0.2, []eval.ModelSpend{{Model: "m", CostUSD: 2}, {Model: "base", CostUSD: 3}}, []eval.Flip{{"base", 0.4}, {"m", 2.5}}},
		// Nothing of m's price helps a table that spends 10 on the baseline: only a free m.
		{12, 0, []eval.ModelSpend{{Model: "m", CostUSD: 2}, {Model: "base", CostUSD: 10}}, nil},
		// It costs 12 of 10: (10 − 4)/8; 8/(10 − 4)
		{12, 0, []eval.ModelSpend{{Model: "m", CostUSD: 8}, {Model: "base", CostUSD: 4}}, []eval.Flip{{"base", 8. / 6}, {"m", 0.75}}},
		// It never asks the baseline, whose price alone is what it saves from: 4/10.
		{4, 0, []eval.ModelSpend{{Model: "m", CostUSD: 4}}, []eval.Flip{{"base", 0.4}, {"m", 2.5}}},
		// A free model changes nothing, and a table that is the baseline has nothing to change.
		{10, 0, []eval.ModelSpend{{Model: "base", CostUSD: 10}, {Model: "m"}}, nil},
	} {
		r := &eval.Result{SavingsCostUSD: eval.Number(tt.cost), SavingsBaseUSD: 10, Spend: tt.spend}
		got := r.FlipsAt("base", tt.limit)
		if len(got) != len(tt.want) {
			t.Errorf("%+v: %v", tt, got)
			continue
		}
		for i := range got {
			// 2/7 and 3.5 are as far from 1 but for their last bits: either may stand first.
			k := slices.IndexFunc(tt.want, func(f eval.Flip) bool { return f.Model == got[i].Model })
			if math.Abs(float64(got[i].Factor-tt.want[k].Factor)) > 1e-15*float64(got[i].Factor) {
				t.Errorf("%+v: %v", tt, got)
			}
		}
	}
	for _, r := range []*eval.Result{{SavingsCostUSD: 1}, {SavingsCostUSD: eval.Unknown, SavingsBaseUSD: 1}, {SavingsCostUSD: 1, SavingsBaseUSD: eval.Unknown}} {
		if got := r.FlipsAt("base", 0); got != nil {
			t.Errorf("%+v: %v", r, got)
		}
	}
}

// failing returns rows on which models do not answer: traffic that recorded what an outage supposes. A bystander of whom
// nobody asks anything keeps the rows labeled that were.
func failing(rows []datasets.Row, down ...string) []datasets.Row {
	zero := 0.0
	out := slices.Clone(rows)
	for i := range out {
		row := &out[i]
		labeled, answered := false, false
		for _, o := range row.Outcomes {
			labeled = labeled || o.Error == "" && o.Quality != nil
			answered = answered || o.Error == ""
		}
		row.Outcomes = slices.DeleteFunc(slices.Clone(row.Outcomes), func(o datasets.Outcome) bool { return slices.Contains(down, o.Model) })
		for _, m := range down {
			row.Outcomes = append(row.Outcomes, datasets.Outcome{Model: m, Error: "connection", CostUSD: &zero, LatencyMS: &zero})
		}
		bystander := datasets.Outcome{Model: "bystander"}
		if labeled || !answered {
			bystander.Quality = &zero
		}
		row.Outcomes = append(row.Outcomes, bystander)
		if slices.Contains(down, "A") { // it is the LLM router, and checks what others say
			row.RouterTask, row.RouterConfidence, row.RouterCostUSD, row.RouterLatencyMS = "", nil, &zero, &zero
			for k := range row.Outcomes {
				o := &row.Outcomes[k]
				o.SelfCheck, o.SelfCheckCostUSD, o.SelfCheckLatency = &zero, &zero, &zero
			}
		}
	}
	return out
}

// An outage comes to what traffic does in which every outcome of the model is a failed connection, at no cost and in no time.
func TestOutageIsFailingTraffic(t *testing.T) {
	if testing.Short() {
		t.Skip("evaluates many times over: long under the race detector")
	}
	for seed := range uint64(24) {
		rows := askingRows(rand.New(rand.NewPCG(seed, 23)), 150, seed%2 == 0)
		candidates := append(twoCandidates(t), askingCandidate(t))
		for _, tt := range []struct {
			down     []string
			scenario eval.Scenario
		}{
			{[]string{"A"}, eval.Scenario{ModelsDown: []string{"A"}}},
			{[]string{"B"}, eval.Scenario{ModelsDown: []string{"B"}}},
			{[]string{"A", "B"}, eval.Scenario{ModelsDown: []string{"B", "A"}}},
		} {
			tt.scenario.Name = "down"
			for i := range candidates {
				want := finished(t, candidates[i:i+1], nil, failing(rows, tt.down...)).Candidates[0]
				got := finished(t, candidates[i:i+1], &eval.Options{Scenarios: []eval.Scenario{tt.scenario}}, rows).WhatIf[0]
				clearCalls(&want.Whole, want.Tasks)
				clearCalls(&got.Whole, got.Tasks)
				what := fmt.Sprint(seed, " ", candidates[i].Label, " without ", tt.down)
				wantSame(t, what, want.Whole, got.Whole)
				wantSame(t, what, unplanned(want.Tasks), got.Tasks)
			}
		}
	}
}

// clearCalls leaves out what is spent: calls of router and checks that are recorded as free are calls, those that fail are
// not.
func clearCalls(whole *eval.Result, tasks []eval.TaskResult) {
	whole.Spend = nil
	for i := range tasks {
		tasks[i].Spend = nil
	}
}

// A provider's outage is that of its models, and an outage of the baseline's model leaves the baseline as recorded: it is
// what traffic comes to in which the chains ask another model, which does not answer.
func TestOutageOfProviderAndBaseline(t *testing.T) {
	rows := askingRows(rand.New(rand.NewPCG(5, 24)), 200, false)
	asking := askingCandidate(t)
	c := finished(t, []eval.Candidate{asking}, &eval.Options{Scenarios: []eval.Scenario{
		{Name: "provider", ProvidersDown: []string{"east"}}, {Name: "model", ModelsDown: []string{"B"}}, {Name: "baseline", ModelsDown: []string{"C"}},
	}}, rows)
	wantSame(t, "provider", c.WhatIf[1].Whole, c.WhatIf[0].Whole)

	other := parsed(t, strings.ReplaceAll(askingTable, `c = "C"`, `c = "D"`), 1, 2)
	want := finished(t, []eval.Candidate{{Label: "other", Config: other}}, nil, failing(rows, "D")).Candidates[0]
	got := &c.WhatIf[2]
	clearCalls(&want.Whole, want.Tasks)
	clearCalls(&got.Whole, got.Tasks)
	wantSame(t, "baseline", want.Whole, got.Whole)
	wantSame(t, "baseline", unplanned(want.Tasks), got.Tasks)
	if got.Whole.Verdict == "holds" || got.Whole.BaseQuality != c.Candidates[0].Whole.BaseQuality {
		t.Errorf("without the baseline's model: %+v", got.Whole)
	}
}

// Where the baseline alone does a task, nothing changes, labels or not; but not if it does not answer.
func TestOutageOfBaselineUnlabeled(t *testing.T) {
	quality := 1.0
	rows := []datasets.Row{
		{ID: "1", Prompt: "p", Task: "u", Outcomes: []datasets.Outcome{{Model: "B", Quality: &quality}, {Model: "C", Quality: &quality}}},
		{ID: "2", Prompt: "p", Task: "v", Outcomes: []datasets.Outcome{{Model: "C"}}},
	}
	c := finished(t, []eval.Candidate{askingCandidate(t)}, &eval.Options{GoldTasks: true, Scenarios: []eval.Scenario{
		{Name: "B", ModelsDown: []string{"B"}}, {Name: "C", ModelsDown: []string{"C"}},
	}}, rows)
	for i, want := range []string{"holds", "inconclusive"} {
		if got := c.WhatIf[i].Tasks[1]; got.Task != "v" || string(got.Verdict) != want {
			t.Errorf("without %s, %s %s, want %s", c.WhatIf[i].Scenario, got.Task, got.Verdict, want)
		}
	}
}

// A price makes a model's costs from tokens as a config's price does for a model of which none is recorded, and a factor is
// that on what is recorded and on the price.
func TestPriceIsTraffic(t *testing.T) {
	for seed := range uint64(12) {
		rows := askingRows(rand.New(rand.NewPCG(seed, 25)), 150, seed%2 == 0)
		for _, tt := range []struct {
			change eval.SupposedPrice
			config *routing.Config
			cost   func(o *datasets.Outcome)
		}{
			{
				eval.SupposedPrice{Model: "A", Factor: 1, Price: &eval.ListPrice{Input: 30, Output: 40, CachedInput: eval.Unknown, Reasoning: eval.Unknown}},
				parsed(t, askingTable, 30, 40),
				func(o *datasets.Outcome) { o.CostUSD = nil },
			},
			{
				eval.SupposedPrice{Model: "A", Factor: 2},
				parsed(t, askingTable, 2, 4),
				func(o *datasets.Outcome) { o.CostUSD = twice(o.CostUSD) },
			},
		} {
			changed := slices.Clone(rows)
			for i := range changed {
				row := &changed[i]
				row.Outcomes = slices.Clone(row.Outcomes)
				if tt.change.Factor != 1 {
					row.RouterCostUSD = twice(row.RouterCostUSD)
				}
				for k := range row.Outcomes {
					o := &row.Outcomes[k]
					if o.Model == "A" {
						tt.cost(o)
					}
					if tt.change.Factor != 1 {
						o.SelfCheckCostUSD = twice(o.SelfCheckCostUSD)
					}
				}
			}
			want := finished(t, []eval.Candidate{{Label: "c", Config: tt.config}}, nil, changed).Candidates[0]
			got := finished(t, []eval.Candidate{{Label: "c", Config: parsed(t, askingTable, 1, 2)}},
				&eval.Options{Scenarios: []eval.Scenario{{Name: "p", Prices: []eval.SupposedPrice{tt.change}}}}, rows).WhatIf[0]
			wantSame(t, fmt.Sprint(seed, tt.change), want.Whole, got.Whole)
			wantSame(t, fmt.Sprint(seed, tt.change), unplanned(want.Tasks), got.Tasks)
		}
	}
}

func twice(x *float64) *float64 {
	if x == nil {
		return nil
	}
	y := 2 * *x
	return &y
}

// Other prices of the baseline change the bill that is saved from.
func TestPriceOfBaseline(t *testing.T) {
	rows := askingRows(rand.New(rand.NewPCG(1, 26)), 100, false)
	c := finished(t, twoCandidates(t), &eval.Options{Scenarios: []eval.Scenario{{Name: "p", Prices: []eval.SupposedPrice{{Model: "C", Factor: 4}}}}}, rows)
	for i, w := range c.WhatIf {
		before := &c.Candidates[i].Whole
		if w.Whole.SavingsBaseUSD != 4*before.SavingsBaseUSD || w.Whole.Delta != before.Delta || w.Whole.Verdict != before.Verdict {
			t.Errorf("%s: bill %v, was %v", w.Of, w.Whole.SavingsBaseUSD, before.SavingsBaseUSD)
		}
	}
}

func TestScenariosRefused(t *testing.T) {
	for _, prices := range [][]eval.SupposedPrice{
		{{Model: "A", Factor: 1}, {Model: "A", Factor: 2}},
		{{Model: "A", Factor: -1}},
		{{Model: "A", Factor: math.NaN()}},
		{{Model: "A", Factor: math.Inf(1)}},
		{{Model: "A", Factor: 1, Price: &eval.ListPrice{Input: 1, Output: eval.Unknown}}},
	} {
		if _, err := eval.NewJob(twoCandidates(t), &eval.Options{Scenarios: []eval.Scenario{{Name: "s", Prices: prices}}}); err == nil {
			t.Errorf("%+v is accepted", prices)
		}
	}
}
