package tune_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/datasets/demo"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/tune"
	"github.com/tierwise/tierwise/routing"
)

// demoSearch writes the demo's traffic to a number of files and returns it with one of the demo's configs.
func demoSearch(t *testing.T, files int) (*datasets.Dataset, eval.Candidate) {
	t.Helper()
	dir := t.TempDir()
	made, err := demo.Files(&demo.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range made {
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	config, err := routing.ReadConfig(filepath.Join(dir, "balanced.toml"))
	if err != nil {
		t.Fatal(err)
	}
	names := []string{filepath.Join(dir, "traffic.parquet")}
	if files > 1 {
		names = splitFile(t, names[0], files)
	}
	d, err := datasets.Open(t.Context(), names, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d, eval.Candidate{Label: "balanced", Config: config}
}

// splitFile writes the rows of a file to several, the last first.
func splitFile(t *testing.T, name string, files int) (names []string) {
	t.Helper()
	d, err := datasets.Open(t.Context(), []string{name}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for i := range files {
		path := fmt.Sprintf("%s.%d.parquet", strings.TrimSuffix(name, ".parquet"), i)
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		w := datasets.NewWriter(f)
		n := int(d.NumRows())
		var refs []datasets.RowRef
		for row := n * (files - 1 - i) / files; row < n*(files-i)/files; row++ {
			refs = append(refs, datasets.RowRef{File: name, Row: int64(row + 1)})
		}
		rows, err := d.Fetch(t.Context(), refs)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(rows...); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		names = append(names, path)
	}
	return names
}

func search(t *testing.T, s *tune.Search, d *datasets.Dataset, workers int) *tune.Tuned {
	t.Helper()
	out, err := s.Run(t.Context(), d, &tune.RunOptions{Workers: workers})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestSearchDoesNotDependOnOrder wants the same table, to the last digit of its evidence, of one file and of three in
// another order, whatever the number of workers.
func TestSearchDoesNotDependOnOrder(t *testing.T) {
	var want string
	for i, files := range []int{1, 3} {
		d, c := demoSearch(t, files)
		got := search(t, &tune.Search{Candidate: c, Options: eval.Options{GoldTasks: true, Seed: 3}}, d, 1+i)
		for k := range got.Tasks { // Sprint writes what pointers point at nowhere but at the top
			for i := range got.Tasks[k].Chains {
				for j, step := range got.Tasks[k].Chains[i].Walk {
					if step.Labels != nil {
						got.Warnings = append(got.Warnings, fmt.Sprint(got.Tasks[k].Task, i, j, *step.Labels))
						got.Tasks[k].Chains[i].Walk[j].Labels = nil
					}
				}
			}
		}
		text := fmt.Sprintf("%+v %v %v %+v %v %v", got.Result, got.Menu, got.Ways, got.Config.Tasks, got.Clusters == nil, got.DataHash)
		text = regexp.MustCompile("0x[0-9a-f]+").ReplaceAllString(text, "pointer")
		if want == "" {
			want = text
		}
		if text != want {
			at := 0
			for at < min(len(text), len(want)) && text[at] == want[at] {
				at++
			}
			t.Errorf("of %d files another table comes out: … %.300s, not … %.300s", files, text[at:], want[at:])
		}
	}
}

// TestTunedTableIsAsPromised replays the table that was chosen: on the labeled requests each task's delta is that of the
// option, and over all requests it saves what the option saves.
func TestTunedTableIsAsPromised(t *testing.T) {
	d, c := demoSearch(t, 1)
	tuned := search(t, &tune.Search{Candidate: c, Options: eval.Options{GoldTasks: true}}, d, 2)
	moved := 0
	job, err := eval.NewJob([]eval.Candidate{{Label: "tuned", Config: tuned.Config}}, &eval.Options{GoldTasks: true})
	if err != nil {
		t.Fatal(err)
	}
	sums, err := job.Run(t.Context(), d, d.Shards(), nil)
	if err != nil {
		t.Fatal(err)
	}
	replayed := job.Finish(sums).Candidates[0]
	for k := range tuned.Tasks {
		task := &tuned.Tasks[k]
		at := slices.IndexFunc(replayed.Tasks, func(r eval.TaskResult) bool { return r.Task == task.Task })
		r := &replayed.Tasks[at]
		if task.Option < 0 {
			if r.Changed != 0 {
				t.Errorf("%s stays on the baseline, and %d answers change", task.Task, r.Changed)
			}
			continue
		}
		moved++
		way := slices.IndexFunc(tuned.Ways[k], func(w tune.Way) bool { return w.Option == task.Option })
		tried := &tuned.Tried[k].Trials[way]
		sum, n := 0.0, 0
		for _, delta := range tried.Delta.Append(nil) {
			if delta == delta {
				sum, n = sum+delta, n+1
			}
		}
		if int64(n) != r.Covered || math.Abs(sum/float64(n)-float64(r.Delta)) > 1e-12 {
			t.Errorf("%s was tried on %d requests with a delta of %v, its table has %v on %d", task.Task, n, sum/float64(n), r.Delta, r.Covered)
		}
		if saved := tuned.Tried[k].BaseCost * float64(r.Savings); math.Abs(saved-tried.Saving) > 1e-9 {
			t.Errorf("%s was to save %v a request, its table saves %v", task.Task, tried.Saving, saved)
		}
	}
	if moved < 2 {
		t.Errorf("only %d tasks are moved", moved)
	}
}

// TestSearchLimits pins, excludes and limits.
func TestSearchLimits(t *testing.T) {
	d, c := demoSearch(t, 1)
	gold := eval.Options{GoldTasks: true}
	tuned := search(t, &tune.Search{Candidate: c, Options: gold, Pins: map[string]string{"reasoning": "nano", "extraction": "large"}, Exclude: []string{"gpt-mid"}}, d, 2)
	for k := range tuned.Tasks {
		task := &tuned.Tasks[k]
		way := tuned.Way(k)
		switch task.Task {
		case "reasoning":
			if !task.Pinned || way == nil || way.Chain[0] != "nano" || task.Chosen().Passed {
				t.Errorf("reasoning is pinned to a tier that is not as good: %+v, %+v", task, way)
			}
		case "extraction":
			if way != nil {
				t.Errorf("extraction is pinned to the baseline, and goes to %v", way.Chain)
			}
		}
		for _, w := range tuned.Ways[k] {
			if slices.Contains(w.Chain, "mid") {
				t.Errorf("%s: %v has a model that was excluded", task.Task, w.Chain)
			}
		}
	}
	tight := search(t, &tune.Search{Candidate: c, Options: gold, MaxEscalation: 0.10}, d, 2)
	barred := 0
	for k := range tight.Tasks {
		barred += len(tight.Barred[k])
		if w := tight.Way(k); w != nil {
			i := slices.IndexFunc(tight.Ways[k], func(o tune.Way) bool { return o.Option == w.Option })
			if e := tight.Tried[k].Trials[i].Escalated; e > 0.10 {
				t.Errorf("%s escalates %v of its requests", tight.Tasks[k].Task, e)
			}
		}
	}
	if barred == 0 {
		t.Error("no option is ruled out")
	}
	if _, err := (&tune.Search{Candidate: c, Options: gold, Pins: map[string]string{"reason": "nano"}}).Run(t.Context(), d, &tune.RunOptions{Workers: 1}); err == nil {
		t.Error("a pin of no task passes")
	}
}

// TestTaskWithoutRequests tunes a config with a task that no request is dispatched to, and traffic without labels.
func TestTaskWithoutRequests(t *testing.T) {
	d, c := demoSearch(t, 1)
	config := *c.Config
	config.Tasks = append(slices.Clone(config.Tasks), routing.Task{Name: "unused", Chain: []string{"nano", "large"}})
	c.Config = &config
	tuned := search(t, &tune.Search{Candidate: c, Options: eval.Options{GoldTasks: true}}, d, 2)
	for k := range tuned.Tasks {
		if task := &tuned.Tasks[k]; task.Task == "unused" && (task.Reason != tune.Unlabeled || task.Share != 0 || !slices.Equal(tuned.Config.Tasks[5].Chain, []string{"large"})) {
			t.Errorf("got %+v", task)
		}
	}
	_, err := (&tune.Search{Candidate: c, Options: eval.Options{Baseline: "gpt-none"}}).Run(t.Context(), d, &tune.RunOptions{Workers: 1})
	if want := "the baseline gpt-none is the model of no tier: add it to [tiers]"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestSeenRequestsOnlyPilot wants requests that another search has seen to certify nothing.
func TestSeenRequestsOnlyPilot(t *testing.T) {
	d, c := demoSearch(t, 1)
	old := func(cluster string) bool { return cluster[0]%4 != 0 }
	look := func(_ string, clusters []string) (*tune.Look, error) {
		out := &tune.Look{Share: 0.5}
		for _, c := range clusters {
			out.Searched = append(out.Searched, old(c))
		}
		return out, nil
	}
	tuned := search(t, &tune.Search{Candidate: c, Options: eval.Options{GoldTasks: true}, Look: look}, d, 2)
	if tuned.Settings.Share != 0.5 {
		t.Errorf("share of alpha %v", tuned.Settings.Share)
	}
	for k := range tuned.Tasks {
		fresh := 0
		for i := range tuned.Tried[k].Labeled {
			if !old(tuned.Tried[k].Labeled[i].Key) {
				fresh++
			}
		}
		if got := tuned.Tasks[k].Verify; got != float64(fresh) {
			t.Errorf("%s: %v requests certify, and %d are new", tuned.Tasks[k].Task, got, fresh)
		}
	}
}
