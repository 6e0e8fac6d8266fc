package reports_test

import (
	"math"
	"strings"
	"testing"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/stats"
	"github.com/tierwise/tierwise/reports"
)

// measured is a candidate of three tasks: one of known costs, one without, and one that stays and is not graded.
func measured() (*eval.Comparison, *eval.CandidateResult) {
	task := func(name string, quality, base eval.Number, answer string) eval.TaskResult {
		t := eval.TaskResult{Task: name}
		t.Requests, t.Share = 100, eval.Number(1./3)
		t.Quality, t.BaseQuality, t.Delta = quality, base, quality-base
		t.Answers = []eval.Share{{Model: answer, Requests: 100, Share: 1}}
		t.SavingsShare = 1
		return t
	}
	calls := []eval.ModelUsage{{Model: "big", Role: eval.RoleBaseline, Cost: 1, Input: eval.Unknown}, {Model: "small", Role: eval.RoleAnswer, Cost: 0.25, Input: eval.Unknown}}
	k := &eval.CandidateResult{
		Label: "table",
		Tasks: []eval.TaskResult{task("priced", 0.8, 0.9, "small"), task("unpriced", 0.7, 0.9, "small"), task("stays", eval.Unknown, eval.Unknown, "big")},
		Usage: []eval.TaskUsage{{Task: "priced", Weight: 100, Calls: calls}, {Task: "stays", Weight: 100, Calls: []eval.ModelUsage{calls[0], {Model: "big", Role: eval.RoleAnswer, Cost: 1, Input: eval.Unknown}}}},
	}
	k.Tasks[1].SavingsShare = 0
	k.Whole.Savings, k.Whole.Delta, k.Whole.Verdict = 0.375, -0.1, stats.Fails
	return &eval.Comparison{Baseline: "big", Settings: eval.Settings{Tolerance: 0.01}}, k
}

// A task without known costs is there, with its quality; what the dollars are of is said.
func TestWhatIfUnpriced(t *testing.T) {
	c, k := measured()
	w := reports.WhatIfOf(c, k, 0)
	if len(w.Tasks) != 3 || w.Tasks[2].Task != "unpriced" || w.Tasks[2].Priced != 0 || w.Tolerance != 0.01 || w.Verdict != stats.Fails {
		t.Fatalf("%+v", w)
	}
	r := w.Reckon(w.Given())
	for name, x := range map[string][2]float64{
		"base": {r.Base, 10_000}, "cost": {r.Cost, 6250}, "savings": {r.Savings, 0.375}, "priced": {r.Priced, 2. / 3},
		"quality": {r.Quality, 0.75}, "base quality": {r.BaseQuality, 0.9}, "delta": {r.Delta, -0.1},
	} {
		if math.Abs(x[0]-x[1]) > 1e-9*math.Abs(x[1]) {
			t.Errorf("%s is %v, want %v", name, x[0], x[1])
		}
	}
	if x := r.Tasks[2]; !math.IsNaN(x.Cost) || !math.IsNaN(x.Base) {
		t.Errorf("the task without costs comes to %+v", x)
	}
	want := "Costs are known of 66.7 % of the requests; the dollars take the others to cost as much. None are known of unpriced."
	if len(w.Notes) != 1 || w.Notes[0] != want {
		t.Errorf("notes are %q, want %q", w.Notes, want)
	}
}

// What is reckoned apart from what was measured says so.
func TestWhatIfApart(t *testing.T) {
	c, k := measured()
	k.Whole.Savings, k.Whole.Delta = 0.3, -0.05
	notes := strings.Join(reports.WhatIfOf(c, k, 0).Notes, "\n")
	for _, want := range []string{"makes the saving 37.5 %; over the requests of known cost alone it is 30.0 %", "makes it -10.0 pp; measured over all it is -5.0 pp"} {
		if !strings.Contains(notes, want) {
			t.Errorf("the notes do not say %q:\n%s", want, notes)
		}
	}
}

// Where nothing is graded nothing is known of quality, though a task that stays changes nothing.
func TestWhatIfUngraded(t *testing.T) {
	c, k := measured()
	for i := range k.Tasks {
		k.Tasks[i].Quality, k.Tasks[i].BaseQuality, k.Tasks[i].Delta = eval.Unknown, eval.Unknown, eval.Unknown
	}
	w := reports.WhatIfOf(c, k, 0)
	if r := w.Reckon(w.Given()); !math.IsNaN(r.Delta) || !math.IsNaN(r.Quality) || !math.IsNaN(r.BaseQuality) {
		t.Errorf("%+v", r)
	}
	k.Usage = nil
	if w := reports.WhatIfOf(c, k, 0); w != nil {
		t.Errorf("without costs: %+v", w)
	}
}
