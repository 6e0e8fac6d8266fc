package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/reports"
	"github.com/tierwise/tierwise/reports/text"
)

const defaultMaxFalse percent = 0.01

// registerCaches defines the flags about caches.
func (f *evalFlags) registerCaches(flags *pflag.FlagSet) {
	flags.BoolVar(&f.caches, "caches", false, "replay the configs' caches, in the order of time")
	flags.BoolVar(&f.sweep, "semantic-sweep", false, "show what the semantic caches would do at other thresholds, and nothing else")
	flags.Var(&f.maxFalse, "max-false-hits", "share of semantic hits that may be false, for --semantic-sweep")
}

// checkCaches refuses what does not go together.
func (f *evalFlags) checkCaches(candidates []eval.Candidate) error {
	flag := "--caches"
	if f.sweep {
		flag = "--semantic-sweep"
	}
	switch {
	case !f.caches && !f.sweep:
		return nil
	case len(candidates) == 0:
		return fmt.Errorf("%s needs a config with caches: name one", flag)
	case f.shard.of > 0:
		return fmt.Errorf("%s ties all requests together, so it goes with no --shard: run it on all the data at once", flag)
	case f.sweep && len(f.outputs) > 0:
		return errors.New("--semantic-sweep prints its table only: leave out -o, or redirect --json")
	}
	for i := range candidates {
		if c := &candidates[i].Config.Cache; c.Semantic != nil || c.Exact != nil && !f.sweep {
			return nil
		}
	}
	if f.sweep {
		return errors.New("--semantic-sweep: no config has a semantic cache: add [cache.semantic] with min_similarity = 0.97")
	}
	return errors.New("--caches: no config has a cache: add [cache.exact] or [cache.semantic]")
}

// sweepSemantic prints the sweep.
func (a *app) sweepSemantic(ctx context.Context, f *evalFlags, d *datasets.Dataset, candidates []eval.Candidate) error {
	job, err := eval.NewJob(candidates, f.options(d))
	if err != nil {
		return err
	}
	report, end := a.progress("replaying")
	defer end()
	sweeps, err := job.SweepSemantic(ctx, d, eval.DefaultThresholds(), float64(f.maxFalse), &eval.RunOptions{Workers: f.data.workers, Progress: report})
	if err != nil {
		return collapse(err)
	}
	end()
	if f.noText {
		for i := range sweeps {
			sweeps[i].DropTexts()
		}
	}
	if f.json {
		return printJSON(a.stdout, sweeps)
	}
	return text.Write(a.stdout, reports.SemanticSweeps(sweeps))
}

// percent is a flag of a share: it takes percent, "1%", and nothing else.
type percent float64

// String implements pflag.Value.
func (p *percent) String() string { return strconv.FormatFloat(100*float64(*p), 'g', -1, 64) + "%" }

// Type implements pflag.Value.
func (p *percent) Type() string { return "PERCENT" }

// Set implements pflag.Value.
func (p *percent) Set(s string) error {
	number, ok := strings.CutSuffix(strings.TrimSpace(s), "%")
	x, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if !ok || err != nil || !(x > 0) || x >= 100 {
		return errors.New("want more than 0% and less than 100%, such as 1%")
	}
	*p = percent(x / 100)
	return nil
}

// replayCaches replays the caches of the candidates.
func (a *app) replayCaches(ctx context.Context, workers int, d *datasets.Dataset, candidates []eval.Candidate, opts *eval.Options) (*eval.Comparison, error) {
	cached := *opts
	cached.Caches = true
	job, err := eval.NewJob(candidates, &cached)
	if err != nil {
		return nil, err
	}
	report, end := a.progress("replaying caches")
	defer end()
	sums, err := job.Run(ctx, d, d.Shards(), &eval.RunOptions{Workers: workers, Progress: report})
	if err != nil {
		return nil, collapse(err)
	}
	end()
	return job.Finish(sums), nil
}
