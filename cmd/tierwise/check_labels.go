package main

import (
	"context"
	"fmt"
	"math"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/gate"
)

// drawTo checks the output that takes the requests to label next.
func (f *checkFlags) drawTo(path, config string) error {
	if len(f.data.data) == 0 {
		return fmt.Errorf("-o %s: its rows are requests: name traffic with -d", path)
	}
	if err := checkPlace(path); err != nil {
		return err
	}
	if err := keepInputs(path, config, f.policy, f.against, f.certificate, f.data.mapping); err != nil {
		return err
	}
	f.labels = path
	return keepGrades("-o", path, f.data.args())
}

// labelPlan is what a section of the policy wants labels for.
func labelPlan(s *gate.Section) eval.LabelPlan {
	if s == nil {
		return eval.LabelPlan{}
	}
	return eval.LabelPlan{
		Whole: s.Rule(gate.Tolerance) != nil, Tasks: s.Rule(gate.TaskTolerance) != nil,
		Labels: int64(math.Ceil(s.Limit(gate.MinLabels))), Coverage: s.Limit(gate.MinCoverage),
	}
}

// drawCheck writes the requests to label next, if they are wanted: those of both sections.
func (a *app) drawCheck(ctx context.Context, f *checkFlags, job *eval.Job, d *datasets.Dataset, in *gate.Input) error {
	if f.labels == "" {
		return nil
	}
	report, end := a.progress("drawing requests to label")
	defer end()
	run := &eval.RunOptions{Workers: f.data.workers, Progress: report}
	only := *in.Comparison
	only.Candidates = only.Candidates[:1] // what the other config wants is not asked
	list, err := job.LabelNext(ctx, d, &only, run)
	if err != nil {
		return collapse(err)
	}
	if in.Versus != nil {
		name(list, "vs_baseline")
		other, err := job.LabelNextVersus(ctx, d, in.Versus, run)
		if err != nil {
			return collapse(err)
		}
		name(other, "vs_main")
		list.Merge(other)
	}
	sheet := labelSheet{flag: "-o", path: f.labels, data: f.data, several: in.Versus != nil}
	f.labelNote, err = sheet.write(ctx, d, list)
	return err
}

// name says which section of a policy the needs of a list are of.
func name(list *eval.LabelList, section string) {
	for i := range list.Needs {
		list.Needs[i].Candidate = section
	}
}
