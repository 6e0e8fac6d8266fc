package eval_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/stats"
	"github.com/tierwise/tierwise/routing"
)

// aloneTable sends everything to the baseline.
const aloneTable = `
version = 1
baseline = "C"
[tiers]
c = "C"
[tasks.u]
chain = ["c"]
[router]
default = "u"
`

// openVersus writes rows to a file and opens it with a job over the configs, labeled by their number.
func openVersus(t *testing.T, rows []datasets.Row, configs ...string) (*eval.Job, *datasets.Dataset) {
	t.Helper()
	var candidates []eval.Candidate
	for i, text := range configs {
		config, err := routing.ParseConfig("config.toml", []byte(text), nil)
		if err != nil {
			t.Fatal(err)
		}
		candidates = append(candidates, eval.Candidate{Label: fmt.Sprint(i), Config: config})
	}
	job, err := eval.NewJob(candidates, &eval.Options{TotalRows: int64(len(rows))})
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	w := datasets.NewWriter(&buf)
	if err := w.Write(rows...); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "traffic.parquet")
	if err := os.WriteFile(path, buf.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	d, err := datasets.Open(t.Context(), []string{path}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return job, d
}

// sameNumbers has unknown numbers equal.
var sameNumbers = cmp.Comparer(func(a, b eval.Number) bool { return a == b || !a.Known() && !b.Known() })

// Against a config that sends everything to the baseline, a versus is the comparison with the baseline.
func TestVersusBaseline(t *testing.T) {
	rows := versusRows(500)
	job, d := openVersus(t, rows, fmt.Sprintf(twoTables, "b"), aloneTable)
	sums, err := job.Run(t.Context(), d, d.Shards(), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := job.Finish(sums).Candidates[0]
	got, err := job.Versus(t.Context(), d, "0", "1", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if want.Whole.Covered == 0 || want.Whole.Lost == 0 || len(want.Tasks) != 2 {
		t.Fatalf("the rows show nothing: %+v", want.Whole)
	}
	clearCalls(&want.Whole, want.Tasks) // a versus does not say where the money goes
	want.Whole.Flips = nil
	if diff := cmp.Diff(want.Whole, got.Whole, sameNumbers); diff != "" {
		t.Errorf("whole (-baseline +versus)\n%s", diff)
	}
	if diff := cmp.Diff(want.Tasks, got.Tasks, sameNumbers, cmp.AllowUnexported(eval.TaskResult{})); diff != "" {
		t.Errorf("tasks (-baseline +versus)\n%s", diff)
	}
}

// Between two tables, deltas and changes are those of the records of each.
func TestVersusRecords(t *testing.T) {
	rows := versusRows(500)
	job, d := openVersus(t, rows, fmt.Sprintf(twoTables, "b"), fmt.Sprintf(twoTables, "a"))
	type both struct{ fresh, old *eval.Record }
	pairs := map[string]*both{}
	reader := d.NewReader(job.Columns())
	for _, shard := range d.Shards() {
		for traffic, err := range reader.Read(t.Context(), shard) {
			if err != nil {
				t.Fatal(err)
			}
			err := job.NewReplayer().Records(t.Context(), traffic, func(r *eval.Record) error {
				if pairs[r.ID] == nil {
					pairs[r.ID] = &both{}
				}
				if r.Candidate == "0" {
					pairs[r.ID].fresh = r
				} else {
					pairs[r.ID].old = r
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	var covered, changed int64
	sums, weights := map[string]float64{}, map[string]float64{}
	for i := range rows {
		p := pairs[rows[i].ID]
		if !p.fresh.Covered || !p.old.Covered {
			continue
		}
		covered++
		if p.fresh.Answer != p.old.Answer {
			changed++
		}
		sums[p.fresh.Task] += *rows[i].Weight * float64(p.fresh.Quality-p.old.Quality)
		weights[p.fresh.Task] += *rows[i].Weight
	}
	got, err := job.Versus(t.Context(), d, "0", "1", nil, &eval.RunOptions{Workers: 3})
	if err != nil {
		t.Fatal(err)
	}
	if changed == 0 || got.Whole.Covered != covered || got.Whole.Changed != changed {
		t.Errorf("covered %d, changed %d; by records %d and %d", got.Whole.Covered, got.Whole.Changed, covered, changed)
	}
	for _, task := range got.Tasks {
		if want := sums[task.Task] / weights[task.Task]; !(math.Abs(float64(task.Delta)-want) < 1e-9) {
			t.Errorf("%s: delta %v, by records %v", task.Task, task.Delta, want)
		}
	}
	// Task t has the same router, chain and checks in both: nothing can differ there.
	if r := got.Tasks[0]; r.Task != "t" || r.Test != stats.Unchanged(0, 0, 0.05).Test || r.Verdict != stats.Holds {
		t.Errorf("task t: %+v", r)
	}
}

// Neither the order of the rows nor the number of workers changes anything, to the last bit.
func TestVersusOrder(t *testing.T) {
	rows := versusRows(300)
	var want []byte
	for i := range 4 {
		job, d := openVersus(t, rows, fmt.Sprintf(twoTables, "b"), fmt.Sprintf(twoTables, "a"))
		v, err := job.Versus(t.Context(), d, "0", "1", nil, &eval.RunOptions{Workers: 1 + i%2})
		if err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = got
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("(-first order +another)\n%s", diff)
		}
		rand.New(rand.NewPCG(uint64(i), 0)).Shuffle(len(rows), func(a, b int) { rows[a], rows[b] = rows[b], rows[a] })
	}
}

// What differs by nothing but comments holds, whatever the labels.
func TestVersusItself(t *testing.T) {
	config := fmt.Sprintf(twoTables, "b")
	job, d := openVersus(t, versusRows(20), config, "# the same\n"+config)
	got, err := job.Versus(t.Context(), d, "0", "1", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.Whole.Verdict != stats.Holds || got.Whole.Delta != 0 || got.Whole.Changed != 0 {
		t.Errorf("%+v", got.Whole)
	}
	if _, err := job.Versus(context.Background(), d, "0", "nobody", nil, nil); err == nil {
		t.Error("a candidate that is not there was compared")
	}
}

// versusRows are random rows of the models of twoTables: with groups, weights, grades between 0 and 1, failures and gaps.
func versusRows(n int) []datasets.Row {
	r := rand.New(rand.NewPCG(5, 5))
	rows := make([]datasets.Row, n)
	for i := range rows {
		rows[i] = datasets.Row{ID: fmt.Sprintf("r%d", i), Prompt: fmt.Sprintf("%0*d", 8+r.IntN(8), i), Weight: new(float64(1 + r.IntN(3)))}
		if i%7 == 0 {
			rows[i].Group = fmt.Sprintf("g%d", r.IntN(20))
		}
		for _, model := range []string{"A", "B", "C"} {
			if r.IntN(25) == 0 {
				continue
			}
			o := datasets.Outcome{
				Model: model, Quality: new(float64(r.IntN(3)) / 2), CostUSD: new(r.Float64() / 100), LatencyMS: new(100 * r.Float64()),
				Response: new("ok ok"[:1+r.IntN(5)]), LogprobMean: new(-r.Float64()),
			}
			if r.IntN(20) == 0 {
				o = datasets.Outcome{Model: model, Error: "server"}
			}
			rows[i].Outcomes = append(rows[i].Outcomes, o)
		}
	}
	return rows
}
