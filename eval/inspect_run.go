package eval

import (
	"context"
	"errors"
	"fmt"

	"github.com/tierwise/tierwise/datasets"
)

// InspectOptions of Inspect. The zero value is usable.
type InspectOptions struct {
	RunOptions
	// Baseline is the model that others are compared with; "": the best one, by the rule of Survey.BestModel.
	Baseline string
	// Tolerance and TaskTolerance are what the whole and each task may lose, as shares; 0: 0.01 and 0.05.
	Tolerance, TaskTolerance float64
	// Alpha is the one-sided level of the tests; 0: 0.05.
	Alpha float64
}

func (o *InspectOptions) settings() InspectionSettings {
	s := InspectionSettings{Tolerance: o.Tolerance, TaskTolerance: o.TaskTolerance, Alpha: o.Alpha, Power: power}
	setDefault(&s.Tolerance, 0.01)
	setDefault(&s.TaskTolerance, 0.05)
	setDefault(&s.Alpha, 0.05)
	return s
}

// Inspect reads the traffic twice, for the best model must be known before others are compared with it. It keeps a block
// for each worker in memory, and 16 bytes for each request to find what is there twice. If the data has faults the error
// is Problems.
func Inspect(ctx context.Context, d *datasets.Dataset, opts *InspectOptions) (*Inspection, error) {
	if opts == nil {
		opts = &InspectOptions{}
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
	baseline, why := opts.Baseline, error(nil)
	switch {
	case baseline != "" && survey.Models[baseline] == nil:
		return nil, fmt.Errorf("baseline %s: the data has no outcome of it; it has %s", baseline, some(survey.ByCost()))
	case baseline == "":
		baseline, why = survey.BestModel()
	}
	run.Progress = part(opts.Progress, 1)
	sums, err := inspect(ctx, d, baseline, &run)
	if err != nil {
		return nil, err
	}
	x := finisher{d: d, survey: survey, sums: sums, settings: opts.settings(), baseline: baseline}
	return x.finish(why), nil
}

// part makes the progress of one of the two passes that of the whole.
func part(report func(done, total int64), pass int64) func(done, total int64) {
	if report == nil {
		return nil
	}
	return func(done, total int64) { report(pass*total+done, 2*total) }
}

// inspect makes the second pass.
func inspect(ctx context.Context, d *datasets.Dataset, baseline string, opts *RunOptions) (*inspectSums, error) {
	columns := datasets.Columns{Prompt: true, Response: d.Has("response")}
	parts, err := pass(ctx, d, d.Shards(), columns, opts, func() (func(*datasets.Traffic), func() *inspectSums) {
		sums := newInspectSums()
		var b block
		add := func(t *datasets.Traffic) {
			b.traffic = t
			b.loadWeights(t)
			sums.add(&b, baseline)
		}
		return add, func() *inspectSums { return sums }
	})
	if err != nil {
		return nil, err
	}
	total := newInspectSums()
	for _, s := range parts {
		total.merge(s)
	}
	var ids idSet
	ids.add(total.ids)
	return total, checkDuplicates(ctx, d, &ids)
}
