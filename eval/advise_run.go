package eval

import (
	"context"
	"errors"
	"fmt"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/routing"
)

// AdviseOptions of Advise; Plan.RequestsPerDay must be given.
type AdviseOptions struct {
	RunOptions
	Plan Plan
	// Baseline is the model that everything goes to today; "": the best one, by the rule of Survey.BestModel.
	Baseline string
	// Prices are models whose costs are made from tokens where no cost is recorded, with Reprice everywhere.
	Prices  []routing.Model
	Reprice bool
	// Tolerance and TaskTolerance are what the whole and each task may lose, as shares; 0: 0.01 and 0.05.
	Tolerance, TaskTolerance float64
	// Alpha is the one-sided level of the tests; 0: 0.05.
	Alpha float64
}

// Advise reads the traffic twice, for the best model must be known before others are compared with it, and says whether a
// router would earn its keep. Without labels it takes a baseline. It is an error if the cost of the baseline, or of all
// other models, is not known.
func Advise(ctx context.Context, d *datasets.Dataset, opts *AdviseOptions) (*Advice, error) {
	if err := opts.Plan.check(); err != nil {
		return nil, err
	}
	run := opts.RunOptions
	run.Progress = part(opts.Progress, 0)
	survey, err := SurveyData(ctx, d, &run)
	if err != nil {
		return nil, err
	}
	if survey.Rows.N == 0 {
		return nil, errors.New("no request is left: the data is empty, or the conditions leave nothing")
	}
	baseline := opts.Baseline
	switch {
	case baseline != "" && survey.Models[baseline] == nil:
		return nil, fmt.Errorf("baseline %s: the data has no outcome of it; it has %s", baseline, some(survey.ByCost()))
	case baseline == "":
		if baseline, err = survey.BestModel(); err != nil {
			return nil, err
		}
	}
	fallback := survey.fallback(baseline)
	job, err := NewJob([]Candidate{{Label: "fallback", Config: fallbackConfig(baseline, fallback, opts.Prices)}}, &Options{
		Baseline: baseline, GoldTasks: true, Reprice: opts.Reprice, Models: survey.ByCost(),
		Tolerance: opts.Tolerance, TaskTolerance: opts.TaskTolerance, Alpha: opts.Alpha, TotalRows: d.NumRows(),
	})
	if err != nil {
		return nil, err
	}
	run.Progress = part(opts.Progress, 1)
	sums, err := job.Run(ctx, d, d.Shards(), &run)
	if err != nil {
		return nil, err
	}
	c := job.Finish(sums)
	if err := c.checkCosts(); err != nil {
		return nil, err
	}
	a := c.advise(&opts.Plan)
	a.Failures = c.failures(survey.Models[baseline], fallback)
	return a, nil
}

// fallback returns the best other model, among those with enough labels if there are any: the one to answer when the
// baseline fails. It is "" if nothing failed or there is no other.
func (s *Survey) fallback(baseline string) string {
	if s.Models[baseline].Failed.N == 0 {
		return ""
	}
	best, quality := "", nan
	for _, name := range s.ByCost() {
		if name == baseline {
			continue
		}
		q := nan
		if s.Coverage(name) >= minCoverage {
			q = s.Models[name].MeanQuality()
		}
		if best == "" || q > quality || quality != quality { // without labels: the dearest
			best, quality = name, q
		}
	}
	return best
}

// fallbackConfig sends everything to the baseline, and where that fails to the fallback.
func fallbackConfig(baseline, fallback string, prices []routing.Model) *routing.Config {
	c := &routing.Config{
		Version: 1, Name: "fallback", Baseline: baseline,
		Tiers:  []routing.Tier{{Name: "baseline", Model: baseline}},
		Tasks:  []routing.Task{{Name: "all", Chain: []string{"baseline"}}},
		Router: routing.RouterConfig{Default: "all"},
	}
	for _, m := range prices {
		c.Models = append(c.Models, routing.Model{Name: m.Name, Price: m.Price})
	}
	if fallback != "" {
		c.Tiers = append(c.Tiers, routing.Tier{Name: "fallback", Model: fallback})
		c.Tasks[0].Chain = append(c.Tasks[0].Chain, "fallback")
	}
	return c
}

// failures says what the fallback did where the baseline failed; the first candidate is the two in a chain.
func (c *Comparison) failures(base *ModelSurvey, fallback string) AdviceFailures {
	f := AdviceFailures{
		Calls: base.Outcomes.N, Failed: base.Failed.N, Rate: Number(base.Failed.share(&base.Outcomes)), Fallback: fallback,
	}
	if fallback == "" {
		return f
	}
	chain := &c.Candidates[0].Whole
	for _, a := range chain.Answers {
		if a.Model == fallback {
			f.Answered = a.Requests
		}
	}
	f.Unknown = chain.Unevaluable - c.reference(c.Baseline).Whole.Unevaluable
	return f
}

// checkCosts returns an error if money cannot be spoken of.
func (c *Comparison) checkCosts() error {
	const fix = "record cost_usd, or tokens, and give %[1]s a price in a dispatch config (--prices CONFIG, with [models.%[1]q] price = { input = …, output = … } in USD per million tokens)"
	base := c.reference(c.Baseline)
	if !base.Whole.CostPer1000.Known() {
		return fmt.Errorf("no cost is known of the baseline %[1]s: "+fix, c.Baseline)
	}
	others, unpriced := 0, ""
	for i := range c.References {
		r := &c.References[i]
		switch {
		case r.Model == c.Baseline || r.Whole.Requests == r.Whole.Unevaluable:
		case r.Whole.CostPer1000.Known():
			others++
		case unpriced == "":
			unpriced = r.Model
		}
	}
	if others == 0 && unpriced != "" {
		return fmt.Errorf("no cost is known of any model but the baseline: "+fix, unpriced)
	}
	return nil
}
