package reports

import (
	"strings"
	"testing"

	"github.com/tierwise/tierwise/eval"
)

func TestSplitLines(t *testing.T) {
	split := func(change func(s *eval.SavingSplit, k *eval.CandidateResult)) string {
		s := &eval.SavingSplit{
			Share: 1, Delta: -0.004, Savings: 0.52, CheaperModel: 0.31, KnowingTask: 0.14, Checks: 0.07,
			Mix:   eval.HindsightMix{Hindsight: eval.Hindsight{Savings: 0.31, Delta: -0.004, Reaches: true}},
			Table: eval.HindsightTable{Hindsight: eval.Hindsight{Savings: 0.45, Delta: -0.004, Reaches: true}},
		}
		k := &eval.CandidateResult{Label: "k", SavingSplit: s, Checks: make([]eval.CheckResult, 1)}
		change(s, k)
		return strings.Join(splitLines(k), "\n")
	}
	for _, tt := range []struct {
		name   string
		change func(s *eval.SavingSplit, k *eval.CandidateResult)
		want   string
	}{
		{
			"plain", func(*eval.SavingSplit, *eval.CandidateResult) {},
			"k saves 52.0 %: 31.0 a cheaper model for everything, 14.0 knowing the task, 7.0 the acceptance checks (at equal quality, in hindsight)",
		},
		{
			"misroutes", func(s *eval.SavingSplit, _ *eval.CandidateResult) {
				s.Misroutes = &eval.MisrouteLoss{Savings: -0.012, Delta: -0.003}
			},
			"k saves 52.0 %: 31.0 a cheaper model for everything, 14.0 knowing the task, 7.0 the acceptance checks (at equal quality, in hindsight); misroutes cost 1.2 % of the bill and 0.3 pp",
		},
		{
			"part of the requests, paid routing, no checks, a better table",
			func(s *eval.SavingSplit, k *eval.CandidateResult) {
				s.Share, s.Savings, s.Checks, k.Checks, k.Whole.RouterCostUSD = 0.8, 0.4, -0.05, nil, 3
				s.Table.Tasks = []eval.TaskMix{
					{Task: "t", Models: []eval.ModelShare{{Model: "A", Share: 1}}},
					{Task: "u", Models: []eval.ModelShare{{Model: "A", Share: 0.25}, {Model: "B", Share: 0.75}}},
				}
			},
			"k saves 40.0 % in its tasks with labels and known costs (80.0 % of its requests): 31.0 a cheaper model for everything, 14.0 knowing the task, " +
				"-5.0 its own choice of models, without checks, less what routing costs (at equal quality, in hindsight)\n" +
				"  in hindsight a table without checks saves 45.0 % at that quality: t A, u A 25 % / B 75 %",
		},
		{
			"out of reach", func(s *eval.SavingSplit, _ *eval.CandidateResult) {
				s.Delta, s.Mix.Delta, s.Mix.Reaches = 0.02, 0.01, false
			},
			"k saves 52.0 %: 31.0 a cheaper model for everything, 14.0 knowing the task, 7.0 the acceptance checks (at equal quality, in hindsight)\n" +
				"  no mix of single models reaches its quality (+2.0 pp): it is compared with the best, +1.0 pp",
		},
		{"none", func(_ *eval.SavingSplit, k *eval.CandidateResult) { k.SavingSplit = nil }, ""},
	} {
		if got := split(tt.change); got != tt.want {
			t.Errorf("%s:\n%s\nwant\n%s", tt.name, got, tt.want)
		}
	}
}

func TestMisrouteClause(t *testing.T) {
	for _, tt := range []struct {
		savings, delta eval.Number
		want           string
	}{
		{-0.02, 0.003, "cost 2.0 % of the bill and gain 0.3 pp"},
		{0.02, 0.003, "gain 2.0 % of the bill and 0.3 pp"},
		{-0.02, -0.0001, "cost 2.0 % of the bill"},
		{eval.Unknown, -0.003, "cost 0.3 pp"},
		{0.0001, 0, "cost nothing"},
	} {
		if got := misrouteClause(&eval.MisrouteLoss{Savings: tt.savings, Delta: tt.delta}); got != tt.want {
			t.Errorf("savings %v, delta %v: %q, want %q", tt.savings, tt.delta, got, tt.want)
		}
	}
}
