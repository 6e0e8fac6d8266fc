package eval_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
)

// candidate parses a config with tiers a, b, c of models A, B and C, the baseline.
func candidate(t *testing.T, label, tasks string) eval.Candidate {
	t.Helper()
	config, err := routing.ParseConfig(label+".toml", []byte("version = 1\nbaseline = \"C\"\ntiers = { a = \"A\", b = \"B\", c = \"C\" }\n"+tasks), nil)
	if err != nil {
		t.Fatal(err)
	}
	return eval.Candidate{Label: label, Config: config}
}

// evaluate replays rows dispatched by gold task and finishes.
func evaluate(t *testing.T, rows []datasets.Row, candidates ...eval.Candidate) *eval.Comparison {
	t.Helper()
	job, err := eval.NewJob(candidates, &eval.Options{GoldTasks: true})
	if err != nil {
		t.Fatal(err)
	}
	return job.Finish(replayAll(t, job, rows))
}

// splitRows are two tasks of 100 requests each. A costs 1, B 4 and C 10.
//
//	     right of 100:  A    B    C
//	t                   90   90   90   all fail on the same
//	u                   50   80   90
//
// A's signal on u tells all its right answers from all its wrong ones.
func splitRows() []datasets.Row {
	var rows []datasets.Row
	for _, task := range []struct {
		name  string
		right [3]int
	}{{"t", [3]int{90, 90, 90}}, {"u", [3]int{50, 80, 90}}} {
		for i := range 100 {
			row := datasets.Row{ID: fmt.Sprint(task.name, i), Prompt: "p", Task: task.name}
			for m, model := range []string{"A", "B", "C"} {
				quality, cost, logprob := 0.0, []float64{1, 4, 10}[m], -1.0
				if i < task.right[m] {
					quality, logprob = 1, -0.1
				}
				row.Outcomes = append(row.Outcomes, datasets.Outcome{Model: model, Quality: &quality, CostUSD: &cost, LogprobMean: &logprob})
			}
			rows = append(rows, row)
		}
	}
	return rows
}

const cascade = `
[tasks.t]
chain = ["a"]
[tasks.u]
chain = ["a", "c"]
accept = [{ check = "logprob_mean", min = -0.5 }]
[router]
default = "t"
`

// The deltas of the single models over both tasks are −20 pp (A), −5 pp (B) and 0; they save 90, 60 and 0 %.
//
// The cascade loses nothing: t by A costs 100, u by A costs 100, and by C after it 50 · 10 = 500; of 2,000 it saves 65 %. At
// delta 0 the single models save nothing. The best table asks A for t, 90 % of half the bill, and C for u: 45 %. The check
// adds 20 %.
func TestSavingSplitByHand(t *testing.T) {
	c := evaluate(t, splitRows(), candidate(t, "cascade", cascade))
	s := c.Candidates[0].SavingSplit
	if s == nil {
		t.Fatal("the saving is not split")
	}
	for _, v := range []struct {
		name      string
		got, want eval.Number
	}{
		{"share", s.Share, 1}, {"delta", s.Delta, 0}, {"savings", s.Savings, 0.65}, {"a cheaper model", s.CheaperModel, 0},
		{"knowing the task", s.KnowingTask, 0.45}, {"checks", s.Checks, 0.2}, {"delta of the mix", s.Mix.Delta, 0},
		{"delta of the table", s.Table.Delta, 0},
	} {
		if !near(v.got, v.want) {
			t.Errorf("%s is %v, want %v", v.name, v.got, v.want)
		}
	}
	if got := fmt.Sprint(s.Mix.Models, s.Table.Tasks, s.Mix.Reaches, s.Table.Reaches); got != "[{C 1}] [{t [{A 1}]} {u [{C 1}]}] true true" {
		t.Errorf("mix and table are %s", got)
	}
}

// Half of u on C, half on B: −2.5 pp. At that quality the single models, half B and half C, save 30 %; the table saves
// 45 % on t and with half B on u 15 % more. A table without checks saves what the table of the controls does.
func TestSavingSplitOfMixes(t *testing.T) {
	rows := splitRows()
	for i := range rows {
		if i >= 150 { // 30 B-right requests of u, 20 B-wrong ones: 10 of C's
			rows[i].Task = "v"
		}
	}
	c := evaluate(t, rows, candidate(t, "table", `
[tasks.t]
chain = ["a"]
[tasks.u]
chain = ["c"]
[tasks.v]
chain = ["b"]
[router]
default = "t"
`))
	s := c.Candidates[0].SavingSplit
	// v: A is right on 0 of 50, B on 30, C on 40; u: all on 50 of 50. Knowing u from v, A serves u as well.
	for _, v := range []struct {
		name      string
		got, want eval.Number
	}{
		{"delta", s.Delta, -0.05}, {"savings", s.Savings, 0.45 + 0.15}, {"a cheaper model", s.CheaperModel, 0.6},
		{"table", s.Table.Savings, 0.45 + 0.225 + 0.15}, {"checks", s.Checks, 0.6 - 0.825},
	} {
		if !near(v.got, v.want) {
			t.Errorf("%s is %v, want %v", v.name, v.got, v.want)
		}
	}
}

func near(a, b eval.Number) bool { return math.Abs(float64(a-b)) < 1e-9 }

// A cheaper model for everything saves by being a cheaper model, and by nothing else.
func TestSavingSplitOfOneModel(t *testing.T) {
	rows := benchmarkRows(900)
	for i := range rows { // A a little worse than C, B far worse and hardly cheaper
		for k, skill := range []int{8, 2, 9} {
			quality, cost := 0.0, []float64{1, 9, 10}[k]
			if i%10 < skill {
				quality = 1
			}
			rows[i].Outcomes[k].Quality, rows[i].Outcomes[k].CostUSD = &quality, &cost
		}
	}
	all := `
[tasks.t]
chain = ["a"]
[tasks.u]
chain = ["a"]
[tasks.v]
chain = ["a"]
[router]
default = "t"
`
	k := evaluate(t, rows, candidate(t, "a", all)).Candidates[0]
	s := k.SavingSplit
	if !near(s.Savings, 0.9) || !near(s.CheaperModel, 0.9) || !near(s.Checks, s.Savings-s.Table.Savings) || s.KnowingTask < 0 {
		t.Errorf("savings %v of %v, %v and %v", s.Savings, s.CheaperModel, s.KnowingTask, s.Checks)
	}
	if len(s.Mix.Models) != 1 || s.Mix.Models[0].Model != "A" {
		t.Errorf("the mix is %v, want A alone", s.Mix.Models)
	}
}

// A candidate can be better than every single model: then it is compared with the best of them.
func TestSavingSplitOutOfReach(t *testing.T) {
	rows := splitRows()
	for i := range rows { // on u, C is right where A is wrong, and only there
		if i >= 100 {
			quality := 1 - *rows[i].Outcomes[0].Quality
			rows[i].Outcomes[2].Quality = &quality
		}
	}
	s := evaluate(t, rows, candidate(t, "cascade", cascade)).Candidates[0].SavingSplit
	// u by the cascade: all right, +50 pp on half the requests. The best single model is B: 80 against 50, +15 pp, saving 60 %.
	// The best table asks A for t: 45 + 30 %. The cascade saves 65 %.
	for _, v := range []struct {
		name      string
		got, want eval.Number
	}{
		{"delta", s.Delta, 0.25}, {"delta of the mix", s.Mix.Delta, 0.15}, {"a cheaper model", s.CheaperModel, 0.6},
		{"knowing the task", s.KnowingTask, 0.15}, {"checks", s.Checks, -0.1},
	} {
		if !near(v.got, v.want) {
			t.Errorf("%s is %v, want %v", v.name, v.got, v.want)
		}
	}
	if s.Mix.Reaches || s.Table.Reaches {
		t.Error("a control is said to reach a quality that it does not")
	}
}

// The parts add up, and on the whole traffic to the candidate's own saving, whatever is missing in the data.
func TestSavingSplitAddsUp(t *testing.T) {
	splits, whole := 0, 0
	for seed := range uint64(60) {
		rows := randomRows(rand.New(rand.NewPCG(seed, 31)), 300, seed%2 == 0)
		for i := range rows { // complete enough to be judged
			for k := range rows[i].Outcomes {
				if o := &rows[i].Outcomes[k]; o.Error == "" && seed%3 > 0 {
					quality, cost, logprob := float64((i+k)%2), float64(k+1), -float64(i%7)/7
					response := "answer"
					o.Quality, o.CostUSD, o.LogprobMean, o.Response = &quality, &cost, &logprob, &response
				}
			}
		}
		c := evaluate(t, rows, twoCandidates(t)...)
		for i := range c.Candidates {
			k := &c.Candidates[i]
			s := k.SavingSplit
			if s == nil {
				continue
			}
			splits++
			if !near(s.CheaperModel+s.KnowingTask+s.Checks, s.Savings) {
				t.Errorf("seed %d: %v + %v + %v is not %v", seed, s.CheaperModel, s.KnowingTask, s.Checks, s.Savings)
			}
			if s.Table.Savings < s.Mix.Savings-1e-9 && s.Table.Reaches == s.Mix.Reaches && s.Mix.Reaches {
				t.Errorf("seed %d: the best table saves %v, a mix of single models %v", seed, s.Table.Savings, s.Mix.Savings)
			}
			if s.Share == 1 {
				whole++
				if !near(s.Savings, k.Whole.Savings) || !near(s.Delta, k.Whole.Delta) {
					t.Errorf("seed %d: the split is of %v at %v, the whole has %v at %v", seed, s.Savings, s.Delta, k.Whole.Savings, k.Whole.Delta)
				}
			}
		}
	}
	if splits < 20 || whole < 20 {
		t.Errorf("only %d splits, %d of the whole traffic", splits, whole)
	}
}
