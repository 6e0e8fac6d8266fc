package main

import (
	"context"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
)

// A trafficLinter looks for what is wrong with configs on traffic.
type trafficLinter struct {
	*app
	flags  *lintFlags
	data   *datasets.Dataset
	models []string
}

func (a *app) openLintTraffic(ctx context.Context, f *lintFlags) (*trafficLinter, error) {
	d, _, err := f.data.open(ctx)
	if err != nil {
		return nil, err
	}
	report, end := a.progress("surveying")
	defer end()
	s, err := eval.SurveyData(ctx, d, &eval.RunOptions{Workers: f.data.workers, Progress: report})
	if err == nil && s.Rows.N == 0 {
		err = errNoRequests
	}
	if err != nil {
		d.Close()
		return nil, collapse(err)
	}
	return &trafficLinter{a, f, d, s.ByCost()}, nil
}

// lint replays the traffic through a config and returns what is wrong with it there.
func (l *trafficLinter) lint(ctx context.Context, config *routing.Config) ([]routing.Finding, error) {
	c := eval.Candidate{Label: config.Source, Config: config}
	if err := readOutOfFold(&c); err != nil {
		return nil, err
	}
	job, err := eval.NewJob([]eval.Candidate{c}, &eval.Options{
		Details: true, GoldTasks: l.flags.goldTasks, TotalRows: l.data.NumRows(), Models: []string{},
	})
	if err != nil {
		return nil, err
	}
	report, end := l.progress("replaying")
	defer end()
	sums, err := job.Run(ctx, l.data, l.data.Shards(), &eval.RunOptions{Workers: l.flags.data.workers, Progress: report})
	if err != nil {
		return nil, collapse(err)
	}
	found := eval.Lint(config, &job.Finish(sums).Candidates[0], l.models)
	if config.Cache.Semantic == nil {
		return found, nil
	}
	end()
	cached, err := l.replayCaches(ctx, l.flags.data.workers, l.data, []eval.Candidate{c}, &eval.Options{
		GoldTasks: l.flags.goldTasks, TotalRows: l.data.NumRows(), Models: []string{},
	})
	if err != nil {
		return nil, err
	}
	return append(found, eval.LintCaches(config, cached.Candidates[0].Caches)...), nil
}
