package tune_test

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/tune"
	"github.com/tierwise/tierwise/routing"
)

func frontierOf(t *testing.T, s *tune.Search, d *datasets.Dataset, workers int) *tune.Frontier {
	t.Helper()
	f, err := s.Frontier(t.Context(), d, &tune.RunOptions{Workers: workers}, search(t, s, d, workers))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// replayed is what a config comes to.
func replayed(t *testing.T, c eval.Candidate, config *routing.Config, d *datasets.Dataset) *eval.Result {
	t.Helper()
	c.Config = config
	job, err := eval.NewJob([]eval.Candidate{c}, &eval.Options{GoldTasks: true})
	if err != nil {
		t.Fatal(err)
	}
	sums, err := job.Run(t.Context(), d, d.Shards(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return &job.Finish(sums).Candidates[0].Whole
}

// TestFrontierIsAsPromised replays tables of the frontier, by the code that serves them.
func TestFrontierIsAsPromised(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long under the race detector")
	}
	d, c := demoSearch(t, 1)
	s := &tune.Search{Candidate: c, Options: eval.Options{GoldTasks: true}}
	f := frontierOf(t, s, d, 2)
	tuned, base := f.TunedTable(), f.BaselineTable()
	tables := f.Curve(5)
	if n := len(tables); n < 4 || n > 5 {
		t.Errorf("a curve of 5 points has %d", n)
	}
	budget, err := f.AtBudget(tuned.Cost)
	if err != nil {
		t.Fatal(err)
	}
	cheap, err := f.AtQuality(base.Quality)
	if err != nil {
		t.Fatal(err)
	}
	if budget.Cost > tuned.Cost || budget.Quality < tuned.Quality || !budget.Reached {
		t.Errorf("for the money of the tuned table, %+v, there is %+v", tuned, budget)
	}
	if cheap.Quality < base.Quality-1e-12 || cheap.Cost > tuned.Cost || !cheap.Reached {
		t.Errorf("for the baseline's quality, %+v, there is %+v", base, cheap)
	}
	for i, table := range append(tables, *budget, *cheap) {
		r := replayed(t, c, f.Config(c.Config, &table), d)
		if math.Abs(float64(r.Quality)-table.Quality) > 1e-9 || math.Abs(float64(r.CostPer1000)/1000-table.Cost) > 1e-9 || math.Abs(float64(r.Savings)-table.Saves) > 1e-9 {
			t.Errorf("table %d is to have %+v, and has quality %v, costs %v and saves %v", i, table, r.Quality, r.CostPer1000/1000, r.Savings)
		}
	}
	for i := range tables[1:] {
		if tables[i+1].Cost <= tables[i].Cost || tables[i+1].Quality <= tables[i].Quality {
			t.Errorf("the curve goes from %+v to %+v", tables[i], tables[i+1])
		}
	}
	if best := tables[len(tables)-1]; best.Quality < base.Quality {
		t.Errorf("the best table, %+v, is worse than the baseline", best)
	}
	for _, tooMuch := range []func() (*tune.FrontierTable, error){
		func() (*tune.FrontierTable, error) { return f.AtBudget(tables[0].Cost / 2) },
		func() (*tune.FrontierTable, error) { return f.AtQuality(1) },
	} {
		if table, err := tooMuch(); err != nil || table.Reached {
			t.Errorf("what no table is, %+v is (%v)", table, err)
		}
	}
}

// TestFrontierDoesNotDependOnOrder wants the same file of one file of traffic and of three in another order, and that it is
// read as it was written.
func TestFrontierDoesNotDependOnOrder(t *testing.T) {
	var want []byte
	ask := tune.FrontierAsk{Budget: 0.002}
	for i, files := range []int{1, 3} {
		d, c := demoSearch(t, files)
		s, run := &tune.Search{Candidate: c, Options: eval.Options{GoldTasks: true}}, &tune.RunOptions{Workers: 1 + i}
		tuned := search(t, s, d, 1+i)
		f, err := s.Frontier(t.Context(), d, run, tuned)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := f.Answer(ask)
		if err != nil {
			t.Fatal(err)
		}
		halves, err := s.Halves(t.Context(), d, run, tuned, f, ask)
		if err != nil {
			t.Fatal(err)
		}
		if halves.Quality >= answer.Quality || halves.Quality < answer.Quality-0.1 || math.Abs(halves.Cost-answer.Cost) > answer.Cost/4 {
			t.Errorf("chosen on half the labels %+v comes out, on all %+v", halves, answer)
		}
		var got, again bytes.Buffer
		if err := f.File(ask, answer, halves).Write(&got); err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = got.Bytes()
		}
		if !bytes.Equal(got.Bytes(), want) {
			t.Error("another order gives another file")
		}
		file, err := tune.ReadFrontier(bytes.NewReader(want))
		if err != nil {
			t.Fatal(err)
		}
		if err := file.Write(&again); err != nil || !bytes.Equal(again.Bytes(), want) {
			t.Errorf("the file reads as another (%v)", err)
		}
		if n := len(file.Curve); n < 10 || n > tune.CurvePoints {
			t.Errorf("the curve has %d points", n)
		}
	}
}

// TestFrontierKeepsToWhatIsFixed pins, excludes, and has a task that wants errors.
func TestFrontierKeepsToWhatIsFixed(t *testing.T) {
	d, c := demoSearch(t, 1)
	config := *c.Config
	config.Tasks = slices.Clone(config.Tasks)
	for i := range config.Tasks {
		if config.Tasks[i].Name == "reply" {
			config.Tasks[i].OnExhausted = "error"
		}
	}
	c.Config = &config
	s := &tune.Search{Candidate: c, Options: eval.Options{GoldTasks: true}, Pins: map[string]string{"reasoning": "small", "extraction": "large"}, Exclude: []string{"gpt-mid"}}
	f := frontierOf(t, s, d, 2)
	for k := range f.Tasks {
		task := &f.Tasks[k]
		want := map[string]string{"reasoning": "pinned", "extraction": "pinned", "reply": `on_exhausted is "error"`}[task.Task]
		if task.Fixed != want {
			t.Errorf("%s is fixed for %q, not for %q", task.Task, task.Fixed, want)
		}
		if want == "pinned" && (len(task.Options) != 1 || task.Way(0).Chain[0] != s.Pins[task.Task]) {
			t.Errorf("%s is pinned, and has %d options, %v first", task.Task, len(task.Options), task.Way(0).Chain)
		}
		for i := range task.Options {
			if slices.Contains(task.Way(i).Chain, "mid") {
				t.Errorf("%s: %v has a model that was excluded", task.Task, task.Way(i).Chain)
			}
		}
	}
	s.MaxP95 = 1000
	if _, err := s.Frontier(t.Context(), d, &tune.RunOptions{}, nil); err == nil {
		t.Error("a limit of latency passes")
	}
}

func TestReadFrontierRefuses(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "no frontier file"},
		{`{"format": "tierwise.results", "version": 1}`, `format "tierwise.results", version 1: want`},
		{`{"format": "tierwise.frontier", "version": 2}`, "version 2: want"},
		{`{"format": "tierwise.frontier", "version": 1, "curve": [{"options": [0]}]}`, "point 1 has options of 1 tasks, and there are 0"},
		{`{"format": "tierwise.frontier", "version": 1, "tasks": [{"task": "a", "options": [{}]}], "curve": [{"options": [1]}]}`, `point 1 uses option 1 of task "a", which has 1`},
	} {
		if _, err := tune.ReadFrontier(strings.NewReader(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.text, err, c.want)
		}
	}
}

// FuzzReadFrontier wants no panic, and that what is read can be indexed and written.
func FuzzReadFrontier(f *testing.F) {
	f.Add([]byte(`{"format": "tierwise.frontier", "version": 1, "tasks": [{"task": "a", "options": [{"chain": ["s"]}]}], "curve": [{"quality": null, "options": [0]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := tune.ReadFrontier(bytes.NewReader(data))
		if err != nil {
			return
		}
		for _, p := range file.Curve {
			for k, o := range p.Options {
				_ = file.Tasks[k].Options[o]
			}
		}
		var out bytes.Buffer
		if err := file.Write(&out); err != nil {
			t.Fatal(err)
		}
		if _, err := tune.ReadFrontier(&out); err != nil {
			t.Errorf("what was read is not read again: %v", err)
		}
	})
}
