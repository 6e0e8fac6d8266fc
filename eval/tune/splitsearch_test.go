package tune_test

import (
	"bytes"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/stats"
	"github.com/tierwise/tierwise/eval/tune"
	"github.com/tierwise/tierwise/routing"
)

// clearWorld is a world whose first task mixes requests that the cheap models do as well as the baseline and such on which they lose
// much; in the other tasks they lose much on all.
func clearWorld(rng *rand.Rand) splitWorld {
	first := true
	return fourTasks(600, func() splitTask {
		easy := 0.3
		if first {
			first, easy = false, 0
		}
		return kinds(rng, 0.95, easy, 0.3)
	})
}

func splitSearch(t *testing.T, w *splitWorld, rng *rand.Rand, split bool) (*tune.Search, *datasets.Dataset) {
	t.Helper()
	d, err := datasetOf(w.rows(rng, w.labels))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return &tune.Search{
		Candidate: eval.Candidate{Label: "made", Config: w.config()}, Options: eval.Options{GoldTasks: true, Seed: 4}, Split: split,
	}, d
}

// TestSplitIsFound wants the mixed task to be split and its easy half moved, which saves what cannot be saved otherwise, and
// the replay of the config that comes out to be what was tuned.
func TestSplitIsFound(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 9))
	w := clearWorld(rng)
	s, d := splitSearch(t, &w, rng, true)
	tuned := search(t, s, d, 2)
	if len(tuned.Splits) != 1 || !tuned.Splits[0].Used || tuned.Splits[0].Task != "task0" || tuned.Mixed != 4 {
		t.Fatalf("of %d tasks these are split: %+v", tuned.Mixed, tuned.Splits)
	}
	s.Split = false
	if one := search(t, s, d, 2); one.Moved() || !(tuned.Tables[tuned.Table].SavingShare > 0.07) {
		t.Errorf("saves %v, without splits %v", tuned.Tables[tuned.Table].SavingShare, one.Tables[one.Table].SavingShare)
	}
	served := map[string]*routing.Task{}
	for i := range tuned.Config.Tasks {
		served[tuned.Config.Tasks[i].Name] = &tuned.Config.Tasks[i]
	}
	if hard, easy := served["task0"], served["task0-easy"]; hard.Split == nil || len(hard.Chain) != 1 || easy == nil || len(easy.Chain) != 2 {
		t.Fatalf("the halves are served as %+v and %+v", hard, easy)
	}
	candidate := tuned.Candidate
	candidate.Config = tuned.Config
	job, err := eval.NewJob([]eval.Candidate{candidate}, &s.Options)
	if err != nil {
		t.Fatal(err)
	}
	sums, err := job.Run(t.Context(), d, d.Shards(), nil)
	if err != nil {
		t.Fatal(err)
	}
	replayed := job.Finish(sums).Candidates[0]
	if tuned.LeftOut != 0 || replayed.LeftOut != 0 {
		t.Errorf("%d and %d requests are left out", tuned.LeftOut, replayed.LeftOut)
	}
	for k := range tuned.Tasks {
		at := slices.IndexFunc(replayed.Tasks, func(r eval.TaskResult) bool { return r.Task == tuned.Tasks[k].Task })
		r := &replayed.Tasks[at]
		if int(r.Requests) != len(tuned.Tried[k].Labeled) {
			t.Errorf("%s: %d requests were tried, %d are replayed", r.Task, len(tuned.Tried[k].Labeled), r.Requests)
		}
		way := slices.IndexFunc(tuned.Ways[k], func(w tune.Way) bool { return w.Option == tuned.Tasks[k].Option })
		if way < 0 {
			continue
		}
		if want := mean(tuned.Tried[k].Trials[way].Delta.Append(nil)); math.Abs(want-float64(r.Delta)) > 1e-12 {
			t.Errorf("%s was tried with a delta of %v, and is replayed with %v", r.Task, want, r.Delta)
		}
	}
}

// TestSplitNeverCertifiesOnItsPilot wants the requests that taught a split to certify nothing, in either half, though the task
// has a single chain and would take no pilot as one.
func TestSplitNeverCertifiesOnItsPilot(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 9))
	w := clearWorld(rng)
	s, d := splitSearch(t, &w, rng, true)
	s.Exclude = []string{"tier1", "tier2"}
	tuned := search(t, s, d, 2)
	if len(tuned.Splits) == 0 || !tuned.Splits[0].Used {
		t.Fatalf("nothing is split: %+v", tuned.Splits)
	}
	verify, pilot := 0.0, 0
	for k := range tuned.Tasks {
		verify += tuned.Tasks[k].Verify
	}
	for _, chose := range tuned.Pilot {
		if chose {
			pilot++
		}
	}
	if len(tuned.Pilot) != 2400 || pilot != 480 || verify != 1920 {
		t.Errorf("of %d requests %d are the pilot and %v certify", len(tuned.Pilot), pilot, verify)
	}
}

// TestSplitDoesNotDependOnWorkers wants the same artifacts and the same evidence of any number of workers.
func TestSplitDoesNotDependOnWorkers(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 9))
	w := clearWorld(rng)
	s, d := splitSearch(t, &w, rng, true)
	a, b := search(t, s, d, 1), search(t, s, d, 3)
	if !reflect.DeepEqual(a.Result, b.Result) || !reflect.DeepEqual(a.Splits, b.Splits) {
		t.Error("other workers, other results")
	}
	for path, data := range a.Sidecars {
		if !bytes.Equal(data, b.Sidecars[path]) || !bytes.Equal(a.Config.Files[path], b.Config.Files[path]) {
			t.Errorf("%s: other workers, other bytes", path)
		}
	}
}

// TestSplitThatFails wants a task neither half of which can be moved to come out whole.
func TestSplitThatFails(t *testing.T) {
	found := 0
	for seed := uint64(0); found == 0 && seed < 30; seed++ {
		rng := rand.New(rand.NewPCG(8, seed))
		w := easyAtLimit(rng)
		s, d := splitSearch(t, &w, rng, true)
		tuned := search(t, s, d, 2)
		share, requests := 0.0, 0
		for k := range tuned.Tasks {
			share += tuned.Tasks[k].Share
			requests += tuned.Tasks[k].Requests
		}
		if math.Abs(share-1) > 1e-9 || requests != 2000 {
			t.Errorf("the tasks are %v of the traffic, with %d requests", share, requests)
		}
		halves := 0
		for i := range tuned.Splits {
			split := &tuned.Splits[i]
			if split.Used {
				halves++
				continue
			}
			found++
			if split.Nearer != "easy" && split.Nearer != "hard" {
				t.Errorf("of %s is said what became of its %q half", split.Task, split.Nearer)
			}
			for k := range tuned.Config.Tasks {
				if task := &tuned.Config.Tasks[k]; task.Name == split.Easy || task.Name == split.Task && (task.Split != nil || len(task.Chain) != 1) {
					t.Errorf("%s is not moved, and served as %+v", split.Task, task)
				}
			}
			if tuned.Config.Files[split.Artifact] != nil || tuned.Sidecars[split.Artifact] != nil || tuned.SplitOf(split.Task) != nil {
				t.Errorf("%s leaves its artifact behind", split.Task)
			}
		}
		if len(tuned.Config.Tasks) != 4+halves || len(tuned.Tasks) != 4+halves || len(tuned.Tables[tuned.Table].Options) != 4+halves {
			t.Errorf("%d tasks, %d results and %d options of 4 tasks of which %d are split", len(tuned.Config.Tasks), len(tuned.Tasks), len(tuned.Tables[tuned.Table].Options), halves)
		}
	}
	if found == 0 {
		t.Error("no world has a split that fails")
	}
}

// TestSplitOfEarlierLook wants a later look of a search to split as the first one did, whatever it would have done itself.
func TestSplitOfEarlierLook(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 9))
	w := clearWorld(rng)
	s, d := splitSearch(t, &w, rng, true)
	first := search(t, s, d, 2)
	pilot := map[string]bool{}
	for i, key := range first.Clusters {
		pilot[key] = first.Pilot[i]
	}
	for _, test := range []struct {
		name string
		cuts map[string]tune.SplitAt
		want int
	}{{"as it was", first.Cuts(), 1}, {"none", nil, 0}} {
		s.Look = func(_ string, clusters []string) (*tune.Look, error) {
			look := &tune.Look{Share: 0.5, Chains: first.Opened(&first.Menu), Splits: test.cuts}
			for _, key := range clusters {
				look.Searched = append(look.Searched, pilot[key])
			}
			return look, nil
		}
		again := search(t, s, d, 2)
		if len(again.Splits) != test.want {
			t.Fatalf("%s: %+v", test.name, again.Splits)
		}
		for i := range again.Splits {
			split := &again.Splits[i]
			if !split.Held || split.SplitAt != first.Splits[i].SplitAt || !bytes.Equal(again.Sidecars[split.Artifact], first.Sidecars[split.Artifact]) ||
				!bytes.Equal(again.Config.Files[split.Artifact], first.Config.Files[split.Artifact]) {
				t.Errorf("%s: it was %+v and is %+v", test.name, first.Splits[i], split)
			}
		}
		if test.want > 0 && again.Verdict != stats.Holds {
			t.Errorf("%s: %s", test.name, again.Verdict)
		}
	}
}

// TestSplitMix wants production's share of a task to be spread over its halves as the data is, and to be whole again where the
// split is not used.
func TestSplitMix(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 9))
	w := clearWorld(rng)
	s, d := splitSearch(t, &w, rng, true)
	mix := &eval.Mix{Source: "mix.toml", Tasks: []map[string]float64{{"task0": 0.7, "task1": 0.1, "task2": 0.1, "task3": 0.1}}}
	s.Options.Mix = mix
	tuned := search(t, s, d, 2)
	if len(tuned.Splits) != 1 || !tuned.Splits[0].Used || len(mix.Tasks[0]) != 4 {
		t.Fatalf("split are %+v, and the mix is %v", tuned.Splits, mix.Tasks)
	}
	easy := tuned.Splits[0].EasyShare
	for k := range tuned.Tasks {
		want := map[string]float64{"task0": 0.7 * (1 - easy), "task0-easy": 0.7 * easy}[tuned.Tasks[k].Task]
		if want == 0 {
			want = 0.1
		}
		if math.Abs(tuned.Tasks[k].Share-want) > 1e-12 || math.Abs(tuned.Mix.Tasks[0][tuned.Tasks[k].Task]-want) > 1e-12 {
			t.Errorf("%s is %v of production, want %v", tuned.Tasks[k].Task, tuned.Tasks[k].Share, want)
		}
	}
	cuts := tuned.Cuts()
	s.Look = func(string, []string) (*tune.Look, error) {
		return &tune.Look{Share: 1, Chains: map[string][]string{}, Splits: cuts}, nil
	}
	s.Settings.TaskTolerance = 1e-4 // nothing reaches it
	tuned = search(t, s, d, 2)
	if tuned.Moved() || len(tuned.Splits) != 1 || len(tuned.Mix.Tasks[0]) != 4 || math.Abs(tuned.Mix.Tasks[0]["task0"]-0.7) > 1e-12 {
		t.Errorf("split are %+v, and the mix is %v", tuned.Splits, tuned.Mix.Tasks)
	}
}
