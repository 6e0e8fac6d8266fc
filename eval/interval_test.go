package eval_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/stats"
)

// A plainTask is a task's units and costs, gathered from records one by one.
type plainTask struct {
	weight, worse, covered float64
	clusters               map[string]*plainCluster
	costs                  map[string]*[2]float64 // by unit: Σw·cost of candidate and baseline
}

type plainCluster struct {
	w, wd  float64
	rows   int
	binary bool
}

func gatherTasks(t *testing.T, job *eval.Job, label string, rows []datasets.Row) map[string]*plainTask {
	t.Helper()
	traffic, err := datasets.FromRows(rows, job.Columns())
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]*datasets.Row{}
	for i := range rows {
		byID[rows[i].ID] = &rows[i]
	}
	tasks := map[string]*plainTask{}
	err = job.NewReplayer().Records(context.Background(), traffic, func(r *eval.Record) error {
		if r.Candidate != label || r.Ended == "left_out" {
			return nil
		}
		row, weight := byID[r.ID], 1.0
		if row.Weight != nil {
			weight = *row.Weight
		}
		unit := "row " + row.ID
		if row.Group != "" {
			unit = "group " + row.Group
		}
		k := tasks[r.Task]
		if k == nil {
			k = &plainTask{clusters: map[string]*plainCluster{}, costs: map[string]*[2]float64{}}
			tasks[r.Task] = k
		}
		k.weight += weight
		if r.CostUSD.Known() && r.BaseCostUSD.Known() && savable(r) {
			if k.costs[unit] == nil {
				k.costs[unit] = &[2]float64{}
			}
			k.costs[unit][0] += weight * float64(r.CostUSD)
			k.costs[unit][1] += weight * float64(r.BaseCostUSD)
		}
		if !r.BaseQuality.Known() || len(r.Uncovered) > 0 {
			return nil
		}
		delta := float64(r.Quality - r.BaseQuality)
		c := k.clusters[unit]
		if c == nil {
			c = &plainCluster{binary: true}
			k.clusters[unit] = c
		}
		c.w += weight
		c.wd += weight * delta
		c.rows++
		c.binary = c.binary && right(r.Quality) && right(r.BaseQuality)
		k.covered += weight
		if delta <= -0.5 {
			k.worse += weight
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return tasks
}

func right(q eval.Number) bool { return q == 0 || q == 1 }

// savable reports whether everything that the chain could reach has an outcome: only qualities may be missing.
func savable(r *eval.Record) bool {
	for _, missing := range r.Uncovered {
		if !strings.HasSuffix(missing, ": no quality") {
			return false
		}
	}
	return true
}

func (k *plainTask) sample(name string, unchanged bool) stats.Sample {
	s := stats.Sample{Name: name, Weight: k.weight, Unchanged: unchanged}
	for _, c := range k.clusters {
		s.Graded = s.Graded || c.rows > 1 || !c.binary
		if math.Abs(c.wd) < 1e-12 { // what rounding leaves of deltas that cancel out
			c.wd = 0
		}
		s.Changed = append(s.Changed, stats.Cluster{W: c.w, WD: c.wd})
	}
	return s
}

// TestIntervalsAreOfUnits gathers the units of every task from records and wants the intervals that the replay's sums make.
func TestIntervalsAreOfUnits(t *testing.T) {
	drawn := 0
	for seed := range uint64(8) {
		rows := randomRows(rand.New(rand.NewPCG(seed, 21)), 600, seed%2 == 1)
		job, err := eval.NewJob(twoCandidates(t), &eval.Options{Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		c := job.Finish(replayAll(t, job, rows))
		for i := range c.Candidates {
			k := &c.Candidates[i]
			tasks := gatherTasks(t, job, k.Label, rows)
			var samples []stats.Sample
			for _, task := range k.Tasks {
				plain := tasks[task.Task]
				name := fmt.Sprintf("seed %d, %s, task %s", seed, k.Label, task.Task)
				samples = append(samples, plain.sample(task.Task, task.Test == "nothing changed"))
				nearNumber(t, name+": share of much worse", task.WorseShare, plain.worse/plain.covered)
				checkSavings(t, name, &task.Result, plain)
			}
			whole, each := stats.Estimates(samples, &stats.BootstrapOptions{Level: eval.Level, Seed: seed})
			for n, task := range k.Tasks {
				sameInterval(t, fmt.Sprintf("seed %d, %s, task %s", seed, k.Label, task.Task), task.DeltaInterval, &each[n])
			}
			sameInterval(t, fmt.Sprintf("seed %d, %s", seed, k.Label), k.Whole.DeltaInterval, &whole)
			if whole.Method == "BCa cluster bootstrap" {
				drawn++
			}
		}
	}
	if drawn == 0 {
		t.Error("no interval came from the bootstrap: the test tests nothing")
	}
}

func sameInterval(t *testing.T, name string, got *eval.Interval, want *stats.Estimate) {
	t.Helper()
	if got == nil || got.Method != want.Method {
		t.Fatalf("%s: %+v, want %+v", name, got, want)
	}
	tolerance := 1e-9
	if want.Method == "BCa cluster bootstrap" {
		tolerance = 2e-3 // sums that differ in their last bit draw differently
	}
	for _, end := range [][2]float64{{float64(got.Lo), want.Interval.Lo}, {float64(got.Hi), want.Interval.Hi}} {
		if !(math.Abs(end[0]-end[1]) <= tolerance) {
			t.Errorf("%s, %s: %v, want %v", name, got.Method, end[0], end[1])
		}
	}
}

func nearNumber(t *testing.T, name string, got eval.Number, want float64) {
	t.Helper()
	if !(math.Abs(float64(got)-want) <= 1e-9) && (got.Known() || !math.IsNaN(want)) {
		t.Errorf("%s: %v, want %v", name, got, want)
	}
}

func checkSavings(t *testing.T, name string, got *eval.Result, plain *plainTask) {
	t.Helper()
	var s stats.CostSums
	for _, c := range plain.costs {
		s.Add(c[0], c[1])
	}
	savings, interval := s.Savings(eval.Level)
	nearNumber(t, name+": savings", got.Savings, savings)
	_, bounds := s.Savings(1 - 2*0.05)
	for _, end := range []struct {
		got  eval.Number
		want float64
	}{{got.SavingsInterval.Lo, interval.Lo}, {got.SavingsInterval.Hi, interval.Hi}, {got.SavingsBound, bounds.Lo}, {got.SavingsUpper, bounds.Hi}} {
		// Groups that share a bucket count as one unit, which moves the ends by some thousandths of the width.
		if !(math.Abs(float64(end.got)-end.want) <= 0.05*(interval.Hi-interval.Lo)) {
			t.Errorf("%s: savings: %v, want %v", name, end.got, end.want)
		}
	}
}
