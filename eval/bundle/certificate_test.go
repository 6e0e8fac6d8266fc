package bundle

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/gate"
	"github.com/tierwise/tierwise/eval/ledger"
	"github.com/tierwise/tierwise/eval/stats"
	"github.com/tierwise/tierwise/eval/tune"
	"github.com/tierwise/tierwise/routing"
)

// tuned is a search over made-up traffic and a replay of the table that it chose: extraction is moved to small, which loses one
// of 300 labels there; reply stays, because both models lose too much or may; reasoning stays, because it has 20 labels.
func tuned(t testing.TB, settings *tune.Settings) *CertificateInput {
	t.Helper()
	config := readConfig(t)
	rows := traffic()
	opts := &eval.Options{Details: true, GoldTasks: true}
	job, err := eval.NewJob([]eval.Candidate{{Label: "tuned", Config: config}}, opts)
	if err != nil {
		t.Fatal(err)
	}
	block, err := datasets.FromRows(rows, job.Columns())
	if err != nil {
		t.Fatal(err)
	}
	replayer := job.NewReplayer()
	replayer.Replay(context.Background(), block)
	sums := replayer.Sums()
	comparison := job.Finish(sums)
	menu, result := choose(t, rows, settings)
	return &CertificateInput{
		Config: config, Tool: "v0.3.0", DataHash: comparison.Data.Hash, CostsHash: config.PriceHash(), Salt: "1", Recipe: "1", Options: "gold_tasks=true looks=1", Seed: 1, GoldTasks: true,
		Result: result, Menu: menu, Replay: &comparison.Candidates[0], Usage: job.Usage(0, sums),
	}
}

func readConfig(t testing.TB) *routing.Config {
	t.Helper()
	data, err := os.ReadFile("testdata/certificate.toml")
	if err != nil {
		t.Fatal(err)
	}
	config, err := routing.ParseConfig("certificate.toml", data, nil)
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// wrong says how many labels of a task each model has wrong.
var wrong = map[string]map[string]int{
	"extraction": {"small": 1, "mid": 0},
	"reply":      {"small": 90, "mid": 13},
	"reasoning":  {"small": 0, "mid": 0},
}

func traffic() []datasets.Row {
	var rows []datasets.Row
	one, zero := 1.0, 0.0
	for _, task := range []struct {
		name string
		n    int
	}{{"extraction", 300}, {"reply", 300}, {"reasoning", 20}} {
		for i := range task.n {
			row := datasets.Row{ID: fmt.Sprint(task.name, " ", i), Prompt: fmt.Sprint(task.name, " no. ", i), Task: task.name}
			for k, model := range []string{"small", "mid", "large"} {
				in, out, latency := int64(100+i%7), int64(10), float64(100*(k+1)+i%50)
				o := datasets.Outcome{Model: model, Quality: &one, InputTokens: &in, OutputTokens: &out, LatencyMS: &latency}
				if bad := wrong[task.name][model]; i%20 >= 4 && i >= task.n-bad*5/4-4 { // none in the pilot
					if done := (task.n-1-i)/20*16 + 15 - (i%20 - 4); done < bad {
						o.Quality = &zero
					}
				}
				row.Outcomes = append(row.Outcomes, o)
			}
			rows = append(rows, row)
		}
	}
	return rows
}

func choose(t testing.TB, rows []datasets.Row, settings *tune.Settings) (*tune.Menu, *tune.Result) {
	t.Helper()
	menu := &tune.Menu{Chains: []tune.Chain{{Name: "small", Price: 1}, {Name: "mid", Price: 4}}, Options: []tune.Option{{Name: "small alone", Tiers: 1}, {Name: "mid alone", Chain: 1, Tiers: 1}}}
	tasks := map[string]*tune.Task{}
	var evidence []*tune.Evidence
	for i := range rows {
		r := &rows[i]
		task := tasks[r.Task]
		if task == nil {
			task = &tune.Task{Name: r.Task, Cost: 0.0012, Saving: []float64{0.001, 0.0007}, Delta: make([][]float64, 2)}
			tasks[r.Task] = task
		}
		task.Weight++
		task.Fold = append(task.Fold, len(task.Fold)%datasets.FoldCount)
		for k := range 2 {
			task.Delta[k] = append(task.Delta[k], *r.Outcomes[k].Quality-*r.Outcomes[2].Quality)
		}
	}
	for _, name := range []string{"extraction", "reply", "reasoning"} {
		e, err := tune.NewEvidence(tasks[name], menu)
		if err != nil {
			t.Fatal(err)
		}
		evidence = append(evidence, e)
	}
	result, err := tune.Choose(menu, evidence, settings)
	if err != nil {
		t.Fatal(err)
	}
	return menu, result
}

func written(t testing.TB, in *CertificateInput) (*gate.Certificate, []byte) {
	t.Helper()
	c, err := Certificate(in)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := gate.WriteCertificate(&b, c); err != nil {
		t.Fatal(err)
	}
	return c, b.Bytes()
}

// sameNumbers has unknown numbers equal.
var sameNumbers = cmp.Comparer(func(a, b eval.Number) bool { return a == b || !a.Known() && !b.Known() })

// What was found is written, reads back the same, and is what it was; -update writes it.
func TestCertificate(t *testing.T) {
	in := tuned(t, &tune.Settings{Share: 0.5})
	in.Plan = &ledger.Plan{Number: 2, Search: 2, Look: 1, Looks: 1, Share: 0.5, Spent: 0.075, Searched: []bool{true, false, true}}
	c, data := written(t, in)
	read, err := gate.ReadCertificate("certificate.json", data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c, read, sameNumbers); diff != "" {
		t.Errorf("(-written +read)\n%s", diff)
	}
	golden := filepath.Join("testdata", "certificate.json")
	if *update {
		if err := os.WriteFile(golden, data, 0o644); err != nil { //nolint:gosec // a golden file is for everyone
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(data)); diff != "" {
		t.Errorf("(-golden +written)\n%s", diff)
	}
	// Twice the same.
	if _, again := written(t, in); !bytes.Equal(data, again) {
		t.Error("the bytes differ from one time to the next")
	}
}

// The gate takes the certificate for its config, judges by its bounds at stricter limits, and re-prices it.
func TestGateTakesCertificate(t *testing.T) {
	c, _ := written(t, tuned(t, nil))
	bound := c.Tasks[0].Claim.Bound
	for _, test := range []struct {
		name, policy string
		price        float64 // of small
		code         int
		want         string
	}{
		{"as it is", "certificate = \"required\"\ntolerance = \"1pp\"\ntask_tolerance = \"5pp\"\nmin_savings = \"30%\"\nmin_coverage = \"95%\"\nmin_labels = 60\n", 1, 0, ""},
		{"just as strict", fmt.Sprintf("task_tolerance = \"%.3fpp\"\n", 0.001+100*-float64(bound)), 1, 0, ""},
		{"stricter than the evidence", fmt.Sprintf("task_tolerance = \"%.3fpp\"\n", -0.001+100*-float64(bound)), 1, 3, ""},
		{"surer", "confidence = 99\ntolerance = \"1pp\"\n", 1, 3, "confidence 95 %"},
		{"too little saved", "min_savings = \"60%\"\n", 1, 1, ""},
		{"dearer", "min_savings = \"30%\"\n", 9, 1, "saves"},
		{"a little dearer", "min_savings = \"30%\"\n", 2, 0, ""},
	} {
		config := readConfig(t)
		for i := range config.Models {
			if config.Models[i].Name == "small" {
				config.Models[i].Price.Input = test.price
			}
		}
		policy, err := gate.ParsePolicy("policy.toml", []byte("version = 1\n[vs_baseline]\n"+test.policy))
		if err != nil {
			t.Fatal(err)
		}
		r, err := gate.Judge(&gate.Input{Config: config, Policy: policy, Certificate: c, CertificateFile: "certificate.json"})
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if text := fmt.Sprintf("%+v", r.Rules); r.ExitCode != test.code || !strings.Contains(text, test.want) {
			t.Errorf("%s: exit code %d, want %d: %s", test.name, r.ExitCode, test.code, text)
		}
	}
}

func TestClaims(t *testing.T) {
	for _, test := range []struct {
		name     string
		settings *tune.Settings
		plan     *ledger.Plan
		want     []string
		never    string
	}{
		{"as usual", nil, nil, []string{
			"Had a task truly lost more than 5 points, its chance of being moved was at most 5 %.",
			"with 2 tasks tested, all of them at the limit, one or more would be moved wrongly with a chance of up to 9.75 %",
			"The whole table loses no more than 1 point, at a level of 5 %. That is simulated, not proved",
			"tend to be too good.", "callers who name the task",
		}, "look"},
		{"family", &tune.Settings{Family: true}, nil, []string{"the chance that one of them was moved was at most 5 %, all tasks together"}, "each task by itself"},
		{"second look", &tune.Settings{Share: 0.5}, &ledger.Plan{Number: 2, Search: 2, Look: 1, Looks: 1, Share: 0.5, Spent: 0.075}, []string{
			"at most 2.5 %", "This is look 2 at labels for this config. It has 50 % of the level; all looks so far may spend 7.5 % together.",
		}, "at most 5 %"},
		{"a whole that cannot tell", &tune.Settings{Tolerance: 0.001}, nil, []string{"Nothing is claimed of the whole table: it may lose ", "which is more than 0.1 points. The claims of the tasks stand."}, "loses no more"},
	} {
		in := tuned(t, test.settings)
		in.Plan = test.plan
		c, _ := written(t, in)
		text := strings.Join(c.Search.Claims, "\n")
		for _, want := range test.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: no %q in\n%s", test.name, want, text)
			}
		}
		if strings.Contains(text, test.never) {
			t.Errorf("%s: %q in\n%s", test.name, test.never, text)
		}
	}
}

// The halves of a task that is split are explained, and no others.
func TestSplitClaims(t *testing.T) {
	in := tuned(t, nil)
	in.Splits = []tune.Split{
		{Task: "reply", Easy: "reply-easy", SplitAt: tune.SplitAt{Weak: "small", Below: 0.08}, Strong: "large", EasyShare: 0.6, Used: true},
		{Task: "extraction", Easy: "extraction-easy", SplitAt: tune.SplitAt{Weak: "small", Below: 0.02}, Strong: "large"},
	}
	c, _ := written(t, in)
	text := strings.Join(c.Search.Claims, "\n")
	if want := "reply-easy are the requests of reply of which large is predicted to gain less than 0.08 over small, about 60 % of them; reply are the others."; !strings.Contains(text, want) || strings.Contains(text, "extraction-easy") {
		t.Errorf("no %q alone in\n%s", want, text)
	}
}

// A table that moves nothing claims that nothing changes, whatever the tables without a fold did.
func TestNothingMoved(t *testing.T) {
	in := tuned(t, &tune.Settings{TaskTolerance: 0.001})
	for i := range in.Result.Tasks {
		if in.Result.Tasks[i].Option >= 0 {
			t.Fatalf("%+v is moved", in.Result.Tasks[i])
		}
	}
	in.Config.Tasks[0].Chain = []string{"large"}
	in.Replay.DecisionHash = in.Config.DecisionHash()
	c, _ := written(t, in)
	if c.Overall.Verdict != stats.Holds || c.Overall.Test != "nothing changed" || c.Overall.Bound != 0 || len(c.Search.Claims) != 2 {
		t.Errorf("%+v, %q", c.Overall, c.Search.Claims)
	}
}

// Where even the safest table loses too much as a whole nothing is moved: the certificate has that table, says that it did not
// pass, and claims nothing of it. It reads back as it was written, and not with a task that is moved after all.
func TestWholeFails(t *testing.T) {
	in := tuned(t, &tune.Settings{TaskTolerance: 0.3, Tolerance: 0.003})
	if in.Result.Verdict != stats.Fails || in.Result.Moved() {
		t.Fatalf("the verdict is %s, moved %v", in.Result.Verdict, in.Result.Moved())
	}
	in.Config.Tasks[0].Chain = []string{"large"}
	in.Replay.DecisionHash = in.Config.DecisionHash()
	c, data := written(t, in)
	if c.Search.Tables[c.Search.Table].Passed || c.Overall.Test != nothingChanged || c.Overall.Delta != 0 || c.Search.Delta != 0 || c.Search.NaiveDelta != 0 {
		t.Errorf("%+v of %+v", c.Overall, c.Search)
	}
	if _, err := gate.ReadCertificate("certificate.json", data); err != nil {
		t.Error(err)
	}
	c.Tasks[0].Evidence.Option, c.Tasks[0].Evidence.Held = "small alone", ""
	if err := gate.WriteCertificate(io.Discard, c); err == nil || !strings.Contains(err.Error(), "nothing changed, and tasks[0]") {
		t.Errorf("a task that is moved: %v", err)
	}
}

// The overall claim of a table that is reached past others is no better than theirs.
func TestOverallClaimIsTheWorstOfItsWay(t *testing.T) {
	at := func(delta, bound, upper float64, passed bool) tune.Table {
		return tune.Table{Changed: true, Passed: passed, Overall: stats.Noninferiority{Delta: delta, Bound: bound, Upper: upper, Tolerance: 0.01, Alpha: 0.05, P: 0.5, PFails: 0.5}}
	}
	three := []tune.Table{at(-0.001, -0.009, 0.004, true), at(0.001, -0.005, 0.005, true), at(0, -0.02, 0.01, false)}
	for _, test := range []struct {
		table        int
		verdict      stats.Verdict
		bound, upper eval.Number
	}{
		{0, stats.Holds, -0.009, 0.004},
		{1, stats.Holds, -0.009, 0.005},
		{2, stats.Inconclusive, -0.02, 0.01},
	} {
		c := overallClaim(&tune.Result{Tables: three, Table: test.table, Verdict: test.verdict}, &eval.Result{})
		if c.Bound != test.bound || c.Upper != test.upper || c.Verdict != test.verdict || c.Reason != "" {
			t.Errorf("table %d: %+v", test.table, c)
		}
	}
	three[2].Overall.P = 0.01 // it holds, but its fold tables save too little
	if c := overallClaim(&tune.Result{Tables: three, Table: 2, Verdict: stats.Inconclusive}, &eval.Result{}); c.Reason == "" {
		t.Errorf("%+v", c)
	}
}

// The bound of a task is the least along its walk: at that tolerance too, the walk would have come so far.
func TestTaskBoundIsTheLeastOfItsWalk(t *testing.T) {
	in := tuned(t, nil)
	step := func(option int, bound float64) tune.Step {
		return tune.Step{Option: option, Passed: true, Test: stats.Noninferiority{N: 240, Delta: 0, Bound: bound, Upper: 0.01, P: 0.01}}
	}
	k := slices.IndexFunc(in.Result.Tasks, func(r tune.TaskResult) bool { return r.Task == "extraction" })
	in.Result.Tasks[k].Option = 1
	in.Result.Tasks[k].Chains = []tune.ChainResult{{Chain: 0, Picked: true, Walk: []tune.Step{step(0, -0.04), step(1, -0.02)}}}
	c, _ := written(t, in)
	if got := c.Tasks[0].Claim.Bound; got != -0.04 {
		t.Errorf("the bound is %v", got)
	}
}

func TestCertificateRefuses(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*CertificateInput)
		want   string
	}{
		{"no replay", func(in *CertificateInput) { in.Replay = nil }, "a certificate takes a search and a replay"},
		{"another table", func(in *CertificateInput) { in.Replay.DecisionHash = "x" }, "of a replay of another table"},
		{"another share of alpha", func(in *CertificateInput) {
			in.Plan = &ledger.Plan{Number: 2, Search: 2, Look: 1, Looks: 1, Share: 0.5}
		}, "the ledger gives this look 0.5 of alpha, and the search took 1"},
		{"a task that the config lacks", func(in *CertificateInput) { in.Result.Tasks[0].Task = "extration" }, `the config has no task "extration", which was tuned`},
		{"a held task that is moved", func(in *CertificateInput) {
			in.Config.Tasks[1].Chain = []string{"mid"}
			in.Replay.DecisionHash = in.Config.DecisionHash()
		}, `task "reply" stays on the baseline large, and its chain in the config is ["mid"]`},
		{"an option that failed", func(in *CertificateInput) {
			k := slices.IndexFunc(in.Result.Tasks, func(r tune.TaskResult) bool { return r.Task == "reply" })
			in.Result.Tasks[k].Option = 0
		}, `task "reply" is moved to small alone, which no walk certified`},
	} {
		in := tuned(t, nil)
		test.change(in)
		if c, err := Certificate(in); c != nil || err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %s", test.name, err, test.want)
		}
	}
}

func TestWords(t *testing.T) {
	for x, want := range map[float64]string{0.01: "1 point", 0.05: "5 points", 0.001: "0.1 points", 0.0125: "1.25 points"} {
		if got := points(x); got != want {
			t.Errorf("%v: %s", x, got)
		}
	}
	if got := signed(math.NaN()) + signed(-0.003) + signed(0.004); got != "–-0.3 pp+0.4 pp" {
		t.Error(got)
	}
}

func TestNumber(t *testing.T) {
	for x, want := range map[float64]eval.Number{0.1 + 0.2: 0.3, 0: 0, -1e-300: -1e-300, 123456.789: 123456.789} {
		if got := number(x); got != want {
			t.Errorf("%v: %v", x, got)
		}
	}
	for _, x := range []float64{math.Inf(1), math.NaN()} {
		if number(x).Known() {
			t.Errorf("%v is known", x)
		}
	}
}
