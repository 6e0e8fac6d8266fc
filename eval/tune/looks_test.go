package tune

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// chainsTask is a task of n requests with three chains of one option each, of which some lose on requests as bad says.
func chainsTask(n int, saving []float64, bad func(option, row, fold int) bool) *Task {
	task := &Task{Name: "task", Weight: 1, Cost: 10, Saving: slices.Clone(saving), Delta: make([][]float64, len(saving))}
	for i := range n {
		fold := i % foldCount
		task.Fold = append(task.Fold, fold)
		for j := range saving {
			d := 0.0
			if bad(j, i, fold) {
				d = -1
			}
			task.Delta[j] = append(task.Delta[j], d)
		}
	}
	return task
}

// A second look on more data keeps the pilot and the chains of the first, whatever the new requests say.
func TestLaterLook(t *testing.T) {
	m, saving := menuOf(1, 1, 1)
	choose := func(task *Task, share float64) *Result {
		e, err := NewEvidence(task, m)
		if err != nil {
			t.Fatal(err)
		}
		r, err := Choose(m, []*Evidence{e}, &Settings{Share: share})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	badFirst := func(j, i, fold int) bool { return j == 1 && fold < pilotFolds && i%3 == 0 }
	first := choose(chainsTask(200, saving, badFirst), 0.7)
	opened := first.Opened(m)["task"]
	if !slices.Equal(opened, []string{"c0", "c2"}) || first.Searched {
		t.Fatalf("the first look opened %v", opened)
	}
	for fold, want := range map[int]bool{Searched: true, 0: true, pilotFolds - 1: true, pilotFolds: false, foldCount - 1: false} {
		if first.Chose(0, fold) != want {
			t.Errorf("fold %d chose: %v", fold, !want)
		}
	}
	later := chainsTask(400, saving, func(j, i, fold int) bool { return i < 200 && badFirst(j, i, fold) || i >= 200 && j == 0 })
	for i := range 200 {
		if first.Chose(0, later.Fold[i]) {
			later.Fold[i] = Searched
		}
	}
	if err := later.KeepChains(m, opened); err != nil {
		t.Fatal(err)
	}
	second := choose(later, 0.2)
	got := second.Tasks[0]
	if !slices.Equal(second.Opened(m)["task"], opened) || got.Pilot != 40 || got.Verify != 360 || math.Abs(got.Level-0.005) > 1e-12 {
		t.Errorf("the second look opened %v, with a pilot of %v, verify %v, level %v", second.Opened(m)["task"], got.Pilot, got.Verify, got.Level)
	}
	if !second.Searched || second.Chose(0, 0) || !second.Chose(0, Searched) {
		t.Error("in the second look only the pilot of the first chooses")
	}
	if err := later.KeepChains(m, []string{"c0", "gone"}); err == nil || !strings.Contains(err.Error(), `the chain "gone" for task "task"`) {
		t.Errorf("got %v", err)
	}
}

// A task without a pilot certifies with all requests.
func TestChoseWithoutPilot(t *testing.T) {
	m, saving := menuOf(1)
	e, err := NewEvidence(chainsTask(200, saving, func(int, int, int) bool { return false }), m)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Choose(m, []*Evidence{e}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Chose(0, 0) || r.Tasks[0].Pilot != 0 {
		t.Errorf("pilot %v", r.Tasks[0].Pilot)
	}
}
