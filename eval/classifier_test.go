package eval_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/classify/classifytest"
)

// A classifier of embeddings from elsewhere costs what those did, and has no answer where there are none.
func TestExternalEmbeddings(t *testing.T) {
	config, err := routing.ParseConfig("e.toml", []byte(`
version = 1
baseline = "L"
tiers = { s = "S", l = "L" }
[tasks.t]
chain = ["s"]
[tasks.u]
chain = ["l"]
[router]
default = "u"
[[router.rules]]
task = "u"
keywords = ["free"]
[router.embedding]
artifact = "c.bin"
embedder = "embed-3"
`), func(string) ([]byte, error) { return classifytest.Artifact(0.5, "embed-3", "t", "u"), nil })
	if err != nil {
		t.Fatal(err)
	}
	price, one, dollar := 0.25, 1.0, 1.0
	rows := []datasets.Row{
		{ID: "priced", Prompt: "p", Task: "t", Embedding: []float32{1, 0}, EmbeddingCostUSD: &price},
		{ID: "unpriced", Prompt: "p", Task: "t", Embedding: []float32{0, 1}},
		{ID: "lacking", Prompt: "p", Task: "t", EmbeddingCostUSD: &price},
		{ID: "rule", Prompt: "free", Task: "u", Embedding: []float32{1, 0}, EmbeddingCostUSD: &price},
	}
	for i := range rows {
		for _, m := range []string{"S", "L"} {
			rows[i].Outcomes = append(rows[i].Outcomes, datasets.Outcome{Model: m, Quality: &one, CostUSD: &dollar})
		}
	}
	got, all, records := compareOne(t, eval.Candidate{Label: "e", Config: config}, rows)
	var lines []string
	for _, r := range records {
		lines = append(lines, fmt.Sprintf("%s: %s by %s, routing %v of %v", r.ID, r.Task, r.Layer, r.RouterCostUSD, r.CostUSD))
	}
	want := []string{
		"priced: t by embedding, routing 0.25 of 1.25",
		"unpriced: u by embedding, routing NaN of NaN",
		"lacking: u by default, routing 0.25 of 1.25",
		"rule: u by rule, routing 0 of 1",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("got %q\nwant %q", lines, want)
	}
	if got.Unclassified != 1 || got.EmbeddingUnpriced != 1 || got.Whole.RouterCostUSD != 0.5 || got.RouterAccuracy != 0.5 {
		t.Errorf("%d unclassified, %d unpriced, router cost %v, accuracy %v", got.Unclassified, got.EmbeddingUnpriced, got.Whole.RouterCostUSD, got.RouterAccuracy)
	}
	for _, id := range []string{"unclassified", "embedding-unpriced"} {
		if !foundIn(all, id) {
			t.Errorf("findings %v lack %s", all.Findings, id)
		}
	}
}

func foundIn(c *eval.Comparison, id string) bool {
	return slices.ContainsFunc(c.Findings, func(f eval.Finding) bool { return f.ID == id })
}

// Two artifacts under one name are two classifiers; one under two names is one, whatever else differs.
func TestClassifiersAreToldApartByBytes(t *testing.T) {
	rows := []datasets.Row{{ID: "a", Prompt: "t", Task: "t"}, {ID: "b", Prompt: "u", Task: "u"}}
	for i := range rows {
		one := 1.0
		rows[i].Outcomes = []datasets.Outcome{{Model: "S", Quality: &one}, {Model: "L", Quality: &one}}
	}
	right := leakCandidate(t, asLayer2, classifytest.Artifact(0.5, "", "t", "u"))
	wrong := leakCandidate(t, asLayer2, learnt(t, []datasets.Row{{Prompt: "t", Task: "u"}, {Prompt: "u", Task: "t"}}, "t", "u"))
	other := leakCandidate(t, strings.Replace(asLayer2, "c.bin", "d.bin", 1), right.Config.Files["c.bin"])
	wrong.OutOfFold, wrong.OutOfFoldSum = outOfFold{}, "sum"
	for i := range rows {
		wrong.OutOfFold.(outOfFold).add(&rows[i], []string{"u", "t"}[i], 0.9)
	}
	job, err := eval.NewJob([]eval.Candidate{right, wrong, other}, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := job.Finish(replayAll(t, job, rows))
	for i, want := range []eval.Number{1, 0, 1} {
		if got := c.Candidates[i].RouterAccuracy; got != want {
			t.Errorf("candidate %d: accuracy %v, want %v", i, got, want)
		}
	}
	wrong.OutOfFoldSum = ""
	if _, err := eval.NewJob([]eval.Candidate{wrong}, nil); err == nil || !strings.Contains(err.Error(), "without their sum") {
		t.Errorf("predictions that parts could not tell apart: error %v", err)
	}
}

// Predictions that are none of the classifier's possible answers are as good as none.
func TestOddOutOfFoldPredictions(t *testing.T) {
	row := datasets.Row{ID: "a", Prompt: "nothing else", Task: "t"}
	for _, p := range []prediction{{task: "poetry", confidence: 0.9}, {task: "t", confidence: 1.5}, {task: "t", confidence: -1}} {
		c := leakCandidate(t, asLayer2, learnt(t, []datasets.Row{row}, "t", "u"))
		predictions := outOfFold{}
		predictions.add(&row, p.task, p.confidence)
		c.OutOfFold, c.OutOfFoldSum = predictions, "sum"
		got, all, _ := compareOne(t, c, []datasets.Row{row})
		if got.LeftOut != 1 || !foundIn(all, "left-out") {
			t.Errorf("%v: %d left out", p, got.LeftOut)
		}
	}
}

// A rule that says more than it holds is named, one that is within what chance allows is not.
func TestRuleConfidence(t *testing.T) {
	config, err := routing.ParseConfig("r.toml", []byte(`
version = 1
baseline = "L"
tiers = { l = "L" }
[tasks.t]
chain = ["l"]
[tasks.u]
chain = ["l"]
[router]
default = "u"
[[router.rules]]
name = "boastful"
task = "t"
confidence = 0.9
tenants = ["x"]
[[router.rules]]
name = "modest"
task = "t"
confidence = 0.75
tenants = ["y"]
[[router.rules]]
name = "idle"
task = "t"
tenants = ["z"]
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	var rows []datasets.Row
	for i := range 200 {
		one := 1.0
		rows = append(rows, datasets.Row{
			ID: fmt.Sprint(i), Prompt: "p", Task: []string{"t", "t", "t", "poetry", ""}[i/2%5], Tenant: []string{"x", "y"}[i%2],
			Outcomes: []datasets.Outcome{{Model: "L", Quality: &one}},
		})
	}
	got, all, _ := compareOne(t, eval.Candidate{Label: "r", Config: config}, rows)
	for i, want := range []eval.RuleResult{
		{Rule: "boastful", Task: "t", Requests: 100, Share: 0.5, Labeled: 80, Accuracy: 0.75, Confidence: 0.9},
		{Rule: "modest", Task: "t", Requests: 100, Share: 0.5, Labeled: 80, Accuracy: 0.75, Confidence: 0.75},
		{Rule: "idle", Task: "t", Share: 0, Accuracy: eval.Unknown, Upper: eval.Unknown, Confidence: 1},
	} {
		r := got.Rules[i]
		if i < 2 {
			// The upper end of the score interval for 60 of 80, z = 1.645.
			wantNumber(t, "upper bound", r.Upper, 0.8205654213)
			want.Upper = r.Upper
		}
		if asJSON(t, r) != asJSON(t, want) {
			t.Errorf("rule %d: %+v, want %+v", i, r, want)
		}
	}
	var ids []string
	for _, f := range all.Findings {
		if f.ID == "rule-overconfident" && strings.Contains(f.Message, `"boastful"`) && strings.Contains(f.Fix, "confidence = 0.75") || f.ID == "gold-tasks-unknown" {
			ids = append(ids, f.ID)
		}
	}
	if want := []string{"gold-tasks-unknown", "rule-overconfident"}; !slices.Equal(ids, want) {
		t.Errorf("findings %q, want %q in %+v", ids, want, all.Findings)
	}
}
