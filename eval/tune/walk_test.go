package tune

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval/stats"
)

// menuOf has chains with as many options as given, the safest first, each saving more than the one before.
func menuOf(options ...int) (*Menu, []float64) {
	m, saving := &Menu{}, []float64(nil)
	for c, n := range options {
		m.Chains = append(m.Chains, Chain{Name: fmt.Sprint("c", c), Price: float64(c + 1)})
		for o := range n {
			m.Options = append(m.Options, Option{Name: fmt.Sprintf("c%d.%d", c, o), Chain: c, Tiers: n - o})
			saving = append(saving, float64(o+1)+float64(c)/10)
		}
	}
	return m, saving
}

// counted is evidence of n requests in folds dealt in turn, of which each option loses the given number outside the pilot
// and gains none.
func counted(t *testing.T, name string, n int, m *Menu, saving []float64, lost ...int) *Evidence {
	t.Helper()
	task := Task{Name: name, Weight: 1, Cost: 10, Saving: saving}
	for i := range n {
		task.Fold = append(task.Fold, i%foldCount)
	}
	for _, l := range lost {
		deltas := make([]float64, n)
		for i := n - 1; l > 0; i-- {
			if task.Fold[i] >= pilotFolds {
				deltas[i] = -1
				l--
			}
		}
		task.Delta = append(task.Delta, deltas)
	}
	e, err := NewEvidence(&task, m)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// Of 160 labels on verify, two chains at 2.5 % each and 5 points: P(Bin(160, 0.05) ≤ 2) = 0.0122, ≤ 3 = 0.0388 (summed
// in Python), so that up to 2 losses are certified.
func TestWalk(t *testing.T) {
	for _, test := range []struct {
		name   string
		lost   []int // of the options of two chains with three each
		want   string
		reason Reason
	}{
		{"the last certified step", []int{0, 2, 3, 9, 9, 9}, "c0.1", ""},
		{"nothing behind a failure", []int{0, 3, 0, 9, 9, 9}, "c0.0", ""},
		{"the chain that saves more", []int{0, 1, 9, 0, 0, 0}, "c1.2", ""},
		{"whichever chain gets further", []int{0, 0, 0, 0, 0, 9}, "c0.2", ""},
		{"first steps lose a little too much", []int{3, 0, 0, 3, 0, 0}, "", Inconclusive},
		{"first steps lose far too much", []int{40, 0, 0, 50, 0, 0}, "", Fails},
		{"one fails, one cannot tell", []int{40, 0, 0, 3, 0, 0}, "", Inconclusive},
	} {
		m, saving := menuOf(3, 3)
		r, err := Choose(m, []*Evidence{counted(t, "task", 200, m, saving, test.lost...)}, &Settings{AlwaysPilot: true})
		if err != nil {
			t.Fatal(err)
		}
		last := r.Tables[len(r.Tables)-1]
		got := ""
		if o := last.Options[0]; o >= 0 {
			got = m.Options[o].Name
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
		if test.reason != "" && r.Tasks[0].Reason != test.reason {
			t.Errorf("%s: stays because %q, want %q", test.name, r.Tasks[0].Reason, test.reason)
		}
	}
}

// The pilot sees nothing of verify: of three chains those two are walked that promise most there.
func TestPilotPicks(t *testing.T) {
	m, saving := menuOf(1, 1, 1)
	task := Task{Name: "task", Weight: 1, Cost: 10, Saving: saving, Delta: make([][]float64, 3)}
	for i := range 200 {
		task.Fold = append(task.Fold, i%foldCount)
		pilot := i%foldCount < pilotFolds
		for j, bad := range []bool{false, pilot && i%3 == 0, !pilot && i%3 == 0} {
			d := 0.0
			if bad {
				d = -1
			}
			task.Delta[j] = append(task.Delta[j], d)
		}
	}
	e, err := NewEvidence(&task, m)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Choose(m, []*Evidence{e}, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := r.Tasks[0]
	if !got.Chains[0].Picked || got.Chains[1].Picked || !got.Chains[2].Picked || got.Option != 0 {
		t.Errorf("picked %v, %v, %v, moved to option %d: want the first and the third, and the first", got.Chains[0].Picked, got.Chains[1].Picked, got.Chains[2].Picked, got.Option)
	}
	if got.Pilot != 40 || got.Verify != 160 || got.N != 200 || got.Level != 0.025 {
		t.Errorf("pilot %v, verify %v, n %v, level %v", got.Pilot, got.Verify, got.N, got.Level)
	}
}

// random is a task with right-or-wrong outcomes of which options lose and gain at random rates.
func random(rng *rand.Rand, name string, n int, m *Menu, saving []float64) *Task {
	t := &Task{Name: name, Weight: rng.Float64(), Cost: 10, Saving: saving}
	for range n {
		t.Fold = append(t.Fold, rng.IntN(foldCount))
	}
	for range m.Options {
		lost, gained := 0.08*rng.Float64(), 0.04*rng.Float64()
		deltas := make([]float64, n)
		for i := range deltas {
			switch u := rng.Float64(); {
			case u < lost:
				deltas[i] = -1
			case u < lost+gained:
				deltas[i] = 1
			}
		}
		t.Delta = append(t.Delta, deltas)
	}
	return t
}

// without returns the task without the requests of a fold.
func (t *Task) without(fold int) *Task {
	out := *t
	out.Fold, out.Delta = nil, make([][]float64, len(t.Delta))
	for i, f := range t.Fold {
		if f == fold {
			continue
		}
		out.Fold = append(out.Fold, f)
		for j := range t.Delta {
			out.Delta[j] = append(out.Delta[j], t.Delta[j][i])
		}
	}
	return &out
}

func chooserOf(t *testing.T, m *Menu, tasks []*Task, s Settings) *chooser {
	t.Helper()
	var views []*view
	for _, task := range tasks {
		e, err := NewEvidence(task, m)
		if err != nil {
			t.Fatal(err)
		}
		views = append(views, newView(e, m, task.Weight, false, s.AlwaysPilot))
	}
	return newChooser(views, m, &s, false)
}

// A table made by leaving out the sums of a fold is the table made from requests of which that fold was never there; and
// the overall claim is the test of what those tables do to the folds.
func TestCrossFitIsChoosingAgain(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	m, saving := menuOf(3, 2, 3)
	s, _ := (*Settings)(nil).withDefaults()
	moved := 0
	for range 5 {
		var tasks []*Task
		for k := range 6 {
			tasks = append(tasks, random(rng, fmt.Sprint("task ", k), 250, m, saving))
		}
		c := chooserOf(t, m, tasks, s)
		g := c.grades[len(c.grades)-1]
		gained, lost := make([]float64, len(tasks)), make([]float64, len(tasks))
		for fold := range foldCount {
			var rest []*Task
			for _, task := range tasks {
				rest = append(rest, task.without(fold))
			}
			again := chooserOf(t, m, rest, s)
			want := again.table(whole, again.grades[len(again.grades)-1])
			got := c.table(fold, g)
			if !slices.Equal(got, want) {
				t.Errorf("without fold %d the table is %v, made anew %v", fold, got, want)
			}
			for k, o := range want {
				if o == stays {
					continue
				}
				moved++
				for i, f := range tasks[k].Fold {
					if d := tasks[k].Delta[c.views[k].options[o].index][i]; f == fold {
						gained[k] += max(d, 0)
						lost[k] += max(-d, 0)
					}
				}
			}
		}
		table, chosen := c.crossFit(g, &s)
		var strata []stats.Stratum
		for k, task := range tasks {
			strata = append(strata, stats.Stratum{
				Weight: task.Weight, Pairs: stats.Pairs{N: 250, B: gained[k], C: lost[k]},
				Unchanged: chosen[k] == stays && gained[k]+lost[k] == 0,
			})
		}
		if want := stats.Overall(strata, s.Tolerance, s.Alpha); table.Overall != want {
			t.Errorf("overall %+v, want %+v", table.Overall, want)
		}
	}
	if moved < 100 {
		t.Errorf("only %d moves: the test says little", moved)
	}
}

// Sums without a fold are sums over the other slots of the range.
func TestLeaveOut(t *testing.T) {
	var all [slots]base
	for s := range all {
		all[s] = base{n: float64(int(1) << s)}
	}
	for _, in := range []slotRange{{0, pilotFolds}, {pilotFolds, foldCount}, {0, foldCount}, {foldCount, slots}} {
		got := leaveOut(&all, in)
		for fold := whole; fold < foldCount; fold++ {
			want := 0.0
			for s := in.first; s < in.end; s++ {
				if s != fold {
					want += all[s].n
				}
			}
			if got[fold+1].n != want {
				t.Errorf("slots %v without fold %d: %b, want %b", in, fold, int(got[fold+1].n), int(want))
			}
		}
	}
}

// Folds with a salt are those of training, and a cluster that was searched is in none.
func TestCut(t *testing.T) {
	var rows []datasets.Cluster
	for i := range 400 {
		rows = append(rows, datasets.Cluster{ID: fmt.Sprint(i), Task: fmt.Sprint(i % 3), Key: datasets.ClusterKey(fmt.Sprint("g", i/2), "", "")})
	}
	if got, want := Cut(rows, nil, 9), datasets.Folds(rows, foldCount, datasets.FoldSalt(9)); !slices.Equal(got, want) {
		t.Error("the folds are not those of training")
	}
	searched := make([]bool, len(rows))
	for i := range 60 {
		searched[5*i] = true
	}
	fold := Cut(rows, searched, 9)
	count := map[int]int{}
	for i, f := range fold {
		count[f]++
		if f != fold[i^1] {
			t.Errorf("requests %d and %d are one cluster, in folds %d and %d", i, i^1, f, fold[i^1])
		}
		if f != Searched && searched[i] {
			t.Errorf("request %d was searched and is in fold %d", i, f)
		}
	}
	if count[Searched] != 120 || len(count) != 1+foldCount {
		t.Errorf("%d requests are searched, in all there are %d folds", count[Searched], len(count))
	}
}
