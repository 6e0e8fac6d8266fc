package main

import (
	"context"
	"slices"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/tune"
	"github.com/tierwise/tierwise/routing"
)

// drawTuneLabels writes the requests to label so that tasks which stay for want of labels are moved, and that the whole is told
// of where it is inconclusive, and returns what there is to say of them. All models that a task could go to are to be graded: its options are judged on the same requests.
func (a *app) drawTuneLabels(ctx context.Context, f *tuneFlags, d *datasets.Dataset, from *eval.Candidate, s *shipment) (string, error) {
	t, next := s.tuning.Tuned, *from
	next.Label, next.Config = "tune", widest(t)
	e := f.evalFlags()
	e.labels = f.labels
	job, err := eval.NewJob([]eval.Candidate{next}, e.options(d))
	if err != nil {
		return "", err
	}
	report, end := a.progress("looking for requests to label")
	defer end()
	sums, err := job.Run(ctx, d, d.Shards(), &eval.RunOptions{Workers: f.data.workers, Progress: report, Memo: &s.memo})
	if err != nil {
		return "", collapse(err)
	}
	end()
	c := job.Finish(sums)
	for i := range c.Candidates[0].Tasks {
		task := &c.Candidates[0].Tasks[i]
		task.LabelNext = 0
		for k := range t.Tasks {
			if t.Tasks[k].Task == task.Task {
				task.LabelNext = int64(t.Wants(k))
			}
		}
	}
	if err := a.drawLabels(ctx, e, job, d, c); err != nil {
		return "", err
	}
	return e.labelNote, nil
}

// widest is the tuned config in which each task that wants labels reaches every tier that it could be moved to, with every
// signal that could be swept.
func widest(t *tune.Tuned) *routing.Config {
	out := *t.Config
	out.Tasks = slices.Clone(out.Tasks)
	for i := range out.Tasks {
		task := &out.Tasks[i]
		k := slices.IndexFunc(t.Tasks, func(r tune.TaskResult) bool { return r.Task == task.Name })
		if t.Wants(k) == 0 {
			continue
		}
		base := task.Chain[len(task.Chain)-1]
		if of := slices.IndexFunc(out.Tiers, func(r routing.Tier) bool { return r.Model == t.Baseline }); of >= 0 {
			base = out.Tiers[of].Name // the task may have been moved off it
		}
		var chain []string
		task.Accept = nil
		for _, w := range t.Ways[k] {
			for _, tier := range w.Chain {
				if tier != base && !slices.Contains(chain, tier) {
					chain = append(chain, tier)
				}
			}
			for _, check := range w.Accept {
				at := slices.IndexFunc(task.Accept, func(o routing.Accept) bool {
					return o.Check == check.Check && o.Pattern == check.Pattern && o.Schema == check.Schema
				})
				if at < 0 {
					at = len(task.Accept)
					check.PerTier = map[string]float64{}
					task.Accept = append(task.Accept, check)
				}
				for _, tier := range w.Chain[:len(w.Chain)-1] {
					task.Accept[at].PerTier[tier] = 1 // whatever it is: which answers pass does not matter
				}
			}
		}
		for c := range task.Accept {
			task.Accept[c].Min = nil
		}
		task.Chain = append(chain, base)
	}
	return &out
}
