package tune_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval/stats"
	"github.com/tierwise/tierwise/eval/tune"
)

// A halved is a search's labeled requests, cut into two halves: one chooses, the other judges.
type halved struct {
	*tune.Tuned
	folds [][]int // 0 or 1, per task and request
}

// halve cuts as folds are cut: both halves have the same part of each task, and the same prompts are in one of them.
func halve(tuned *tune.Tuned, seed uint64) *halved {
	var rows []datasets.Cluster
	for k := range tuned.Tried {
		for i := range tuned.Tried[k].Labeled {
			rows = append(rows, tuned.Tried[k].Labeled[i].Cluster)
		}
	}
	h := &halved{Tuned: tuned}
	flat := datasets.Folds(rows, 2, fmt.Sprintf("half %d", seed))
	for k := range tuned.Tried {
		n := len(tuned.Tried[k].Labeled)
		h.folds = append(h.folds, flat[:n])
		flat = flat[n:]
	}
	return h
}

// A halfTable is a table that is chosen on the first half: of each task the way that serves it, −1 for the baseline.
type halfTable struct {
	ways    []int
	claimed bool // that the whole is within the tolerance
	moved   bool
}

// naive takes for each task the cheapest way that looks good enough, and says of the whole what it looks like.
func (h *halved) naive(s *tune.Settings) halfTable {
	var out halfTable
	for k := range h.Tried {
		best, saving := -1, 0.0
		for i := range h.Tried[k].Trials {
			if tried := &h.Tried[k].Trials[i]; tried.Saving > saving {
				if p := h.pairs(k, i, 0); (p.B-p.C)/p.N >= -s.TaskTolerance {
					best, saving = i, tried.Saving
				}
			}
		}
		out.ways = append(out.ways, best)
		out.moved = out.moved || best >= 0
	}
	out.claimed = h.seen(out.ways) >= -s.Tolerance
	return out
}

// seen is the delta of a table on the half that chose it.
func (h *halved) seen(ways []int) (delta float64) {
	for k, way := range ways {
		if way >= 0 {
			p := h.pairs(k, way, 0)
			delta += h.Tasks[k].Share * (p.B - p.C) / p.N
		}
	}
	return delta
}

// tuned chooses as a search does.
func (h *halved) tuned(t *testing.T, seed uint64) halfTable {
	t.Helper()
	var rows []datasets.Cluster
	for k := range h.Tried {
		for i, f := range h.folds[k] {
			if f == 0 {
				rows = append(rows, h.Tried[k].Labeled[i].Cluster)
			}
		}
	}
	folds := tune.Cut(rows, nil, seed)
	options := len(h.Menu.Options)
	var evidence []*tune.Evidence
	for k := range h.Tried {
		tried := &h.Tried[k]
		task := tune.Task{
			Name: tried.Task, Weight: tried.Weight, Cost: tried.BaseCost,
			Saving: slices.Repeat([]float64{math.NaN()}, options), Delta: make([][]float64, options),
		}
		for w, way := range h.Ways[k] {
			task.Saving[way.Option], task.Delta[way.Option] = tried.Trials[w].Saving, h.half(k, w, 0)
		}
		n := len(h.half(k, 0, 0))
		task.Fold, folds = folds[:n], folds[n:]
		e, err := tune.NewEvidence(&task, &h.Menu)
		if err != nil {
			t.Fatal(err)
		}
		evidence = append(evidence, e)
	}
	r, err := tune.Choose(&h.Menu, evidence, nil)
	if err != nil {
		t.Fatal(err)
	}
	table := &r.Tables[r.Table]
	out := halfTable{claimed: r.Verdict == stats.Holds, moved: table.Changed}
	for k, o := range table.Options {
		out.ways = append(out.ways, slices.IndexFunc(h.Ways[k], func(w tune.Way) bool { return w.Option == o }))
	}
	return out
}

// half returns the deltas of a way on a half of a task's requests.
func (h *halved) half(task, way, half int) (out []float64) {
	deltas := h.Tried[task].Trials[way].Delta.Append(nil)
	for i, f := range h.folds[task] {
		if f == half {
			out = append(out, deltas[i])
		}
	}
	return out
}

// pairs counts a way on a half of a task's requests, of which none is uncovered or partly right.
func (h *halved) pairs(task, way, half int) (p stats.Pairs) {
	for _, d := range h.half(task, way, half) {
		switch d {
		case 1:
			p.B++
		case -1:
			p.C++
		case 0:
		default:
			p.N = math.NaN()
		}
		p.N++
	}
	return p
}

// A judgment is what a table comes to on the half that did not choose it.
type judgment struct {
	halfTable
	shipped int // tasks that it moves
	beyond  int // of them those that lose more than the task tolerance there
	proven  int // of them those whose upper bound says so
	saved   float64
	seen    float64 // delta of the table on the half that chose it
	whole   stats.Noninferiority
}

func (h *halved) judge(t *testing.T, table halfTable) judgment {
	t.Helper()
	out := judgment{halfTable: table, seen: h.seen(table.ways)}
	strata := make([]stats.Stratum, len(h.Tried))
	bill := 0.0
	for k, way := range table.ways {
		share := h.Tasks[k].Share
		bill += share * h.Tried[k].BaseCost
		strata[k] = stats.Stratum{Weight: share, Unchanged: way < 0}
		if way < 0 {
			continue
		}
		p := h.pairs(k, way, 1)
		if !(p.N > 0) {
			t.Fatalf("%s: cannot be judged: %+v", h.Tried[k].Task, p)
		}
		strata[k].Pairs = p
		out.saved += share * h.Tried[k].Trials[way].Saving
		out.shipped++
		test := p.NonInferior(h.Settings.TaskTolerance, h.Settings.Alpha)
		if test.Delta < -h.Settings.TaskTolerance {
			out.beyond++
		}
		if test.Verdict() == stats.Fails {
			out.proven++
		}
	}
	out.saved /= bill
	out.whole = stats.Overall(strata, h.Settings.Tolerance, h.Settings.Alpha)
	return out
}

// A halfTally is what tables of many halves come to.
type halfTally struct {
	runs, moved, claimed    int
	shipped, beyond, proven int
	saved, seen, delta      []float64 // where something is moved
	over, overProven        int       // tables that lose more than the tolerance on the other half; and those whose upper bound says so
	wrong, wrongProven      int       // of them those that are said to be within it
}

func (got *halfTally) add(j judgment) {
	got.runs++
	got.shipped += j.shipped
	got.beyond += j.beyond
	got.proven += j.proven
	if !j.moved {
		return
	}
	got.moved++
	got.saved, got.seen, got.delta = append(got.saved, j.saved), append(got.seen, j.seen), append(got.delta, j.whole.Delta)
	over, proven := 0, 0
	if j.whole.Delta < -j.whole.Tolerance {
		over = 1
	}
	if j.whole.Verdict() == stats.Fails {
		proven = 1
	}
	got.over, got.overProven = got.over+over, got.overProven+proven
	if j.claimed {
		got.claimed++
		got.wrong, got.wrongProven = got.wrong+over, got.wrongProven+proven
	}
}

func (got *halfTally) report(t *testing.T, who string) {
	t.Helper()
	if got.moved == 0 {
		t.Logf("on half of the labels %s moves nothing with any of %d seeds", who, got.runs)
		return
	}
	t.Logf("on half of the labels %s moves %.1f tasks: %.1f %% of the %d lose more than the tolerance on the other half, %.1f %% by more than chance; it saves %s %% of the bill",
		who, float64(got.shipped)/float64(got.runs), percent(got.beyond, got.shipped), got.shipped, percent(got.proven, got.shipped), spread(got.saved, 100, 1))
	t.Logf("… the whole, seen by %s: %s pp, on the other half: %s pp; of %d tables %d lose more than the tolerance there, %d by more than chance; of the %d that it says are within it, %d and %d",
		who, spread(got.seen, 100, 2), spread(got.delta, 100, 2), got.moved, got.over, got.overProven, got.claimed, got.wrong, got.wrongProven)
}

// check holds tune to its claims, and wants it to err no more than the naive chooser does.
func (got *halfTally) check(t *testing.T, naive *halfTally) {
	t.Helper()
	if float64(got.proven) > float64(got.shipped)*atMost(0.05, got.shipped) {
		t.Errorf("tune moves %d tasks, of which %d lose more than the tolerance by more than chance", got.shipped, got.proven)
	}
	if float64(got.wrongProven) > float64(got.claimed)*atMost(0.05, got.claimed) {
		t.Errorf("tune says of %d tables that they are within the tolerance, and %d are not by more than chance", got.claimed, got.wrongProven)
	}
	if got.beyond > naive.beyond || got.over > naive.over {
		t.Errorf("tune moves %d tasks and ships %d tables beyond the tolerance, a naive chooser %d and %d", got.beyond, got.over, naive.beyond, naive.over)
	}
}
