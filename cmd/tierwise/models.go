package main

import (
	"context"
	"fmt"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
)

// checkModels looks for misspelt models: a tier's model of which the data has no outcome, where it has outcomes of one
// with nearly that name. Any other model without outcomes is a finding of the results.
func checkModels(ctx context.Context, f *evalFlags, d *datasets.Dataset, c *eval.Comparison, candidates []eval.Candidate) error {
	missing := map[string]bool{}
	for i := range c.References {
		r := &c.References[i]
		missing[r.Model] = r.Whole.Requests == r.Whole.Unevaluable
	}
	var survey *eval.Survey
	for _, k := range candidates {
		for _, tier := range k.Config.Tiers {
			if !missing[tier.Model] {
				continue
			}
			if survey == nil {
				var err error
				if survey, err = eval.SurveyData(ctx, d, &eval.RunOptions{Workers: f.data.workers}); err != nil {
					return err
				}
			}
			if near := nearest(tier.Model, survey.ByCost()); near != "" {
				place := k.Config.Source
				if pos, ok := k.Config.Position(routing.KeyPath("tiers", tier.Name)); ok {
					place = fmt.Sprintf("%s:%d:%d", place, pos.Line, pos.Column)
				}
				return fmt.Errorf("%s: the data has no outcome of model %q; did you mean %q?", place, tier.Model, near)
			}
		}
	}
	return nil
}

// nearest returns the name that is a slip of the pen away, at most a third of its letters, "" if there is none.
func nearest(name string, names []string) string {
	best, limit := "", len(name)/3
	for _, n := range names {
		if d := distance(name, n); d <= limit {
			best, limit = n, d-1
		}
	}
	return best
}

// distance is the number of bytes to insert, delete or replace to turn a into b (Levenshtein 1966).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
