package tune_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/tune"
	"github.com/tierwise/tierwise/routing"
)

// asked writes 3,000 requests, of which the cheap model has 0.2 % wrong that the baseline has right, and opens them.
func asked(t *testing.T, ask func(i int, r *datasets.Row)) *datasets.Dataset {
	t.Helper()
	path := filepath.Join(t.TempDir(), "asked.parquet")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := datasets.NewWriter(f)
	for i := range 3000 {
		cheap, dear, right, wrong := 0.0001, 0.001, 1.0, 0.0
		r := datasets.Row{ID: fmt.Sprint(i), Task: "a", Outcomes: []datasets.Outcome{
			{Model: "cheap", CostUSD: &cheap, Quality: &right}, {Model: "base", CostUSD: &dear, Quality: &right},
		}}
		if i%500 == 0 {
			r.Outcomes[0].Quality = &wrong
		}
		ask(i, &r)
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	d, err := datasets.Open(t.Context(), []string{path}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// A prompt that comes again and again is one piece of evidence, like a group, however many labels it has; chats are the same
// only if all of their messages are.
func TestRepeatedRequests(t *testing.T) {
	config, err := routing.ParseConfig("dispatch.toml", []byte(`version = 1
name = "r"
baseline = "base"
[router]
default = "a"
[models]
cheap = {}
base = {}
[tiers]
small = "cheap"
large = "base"
[tasks.a]
chain = ["large"]
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	chat := func(first string) string {
		return fmt.Sprintf(`[{"role":"user","content":%q},{"role":"assistant","content":"ok"},{"role":"user","content":"Summarise it."}]`, first)
	}
	for _, test := range []struct {
		name    string
		ask     func(i int, r *datasets.Row)
		units   int
		grouped bool
		moved   bool
	}{
		{"all differ", func(i int, r *datasets.Row) { r.Prompt = fmt.Sprint("No. ", i) }, 3000, false, true},
		{"some come twice", func(i int, r *datasets.Row) { r.Prompt = fmt.Sprint("No. ", i%2900) }, 2900, true, true},
		{"all the same", func(_ int, r *datasets.Row) { r.Prompt = "Continue." }, 1, true, false},
		{"nine tenths", func(i int, r *datasets.Row) {
			if r.Prompt = fmt.Sprint("No. ", i); i%10 > 0 {
				r.Prompt = "Continue."
			}
		}, 301, true, false},
		{"four fifths, written otherwise", func(i int, r *datasets.Row) {
			if r.Prompt = fmt.Sprint("No. ", i); i%5 > 0 {
				r.Prompt = []string{"Continue.", " continue. "}[i%2]
			}
		}, 601, true, false},
		{"groups", func(i int, r *datasets.Row) {
			if r.Prompt = fmt.Sprint("No. ", i); i%10 > 0 {
				r.Group = "g"
			}
		}, 301, true, false},
		{"chats that end alike", func(i int, r *datasets.Row) { r.Messages = chat(fmt.Sprint("Document ", i)) }, 3000, false, true},
		{"one chat", func(_ int, r *datasets.Row) { r.Messages = chat("Document") }, 1, true, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := search(t, &tune.Search{Candidate: eval.Candidate{Label: "r", Config: config}, Options: eval.Options{GoldTasks: true}}, asked(t, test.ask), 2)
			task := &got.Tasks[0]
			if task.Units != test.units || got.Grouped != test.grouped || task.Requests != 3000 {
				t.Errorf("%d units of %d requests, grouped %v; want %d, %v", task.Units, task.Requests, got.Grouped, test.units, test.grouped)
			}
			if moved := got.Moved(); moved != test.moved {
				t.Errorf("moved %v: %+v", moved, task)
			}
			if !test.moved && task.Reason != tune.TooFew {
				t.Errorf("it stays because of %q, want too few labels", task.Reason)
			}
		})
	}
}
