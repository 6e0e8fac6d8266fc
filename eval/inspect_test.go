package eval_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/stats"
)

// openRows opens rows written to that many files.
func openRows(t *testing.T, rows []datasets.Row, files int) *datasets.Dataset {
	t.Helper()
	dir := t.TempDir()
	var names []string
	for i := range files {
		name := filepath.Join(dir, fmt.Sprintf("%d.parquet", i))
		file, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		w := datasets.NewWriter(file)
		if err := errors.Join(w.Write(rows[len(rows)*i/files:len(rows)*(i+1)/files]...), w.Close(), file.Close()); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	d, err := datasets.Open(t.Context(), names, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func inspectRows(t *testing.T, rows []datasets.Row, opts *eval.InspectOptions) *eval.Inspection {
	t.Helper()
	x, err := eval.Inspect(t.Context(), openRows(t, rows, 1), opts)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// What comes out does not depend on how the rows are spread over files and workers.
func TestInspectSplits(t *testing.T) {
	rows := randomRows(rand.New(rand.NewPCG(5, 6)), 700, true)
	var want string
	for _, files := range []int{1, 2, 7} {
		for _, workers := range []int{1, 3} {
			x, err := eval.Inspect(t.Context(), openRows(t, rows, files), &eval.InspectOptions{RunOptions: eval.RunOptions{Workers: workers}, Baseline: "C"})
			if err != nil {
				t.Fatal(err)
			}
			x.Data.Bytes = 0 // headers and footers
			got, err := json.MarshalIndent(x, "", " ")
			if err != nil {
				t.Fatal(err)
			}
			if want == "" {
				want = string(got)
			}
			if diff := cmp.Diff(want, string(got)); diff != "" {
				t.Fatalf("%d files, %d workers: -one +these\n%s", files, workers, diff)
			}
		}
	}
}

func TestInspectProgress(t *testing.T) {
	var last, of int64
	opts := &eval.InspectOptions{RunOptions: eval.RunOptions{Progress: func(done, total int64) { last, of = done, total }}, Baseline: "C"}
	inspectRows(t, randomRows(rand.New(rand.NewPCG(5, 6)), 100, false), opts)
	if last != 200 || of != 200 {
		t.Errorf("progress ended at %d of %d, want two passes over 100 requests", last, of)
	}
}

// graded is an outcome with a quality.
func graded(model string, quality, usd float64) datasets.Outcome {
	return datasets.Outcome{Model: model, Quality: &quality, CostUSD: &usd}
}

// twoTasks are 40 requests of "a" and 10 of "b": large is right on all but each tenth, small on those that large is, but not
// on each fifth of them; dear is as small, at a higher cost than large.
func twoTasks() []datasets.Row {
	var rows []datasets.Row
	for i := range 50 {
		large, small := 1.0, 1.0
		if i%10 == 9 {
			large, small = 0, 0
		}
		if i%5 == 0 {
			small = 0
		}
		row := datasets.Row{ID: fmt.Sprint(i), Prompt: fmt.Sprintf("prompt %d", i), Task: "a"}
		if i >= 40 {
			row.Task = "b"
		}
		row.Outcomes = []datasets.Outcome{graded("large", large, 0.01), graded("small", small, 0.001), graded("dear", small, 0.02)}
		rows = append(rows, row)
	}
	return rows
}

func TestInspectFigures(t *testing.T) {
	rows := twoTasks()
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for i := range rows {
		at := start.Add(time.Duration(i) * time.Hour)
		rows[i].Time = &at
		rows[i].Split = []string{"tune", "verify"}[min(i%5, 1)]
	}
	rows[3].Time = nil
	rows[1].Prompt, rows[2].Prompt = "The  same", "the same"
	rows[4].Outcomes = append(rows[4].Outcomes, graded("small", 0, 0.001)) // a repeat that differs
	rows[6].Outcomes[1] = datasets.Outcome{Model: "small", Error: "rate_limit", LatencyMS: new(5.)}
	x := inspectRows(t, rows, nil)

	d := &x.Data
	if d.Requests != 50 || d.Graded != 50 || d.Outcomes != 150 || d.Layout != "canonical" || d.Weighted || d.Effective != 50 {
		t.Errorf("data are %+v", d)
	}
	if !d.From.Equal(start) || !d.To.Equal(start.Add(49*time.Hour)) || d.Untimed != 1 {
		t.Errorf("time from %v to %v, %d without", d.From, d.To, d.Untimed)
	}
	if want := (eval.Repetition{Sets: 1, Requests: 2, Largest: 2}); d.SamePrompt != want {
		t.Errorf("same prompts are %v, want %v", d.SamePrompt, want)
	}
	if diff := cmp.Diff([]eval.Tally{{Name: "tune", Requests: 10}, {Name: "verify", Requests: 40}}, d.Splits); diff != "" {
		t.Errorf("splits: -want +got\n%s", diff)
	}
	// One pair of two outcomes, 1 and 0: sum of squares ½ over 1 degree of freedom.
	if d.Noise.Repeated != 1 || d.Noise.Outcomes != 2 || d.Noise.Differ != 1 || math.Abs(float64(d.Noise.SD)-math.Sqrt(0.5)) > 1e-12 {
		t.Errorf("label noise is %+v", d.Noise)
	}

	var models []string
	for _, m := range x.Models {
		models = append(models, m.Model)
	}
	if diff := cmp.Diff([]string{"small", "large", "dear"}, models); diff != "" || x.Baseline != "large" {
		t.Errorf("baseline %s, models by cost: -want +got\n%s", x.Baseline, diff)
	}
	// small: right on 45 − 10 of 50, less ½ for the repeat and 1 for the failure.
	small := x.Models[0]
	if small.Outcomes != 50 || small.Failed != 1 || small.Judged != 50 || math.Abs(float64(small.Quality)-33.5/50) > 1e-12 {
		t.Errorf("small is %+v", small.Observed)
	}
	// The failed call is taken as free.
	if small.CostKnown != 49 || math.Abs(float64(small.CostPer1000)-0.98) > 1e-12 {
		t.Errorf("small costs %v per 1,000, known of %d", small.CostPer1000, small.CostKnown)
	}
	if x.Models[2].DominatedBy != "large" || small.DominatedBy != "" {
		t.Errorf("dear is dominated by %q, small by %q", x.Models[2].DominatedBy, small.DominatedBy)
	}
	if diff := cmp.Diff([]eval.ErrorTally{{Error: "rate_limit", Cause: "rate_limit", Outcomes: 1}}, small.Errors); diff != "" {
		t.Errorf("errors of small: -want +got\n%s", diff)
	}
	if x.Tasks[0].Task != "a" || x.Tasks[0].Requests != 40 || x.Tasks[1].Task != "b" || math.Abs(float64(x.Tasks[1].Share)-0.2) > 1e-12 {
		t.Errorf("tasks are %+v", x.Tasks)
	}
}

// What the labels prove is what eval/stats says of their number and discordance, both known here.
func TestInspectProof(t *testing.T) {
	x := inspectRows(t, twoTasks(), nil)
	// On a, 8 of 40 pairs are discordant for both models, on b 2 of 10: the mean is 0.2. No model is within ten points, and
	// the first of the nearest is taken.
	for i, n := range []float64{40, 10} {
		psi := (0.2*n + 10*0.2 + 0.5) / (n + 11)
		p := &x.Tasks[i].Proof
		needed, _ := stats.LabelsNeeded(psi, 0, 0.05, 0.05, 0.8)
		tune, _ := stats.LabelsNeeded(psi, 0, 0.05, 0.025, 0.8)
		want := eval.Proof{
			Labels: eval.Number(n), Discordance: eval.Number(psi),
			CanProve: eval.Number(stats.SmallestTolerance(n, psi, 0.05, 0.8)), Floor: eval.Number(stats.FloorTolerance(n, 0.05)),
			Needed: int64(needed), NeededToTune: int64(math.Ceil(float64(tune) / 0.8)), Missing: int64(needed) - int64(n),
		}
		if diff := cmp.Diff(want, *p, approx); diff != "" {
			t.Errorf("task %s: -want +got\n%s", x.Tasks[i].Task, diff)
		}
	}
	// The tasks are graded as they come, so 50 labels are worth about 50.
	if x.Whole.Labels != 50 || math.Abs(float64(x.Whole.Discordance)-0.2) > 0.01 || x.Whole.Needed < 10_000 {
		t.Errorf("the whole proves %+v", x.Whole)
	}
}

var approx = cmp.Comparer(func(a, b eval.Number) bool {
	return a == b || !a.Known() && !b.Known() || math.Abs(float64(a-b)) < 1e-9
})

// Labels of a task that is rare in the traffic are worth less to the whole.
func TestInspectProofByTraffic(t *testing.T) {
	even := inspectRows(t, twoTasks(), nil)
	rows := twoTasks()
	for i := range 400 {
		rows = append(rows, datasets.Row{ID: fmt.Sprintf("more %d", i), Prompt: fmt.Sprintf("more %d", i), Task: "b"})
	}
	skewed := inspectRows(t, rows, nil)
	if skewed.Whole.Labels != even.Whole.Labels || !(skewed.Whole.CanProve > even.Whole.CanProve) || skewed.Whole.Needed <= even.Whole.Needed {
		t.Errorf("with 10 labels for 90 %% of the traffic %+v, in proportion %+v", skewed.Whole, even.Whole)
	}
}

func TestInspectGroupsAndWeights(t *testing.T) {
	rows := twoTasks()
	for i := range rows {
		rows[i].Group = fmt.Sprint("g", i/2)
	}
	x := inspectRows(t, rows, nil)
	if x.Tasks[0].Labels != 20 || x.Tasks[1].Labels != 5 {
		t.Errorf("pairs of requests give %v and %v labels, want one for each group", x.Tasks[0].Labels, x.Tasks[1].Labels)
	}
	if want := (eval.Repetition{Sets: 25, Requests: 50, Largest: 2}); x.Data.Groups != want {
		t.Errorf("groups are %v, want %v", x.Data.Groups, want)
	}
	rows = twoTasks()
	for i := range rows {
		rows[i].Weight = new(1.)
	}
	rows[0].Weight = new(51.) // (51+49)²/(51²+49) = 3.77
	x = inspectRows(t, rows, nil)
	if !x.Data.Weighted || math.Abs(float64(x.Data.Effective)-10000./2650) > 1e-9 {
		t.Errorf("weighted %v, effective %v", x.Data.Weighted, x.Data.Effective)
	}
	if !hasFinding(x, "weights", "(8 %)") {
		t.Errorf("no finding of the weights: %v", x.Findings)
	}
}

func hasFinding(x *eval.Inspection, id, part string) bool {
	return slices.ContainsFunc(x.Findings, func(f eval.Finding) bool { return f.ID == id && strings.Contains(f.Message, part) })
}

func TestInspectFindings(t *testing.T) {
	change := func(each func(i int, row *datasets.Row)) []datasets.Row {
		rows := twoTasks()
		for i := range rows {
			each(i, &rows[i])
		}
		return rows
	}
	tests := []struct {
		id, part string
		rows     []datasets.Row
	}{
		{"no-outcomes", "", change(func(_ int, r *datasets.Row) { r.Outcomes = nil })},
		{"no-quality", "", change(func(_ int, r *datasets.Row) {
			for k := range r.Outcomes {
				r.Outcomes[k].Quality = nil
			}
		})},
		{"no-baseline", "95 %", change(func(i int, r *datasets.Row) { r.Outcomes = r.Outcomes[i%3 : i%3+1] })},
		{"one-model", "large", change(func(_ int, r *datasets.Row) { r.Outcomes = r.Outcomes[:1] })},
		{"no-costs", "", change(func(_ int, r *datasets.Row) {
			for k := range r.Outcomes {
				r.Outcomes[k].CostUSD = nil
			}
		})},
		{"cost-unknown", "1 of the 3 models is not known: dear", change(func(_ int, r *datasets.Row) { r.Outcomes[2].CostUSD = nil })},
		{"dominated", "dear (by large)", twoTasks()},
		{"coverage", "small (50.0 %)", change(func(i int, r *datasets.Row) {
			if i%2 == 0 {
				r.Outcomes[1].Quality = nil
			}
		})},
		{"failures", "small (10.0 %; timeout: 5)", change(func(i int, r *datasets.Row) {
			if i%10 == 0 {
				r.Outcomes[1] = datasets.Outcome{Model: "small", Error: "timeout"}
			}
		})},
		{"unknown-errors", `"oops", "weird"`, change(func(i int, r *datasets.Row) {
			if i < 2 {
				r.Outcomes[1] = datasets.Outcome{Model: "small", Error: []string{"weird", "oops"}[i]}
			}
		})},
		{"free", "small", change(func(_ int, r *datasets.Row) { r.Outcomes[1].CostUSD = new(0.) })},
		{"constant-quality", "small", change(func(_ int, r *datasets.Row) { r.Outcomes[1].Quality = new(1.) })},
		{"no-tasks", "", change(func(_ int, r *datasets.Row) { r.Task = "" })},
		{"untasked", "10 requests (20.0 %)", change(func(_ int, r *datasets.Row) {
			if r.Task == "b" {
				r.Task = ""
			}
		})},
		{"unlabeled-tasks", "b", change(func(_ int, r *datasets.Row) {
			if r.Task == "b" {
				r.Outcomes = nil
			}
		})},
		{"task-spelling", `"a", "A "`, change(func(_ int, r *datasets.Row) {
			if r.Task == "b" {
				r.Task = "A "
			}
		})},
		{"same-prompt", "49 of 50 requests", change(func(_ int, r *datasets.Row) { r.Prompt = "again" })},
		{"time", "1970-01-01", change(func(_ int, r *datasets.Row) { r.Time = new(time.UnixMicro(1_700_000_000)) })},
		{"label-noise", "in 1 of 1", change(func(i int, r *datasets.Row) {
			if i == 1 {
				r.Outcomes = append(r.Outcomes, graded("small", 0, 0.001))
			}
		})},
	}
	for _, tt := range tests {
		t.Run(tt.id, func(t *testing.T) {
			if x := inspectRows(t, tt.rows, nil); !hasFinding(x, tt.id, tt.part) {
				t.Errorf("no finding %q with %q among %v", tt.id, tt.part, x.Findings)
			}
		})
	}
	clean := change(func(_ int, r *datasets.Row) { r.Outcomes = r.Outcomes[:2] })
	if x := inspectRows(t, clean, nil); len(x.Findings) > 0 {
		t.Errorf("findings of data without oddities: %v", x.Findings)
	}
}

func TestInspectErrors(t *testing.T) {
	twice := twoTasks()
	twice[7].ID = twice[3].ID
	bad := twoTasks()
	bad[4].Outcomes[0].Quality = new(1.5)
	bad[9].Outcomes[1].CostUSD = new(-2.)
	tests := []struct {
		name     string
		rows     []datasets.Row
		baseline string
		want     []string
	}{
		{"an id twice", twice, "", []string{`row 8, column "id"`}},
		{"all problems", bad, "", []string{"row 5", "1.5", "row 10", "-2"}},
		{"no such baseline", twoTasks(), "huge", []string{"baseline huge", "small, large, dear"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := eval.Inspect(t.Context(), openRows(t, tt.rows, 1), &eval.InspectOptions{Baseline: tt.baseline})
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not in the error: %v", want, err)
				}
			}
		})
	}
}

func TestInspectSignals(t *testing.T) {
	rows := twoTasks()
	for i := range rows {
		o := &rows[i].Outcomes[1]
		o.Response, o.LogprobMean = new(`{"a": 1}`), new(-0.5)
		if i%2 == 0 {
			o.FinishReason, o.SelfCheck, o.Response = "stop", new(0.9), new("12")
		}
	}
	s := inspectRows(t, rows, nil).Models[0].Signals
	want := eval.Signals{Response: 1, FinishReason: 0.5, LogprobMean: 1, LogprobMin: 0, SelfCheck: 0.5, JSON: 0.5}
	if diff := cmp.Diff(want, s, approx); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
