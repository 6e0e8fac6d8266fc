package eval_test

import (
	"testing"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
)

// A failed call on traffic that nobody labeled is no evidence, also where the job looks at no other model; one on a
// request that somebody graded, or that nobody answered, is.
func TestFailuresOfUnlabeledTraffic(t *testing.T) {
	one := 1.0
	rows := []datasets.Row{
		{ID: "graded", Prompt: "p", Outcomes: []datasets.Outcome{{Model: "L", Quality: &one}, {Model: "S", Quality: &one}}},
		{ID: "graded elsewhere", Prompt: "p", Outcomes: []datasets.Outcome{{Model: "L", Error: "server"}, {Model: "S", Quality: &one}}},
		{ID: "nobody answered", Prompt: "p", Outcomes: []datasets.Outcome{{Model: "L", Error: "server"}, {Model: "S", Error: "server"}}},
		{ID: "unlabeled", Prompt: "p", Outcomes: []datasets.Outcome{{Model: "L", Error: "server"}, {Model: "S"}}},
	}
	job, err := eval.NewJob(nil, &eval.Options{Baseline: "L", Models: []string{"L"}})
	if err != nil {
		t.Fatal(err)
	}
	whole := job.Finish(replayAll(t, job, rows)).References[0].Whole
	if whole.Graded != 3 || float64(whole.Quality) != 1.0/3 {
		t.Errorf("graded %d with quality %v, want 3 with a third", whole.Graded, whole.Quality)
	}
}
