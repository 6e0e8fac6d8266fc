package eval_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
)

// oldTable has three tasks; movedTable differs in the limits of a rule, so that requests move between all of them, and in the
// chains of two tasks.
var (
	oldTable = fmt.Sprintf(twoTables, "b") + `
[[router.rules]]
task = "w"
match = "[37]$"
[tasks.w]
chain = ["a"]
`
	movedTable = strings.NewReplacer("max_chars = 12", "min_chars = 11", `chain = ["b"]`, `chain = ["a"]`, `chain = ["a"]`, `chain = ["b", "c"]`).Replace(oldTable)
)

// diffRows are those of versusRows with finer grades, and none for some requests.
func diffRows(n int) []datasets.Row {
	rows := versusRows(n)
	r := rand.New(rand.NewPCG(6, 6))
	for i := range rows {
		graded := r.IntN(5) > 0
		for k := range rows[i].Outcomes {
			if o := &rows[i].Outcomes[k]; !graded {
				o.Quality = nil
			} else if o.Quality != nil {
				o.Quality = new(float64(r.IntN(5)) / 4)
			}
		}
	}
	return rows
}

// A joined request has a record of each of the two tables.
type joined struct{ old, fresh *eval.Record }

// join reads the records of candidates "0" and "1" and returns them by id.
func join(t *testing.T, job *eval.Job, d *datasets.Dataset) map[string]*joined {
	t.Helper()
	pairs := map[string]*joined{}
	reader := d.NewReader(job.Columns())
	for _, shard := range d.Shards() {
		for traffic, err := range reader.Read(t.Context(), shard) {
			if err != nil {
				t.Fatal(err)
			}
			err := job.NewReplayer().Records(t.Context(), traffic, func(r *eval.Record) error {
				if pairs[r.ID] == nil {
					pairs[r.ID] = &joined{}
				}
				if r.Candidate == "0" {
					pairs[r.ID].old = r
				} else {
					pairs[r.ID].fresh = r
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	return pairs
}

func (p *joined) judged() bool { return p.old.Covered && p.fresh.Covered }

func (p *joined) changed() bool {
	return p.old.Ended != "unevaluable" && p.fresh.Ended != "unevaluable" && p.old.Answer != p.fresh.Answer
}

func (p *joined) delta() float64 { return float64(p.fresh.Quality - p.old.Quality) }

func diffOf(t *testing.T, rows []datasets.Row, workers int, opts *eval.DiffOptions, configs ...string) (*eval.TrafficDiff, *eval.Job, *datasets.Dataset) {
	t.Helper()
	job, d := openVersus(t, rows, configs...)
	run := &eval.RunOptions{Workers: workers}
	sums, err := job.Run(t.Context(), d, d.Shards(), run)
	if err != nil {
		t.Fatal(err)
	}
	diff, err := job.Diff(t.Context(), d, job.Finish(sums), "1", "0", opts, run)
	if err != nil {
		t.Fatal(err)
	}
	return diff, job, d
}

// Counts, flows and lists are those of an explicit join of the records of both tables.
func TestDiffRecords(t *testing.T) {
	rows := diffRows(500)
	got, job, d := diffOf(t, rows, 3, &eval.DiffOptions{Show: 200}, oldTable, movedTable)
	type counts struct{ requests, moved, changed, unjudged, walked, covered, judgedChanged, better, lost, worse int64 }
	count := func(c *counts, p *joined) {
		add := func(n *int64, on bool) {
			if on {
				*n++
			}
		}
		add(&c.requests, true)
		add(&c.moved, p.old.Task != p.fresh.Task)
		add(&c.walked, p.old.Ended != "unevaluable" && p.fresh.Ended != "unevaluable")
		add(&c.changed, p.changed())
		add(&c.unjudged, p.changed() && !p.judged())
		add(&c.covered, p.judged())
		add(&c.judgedChanged, p.changed() && p.judged())
		add(&c.better, p.judged() && p.delta() > 0)
		add(&c.lost, p.judged() && p.delta() < 0)
		add(&c.worse, p.judged() && p.delta() <= -0.5)
	}
	of := func(r *eval.DiffResult) counts {
		return counts{r.Requests, r.Moved, r.AnswersChanged, r.AnswersUnjudged, r.Walked, r.Covered, r.Changed, r.Better, r.Lost, r.Worse}
	}
	var whole counts
	tasks, flows := map[string]*counts{}, map[[2]string]*counts{}
	var regressions, wins, unjudged []string
	for id, p := range join(t, job, d) {
		count(&whole, p)
		task, flow := p.fresh.Task, [2]string{p.old.Task, p.fresh.Task}
		if tasks[task] == nil {
			tasks[task] = &counts{}
		}
		count(tasks[task], p)
		if p.old.Task != p.fresh.Task {
			if flows[flow] == nil {
				flows[flow] = &counts{}
			}
			count(flows[flow], p)
		}
		switch {
		case p.judged() && p.delta() < 0:
			regressions = append(regressions, id)
		case p.judged() && p.delta() > 0:
			wins = append(wins, id)
		case p.changed() && !p.judged():
			unjudged = append(unjudged, id)
		}
	}
	if whole.moved == 0 || whole.unjudged == 0 || whole.better == 0 || whole.worse == 0 || whole.lost == whole.worse || len(flows) < 4 {
		t.Fatalf("the rows show too little: %+v, %d flows", whole, len(flows))
	}
	if of(&got.Whole) != whole {
		t.Errorf("whole: %+v, by records %+v", of(&got.Whole), whole)
	}
	for i := range got.Tasks {
		if g := of(&got.Tasks[i].DiffResult); g != *tasks[got.Tasks[i].Task] {
			t.Errorf("%s: %+v, by records %+v", got.Tasks[i].Task, g, tasks[got.Tasks[i].Task])
		}
	}
	for _, f := range got.Flows {
		w := flows[[2]string{f.OldTask, f.NewTask}]
		if want := (eval.Flow{f.OldTask, f.NewTask, w.requests, w.changed, w.covered, w.better, w.lost, w.worse}); f != want {
			t.Errorf("flow %+v, by records %+v", f, want)
		}
	}
	if len(got.Tasks) != len(tasks) || len(got.Flows) != len(flows) {
		t.Errorf("%d tasks and %d flows, by records %d and %d", len(got.Tasks), len(got.Flows), len(tasks), len(flows))
	}
	for _, l := range []struct {
		name string
		got  []eval.RequestChange
		want []string
	}{{"regressions", got.Regressions, regressions}, {"wins", got.Wins, wins}, {"unjudged", got.Unjudged, unjudged}} {
		var ids []string
		for i := range l.got {
			ids = append(ids, l.got[i].ID)
			if i > 0 && l.name != "unjudged" && math.Abs(float64(l.got[i].Delta)) > math.Abs(float64(l.got[i-1].Delta)) {
				t.Errorf("%s: %v stands after %v", l.name, l.got[i].Delta, l.got[i-1].Delta)
			}
		}
		slices.Sort(ids)
		slices.Sort(l.want)
		if len(l.want) > 200 {
			t.Fatalf("%s: too many to list, %d", l.name, len(l.want))
		}
		if d := cmp.Diff(l.want, ids); d != "" {
			t.Errorf("%s (-records +diff)\n%s", l.name, d)
		}
	}
}

// Dollars, latencies and escalations of old and new are means over the same requests.
func TestDiffMeans(t *testing.T) {
	rows := diffRows(400)
	for i := range rows {
		rows[i].Weight = nil
	}
	got, job, d := diffOf(t, rows, 2, nil, oldTable, movedTable)
	var oldEscalated, escalated, walked float64
	var oldLatency, latency []float64
	for _, p := range join(t, job, d) {
		if p.old.Ended == "unevaluable" || p.fresh.Ended == "unevaluable" {
			continue
		}
		walked++
		oldEscalated += math.Min(float64(p.old.Escalations), 1)
		escalated += math.Min(float64(p.fresh.Escalations), 1)
		if p.old.LatencyMS.Known() && p.fresh.LatencyMS.Known() {
			oldLatency, latency = append(oldLatency, float64(p.old.LatencyMS)), append(latency, float64(p.fresh.LatencyMS))
		}
	}
	near := func(name string, got eval.Number, want, tolerance float64) {
		t.Helper()
		if !(math.Abs(float64(got)-want) <= tolerance*math.Abs(want)) || want == 0 {
			t.Errorf("%s: %v, by records %v", name, got, want)
		}
	}
	p95 := func(x []float64) float64 {
		slices.Sort(x)
		return x[int(math.Ceil(0.95*float64(len(x))))-1]
	}
	w := &got.Whole
	near("old escalated", w.OldEscalationRate, oldEscalated/walked, 1e-12)
	near("new escalated", w.NewEscalationRate, escalated/walked, 1e-12)
	near("old p95", w.OldLatencyP95, p95(oldLatency), 0.01) // a histogram's, right within 0.8 %
	near("new p95", w.NewLatencyP95, p95(latency), 0.01)
	near("savings", w.Savings, 1-float64(w.NewCostPer1000/w.OldCostPer1000), 1e-9)
}

// The order of rows and the number of workers change nothing, to the last byte; the seed changes which equals are listed.
func TestDiffOrder(t *testing.T) {
	rows := diffRows(600)
	var want []byte
	for i := range 4 {
		got, _, _ := diffOf(t, rows, []int{1, 4}[i%2], &eval.DiffOptions{Show: 7}, oldTable, movedTable)
		if len(got.Regressions) != 7 || got.Regressions[0].Prompt == nil {
			t.Fatalf("%d regressions", len(got.Regressions))
		}
		text, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = text
		}
		if d := cmp.Diff(string(want), string(text)); d != "" {
			t.Errorf("(-first order +another)\n%s", d)
		}
		rand.New(rand.NewPCG(uint64(i), 1)).Shuffle(len(rows), func(a, b int) { rows[a], rows[b] = rows[b], rows[a] })
	}
}

// --task keeps the requests that either table sends there, and leaves the figures alone.
func TestDiffTask(t *testing.T) {
	rows := diffRows(400)
	all, _, _ := diffOf(t, rows, 1, &eval.DiffOptions{Show: 200}, oldTable, movedTable)
	only, job, d := diffOf(t, rows, 1, &eval.DiffOptions{Show: 200, Task: "w", NoText: true}, oldTable, movedTable)
	var want []string
	for _, x := range all.Unjudged {
		if x.OldTask == "w" || x.NewTask == "w" {
			want = append(want, x.ID)
		}
	}
	var got []string
	for _, x := range only.Unjudged {
		got = append(got, x.ID)
		if x.Prompt != nil || x.NewResponse != nil {
			t.Errorf("%s has texts", x.ID)
		}
	}
	if d := cmp.Diff(want, got); d != "" || len(want) == 0 || len(want) == len(all.Unjudged) {
		t.Errorf("(-want +got) of %d\n%s", len(all.Unjudged), d)
	}
	if d := cmp.Diff(all.Whole, only.Whole, sameNumbers); d != "" {
		t.Errorf("figures (-all +only)\n%s", d)
	}
	for task, want := range map[string]int64{"": all.Whole.AnswersChanged, "w": -1} {
		var b bytes.Buffer
		if err := job.WriteChanges(t.Context(), &b, d, "1", "0", task, nil); err != nil {
			t.Fatal(err)
		}
		lines, err := csv.NewReader(&b).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		n := int64(len(lines) - 1)
		if want >= 0 && n != want || want < 0 && (n == 0 || n >= all.Whole.AnswersChanged) {
			t.Errorf("task %q: %d rows of %d", task, n, all.Whole.AnswersChanged)
		}
	}
}

// What differs in prices alone changes no answer, and holds whatever the labels.
func TestDiffPrices(t *testing.T) {
	old := fmt.Sprintf(twoTables, "b")
	dearer := strings.Replace(old, "input = 1,", "input = 9,", 1)
	got, _, _ := diffOf(t, versusRows(20), 1, nil, old, dearer)
	if got.Whole.Verdict != "holds" || got.Whole.AnswersChanged != 0 || got.Whole.Moved != 0 {
		t.Errorf("%+v", got.Whole)
	}
}

// A task without a change is judged as one even where another's chain and all prices change.
func TestDiffUntouchedTask(t *testing.T) {
	old := fmt.Sprintf(twoTables, "b")
	fresh := strings.Replace(fmt.Sprintf(twoTables, "a"), "input = 1,", "input = 9,", 1)
	got, _, _ := diffOf(t, versusRows(20), 1, nil, old, fresh)
	for _, task := range got.Tasks {
		if task.Task == "t" && task.Verdict != "holds" {
			t.Errorf("%+v", task)
		}
	}
}

// No text in a CSV file is a formula, and numbers stay numbers.
func TestWriteChangesFormulas(t *testing.T) {
	rows := diffRows(60)
	for i := range rows {
		rows[i].ID = []string{"=1+1", "+cmd", "-2", "@sum", "\tx", "ok, \"q\""}[i%6] + fmt.Sprint(i)
		rows[i].Task = "=task"
	}
	job, d := openVersus(t, rows, oldTable, movedTable)
	var b bytes.Buffer
	if err := job.WriteChanges(t.Context(), &b, d, "1", "0", "", nil); err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(lines) < 12 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	negative := false
	for _, line := range lines[1:] {
		for i, cell := range line[:6] {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				t.Errorf("%s is %q", lines[0][i], cell)
			}
		}
		negative = negative || strings.HasPrefix(line[8], "-")
		if line[1] != "'=task" {
			t.Errorf("gold task %q", line[1])
		}
	}
	if !negative {
		t.Error("no delta is negative")
	}
}
