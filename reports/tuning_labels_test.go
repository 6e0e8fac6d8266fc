package reports

import (
	"strings"
	"testing"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/stats"
	"github.com/tierwise/tierwise/eval/tune"
)

func TestWhyATaskStays(t *testing.T) {
	step := func(delta float64, l tune.Labels) []tune.ChainResult {
		return []tune.ChainResult{{Walk: []tune.Step{{Test: stats.Noninferiority{Delta: delta, Tolerance: 0.05, P: 0.5}, Labels: &l}}}}
	}
	helps := tune.Labels{Have: 100, AsSeen: 400, Helps: true}
	for _, test := range []struct {
		name   string
		task   tune.TaskResult
		change func(*Tuning)
		want   string
	}{
		{"pinned to the baseline", tune.TaskResult{Reason: tune.NoOption}, func(x *Tuning) { x.Pinned = []string{"a"} }, "pinned to the baseline"},
		{"all excluded", tune.TaskResult{Reason: tune.NoOption}, func(x *Tuning) { x.Excluded = []string{"small", "mid"} }, "no cheaper tier is left: excluded are small, mid"},
		{"free", tune.TaskResult{Reason: tune.NoOption}, func(x *Tuning) { x.Tried[0].BaseCost = 0 }, "the baseline costs nothing here: there is nothing to save"},
		{"cheapest", tune.TaskResult{Reason: tune.NoOption}, nil, "no cheaper tier: it is what the baseline serves"},
		{"few", tune.TaskResult{Reason: tune.TooFew, Requests: 30, Verify: 30, Floor: 59}, nil, "too few labels to try; for a first try label 29 more"},
		{"of another split", tune.TaskResult{Reason: tune.TooFew, Requests: 1000, Units: 1000, Floor: 1091}, nil, "too few labels certify: 0 of 1,000 (split tune or seen before only choose); label 91 more"},
		{"groups", tune.TaskResult{Reason: tune.TooFew, Requests: 1000, Units: 50, Verify: 40, Floor: 1091}, nil, "too few groups certify: 40, of 1,000 labels; label 91 more"},
		{"inconclusive", tune.TaskResult{Chains: step(-0.01, helps), Reason: tune.Inconclusive}, nil, "inconclusive: label 300 more"},
		{"at the edge", tune.TaskResult{Chains: step(-0.049, tune.Labels{}), Reason: tune.Inconclusive}, nil, "inconclusive, and so near the edge that more labels will not make it hold"},
		{"beyond it", tune.TaskResult{Chains: step(-0.07, helps), Reason: tune.Inconclusive}, nil, "inconclusive, and likelier to fail than to hold: it looks to lose more than 5.0 pp"},
		{"alone", tune.TaskResult{Reason: tune.WholeFails}, nil, "holds by itself at 5.0 pp; the whole loses too much at 1.0 pp"},
	} {
		test.task.Task, test.task.Share, test.task.Option = "a", 1, -1
		x := &Tuning{Tuned: &tune.Tuned{
			Result: &tune.Result{Tasks: []tune.TaskResult{test.task}, Settings: tune.Settings{Tolerance: 0.01, TaskTolerance: 0.05}},
			Tried:  []eval.TriedTask{{Requests: 5000, BaseCost: 1}}, Ways: [][]tune.Way{nil}, Barred: [][]tune.Barred{nil},
		}}
		if test.change != nil {
			test.change(x)
		}
		if got := x.why(0); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestWholeWants(t *testing.T) {
	x := &Tuning{Tuned: &tune.Tuned{
		Result: &tune.Result{
			Verdict: stats.Inconclusive, Settings: tune.Settings{Alpha: 0.05, Share: 1},
			Tables: []tune.Table{{Overall: stats.Noninferiority{Delta: 0, Bound: -0.02, Tolerance: 0.01, Alpha: 0.05}}},
			Tasks:  []tune.TaskResult{{Task: "a", Share: 0.5, Requests: 100}, {Task: "b", Share: 0.5, Requests: 100, Option: -1}},
		},
		Tried: []eval.TriedTask{{Requests: 300}, {Requests: 300}},
	}}
	x.Tried[0].Labeled = make([]eval.TriedRequest, 100)
	// Twice the margin, at (1.645+0.842)/1.645 standard errors rather than one of 1.645: 9.14 times the labels.
	got := strings.Join(x.wholeWants(), " ")
	if want := "About 815 more labels would probably tell: a 815; for 615 of them there is no request: collect more traffic."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if !x.Labelable() {
		t.Error("there is nothing to label")
	}
	x.Verdict = stats.Holds
	if got := x.wholeWants(); got != nil || x.Labelable() {
		t.Errorf("a table that holds wants %q", got)
	}
}
