package eval_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
)

// triedWays are ways to serve the tasks of twoTables and layeredTable.
func triedWays(tiers ...string) (out []eval.Trial) {
	low, high := -0.7, -0.3
	short := 2.0
	for _, task := range []string{"t", "u"} {
		for i, tier := range tiers {
			base := tiers[len(tiers)-1]
			out = append(out, eval.Trial{Task: task, Chain: slices.Compact([]string{tier, base})},
				eval.Trial{Task: task, Chain: slices.Compact([]string{tier, base}), Accept: []routing.Accept{{Check: "logprob_mean", Min: &low}, {Check: "chars", Min: &short}}},
				eval.Trial{Task: task, Chain: tiers[i:], Accept: []routing.Accept{{Check: "logprob_mean", PerTier: map[string]float64{tier: high}}}})
		}
	}
	return out
}

// TestTrialsAreTables wants of every trial, on every request, what the records of a table say that treats the task so.
func TestTrialsAreTables(t *testing.T) {
	compared := 0
	for seed := range uint64(6) {
		candidate, ways := twoCandidates(t)[0], triedWays("a", "b", "c")
		if seed%2 == 1 {
			candidate, ways = layeredCandidates(t)[seed%3], triedWays("a", "c")
		} else if seed > 0 {
			candidate = splitCandidates(t)[seed%3]
		}
		rows := randomRows(rand.New(rand.NewPCG(seed, 5)), 400, seed > 2)
		opts := &eval.Options{Seed: seed, GoldTasks: seed == 4}
		trials, err := eval.NewTrials(&candidate, ways, opts)
		if err != nil {
			t.Fatal(err)
		}
		tries, err := trials.Run(t.Context(), openFiles(t, rows, 3), &eval.RunOptions{Workers: 2})
		if err != nil {
			t.Fatal(err)
		}
		for k := range tries.Tasks {
			task := &tries.Tasks[k]
			for i := range task.Trials {
				tried := &task.Trials[i]
				name := fmt.Sprintf("seed %d, task %s, trial %d", seed, task.Task, tried.Trial)
				compared += compareTrial(t, name, task, tried, trialRecords(t, candidate, ways[tried.Trial], opts, rows))
			}
		}
	}
	if compared < 2_000 {
		t.Errorf("only %d deltas were compared", compared)
	}
}

// trialRecords are the records of the requests of a trial's task, under a table that has it.
func trialRecords(t *testing.T, c eval.Candidate, way eval.Trial, opts *eval.Options, rows []datasets.Row) map[string]*eval.Record {
	t.Helper()
	config := *c.Config
	config.Tasks = slices.Clone(config.Tasks)
	for i := range config.Tasks {
		if config.Tasks[i].Name == way.Task {
			config.Tasks[i].Chain, config.Tasks[i].Accept = way.Chain, way.Accept
		}
	}
	c.Config = &config
	job, err := eval.NewJob([]eval.Candidate{c}, opts)
	if err != nil {
		t.Fatal(err)
	}
	traffic, err := datasets.FromRows(rows, job.Columns())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*eval.Record{}
	err = job.NewReplayer().Records(t.Context(), traffic, func(r *eval.Record) error {
		if r.Task == way.Task {
			out[r.ID] = r
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func compareTrial(t *testing.T, name string, task *eval.TriedTask, tried *eval.Tried, records map[string]*eval.Record) int {
	t.Helper()
	if int(task.Requests) != len(records) {
		t.Errorf("%s: %d requests, %d records", name, task.Requests, len(records))
	}
	labeled, known, saving := 0, int64(0), 0.0
	for _, r := range records {
		if r.BaseQuality.Known() {
			labeled++
		}
		if saved := float64(r.BaseCostUSD - (r.CostUSD - r.RouterCostUSD)); saved == saved && savable(r) {
			known++
			saving += saved
		}
	}
	deltas := tried.Delta.Append(nil)
	if labeled != len(task.Labeled) || len(deltas) != labeled || tried.Delta.Len() != labeled {
		t.Fatalf("%s: %d labeled requests, %d deltas, %d records", name, len(task.Labeled), len(deltas), labeled)
	}
	weighted := false
	for i := range task.Labeled {
		weighted = weighted || task.Labeled[i].Weight != 1
		r := records[task.Labeled[i].ID]
		want := float64(r.Delta)
		if len(r.Uncovered) > 0 {
			want = math.NaN()
		}
		if got := deltas[i]; got != want && (got == got || want == want) {
			t.Errorf("%s, %s: delta %v, not %v", name, r.ID, got, want)
		}
	}
	// A router of unknown cost makes a record's cost unknown, and not a trial's.
	if known > tried.Known || known == tried.Known && known > 0 && !weighted && math.Abs(saving/float64(known)-tried.Saving) > 1e-12 {
		t.Errorf("%s: saves %v on %d requests, not %v on %d", name, tried.Saving, tried.Known, saving/float64(known), known)
	}
	return labeled
}

// TestTrialsDoNotDependOnOrder wants the same of one file and one worker, and of three and two.
func TestTrialsDoNotDependOnOrder(t *testing.T) {
	rows := randomRows(rand.New(rand.NewPCG(9, 9)), 500, true)
	candidate, ways := twoCandidates(t)[0], triedWays("a", "b", "c")
	trials, err := eval.NewTrials(&candidate, ways, nil)
	if err != nil {
		t.Fatal(err)
	}
	come := func(files, workers int) (string, []eval.Surveyed) {
		d, run := openFiles(t, rows, files), &eval.RunOptions{Workers: workers}
		tries, err := trials.Run(t.Context(), d, run)
		if err != nil {
			t.Fatal(err)
		}
		surveyed, err := trials.Survey(t.Context(), d, run)
		if err != nil {
			t.Fatal(err)
		}
		out := fmt.Sprint(tries.LeftOut, tries.Hash)
		for i := range tries.Tasks {
			for k := range tries.Tasks[i].Trials {
				trial := &tries.Tasks[i].Trials[k]
				out += fmt.Sprint(trial.Delta.Append(nil))
				trial.Delta = eval.Deltas{}
			}
			out += fmt.Sprintln(tries.Tasks[i])
		}
		return out, surveyed
	}
	wantTries, wantSurvey := come(1, 1)
	gotTries, gotSurvey := come(3, 2)
	if gotTries != wantTries {
		t.Errorf("tries differ:\n%s\n%s", gotTries, wantTries)
	}
	if !reflect.DeepEqual(gotSurvey, wantSurvey) {
		t.Error("surveys differ")
	}
	if s := &wantSurvey[1].Places[0].Signals[0]; s.Known == 0 || s.AtShare(0.3) <= s.AtShare(0.95) {
		t.Errorf("the signal of %d answers is %v at 30 %% and %v at 95 %%", s.Known, s.AtShare(0.3), s.AtShare(0.95))
	}
}
