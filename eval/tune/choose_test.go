package tune

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tierwise/tierwise/eval/stats"
)

// shuffled returns the task with its requests in another order.
func (t *Task) shuffled(rng *rand.Rand) *Task {
	out := *t
	out.Fold, out.W, out.Group, out.Delta = nil, nil, nil, make([][]float64, len(t.Delta))
	for _, i := range rng.Perm(len(t.Fold)) {
		out.Fold = append(out.Fold, t.Fold[i])
		if t.W != nil {
			out.W = append(out.W, t.W[i])
		}
		if t.Group != nil {
			out.Group = append(out.Group, t.Group[i])
		}
		for j := range t.Delta {
			out.Delta[j] = append(out.Delta[j], t.Delta[j][i])
		}
	}
	return &out
}

// Weights, groups and scores make sums that are not whole numbers; their last digits do not depend on the order either.
func TestOrderDoesNotMatter(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	m, saving := menuOf(3, 2, 3)
	var tasks []*Task
	for k := range 6 {
		task := random(rng, fmt.Sprint("task ", k), 400, m, saving)
		if k >= 2 {
			for range task.Fold {
				task.W = append(task.W, 0.5+rng.Float64())
			}
		}
		if k >= 4 {
			group := make([]uint64, 400)
			for i := range group {
				group[i] = uint64(1+i/3) * uint64(i%2) // every other request is of none
				task.Fold[i] = i / 3 % foldCount
			}
			task.Group = group
			for _, deltas := range task.Delta {
				for i := range deltas {
					deltas[i] *= rng.Float64()
				}
			}
		}
		tasks = append(tasks, task)
	}
	result := func(tasks []*Task) *Result {
		var evidence []*Evidence
		for _, task := range tasks {
			e, err := NewEvidence(task, m)
			if err != nil {
				t.Fatal(err)
			}
			evidence = append(evidence, e)
		}
		r, err := Choose(m, evidence, nil)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	want := result(tasks)
	if !want.Tables[2].Changed {
		t.Error("nothing is moved: the test says little")
	}
	for range 5 {
		var again []*Task
		for _, task := range tasks {
			again = append(again, task.shuffled(rng))
		}
		rng.Shuffle(len(again), func(i, j int) { again[i], again[j] = again[j], again[i] })
		got := result(again)
		// NaN is not equal to itself; printed it is.
		if g, w := fmt.Sprintf("%+v", deref(got)), fmt.Sprintf("%+v", deref(want)); g != w {
			t.Fatalf("another order of requests and tasks gives\n%s, not\n%s", g, w)
		}
	}
}

// deref returns the result with the labels in place of pointers to them.
func deref(r *Result) (out []any) {
	out = append(out, r.Tables, r.Table, r.Verdict, r.Unlabeled, r.Warnings)
	for _, task := range r.Tasks {
		for _, c := range task.Chains {
			for _, s := range c.Walk {
				if s.Labels != nil {
					out = append(out, *s.Labels)
				}
				s.Labels = nil
				out = append(out, s)
			}
			c.Walk = nil
			out = append(out, c)
		}
		task.Chains = nil
		out = append(out, task)
	}
	return out
}

// One weight for all is none; a group of one request is a request.
func TestEqualWeightsAreNone(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	m, saving := menuOf(2, 2)
	plain := random(rng, "task", 300, m, saving)
	weighted := *plain
	weighted.W, weighted.Group = slices.Repeat([]float64{0.1}, 300), make([]uint64, 300)
	for i := range weighted.Group {
		weighted.Group[i] = uint64(i + 1)
	}
	a, errA := NewEvidence(plain, m)
	b, errB := NewEvidence(&weighted, m)
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	b.weight = a.weight
	if !reflect.DeepEqual(a.base, b.base) || !reflect.DeepEqual(a.changes, b.changes) || a.graded || b.graded {
		t.Error("requests of weight 0.1 each count other than requests without weights")
	}
}

// Groups of two are units with the mean of their deltas: +1 and −1 cancel, −1 and 0 lose a half, which is no pair of right
// and wrong any more.
func TestGroups(t *testing.T) {
	m, saving := menuOf(1)
	task := &Task{
		Name: "task", Weight: 1, Cost: 10, Saving: saving,
		Fold: []int{5, 5, 6, 6, 7}, Group: []uint64{1, 1, 2, 2, 0}, W: []float64{1, 1, 1, 3, 2},
		Delta: [][]float64{{1, -1, 0, -1, 1}},
	}
	e, err := NewEvidence(task, m)
	if err != nil {
		t.Fatal(err)
	}
	if e.units != 3 || !e.graded {
		t.Errorf("%d units, graded %v", e.units, e.graded)
	}
	if got, want := e.changes[0][6], (change{loss: 3, squares: 4 * 0.75 * 0.75, w: 4, w2: 16, nonzero: 1}); got != want {
		t.Errorf("the group that loses three quarters: %+v, want %+v", got, want)
	}
	if got := e.changes[0][5]; got != (change{}) {
		t.Errorf("the group that gains as much as it loses: %+v", got)
	}
	if got, want := e.changes[0][7], (change{gain: 2, squares: 2, w: 2, w2: 4, nonzero: 1}); got != want {
		t.Errorf("the request without a group: %+v, want %+v", got, want)
	}
	task.Fold[1] = 8
	if _, err := NewEvidence(task, m); err == nil || !strings.Contains(err.Error(), "folds 5 and 8") {
		t.Errorf("a group in two folds: %v", err)
	}
}

// An option that is judged on fewer than 95 % of the requests is dropped; the others share the requests that all of them cover.
func TestCoverage(t *testing.T) {
	m, saving := menuOf(1, 1, 1, 1)
	saving[3] = -1 // not offered: what it does not cover does not matter
	task := counted(t, "task", 100, m, saving, 0, 0, 0, 0).task
	task.Fold = make([]int, 100)
	task.Delta = nil
	for j := range 4 {
		deltas := make([]float64, 100)
		for i := range []int{4, 5, 6, 50}[j] {
			deltas[(10*j+i)%100] = math.NaN()
		}
		task.Delta = append(task.Delta, deltas)
	}
	e, err := NewEvidence(&task, m)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(e.kept, []bool{true, true, false, false}) || e.covered != 91 || e.requests != 100 {
		t.Errorf("kept %v, %d of %d requests", e.kept, e.covered, e.requests)
	}
	r, err := Choose(m, []*Evidence{e}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := r.Tasks[0].Dropped, []Dropped{{Option: 2, Coverage: 0.94}}; len(got) != 1 || got[0].Option != want[0].Option || !near(got[0].Coverage, want[0].Coverage) {
		t.Errorf("dropped %+v, want %+v", got, want)
	}
	if !slices.ContainsFunc(r.Warnings, func(w string) bool { return strings.Contains(w, "95 %") }) {
		t.Errorf("warnings %q", r.Warnings)
	}
}

func TestWhyTasksStay(t *testing.T) {
	m, saving := menuOf(2, 2, 2)
	none := slices.Repeat([]float64{math.NaN()}, 6)
	never := func(n int) *Evidence { return counted(t, "task", n, m, saving, 0, 0, 0, 0, 0, 0) }
	for _, test := range []struct {
		name     string
		evidence *Evidence
		settings Settings
		want     Reason
		chains   int // walked
	}{
		{"without requests", never(0), Settings{}, Unlabeled, 0},
		{"nothing cheaper", counted(t, "task", 200, m, none, 0, 0, 0, 0, 0, 0), Settings{}, NoOption, 0},
		// A floor of 59 for one chain and 72 for two (73 by the score test), of which a fifth more goes to the pilot.
		{"below the floor of one chain", never(70), Settings{}, TooFew, 0},
		{"below the floor of two chains", never(80), Settings{}, "", 1},
		{"above it", never(100), Settings{}, "", 2},
		{"fewer than 30, whatever the tolerance", never(29), Settings{TaskTolerance: 0.3}, TooFew, 0},
		{"30 at a large tolerance", never(30), Settings{TaskTolerance: 0.3}, "", 2},
		// ln(0.035)/ln(0.95) = 65.4, two chains 78.9: a look that may spend 70 % of alpha
		{"one of several looks", never(80), Settings{Share: 0.7}, TooFew, 0},
	} {
		r, err := Choose(m, []*Evidence{test.evidence}, &test.settings)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Tables[2].Options[0] >= 0; got != (test.want == "") {
			t.Errorf("%s: moved %v", test.name, got)
		}
		got := r.Tasks[0]
		if r.Table == 2 && got.Reason != test.want {
			t.Errorf("%s: %q, want %q", test.name, got.Reason, test.want)
		}
		walked := 0
		for _, c := range got.Chains {
			if c.Picked {
				walked++
			}
		}
		if r.Table == 2 && walked != test.chains {
			t.Errorf("%s: %d chains are walked, want %d", test.name, walked, test.chains)
		}
	}
}

// With --family the level is shared among the tasks that could be moved: not those without labels or options.
func TestFamily(t *testing.T) {
	m, saving := menuOf(1)
	evidence := []*Evidence{
		counted(t, "a", 300, m, saving, 0), counted(t, "b", 300, m, saving, 0), counted(t, "c", 0, m, saving, 0),
		counted(t, "d", 300, m, []float64{0}, 0), counted(t, "e", 20, m, saving, 0),
	}
	r, err := Choose(m, evidence, &Settings{Family: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Tasks[0].Level; got != 0.025 {
		t.Errorf("level %v for each of two tasks", got)
	}
	if r.Unlabeled != 0.2 {
		t.Errorf("%v of the traffic has no labels, want a fifth", r.Unlabeled)
	}
}

// Requests that a search has seen choose, and all others certify and are the overall claim's.
func TestSearchedRequestsOnlyChoose(t *testing.T) {
	m, saving := menuOf(1, 1, 1)
	task := &Task{Name: "task", Weight: 1, Cost: 10, Saving: saving, Delta: make([][]float64, 3)}
	for i := range 240 {
		fold := i % foldCount
		if i >= 200 {
			fold = Searched
		}
		task.Fold = append(task.Fold, fold)
		for j := range task.Delta {
			d := 0.0
			if fold == Searched && j < 2 || fold >= 0 && fold < pilotFolds && j == 2 { // the two cheapest lose what was searched, the third the first folds
				d = -1
			}
			task.Delta[j] = append(task.Delta[j], d)
		}
	}
	e, err := NewEvidence(task, m)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Choose(m, []*Evidence{e}, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := r.Tasks[0]
	if got.Pilot != 40 || got.Verify != 200 || got.N != 200 {
		t.Errorf("pilot %v, verify %v, n %v", got.Pilot, got.Verify, got.N)
	}
	if !got.Chains[2].Picked || got.Chains[2].Walk[0].Lost != 40 {
		t.Errorf("the chain that lost nothing of what was searched: %+v", got.Chains[2])
	}
	if r.Tables[2].Overall.N != 200 && r.Tables[2].Changed {
		t.Errorf("the overall claim counts %v units", r.Tables[2].Overall.N)
	}
}

func TestDecide(t *testing.T) {
	claim := func(changed bool, verdict stats.Verdict) Table {
		r := stats.Noninferiority{Alpha: 0.05, P: 0.5, PFails: 0.5}
		switch verdict {
		case stats.Holds:
			r.P = 0.01
		case stats.Fails:
			r.PFails = 0.01
		case stats.Inconclusive:
		}
		return Table{Changed: changed, Passed: !changed || verdict == stats.Holds, Overall: r}
	}
	weak := claim(true, stats.Holds)
	weak.Passed = false // its tables without a fold save too little
	empty, holds, cannot, fails := claim(false, stats.Holds), claim(true, stats.Holds), claim(true, stats.Inconclusive), claim(true, stats.Fails)
	for _, test := range []struct {
		name    string
		tables  []Table
		table   int
		verdict stats.Verdict
	}{
		{"all hold", []Table{holds, holds, holds}, 2, stats.Holds},
		{"the last before the first failure", []Table{holds, holds, cannot}, 1, stats.Holds},
		{"nothing behind a failure", []Table{holds, cannot, holds}, 0, stats.Holds},
		{"empty tables are skipped", []Table{empty, empty, holds}, 2, stats.Holds},
		{"an empty one is not the result", []Table{holds, empty, cannot}, 0, stats.Holds},
		{"the first is inconclusive", []Table{cannot, holds, holds}, 2, stats.Inconclusive},
		{"the first fails", []Table{empty, fails, holds}, 1, stats.Fails},
		{"the last that does not fail", []Table{cannot, cannot, fails}, 1, stats.Inconclusive},
		{"only the first does not fail", []Table{cannot, fails, empty}, 0, stats.Inconclusive},
		{"too little is saved without a fold", []Table{weak, holds, holds}, 2, stats.Inconclusive},
		{"nothing is moved", []Table{empty, empty, empty}, 2, stats.Holds},
	} {
		if table, verdict := decide(test.tables); table != test.table || verdict != test.verdict {
			t.Errorf("%s: table %d %s, want %d %s", test.name, table, verdict, test.table, test.verdict)
		}
	}
}

// A table that moves nothing has lost nothing and saves nothing, whatever the labels.
func TestNothingIsMoved(t *testing.T) {
	m, saving := menuOf(1, 1)
	r, err := Choose(m, []*Evidence{counted(t, "a", 200, m, saving, 60, 60), counted(t, "b", 200, m, saving, 50, 50)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	table := r.Tables[r.Table]
	if r.Verdict != stats.Holds || table.Changed || table.Saving != 0 || table.Overall.Delta != 0 || table.Overall.Test != "nothing changed" {
		t.Errorf("%s: %+v", r.Verdict, table)
	}
}

// That the overall claim is hard for few tasks is worth a sentence only where something is moved or could be.
func TestFewTasks(t *testing.T) {
	m, saving := menuOf(1)
	for lost, want := range map[int]int{0: 1, 8: 1, 60: 0} { // of 200: moved, inconclusive, fails
		r, err := Choose(m, []*Evidence{counted(t, "a", 200, m, saving, lost)}, nil)
		if err != nil {
			t.Fatal(err)
		}
		said := 0
		for _, w := range r.Warnings {
			if strings.Contains(w, "the overall claim is its own test at 1 point,") {
				said++
			}
		}
		if said != want {
			t.Errorf("%d lost, %q: %q", lost, r.Tasks[0].Reason, r.Warnings)
		}
	}
}

// 160 units of verify cost 200 labels, the floor of 72 four rounds of 16, and the four of the pilot before 8 more. With 1 gained and 5 lost ψ = 6.5/161 and θ = −0.025·160/260.
func TestLabels(t *testing.T) {
	s := sample{pairs: stats.Pairs{N: 160, B: 1, C: 5}}
	got := needs(&s, 200, withPilot, 0.05, 0.025)
	if !near(got.Discordant, 6.5/161) || !near(got.Delta, -4./260) || !got.Helps || got.Floor != 92 {
		t.Errorf("%+v", got)
	}
	equal, _ := stats.LabelsNeeded(6.5/161, 0, 0.05, 0.025, 0.8)
	seen, _ := stats.LabelsNeeded(6.5/161, -4./260, 0.05, 0.025, 0.8)
	if got.Equal != withPilot(equal) || got.AsSeen != withPilot(seen) || got.AsSeen <= got.Equal {
		t.Errorf("%+v, want %d and %d of verify", got, equal, seen)
	}
	s.pairs.C = 40
	if got := needs(&s, 200, withPilot, 0.05, 0.025); got.Helps || got.AsSeen != 0 {
		t.Errorf("a quarter of the pairs lost, and more labels help: %+v", got)
	}
}

// A task that has too few labels has enough with those that it is said to lack, and not with one less.
func TestWantedIsEnough(t *testing.T) {
	m, saving := menuOf(2, 2, 2)
	why := func(n int) *TaskResult {
		r, err := Choose(m, []*Evidence{counted(t, "task", n, m, saving, 0, 0, 0, 0, 0, 0)}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return &r.Tasks[0]
	}
	for n := 1; n < 75; n++ {
		if r := why(n); r.Reason != TooFew || n+r.Wanted() != 75 {
			t.Errorf("%d labels: %q, wants %d more", n, r.Reason, r.Wanted())
		}
	}
	if r := why(75); r.Reason == TooFew {
		t.Error("75 labels are too few")
	}
	for verify := range 200 {
		n := withPilot(verify)
		pilot := func(n int) int { return n/foldCount*pilotFolds + min(n%foldCount, pilotFolds) }
		if n-pilot(n) < verify || n > 0 && n-1-pilot(n-1) >= verify {
			t.Errorf("of %d requests %d verify, and it takes %d", n, n-pilot(n), verify)
		}
	}
}

func TestErrors(t *testing.T) {
	m, saving := menuOf(1)
	good := Task{Name: "task", Weight: 1, Cost: 1, Saving: saving, Fold: []int{0, 1}, Delta: [][]float64{{0, 1}}}
	for _, test := range []struct {
		want   string
		change func(*Task)
	}{
		{"fold 20", func(t *Task) { t.Fold = []int{0, 20} }},
		{"delta 1.5 is outside [−1, 1]", func(t *Task) { t.Delta = [][]float64{{0, 1.5}} }},
		{"weight 0 is not positive", func(t *Task) { t.W = []float64{1, 0} }},
		{"what requests cost", func(t *Task) { t.Cost = math.NaN() }},
		{"the weight NaN", func(t *Task) { t.Weight = math.NaN() }},
		{"3 deltas for 2 requests", func(t *Task) { t.Delta = [][]float64{{0, 1, 0}} }},
		{"the menu has 1", func(t *Task) { t.Saving = nil }},
	} {
		task := good
		test.change(&task)
		if _, err := NewEvidence(&task, m); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v, want an error about %q", err, test.want)
		}
	}
	e, err := NewEvidence(&good, m)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		want     string
		menu     Menu
		evidence []*Evidence
		settings Settings
	}{
		{"no task", *m, nil, Settings{}},
		{"two tasks", *m, []*Evidence{e, e}, Settings{}},
		{"alpha is 0.7", *m, []*Evidence{e}, Settings{Alpha: 0.7}},
		{"tolerance is 1,", *m, []*Evidence{e}, Settings{Tolerance: 1}},
		{"two options", Menu{m.Chains, append(m.Options, m.Options...)}, []*Evidence{e}, Settings{}},
		{"a menu of 1 options", Menu{m.Chains, nil}, []*Evidence{e}, Settings{}},
	} {
		if _, err := Choose(&test.menu, test.evidence, &test.settings); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v, want an error about %q", err, test.want)
		}
	}
}
