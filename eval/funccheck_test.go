package eval_test

import (
	"context"
	"testing"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
)

// TestFuncCheckIsNotReplayed: a replay runs no code of the service, so it does not know what becomes of a request on a tier with
// such a check; it does where no such check is made.
func TestFuncCheckIsNotReplayed(t *testing.T) {
	config, err := routing.ParseConfig("c.toml", []byte(`version = 1
baseline = "L"
[tiers]
s = "S"
l = "L"
[tasks.t]
chain = ["s", "l"]
accept = [{ check = "chars", min = 1 }, { check = "go:adds_up", min = { s = 1 } }]
[router]
default = "t"
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	job, err := eval.NewJob([]eval.Candidate{{Label: "c", Config: config}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, none, quality := "17 apples", "", 1.0
	row := func(id string, response *string) datasets.Row {
		return datasets.Row{ID: id, Prompt: "how many?", Outcomes: []datasets.Outcome{
			{Model: "S", Quality: &quality, Response: response}, {Model: "L", Quality: &quality, Response: &text},
		}}
	}
	traffic, err := datasets.FromRows([]datasets.Row{row("asked", &text), row("escalated before", &none)}, job.Columns())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	err = job.NewReplayer().Records(context.Background(), traffic, func(r *eval.Record) error {
		got[r.ID] = r.Ended + " " + r.Answer + r.Why
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got["asked"] != "unevaluable S: no signal go:adds_up" || got["escalated before"] == "" {
		t.Errorf("%v", got)
	}
}
