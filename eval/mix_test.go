package eval_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/stats"
	"github.com/tierwise/tierwise/routing"
)

const threeTasks = `
version = 1
baseline = "L"
[tiers]
small = "S"
large = "L"
[tasks.a]
chain = ["small"]
[tasks.b]
chain = ["small"]
[tasks.c]
chain = ["large"]
[router]
default = "c"
[[router.rules]]
task = "a"
endpoints = ["/a"]
[[router.rules]]
task = "b"
endpoints = ["/b"]
`

func mixCandidates(t testing.TB) []eval.Candidate {
	t.Helper()
	config, err := routing.ParseConfig("config.toml", []byte(threeTasks), nil)
	if err != nil {
		t.Fatal(err)
	}
	return []eval.Candidate{{Label: "config", Config: config}}
}

func mixOf(t testing.TB, candidates []eval.Candidate, shares string) *eval.Mix {
	t.Helper()
	m, err := eval.ParseMix("mix.toml", []byte("version = 1\n[shares]\n"+shares), candidates)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// outcomes of S and L with the given qualities, −1 for none; S costs 1 and takes 100 ms, L 10 and 1,000.
func requestOf(id, task string, s, l float64) datasets.Row {
	row := datasets.Row{ID: id, Prompt: "p", Task: task, Endpoint: "/" + task}
	for _, o := range []struct {
		model               string
		quality, cost, late float64
	}{{"S", s, 1, 100}, {"L", l, 10, 1000}} {
		outcome := datasets.Outcome{Model: o.model, CostUSD: &o.cost, LatencyMS: &o.late}
		if o.quality >= 0 {
			outcome.Quality = &o.quality
		}
		row.Outcomes = append(row.Outcomes, outcome)
	}
	return row
}

// Four requests of a, of which S gets 3 and L all: −1/4. Two of b, of which S gets all and L one: +1/2. Two of c.
func mixRows() []datasets.Row {
	return []datasets.Row{
		requestOf("a1", "a", 1, 1), requestOf("a2", "a", 1, 1), requestOf("a3", "a", 1, 1), requestOf("a4", "a", 0, 1),
		requestOf("b1", "b", 1, 0), requestOf("b2", "b", 1, 1), requestOf("c1", "c", 0, 1), requestOf("c2", "c", 0, 1),
	}
}

func finishMixed(t *testing.T, rows []datasets.Row, shares string) *eval.Comparison {
	t.Helper()
	candidates := mixCandidates(t)
	opts := &eval.Options{Models: []string{"S", "L"}}
	if shares != "" {
		opts.Mix = mixOf(t, candidates, shares)
	}
	job, err := eval.NewJob(candidates, opts)
	if err != nil {
		t.Fatal(err)
	}
	return job.Finish(replayAll(t, job, rows))
}

// By hand, with 10 % a, 40 % b and 50 % c: the candidate gets 0.1·3/4 + 0.4·1 + 0.5·1 = 0.975, the baseline
// 0.1·1 + 0.4·1/2 + 0.5·1 = 0.8; a request costs 0.5·1 + 0.5·10 = 5.5 instead of 10. S alone gets 0.475.
func TestMixByHand(t *testing.T) {
	c := finishMixed(t, mixRows(), "a = 1\nb = 4\nc = 5")
	r := &c.Candidates[0].Whole
	for name, v := range map[string][2]float64{
		"quality": {float64(r.Quality), 0.975}, "baseline quality": {float64(r.BaseQuality), 0.8}, "delta": {float64(r.Delta), 0.175},
		"cost": {float64(r.CostPer1000), 5500}, "savings": {float64(r.Savings), 0.45}, "labeled": {float64(r.LabeledShare), 1},
		"share of S": {float64(r.Answers[0].Share), 0.5}, "reference S": {float64(c.References[0].Whole.Quality), 0.475},
		"oracle": {float64(c.Oracle.Quality), 1}, "task a": {float64(c.Candidates[0].Tasks[0].Quality), 0.75},
	} {
		if !(math.Abs(v[0]-v[1]) <= 1e-12) {
			t.Errorf("%s is %v, want %v", name, v[0], v[1])
		}
	}
	if r.Requests != 8 || r.Covered != 8 || r.SavingsKnown != 8 {
		t.Errorf("%d requests, %d covered, %d with savings: counts stay, want 8", r.Requests, r.Covered, r.SavingsKnown)
	}
}

// A mix that is as the data changes nothing but rounding.
func TestMixOfDataItself(t *testing.T) {
	if testing.Short() {
		t.Skip("evaluates many times over: long under the race detector")
	}
	for seed := range uint64(12) {
		rows := randomRows(rand.New(rand.NewPCG(seed, 31)), 300, seed%2 == 0)
		candidates := slices.Concat(twoCandidates(t), layeredCandidates(t), splitCandidates(t))
		opts := eval.Options{ControlRows: 40, TotalRows: int64(len(rows)), Details: seed%4 < 2}
		plain, err := eval.NewJob(candidates, &opts)
		if err != nil {
			t.Fatal(err)
		}
		want := plain.Finish(replayAll(t, plain, rows))
		opts.Mix = measure(t, plain, rows)
		job, err := eval.NewJob(candidates, &opts)
		if err != nil {
			t.Fatal(err)
		}
		got := job.Finish(replayAll(t, job, rows))
		if m := got.Settings.Mix; m.Requests != int64(len(rows)) || m.LeftOut[4] == 0 && want.Candidates[4].LeftOut > 0 {
			t.Errorf("seed %d: the mix has %d requests, %v left out", seed, m.Requests, m.LeftOut)
		}
		got.Settings.Mix = nil
		got.Findings, want.Findings = nil, nil // some requests have no gold task, and that is said
		for i := range got.Candidates {
			for _, m := range got.Candidates[i].Mix {
				if math.Abs(float64(m.Share-m.DataShare)) > 1e-12 {
					t.Errorf("seed %d: task %s is %v of production and %v of the data", seed, m.Task, m.Share, m.DataShare)
				}
			}
			got.Candidates[i].Mix = nil
		}
		within(t, fmt.Sprintf("seed %d", seed), jsonOf(t, want), jsonOf(t, got), 1e-12)
	}
}

// measure writes rows to a file and takes the mix from it.
func measure(t *testing.T, job *eval.Job, rows []datasets.Row) *eval.Mix {
	t.Helper()
	name := filepath.Join(t.TempDir(), "production.parquet")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	w := datasets.NewWriter(file)
	for _, row := range rows {
		row.Outcomes = nil
		if err := w.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	d, err := datasets.Open(t.Context(), []string{name}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	m, err := job.MeasureMix(t.Context(), d, "production.parquet", &eval.RunOptions{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func jsonOf(t *testing.T, v any) any {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// near compares two values of JSON, numbers to so much of what they are.
func within(t *testing.T, path string, want, got any, tolerance float64) {
	t.Helper()
	switch w := want.(type) {
	case map[string]any:
		g, _ := got.(map[string]any)
		if len(g) != len(w) {
			t.Errorf("%s: %v, want %v", path, got, want)
			return
		}
		for key := range w {
			within(t, path+"."+key, w[key], g[key], tolerance)
		}
	case []any:
		g, _ := got.([]any)
		if len(g) != len(w) {
			t.Errorf("%s: %v, want %v", path, got, want)
			return
		}
		for i := range w {
			within(t, fmt.Sprintf("%s.%d", path, i), w[i], g[i], tolerance)
		}
	case float64:
		g, ok := got.(float64)
		if !ok || math.Abs(g-w) > tolerance*max(1, math.Abs(w)) {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	default:
		if want != got {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}

// A mix does what weights do that make the tasks' rows as heavy as their shares.
func TestMixEqualsWeights(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	shares := map[string]float64{"a": 0.2, "b": 0.7, "c": 0.1}
	var rows []datasets.Row
	count := map[string]float64{}
	for i := range 200 {
		task := []string{"a", "a", "a", "b", "c"}[r.IntN(5)]
		quality := func() float64 { return []float64{-1, 0, 1, 1, r.Float64()}[r.IntN(5)] }
		row := requestOf(fmt.Sprint(i), task, quality(), quality())
		for k := range row.Outcomes {
			usd, ms := r.Float64(), 1000*r.Float64()
			row.Outcomes[k].CostUSD, row.Outcomes[k].LatencyMS = &usd, &ms
			if r.IntN(10) == 0 {
				row.Outcomes[k].CostUSD = nil
			}
			if r.IntN(10) == 0 {
				row.Outcomes[k].Error, row.Outcomes[k].Quality = "server", nil
			}
		}
		rows = append(rows, row)
		count[task]++
	}
	mixed := finishMixed(t, rows, "a = 0.2\nb = 0.7\nc = 0.1")
	for i := range rows {
		w := shares[rows[i].Task] / count[rows[i].Task] * float64(len(rows))
		rows[i].Weight = &w
	}
	weighted := finishMixed(t, rows, "")
	compare := func(name string, a, b *eval.Result) {
		t.Helper()
		for figure, v := range map[string][2]eval.Number{
			"quality": {a.Quality, b.Quality}, "delta": {a.Delta, b.Delta}, "coverage": {a.Coverage, b.Coverage},
			"cost": {a.CostPer1000, b.CostPer1000}, "dollars": {a.CostUSD, b.CostUSD}, "savings": {a.Savings, b.Savings},
			"p50": {a.LatencyP50, b.LatencyP50}, "p95": {a.LatencyP95, b.LatencyP95}, "failures": {a.FailureRate, b.FailureRate},
			"attempts": {a.AttemptsPerRequest, b.AttemptsPerRequest},
		} {
			if !(math.Abs(float64(v[0]-v[1])) <= 1e-9*max(1, math.Abs(float64(v[1])))) {
				t.Errorf("%s: %s is %v with a mix, %v with weights", name, figure, v[0], v[1])
			}
		}
		if a.Requests != b.Requests || a.Covered != b.Covered || a.LatencyKnown != b.LatencyKnown || a.CostKnown != b.CostKnown {
			t.Errorf("%s: the mix changes counts of requests", name)
		}
	}
	compare("whole", &mixed.Candidates[0].Whole, &weighted.Candidates[0].Whole)
	for i := range mixed.References {
		compare(mixed.References[i].Model, &mixed.References[i].Whole, &weighted.References[i].Whole)
	}
	within(t, "oracle", jsonOf(t, weighted.Oracle), jsonOf(t, mixed.Oracle), 1e-9)
	within(t, "controls", jsonOf(t, weighted.Candidates[0].Shuffled), jsonOf(t, mixed.Candidates[0].Shuffled), 1e-9)
	within(t, "perfect table", jsonOf(t, weighted.PerfectTable.Savings), jsonOf(t, mixed.PerfectTable.Savings), 1e-9)
	within(t, "gold tasks", jsonOf(t, weighted.Candidates[0].GoldTasks.Routed), jsonOf(t, mixed.Candidates[0].GoldTasks.Routed), 1e-9)
}

func TestMixUnlabeled(t *testing.T) {
	unlabeledB := slices.Clone(mixRows())
	unlabeledB[4], unlabeledB[5] = requestOf("b1", "b", -1, -1), requestOf("b2", "b", -1, -1)
	unlabeledC := slices.Clone(mixRows())
	unlabeledC[6], unlabeledC[7] = requestOf("c1", "c", -1, -1), requestOf("c2", "c", -1, -1)
	for _, test := range []struct {
		name, shares string
		rows         []datasets.Row
		reason       string
		delta        float64
		findings     string
	}{
		{
			"moved, without labels", "a = 8\nb = 2", unlabeledB,
			"20 % of production goes to b, which has no labels and which this table moves off L: label some of its requests", -0.25,
			"mix-dropped unlabeled-tasks",
		},
		{
			"moved, not there", "a = 88\nb = 12", mixRows()[:4],
			"12 % of production goes to b, which has no labels and which this table moves off L: collect and label some of its requests", -0.25,
			"mix-no-requests unlabeled-tasks",
		},
		// What stays on the baseline loses nothing: its share counts with 0.
		{"on the baseline, not there", "a = 1\nc = 1", mixRows()[:4], "", -0.125, "mix-no-requests unlabeled-tasks"},
		{"on the baseline, without labels", "a = 1\nc = 1", slices.Concat(mixRows()[:4], unlabeledC[6:]), "", -0.125, "unlabeled-tasks"},
		{"nothing of the mix is there", "c = 1", mixRows()[:4], "", math.NaN(), "mix-dropped mix-no-requests"},
	} {
		c := finishMixed(t, test.rows, test.shares)
		r := &c.Candidates[0].Whole
		if test.reason != "" && (r.Reason != test.reason || r.Verdict != stats.Inconclusive) {
			t.Errorf("%s: %s: %q, want %q", test.name, r.Verdict, r.Reason, test.reason)
		}
		if d := float64(r.Delta); !(math.Abs(d-test.delta) < 1e-12) && !(math.IsNaN(d) && math.IsNaN(test.delta)) {
			t.Errorf("%s: delta %v, want %v", test.name, r.Delta, test.delta)
		}
		var ids []string
		for _, f := range c.Findings {
			if !strings.HasPrefix(f.ID, "rule-") {
				ids = append(ids, f.ID)
			}
		}
		slices.Sort(ids)
		for id := range strings.FieldsSeq(test.findings) {
			if !slices.Contains(ids, id) {
				t.Errorf("%s: findings %v, want %s", test.name, ids, id)
			}
		}
	}
}

func TestParseMix(t *testing.T) {
	candidates := mixCandidates(t)
	m := mixOf(t, candidates, "a = 30\n\"b\" = 10.0 # c = 4")
	if m.Tasks[0]["a"] != 0.75 || m.Tasks[0]["b"] != 0.25 || m.Tasks[0]["c"] != 0 || len(m.Tasks[0]) != 3 {
		t.Errorf("shares %v, want a 0.75, b 0.25, c 0", m.Tasks[0])
	}
	for _, test := range []struct{ text, want string }{
		{"[shares]\na = 1", `mix.toml:1:1: version is missing or another than this program reads: write version = 1`},
		{"version = 2\n[shares]\na = 1", `mix.toml:1:1: version is missing or another than this program reads: write version = 1`},
		{"version = 1", `mix.toml:1:1: there are no shares above 0: write [shares] and below it  task = number  for each task of production`},
		{"version = 1\n[shares]\na = 0", `mix.toml:2:2: there are no shares above 0: write [shares] and below it  task = number  for each task of production`},
		{"version = 1\n[shares]\na = 1\nb = -1", `mix.toml:4:1: the share of "b" is no number of 0 or more`},
		{"version = 1\n[shares]\na = \"1\"", `mix.toml:3:1: the share of "a" is no number of 0 or more`},
		{"version = 1\n[shares]\na = nan", `mix.toml:3:1: the share of "a" is no number of 0 or more`},
		{"version = 1\n[shares]\na = 1\nd = 1", `mix.toml:4:1: "d" is no task of config; it has a, b, c`},
		{"version = 1\nshare = 3\n[shares]\na = 1", `mix.toml:2:1: unknown key "share": a mix has version and [shares]`},
		{"version = 1\n[shares]\na = = 1", `mix.toml:3:5: expected`},
	} {
		_, err := eval.ParseMix("mix.toml", []byte(test.text), candidates)
		if err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%q: %v, want %s", test.text, err, test.want)
		}
	}
}

func FuzzParseMix(f *testing.F) {
	f.Add("version = 1\n[shares]\na = 1\n\"b\" = 2.5")
	f.Add("version = 1\nshares = { a = 1, b = 0 }")
	f.Add("shares.a.b = 1\n[shares]")
	candidates := mixCandidates(f)
	f.Fuzz(func(t *testing.T, text string) {
		m, err := eval.ParseMix("mix.toml", []byte(text), candidates)
		if err != nil {
			_ = err.Error() // printing it must not panic either
			return
		}
		sum := 0.0
		for _, share := range m.Tasks[0] {
			if !(share >= 0 && share <= 1) {
				t.Errorf("share %v", share)
			}
			sum += share
		}
		if math.Abs(sum-1) > 1e-9 {
			t.Errorf("the shares sum to %v", sum)
		}
	})
}
