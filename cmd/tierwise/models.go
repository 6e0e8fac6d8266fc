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
			if near := eval.NearName(tier.Model, survey.ByCost()); near != "" {
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
