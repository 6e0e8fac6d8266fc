package eval_test

import (
	"strings"
	"testing"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
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

// A layer that cannot be replayed is refused, not passed over.
func TestEmbeddingLayerIsRefused(t *testing.T) {
	config, err := routing.ParseConfig("t.toml", []byte(`
version = 1
baseline = "L"
tiers = { l = "L" }
[tasks.t]
chain = ["l"]
[router]
default = "t"
[router.embedding]
artifact = "c.bin"
min_confidence = 0.8
`), func(string) ([]byte, error) { return []byte("x"), nil })
	if err != nil {
		t.Fatal(err)
	}
	candidates := []eval.Candidate{{Label: "c", Config: config}}
	if _, err := eval.NewJob(candidates, nil); err == nil || !strings.Contains(err.Error(), "--gold-tasks") {
		t.Errorf("error %v, want one that names --gold-tasks", err)
	}
	if _, err := eval.NewJob(candidates, &eval.Options{GoldTasks: true}); err != nil {
		t.Errorf("with gold tasks no layer is asked: %v", err)
	}
}
