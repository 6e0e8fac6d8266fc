package eval_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
)

// What lint finds about a classifier; the other findings are in a script of the command line.
func TestLintClassifier(t *testing.T) {
	config := &routing.Config{
		Tasks:  []routing.Task{{Name: "a", Chain: []string{"t"}}},
		Tiers:  []routing.Tier{{Name: "t", Model: "m"}},
		Router: routing.RouterConfig{Default: "a", Embedding: &routing.EmbeddingRouter{Artifact: "c.bin"}},
	}
	for _, test := range []struct {
		labeled  int64
		accuracy eval.Number
		leftOut  int64
		want     []string
	}{
		{100, 0.9, 0, nil},
		{100, 0.81, 0, nil},
		{100, 0.8, 0, []string{"classifier-unsure: the classifier is wrong on 20 of the 100 requests of known task that it decides"}},
		{49, 0.1, 0, nil}, // too few to say
		{100, 1, 7, []string{"left-out: nothing can be said of 7 of 107 requests: c.bin was trained on them"}},
	} {
		r := &eval.CandidateResult{
			Layers: []eval.LayerResult{{Layer: "embedding", Requests: 100, Labeled: test.labeled, Accuracy: test.accuracy}}, LeftOut: test.leftOut,
			Tasks: []eval.TaskResult{{Task: "a"}},
		}
		r.Whole.Requests = 100
		var got []string
		for _, f := range eval.Lint(config, r, []string{"m"}) {
			got = append(got, f.ID+": "+f.Message)
			if f.Severity != routing.Warning || f.Fix == "" {
				t.Errorf("%+v", f)
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%v right of %d, %d left out: %q, want %q", test.accuracy, test.labeled, test.leftOut, got, test.want)
		}
	}
}

func TestLintChecksAreInOrder(t *testing.T) {
	if checks := eval.LintChecks(); !slices.IsSortedFunc(checks, func(a, b routing.LintCheck) int { return strings.Compare(a.ID, b.ID) }) {
		t.Errorf("%v", checks)
	}
}
