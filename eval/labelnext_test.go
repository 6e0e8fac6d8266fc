package eval_test

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
)

// openRows writes rows to files and opens them.
func openFiles(t *testing.T, rows []datasets.Row, files int) *datasets.Dataset {
	t.Helper()
	dir := t.TempDir()
	var names []string
	for i := range files {
		var buf bytes.Buffer
		w := datasets.NewWriter(&buf)
		if err := w.Write(rows[len(rows)*i/files : len(rows)*(i+1)/files]...); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		names = append(names, filepath.Join(dir, fmt.Sprintf("%d.parquet", i)))
		if err := os.WriteFile(names[i], buf.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d, err := datasets.Open(t.Context(), names, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// drawLabels evaluates rows and draws what to label.
func drawLabels(t *testing.T, rows []datasets.Row, files, workers int, candidates []eval.Candidate, opts *eval.Options) (*eval.Comparison, *eval.LabelList) {
	t.Helper()
	d := openFiles(t, rows, files)
	job, err := eval.NewJob(candidates, opts)
	if err != nil {
		t.Fatal(err)
	}
	run := &eval.RunOptions{Workers: workers}
	sums, err := job.Run(t.Context(), d, d.Shards(), run)
	if err != nil {
		t.Fatal(err)
	}
	c := job.Finish(sums)
	list, err := job.LabelNext(t.Context(), d, c, run)
	if err != nil {
		t.Fatal(err)
	}
	for i := range list.Requests {
		list.Requests[i].Ref = datasets.RowRef{}
	}
	return c, list
}

// labelRows are 30 graded and 400 ungraded requests of a, of which S and L may answer alike, and as many of c.
func labelRows() []datasets.Row {
	var rows []datasets.Row
	for _, task := range []string{"a", "c"} {
		for i := range 30 {
			rows = append(rows, requestOf(fmt.Sprintf("%s-graded-%d", task, i), task, 1, 1))
		}
		for i := range 400 {
			rows = append(rows, requestOf(fmt.Sprintf("%s-%d", task, i), task, -1, -1))
		}
	}
	return rows
}

func TestLabelNext(t *testing.T) {
	candidates := mixCandidates(t)
	rows := labelRows()
	c, list := drawLabels(t, rows, 1, 1, candidates, &eval.Options{})
	a := &c.Candidates[0].Tasks[0]
	whole := c.Candidates[0].Whole.MoreLabels
	if a.MoreLabels == 0 || whole == 0 || a.LabelNext < a.MoreLabels || a.LabelNext > max(whole, a.MoreLabels) {
		t.Fatalf("task a wants %d, the whole %d: %d are to label next", a.MoreLabels, whole, a.LabelNext)
	}
	if n := c.Candidates[0].Tasks[1].LabelNext; n != 0 {
		t.Errorf("%d are to label of the task on the baseline", n)
	}
	want := []eval.LabelNeed{{Candidate: "config", Task: "a", Wanted: a.LabelNext, There: 400}}
	if diff := cmp.Diff(want, list.Needs); diff != "" {
		t.Errorf("needs (-want +got):\n%s", diff)
	}
	if int64(len(list.Requests)) != min(a.LabelNext, 400) {
		t.Fatalf("%d requests for %d wanted", len(list.Requests), a.LabelNext)
	}
	for _, r := range list.Requests {
		if !strings.HasPrefix(r.ID, "a-") || strings.Contains(r.ID, "graded") || !slices.Equal(r.Models, []string{"L", "S"}) || r.Task != "a" {
			t.Fatalf("drawn: %+v", r)
		}
	}
	// Not by the order of rows, files or workers, and by the seed.
	slices.Reverse(rows)
	_, again := drawLabels(t, rows, 7, 3, candidates, &eval.Options{})
	unexported := cmp.AllowUnexported(eval.LabelRequest{})
	if diff := cmp.Diff(list, again, unexported); diff != "" {
		t.Errorf("in another order (-one +other):\n%s", diff)
	}
	if _, other := drawLabels(t, rows, 1, 1, candidates, &eval.Options{Seed: 9}); cmp.Equal(list, other, unexported) {
		t.Error("another seed draws the same requests in the same order")
	}
}

// The requests drawn are as likely to be any of the task's: also those on which nothing changes.
func TestLabelNextIsRandom(t *testing.T) {
	rows := labelRows()
	for i := range rows { // half of them fail on S, so that no answer of S is to be graded
		if strings.HasPrefix(rows[i].ID, "a-") && i%2 == 0 && rows[i].Outcomes[0].Quality == nil {
			rows[i].Outcomes[0].Error = "server"
		}
	}
	drawn := map[int]int{}
	const seeds = 60
	var n int
	for seed := range uint64(seeds) {
		_, list := drawLabels(t, rows, 1, 2, mixCandidates(t), &eval.Options{Seed: seed, Tolerance: 0.2})
		n += len(list.Requests)
		for _, r := range list.Requests {
			drawn[len(r.Models)]++
		}
	}
	share := float64(drawn[1]) / float64(n)
	if sd := 0.5 / math.Sqrt(float64(n)); n < 20*seeds || math.Abs(share-0.5) > 4*sd {
		t.Errorf("%.3f of %d drawn lack one grade only, half of the task does", share, n)
	}
}

// A request needs grades only of what its chain can reach and of the baseline; without their outcomes it is to be collected.
func TestLabelNextModels(t *testing.T) {
	config, err := routing.ParseConfig("config.toml", []byte(`
version = 1
baseline = "L"
[tiers]
a = "A"
s = "S"
l = "L"
[tasks.t]
chain = ["a", "s"]
accept = [{ check = "logprob_mean", min = -0.5 }]
[router]
default = "t"
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	q := func(x float64) *float64 { return &x }
	a := datasets.Outcome{Model: "A", LogprobMean: q(-0.1)}
	s, l := datasets.Outcome{Model: "S"}, datasets.Outcome{Model: "L"}
	failed := func(o datasets.Outcome) datasets.Outcome { o.Error = "server"; return o }
	graded := func(o datasets.Outcome) datasets.Outcome { o.Quality = q(1); return o }
	row := func(id string, outcomes ...datasets.Outcome) datasets.Row {
		return datasets.Row{ID: id, Prompt: "p", Outcomes: outcomes}
	}
	zero := row("no weight", a, s, l)
	zero.Weight = q(0)
	rows := []datasets.Row{
		row("all", a, s, l), row("other model", a, s, l, graded(datasets.Outcome{Model: "X"})), row("half", graded(a), s, graded(l)),
		row("failed", failed(a), s, l), row("graded", graded(a), graded(s), graded(l)),
		row("no outcome", a, l), row("no signal", datasets.Outcome{Model: "A"}, s, l), row("no baseline", a, s),
		row("failed everywhere", failed(a), failed(s), failed(l)), zero,
	}
	for i := range 20 {
		rows = append(rows, row(fmt.Sprint("more ", i), graded(a), graded(s), graded(l)))
	}
	_, list := drawLabels(t, rows, 1, 1, []eval.Candidate{{Label: "config", Config: config}}, &eval.Options{Tolerance: 0.3, TaskTolerance: 0.01})
	got := map[string]string{}
	for _, r := range list.Requests {
		got[r.ID] = strings.Join(r.Models, " ")
	}
	want := map[string]string{"all": "A L S", "other model": "A L S", "half": "S", "failed": "L S"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("to grade (-want +got):\n%s", diff)
	}
	if n := list.Needs[0]; n.There != 4 || n.Incomplete != 3 {
		t.Errorf("%d there, %d incomplete, want 4 and 3", n.There, n.Incomplete)
	}
}

// Where the coverage is too low for want of grades, those requests are drawn that have a graded baseline.
func TestLabelNextCoverage(t *testing.T) {
	var rows []datasets.Row
	for i := range 100 {
		s := 1.0
		if i >= 80 {
			s = -1
		}
		rows = append(rows, requestOf(fmt.Sprintf("half-%d", i), "a", s, 1), requestOf(fmt.Sprintf("none-%d", i), "a", -1, -1))
	}
	c, list := drawLabels(t, rows, 1, 1, mixCandidates(t), nil)
	if n := c.Candidates[0].Tasks[0].LabelNext; n != 15 {
		t.Errorf("%d are to label, want 15: 95 of 100 make the coverage", n)
	}
	for _, r := range list.Requests {
		if !strings.HasPrefix(r.ID, "half-") || !slices.Equal(r.Models, []string{"S"}) {
			t.Errorf("drawn: %+v", r)
		}
	}
	if len(list.Requests) != 15 {
		t.Errorf("%d drawn", len(list.Requests))
	}
}

// What two candidates want is there once, for both.
func TestLabelNextOfTwo(t *testing.T) {
	one := mixCandidates(t)[0]
	two := one
	two.Label = "two"
	_, list := drawLabels(t, labelRows(), 1, 1, []eval.Candidate{one, two}, nil)
	seen := map[string]bool{}
	for _, r := range list.Requests {
		if seen[r.ID] || !slices.Equal(r.Candidates, []string{"config", "two"}) {
			t.Fatalf("drawn: %+v", r)
		}
		seen[r.ID] = true
	}
	if len(seen) == 0 {
		t.Error("nothing is drawn")
	}
}
