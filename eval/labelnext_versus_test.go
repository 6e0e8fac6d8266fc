package eval_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
)

// openPair opens rows, with a job of the new config "0" and the old one "1".
func openPair(t *testing.T, rows []datasets.Row, configs ...string) (*eval.Job, *datasets.Dataset, *eval.Comparison) {
	t.Helper()
	var candidates []eval.Candidate
	for i, text := range configs {
		config, err := routing.ParseConfig("config.toml", []byte(text), nil)
		if err != nil {
			t.Fatal(err)
		}
		candidates = append(candidates, eval.Candidate{Label: fmt.Sprint(i), Config: config})
	}
	job, err := eval.NewJob(candidates, nil)
	if err != nil {
		t.Fatal(err)
	}
	d := openFiles(t, rows, 3)
	sums, err := job.Run(t.Context(), d, d.Shards(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return job, d, job.Finish(sums)
}

const mostlySmall = "version = 1\nbaseline = \"L\"\n[tiers]\ns = \"S\"\nl = \"L\"\n[tasks.a]\nchain = [\"s\"]\n[tasks.c]\nchain = [\"%s\"]\n" +
	"[router]\ndefault = \"c\"\n[[router.rules]]\ntask = \"a\"\nendpoints = [\"/a\"]\n"

// Against a config that sends everything to the baseline, the draw is that of the comparison with the baseline.
func TestLabelNextVersusBaseline(t *testing.T) {
	small := fmt.Sprintf(mostlySmall, "l")
	job, d, c := openPair(t, labelRows(), small, strings.ReplaceAll(small, `"s"]`, `"l"]`))
	c.Candidates = c.Candidates[:1]
	want, err := job.LabelNext(t.Context(), d, c, nil)
	if err != nil {
		t.Fatal(err)
	}
	v, err := job.Versus(t.Context(), d, "0", "1", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := job.LabelNextVersus(t.Context(), d, v, &eval.RunOptions{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(eval.LabelRequest{})); diff != "" || len(got.Requests) == 0 {
		t.Errorf("%d requests (-baseline +versus):\n%s", len(got.Requests), diff)
	}
}

// Between two configs that both leave the baseline on task a, and differ on c alone, requests of c are drawn: what the
// comparison with the baseline wants of a is of no use. A request is drawn with the answers that either config can reach.
func TestLabelNextVersus(t *testing.T) {
	job, d, c := openPair(t, labelRows(), fmt.Sprintf(mostlySmall, "s"), fmt.Sprintf(mostlySmall, "l"))
	v, err := job.Versus(t.Context(), d, "0", "1", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	list, err := job.LabelNextVersus(t.Context(), d, v, nil)
	if err != nil {
		t.Fatal(err)
	}
	if n := v.Tasks[1].LabelNext; n == 0 || int64(len(list.Requests)) != min(n, 400) || len(list.Needs) != 1 {
		t.Fatalf("%d requests for %d wanted, needs %+v", len(list.Requests), n, list.Needs)
	}
	for _, r := range list.Requests {
		if r.Task != "c" || !slices.Equal(r.Models, []string{"L", "S"}) || !slices.Equal(r.Candidates, []string{"0"}) {
			t.Fatalf("drawn: %+v", r)
		}
	}
	// Together with what the comparison with the baseline wants, every request is there once.
	c.Candidates = c.Candidates[:1]
	all, err := job.LabelNext(t.Context(), d, c, nil)
	if err != nil {
		t.Fatal(err)
	}
	before := len(all.Requests)
	all.Merge(list)
	seen := map[string]bool{}
	for _, r := range all.Requests {
		if seen[r.ID] {
			t.Errorf("%s is there twice", r.ID)
		}
		seen[r.ID] = true
	}
	if len(all.Requests) < before || !slices.ContainsFunc(all.Requests, func(r eval.LabelRequest) bool { return r.Task == "a" }) {
		t.Errorf("%d requests before, %d after", before, len(all.Requests))
	}
}

// What labels are wanted for decides how many: each kind of verdict, a number of labels, a coverage.
func TestPlanLabels(t *testing.T) {
	_, _, c := openPair(t, labelRows(), fmt.Sprintf(mostlySmall, "s"))
	k := &c.Candidates[0]
	next := func(p eval.LabelPlan) int64 {
		k.PlanLabels(p)
		return k.Tasks[0].LabelNext
	}
	both := next(eval.LabelPlan{Whole: true, Tasks: true})
	whole, tasks := next(eval.LabelPlan{Whole: true}), next(eval.LabelPlan{Tasks: true})
	if tasks != k.Tasks[0].MoreLabels || whole <= tasks || both != max(whole, tasks) {
		t.Errorf("the task wants %d, the whole %d, both %d", tasks, whole, both)
	}
	if n := next(eval.LabelPlan{}); n != 0 {
		t.Errorf("nothing is asked, and %d are wanted", n)
	}
	if n := next(eval.LabelPlan{Labels: 47}); n != 17 {
		t.Errorf("%d are wanted to have 47 of 30", n)
	}
	var rows []datasets.Row
	for i := range 100 {
		s := 1.0
		if i >= 96 {
			s = -1
		}
		rows = append(rows, requestOf(fmt.Sprint(i), "a", s, 1))
	}
	_, _, c = openPair(t, rows, fmt.Sprintf(mostlySmall, "s"))
	k = &c.Candidates[0]
	if n := next(eval.LabelPlan{Coverage: 0.98}); n != 2 {
		t.Errorf("%d are wanted for a coverage of 98 %% where it is 96 %%", n)
	}
}

// A task that production does not have wants no labels, whatever its verdict.
func TestLabelNextOfMix(t *testing.T) {
	candidates := mixCandidates(t)
	for shares, want := range map[string]bool{"a = 1\nb = 0\nc = 1\n": true, "a = 0\nb = 0\nc = 1\n": false} {
		c, list := drawLabels(t, labelRows(), 1, 1, candidates, &eval.Options{Mix: mixOf(t, candidates, shares)})
		a := &c.Candidates[0].Tasks[0]
		if a.Task != "a" || a.MoreLabels == 0 || a.LabelNext > 0 != want || len(list.Requests) > 0 != want {
			t.Errorf("%q: %d are to label next of %s, %d requests drawn", shares, a.LabelNext, a.Task, len(list.Requests))
		}
	}
}

// Gradable are those requests that a draw finds, whatever it is that others lack: also for one config against another.
func TestGradable(t *testing.T) {
	const most = 1_000_000
	found := int64(0)
	check := func(name string, tasks []eval.TaskResult, needs []eval.LabelNeed) {
		for _, need := range needs {
			i := slices.IndexFunc(tasks, func(task eval.TaskResult) bool { return task.Task == need.Task })
			if found += need.There; tasks[i].Gradable != need.There {
				t.Errorf("%s %s: %d are gradable, %d are there", name, need.Task, tasks[i].Gradable, need.There)
			}
		}
	}
	for seed := range uint64(12) {
		rows := randomRows(rand.New(rand.NewPCG(seed, 77)), 300, false)
		d := openFiles(t, rows, 2)
		job, err := eval.NewJob(twoCandidates(t), nil)
		if err != nil {
			t.Fatal(err)
		}
		sums, err := job.Run(t.Context(), d, d.Shards(), nil)
		if err != nil {
			t.Fatal(err)
		}
		c := job.Finish(sums)
		c.Candidates = c.Candidates[:1]
		k := &c.Candidates[0]
		k.PlanLabels(eval.LabelPlan{Labels: most})
		list, err := job.LabelNext(t.Context(), d, c, nil)
		if err != nil {
			t.Fatal(err)
		}
		check(fmt.Sprint("seed ", seed), k.Tasks, list.Needs)
		v, err := job.Versus(t.Context(), d, "b", "c", nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		v.PlanLabels(eval.LabelPlan{Labels: most})
		if list, err = job.LabelNextVersus(t.Context(), d, v, nil); err != nil {
			t.Fatal(err)
		}
		check(fmt.Sprint("versus, seed ", seed), v.Tasks, list.Needs)
	}
	if found == 0 {
		t.Error("nothing is there: the test tests nothing")
	}
}
