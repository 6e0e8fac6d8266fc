package main

import (
	"context"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/gate"
	"github.com/tierwise/tierwise/routing"
)

// replay replays the traffic as the policy's sections ask.
func (a *app) replay(ctx context.Context, f *checkFlags, in *gate.Input) error {
	candidates, err := f.candidates(in)
	if err != nil {
		return err
	}
	d, names, err := f.data.open(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	for _, output := range f.outputs {
		if err := keepInputs(output, names...); err != nil {
			return err
		}
	}
	opts := &eval.Options{
		Baseline: in.Config.Baseline, GoldTasks: f.goldTasks, Reprice: f.reprice, Seed: 1, TotalRows: d.NumRows(),
		Details: in.Certificate != nil, // for the data hash
	}
	if s := in.Policy.VsBaseline; s != nil {
		opts.Tolerance, opts.TaskTolerance, opts.Alpha = s.Limit(gate.Tolerance), s.Limit(gate.TaskTolerance), s.Alpha()
	}
	job, err := eval.NewJob(candidates, opts)
	if err != nil {
		return err
	}
	report, end := a.progress("replaying")
	defer end()
	run := &eval.RunOptions{Workers: f.data.workers, Progress: report}
	sums, err := job.Run(ctx, d, d.Shards(), run)
	if err != nil {
		return collapse(err)
	}
	end()
	if sums.Rows.N == 0 {
		return errNoRequests
	}
	in.Comparison = job.Finish(sums)
	in.Comparison.Data.Files, in.Comparison.Tool = names, version()
	if err := checkModels(ctx, &evalFlags{data: f.data}, d, in.Comparison, candidates); err != nil {
		return err
	}
	in.Comparison.Candidates[0].PlanLabels(labelPlan(in.Policy.VsBaseline))
	if s := in.Policy.VsMain; s != nil {
		report, end = a.progress("comparing")
		defer end()
		in.Versus, err = job.Versus(ctx, d, candidates[0].Label, candidates[1].Label,
			&eval.VersusOptions{Tolerance: s.Limit(gate.Tolerance), TaskTolerance: s.Limit(gate.TaskTolerance), Alpha: s.Alpha()},
			&eval.RunOptions{Workers: f.data.workers, Progress: report})
		if err != nil {
			return err
		}
		end()
		in.Versus.PlanLabels(labelPlan(s))
	}
	if err := a.exactP95(ctx, f, job, d, in); err != nil {
		return err
	}
	if in.Policy.WantsCaches() && in.Config.Cache.Semantic != nil {
		c, err := a.replayCaches(ctx, f.data.workers, d, candidates[:1], opts)
		if err != nil {
			return err
		}
		in.Caches, in.CachesOff = c.Candidates[0].Caches, c.CachesOff
	}
	return a.drawCheck(ctx, f, job, d, in)
}

// exactP95 makes latencies exact where a limit of the policy is too near to tell from bins.
func (a *app) exactP95(ctx context.Context, f *checkFlags, job *eval.Job, d *datasets.Dataset, in *gate.Input) error {
	in.ExactP95 = true
	fresh := &in.Comparison.Candidates[0]
	exact := func(s *gate.Section, old string, r *eval.Result) error {
		if s == nil || s.Rule(gate.MaxP95) == nil || !r.LatencyP95.Known() || !eval.NearLatency(float64(r.LatencyP95), s.Limit(gate.MaxP95)) {
			return nil
		}
		report, end := a.progress("counting latencies")
		defer end()
		p95, err := job.ExactP95(ctx, d, fresh.Label, old, float64(r.LatencyP95), &eval.RunOptions{Workers: f.data.workers, Progress: report})
		if err != nil {
			return collapse(err)
		}
		r.LatencyP95 = eval.Number(p95)
		return nil
	}
	if err := exact(in.Policy.VsBaseline, "", &fresh.Whole); err != nil || in.Versus == nil {
		return err
	}
	return exact(in.Policy.VsMain, in.Versus.Old, &in.Versus.Whole)
}

// candidates are the config and, if there is one, what it is compared with. Only beside an old one is it called new.
func (f *checkFlags) candidates(in *gate.Input) ([]eval.Candidate, error) {
	label := "new"
	if in.Against == nil {
		label = in.Config.Source
	}
	var out []eval.Candidate
	for _, c := range []struct {
		label  string
		config *routing.Config
	}{{label, in.Config}, {"old", in.Against}} {
		if c.config == nil {
			continue
		}
		candidate := eval.Candidate{Label: c.label, Config: c.config}
		if err := readOutOfFold(&candidate); err != nil {
			return nil, err
		}
		out = append(out, candidate)
	}
	return out, nil
}
