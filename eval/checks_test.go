package eval_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
)

const checkedTasks = `
[tasks.t]
chain = ["a", "b", "c"]
accept = [{ check = "chars", min = 2 }, { check = "logprob_mean", min = { a = -0.4, b = -0.7 } }]
[tasks.u]
chain = ["a", "c"]
accept = [{ check = "logprob_mean", min = -0.5 }, { check = "self_check", model = "B", min = 0.5 }]
[router]
default = "t"
`

// checkedRows are requests of two tasks with everything that tells checks apart: signals in steps of an eighth, of either
// sign and 0, so that no two share a bin, weights and graded scores if wanted, failures, and gaps.
func checkedRows(seed uint64, n int, weighted, graded bool) []datasets.Row {
	r := rand.New(rand.NewPCG(seed, 41))
	rows := make([]datasets.Row, n)
	for i := range rows {
		row := datasets.Row{ID: fmt.Sprint(i), Prompt: "p", Task: []string{"t", "u"}[r.IntN(2)]}
		if weighted && r.IntN(2) == 0 {
			w := 2 * r.Float64()
			row.Weight = &w
		}
		for _, model := range []string{"A", "B", "C"} {
			quality := float64(r.IntN(2))
			if graded && r.IntN(3) == 0 {
				quality = float64(r.IntN(5)) / 4
			}
			logprob := float64(r.IntN(9)-7)/8 + math.Round(2*quality)/8
			cost, self, selfCost, response := r.Float64(), float64(r.IntN(9))/8, r.Float64()/10, "answer"[:r.IntN(6)]
			o := datasets.Outcome{
				Model: model, Quality: &quality, CostUSD: &cost, LogprobMean: &logprob, SelfCheck: &self, SelfCheckCostUSD: &selfCost, Response: &response,
			}
			switch r.IntN(12) {
			case 0:
				o.Error, o.Quality = "server", nil
			case 1:
				o.Quality = nil
			case 2:
				o.LogprobMean = nil
			case 3:
				o.CostUSD = nil
			}
			row.Outcomes = append(row.Outcomes, o)
		}
		rows[i] = row
	}
	return rows
}

// answer is one that a check looks at.
type answer struct{ signal, good, weight float64 }

// plainCheck is what stands in a CheckResult, added up request by request.
type plainCheck struct {
	answers                                                 []answer
	accepted, refused, refusedBad                           float64
	covered, priced                                         float64
	walks                                                   int64
	falseAccepts, lost, falseEscalations, wasted, good, bad float64
}

// mannWhitney returns the share of pairs of a good and a bad answer, by weight, in which the good one's signal is above,
// ties half.
func mannWhitney(answers []answer) float64 {
	var above, pairs float64
	for _, a := range answers {
		for _, b := range answers {
			w := a.weight * a.good * b.weight * (1 - b.good)
			pairs += w
			switch {
			case a.signal > b.signal:
				above += w
			case a.signal == b.signal:
				above += w / 2
			}
		}
	}
	return above / pairs
}

// signalOf returns what a check of checkedTasks looks at.
func signalOf(o *datasets.Outcome, check string) (float64, bool) {
	switch {
	case o.Error != "":
		return 0, false
	case check == "chars":
		return float64(len(*o.Response)), true
	case check == "self_check":
		return *o.SelfCheck, true
	case o.LogprobMean == nil:
		return 0, false
	}
	return *o.LogprobMean, true
}

// addAnswer adds the answer to a request that the check would see if the walk came by.
func (p *plainCheck) addAnswer(c *eval.CheckResult, row *datasets.Row) {
	model := slices.IndexFunc(row.Outcomes, func(o datasets.Outcome) bool { return o.Model == c.Model })
	o, base := &row.Outcomes[model], &row.Outcomes[2]
	signal, ok := signalOf(o, c.Check)
	if !ok || o.Quality == nil || base.Error == "" && base.Quality == nil {
		return
	}
	a := answer{signal, *o.Quality, weightOf(row)}
	p.answers = append(p.answers, a)
	p.good += a.weight * a.good
	p.bad += a.weight * (1 - a.good)
	if signal >= float64(c.Min) {
		p.accepted += a.weight
		return
	}
	p.refused += a.weight
	p.refusedBad += a.weight * (1 - a.good)
}

func weightOf(row *datasets.Row) float64 {
	if row.Weight == nil {
		return 1
	}
	return *row.Weight
}

// addWalk adds a request's record: what the check let through, and what it sent on.
func (p *plainCheck) addWalk(c *eval.CheckResult, row *datasets.Row, rec *eval.Record) {
	if !rec.Covered {
		return
	}
	w := weightOf(row)
	p.walks++
	p.covered += w
	cost := float64(rec.CostUSD)
	if !math.IsNaN(cost) {
		p.priced += w
	}
	spent := 0.0
	for i, attempt := range rec.Attempts {
		spent += float64(attempt.CostUSD)
		model := slices.IndexFunc(row.Outcomes, func(o datasets.Outcome) bool { return o.Model == attempt.Model })
		refusedBy := ""
		for _, s := range attempt.Signals {
			if s.Check == "self_check" {
				spent += *row.Outcomes[model].SelfCheckCostUSD
			}
			if !s.Passed {
				refusedBy = s.Check
			}
		}
		if attempt.Tier == c.Tier && refusedBy == c.Check && i < len(rec.Attempts)-1 {
			p.falseEscalations += w * float64(attempt.Quality)
			if !math.IsNaN(cost) {
				p.wasted += w * float64(attempt.Quality) * (cost - spent)
			}
		}
	}
	if rec.Ended == "accepted" && rec.Tier == c.Tier {
		p.falseAccepts += w * (1 - float64(rec.Quality))
		p.lost += w * max(float64(rec.BaseQuality-rec.Quality), 0)
	}
}

// TestChecksEqualRecords works out what stands in a CheckResult the plain way.
func TestChecksEqualRecords(t *testing.T) {
	for seed := range uint64(24) {
		rows := checkedRows(seed, 240, seed%2 == 1, seed%3 > 0)
		job, err := eval.NewJob([]eval.Candidate{candidate(t, "k", checkedTasks)}, &eval.Options{GoldTasks: true})
		if err != nil {
			t.Fatal(err)
		}
		records := map[string]*eval.Record{}
		traffic, err := datasets.FromRows(rows, job.Columns())
		if err != nil {
			t.Fatal(err)
		}
		err = job.NewReplayer().Records(context.Background(), traffic, func(r *eval.Record) error { records[r.ID] = r; return nil })
		if err != nil {
			t.Fatal(err)
		}
		checks := job.Finish(replayAll(t, job, rows)).Candidates[0].Checks
		if len(checks) != 6 {
			t.Fatalf("%d checks, want 6: %v", len(checks), checks)
		}
		mistakes := 0.0
		for i := range checks {
			c := &checks[i]
			var p plainCheck
			for k := range rows {
				if rows[k].Task == c.Task {
					p.addAnswer(c, &rows[k])
					p.addWalk(c, &rows[k], records[rows[k].ID])
				}
			}
			mistakes += p.falseEscalations * p.wasted
			if c.Requests != int64(len(p.answers)) || c.Walks != p.walks {
				t.Errorf("seed %d, %s %s %s: n %d and %d walks, plain %d and %d", seed, c.Task, c.Tier, c.Check, c.Requests, c.Walks, len(p.answers), p.walks)
			}
			for _, v := range []struct {
				name string
				got  eval.Number
				want float64
			}{
				{"AUC", c.AUC, mannWhitney(p.answers)}, {"good", c.Good, p.good}, {"bad", c.Bad, p.bad},
				{"accepted", c.Accepted, p.accepted / (p.accepted + p.refused)},
				{"precision", c.Precision, p.refusedBad / p.refused}, {"recall", c.Recall, p.refusedBad / p.bad},
				{"false accepts", c.FalseAccepts, p.falseAccepts}, {"quality lost", c.QualityLost, p.lost / p.covered},
				{"false escalations", c.FalseEscalations, p.falseEscalations}, {"wasted", c.WastedUSD, p.wasted},
				{"wasted per 1,000", c.WastedPer1000, 1000 * p.wasted / p.priced},
			} {
				if !near(v.got, eval.Number(v.want)) {
					t.Errorf("seed %d, %s %s %s: %s is %v, plain %v", seed, c.Task, c.Tier, c.Check, v.name, v.got, v.want)
				}
			}
			if !(c.AUCLow <= c.AUC && c.AUC <= c.AUCHigh) {
				t.Errorf("seed %d: AUC %v outside of [%v, %v]", seed, c.AUC, c.AUCLow, c.AUCHigh)
			}
		}
		if mistakes == 0 {
			t.Errorf("seed %d: no false escalation was paid for", seed)
		}
	}
}

// Candidates that differ in a threshold share the sweep of its signal: each gets what it would get alone.
func TestChecksOfSeveralCandidates(t *testing.T) {
	rows := checkedRows(1, 300, false, true)
	a := candidate(t, "a", checkedTasks)
	b := candidate(t, "b", strings.ReplaceAll(checkedTasks, "-0.5", "-0.25"))
	both := evaluate(t, rows, a, b)
	for i, alone := range []*eval.Comparison{evaluate(t, rows, a), evaluate(t, rows, b)} {
		if got, want := fmt.Sprint(both.Candidates[i].Checks), fmt.Sprint(alone.Candidates[0].Checks); got != want {
			t.Errorf("candidate %d: checks %s, alone %s", i, got, want)
		}
	}
	if fmt.Sprint(both.Candidates[0].Checks) == fmt.Sprint(both.Candidates[1].Checks) {
		t.Error("the threshold makes no difference: the test tests nothing")
	}
}

// TestCheckFindings wants a signal of noise and one of the wrong sign to be named, and a good one not.
func TestCheckFindings(t *testing.T) {
	for _, tt := range []struct {
		name   string
		signal func(r *rand.Rand, quality float64) float64
		want   string
	}{
		{"noise", func(r *rand.Rand, _ float64) float64 { return -r.Float64() }, "check-does-not-separate"},
		{"reversed", func(r *rand.Rand, q float64) float64 { return -0.6*r.Float64() - 0.4*q }, "check-is-reversed"},
		{"good", func(r *rand.Rand, q float64) float64 { return -0.6*r.Float64() - 0.4*(1-q) }, ""},
		{"hardly ever no", func(r *rand.Rand, _ float64) float64 { return -0.49 * r.Float64() }, ""},
	} {
		r := rand.New(rand.NewPCG(5, 5))
		rows := benchmarkRows(300)
		for i := range rows {
			rows[i].Task = "u"
			o := &rows[i].Outcomes[0]
			signal := tt.signal(r, *o.Quality)
			o.LogprobMean = &signal
		}
		c := evaluate(t, rows, candidate(t, "k", cascade))
		got := ""
		for _, f := range c.Findings {
			if strings.HasPrefix(f.ID, "check-") {
				got += f.ID
			}
		}
		if got != tt.want {
			t.Errorf("%s: findings %q, want %q (%+v)", tt.name, got, tt.want, c.Candidates[0].Checks)
		}
	}
}
