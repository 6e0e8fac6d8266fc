package eval_test

import (
	"math"
	"testing"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
)

// Where all tasks are treated alike, knowing the task is worth nothing: shuffling it changes neither quality nor cost,
// however unevenly the tasks are labeled. And the oracle of one model is that model.
func TestControlsOfOneTable(t *testing.T) {
	config, err := routing.ParseConfig("t.toml", []byte(`
version = 1
baseline = "C"
tiers = { a = "A", c = "C" }
[tasks.t]
chain = ["a", "c"]
accept = [{ check = "logprob_mean", min = -0.5 }]
[tasks.u]
chain = ["a", "c"]
accept = [{ check = "logprob_mean", min = -0.5 }]
[router]
default = "t"
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	rows := benchmarkRows(600)
	for i := range rows {
		if rows[i].Task == "t" && i%7 != 0 { // label t thinly
			for k := range rows[i].Outcomes {
				rows[i].Outcomes[k].Quality = nil
			}
		}
		if rows[i].Task == "v" {
			rows[i].Task = "u"
		}
	}
	job, err := eval.NewJob([]eval.Candidate{{Label: "c", Config: config}}, &eval.Options{GoldTasks: true, Models: []string{"C"}})
	if err != nil {
		t.Fatal(err)
	}
	c := job.Finish(replayAll(t, job, rows))
	k := &c.Candidates[0]
	for _, v := range []struct {
		name      string
		got, want eval.Number
	}{
		{"delta with shuffled tasks", k.Shuffled.Delta, k.Whole.Delta},
		{"cost with shuffled tasks", k.Shuffled.CostPer1000, k.Whole.CostPer1000},
		{"quality of the oracle", c.Oracle.Quality, c.References[0].Whole.Quality},
	} {
		if math.Abs(float64(v.got-v.want)) > 1e-9 || !v.got.Known() {
			t.Errorf("%s is %v, want %v", v.name, v.got, v.want)
		}
	}
}
