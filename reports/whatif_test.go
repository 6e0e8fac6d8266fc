package reports

import (
	"slices"
	"testing"

	"github.com/tierwise/tierwise/eval"
)

func TestFlipLines(t *testing.T) {
	for _, tt := range []struct {
		name    string
		savings eval.Number
		flips   []eval.Flip
		want    []string
	}{
		{"none", 0.1, nil, nil},
		{"one", 0.1, []eval.Flip{{Model: "base", Factor: 0.5}}, []string{"c: saves until base (baseline) costs × 0.5 of today's price"}},
		{"the baseline's last", 0.1, []eval.Flip{{Model: "base", Factor: 0.3155}, {Model: "mid", Factor: 4.2}, {Model: "small", Factor: 31}},
			[]string{"c: saves until mid costs × 4.2, small × 31 or base (baseline) × 0.316 of today's price"}},
		{"loses", -0.1, []eval.Flip{{Model: "base", Factor: 1.7}, {Model: "mid", Factor: 0.51}},
			[]string{"c: would save once mid costs × 0.51 or base (baseline) × 1.7 of today's price"}},
		{"far ones are left out", 0.1, []eval.Flip{{Model: "a", Factor: 99}, {Model: "b", Factor: 100.1}, {Model: "c", Factor: 1e6}},
			[]string{"c: saves until a costs × 99 of today's price"}},
		{"but for the nearest", 0.1, []eval.Flip{{Model: "base", Factor: 1. / 123456}, {Model: "a", Factor: 123456}},
			[]string{"c: saves until base (baseline) costs × 0.0000081 of today's price"}},
	} {
		k := &eval.CandidateResult{Label: "c", Whole: eval.Result{Savings: tt.savings, Flips: tt.flips}}
		before := slices.Clone(tt.flips)
		if got := flipLines(&eval.Comparison{Baseline: "base"}, k); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		if !slices.Equal(before, tt.flips) {
			t.Errorf("%s: the results are changed: %v", tt.name, tt.flips)
		}
	}
}

func TestPriceChanges(t *testing.T) {
	s := &eval.Scenario{PriceDate: "2026-12-01", Prices: []eval.SupposedPrice{
		{Model: "a", Factor: 12345.6},
		{Model: "b", Factor: 1, Price: &eval.ListPrice{Input: 0.4, Output: 1.6, CachedInput: eval.Unknown, Reasoning: 2}},
		{Model: "c", Factor: 1.25, Price: &eval.ListPrice{Input: 0, Output: 0.055, CachedInput: 0.04, Reasoning: eval.Unknown}},
	}}
	want := "a × 12,300, b $0.40/$1.60, reasoning $2.00, c $0/$0.055, cached $0.04 × 1.25; list prices of 2026-12-01"
	if got := priceChanges(s); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}
