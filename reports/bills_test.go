package reports_test

import (
	"math"
	"strings"
	"testing"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/reports"
)

// What a headline saves is what its two costs say, also where production's mix weighs the candidate otherwise than the baseline's
// own line, and where the savings are about fewer requests than the costs.
func TestHeadlineAddsUp(t *testing.T) {
	whole := eval.Result{
		Requests: 100, Covered: 50, CostKnown: 100, CostUSD: 0.4, CostPer1000: 4, CostShare: 1,
		Savings: 0.25, SavingsKnown: 80, SavingsShare: 0.8, SavingsCostUSD: 0.3, SavingsBaseUSD: 0.4, BaseQuality: 0.9,
	}
	c := &eval.Comparison{
		Baseline:   "large",
		References: []eval.ReferenceResult{{Model: "large", Whole: eval.Result{CostPer1000: 9, Quality: 0.9}}},
		Candidates: []eval.CandidateResult{{Label: "frugal", Whole: whole}},
	}
	if got, want := reports.Sentence(c, &c.Candidates[0]), "frugal saves 25.0 % of the bill ($5.00 → $3.75 per 1,000 requests)"; !strings.HasPrefix(got, want) {
		t.Errorf("the sentence is %q, want it to start with %q", got, want)
	}
	s := reports.Full(&reports.FullInput{Comparison: c, Volume: 1e6}).Summary
	for _, f := range s.Figures {
		if f.Name == "Saved a month" && math.Abs(f.Cell.Number-1250) > 1e-9 {
			t.Errorf("saved a month is %v, want 25 %% of $5,000", f.Cell.Number)
		}
	}
}

// Where nobody knows the two sides of the saving, the costs are the models' own.
func TestHeadlineWithoutSides(t *testing.T) {
	c := &eval.Comparison{
		Baseline:   "large",
		References: []eval.ReferenceResult{{Model: "large", Whole: eval.Result{CostPer1000: 9}}},
		Candidates: []eval.CandidateResult{{Label: "frugal", Whole: eval.Result{CostPer1000: 4, Savings: eval.Unknown, SavingsBaseUSD: eval.Unknown, SavingsCostUSD: eval.Unknown}}},
	}
	if got, want := reports.Sentence(c, &c.Candidates[0]), "frugal saves – of the bill ($9.00 → $4.00 per 1,000 requests)"; !strings.HasPrefix(got, want) {
		t.Errorf("the sentence is %q, want it to start with %q", got, want)
	}
}
