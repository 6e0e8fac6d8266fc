package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
)

// readMix sets the mix that --mix names in the options: shares in TOML, or production's own traffic, which the candidates
// route. It returns the files that were read.
func (a *app) readMix(ctx context.Context, f *evalFlags, candidates []eval.Candidate, opts *eval.Options) ([]string, error) {
	switch {
	case f.mix == "":
		return nil, nil
	case len(candidates) == 0:
		return nil, fmt.Errorf("--mix %s: a mix weighs the tasks of a config: name one", f.mix)
	}
	if filepath.Ext(f.mix) == ".toml" {
		data, err := os.ReadFile(f.mix)
		if err != nil {
			return nil, fmt.Errorf("--mix: %w", err)
		}
		opts.Mix, err = eval.ParseMix(f.mix, data, candidates)
		return []string{f.mix}, err
	}
	names, err := datasets.Expand([]string{f.mix})
	if err != nil {
		return nil, fmt.Errorf("--mix: %w", err)
	}
	d, err := datasets.Open(ctx, names, nil)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	job, err := eval.NewJob(candidates, opts)
	if err != nil {
		return nil, err
	}
	report, end := a.progress("routing " + f.mix)
	defer end()
	opts.Mix, err = job.MeasureMix(ctx, d, f.mix, &eval.RunOptions{Workers: f.data.workers, Progress: report})
	if err != nil {
		return nil, collapse(err)
	}
	return names, nil
}
