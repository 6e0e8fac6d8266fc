package tune

import (
	"context"
	"slices"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
)

// Halves returns what comes of choosing on one half of the labels: the table that answers what was asked for is chosen on
// each half and judged on the other. It is chosen with half as many labels, and says about how much better than it is the
// table looks that is chosen on all.
func (s *Search) Halves(ctx context.Context, d *datasets.Dataset, run *RunOptions, tuned *Tuned, f *Frontier, ask FrontierAsk) (*FrontierTable, error) {
	halves := s.halves(tuned, f)
	var trials []eval.Trial
	for half := range 2 {
		chosen, err := f.chosenOn(ctx, run, halves, half)
		if err != nil {
			return nil, err
		}
		answer, err := chosen.Answer(ask)
		if err != nil {
			return nil, err
		}
		for k := range chosen.Tasks {
			w := chosen.Tasks[k].Way(answer.Options[k])
			trials = append(trials, eval.Trial{Task: chosen.Tasks[k].Task, Chain: w.Chain, Accept: w.Accept})
		}
	}
	walks, err := eval.NewTrials(&s.Candidate, trials, &s.Options)
	if err != nil {
		return nil, err
	}
	tries, err := walks.Run(ctx, d, run.stage("judging each half on the other"))
	if err != nil {
		return nil, err
	}
	out := f.sum(func(t *FrontierTask) (cost, quality float64) {
		k := slices.IndexFunc(f.Tasks, func(o FrontierTask) bool { return o.Task == t.Task })
		tried := &tries.Tasks[slices.IndexFunc(tries.Tasks, func(o eval.TriedTask) bool { return o.Task == t.Task })]
		return judged(t, tried, halves[k])
	})
	return &out, nil
}

// halves cuts the labeled requests of each task of the frontier into two, such that requests which are alike stay together.
func (s *Search) halves(tuned *Tuned, f *Frontier) (out [][]int) {
	var rows []datasets.Cluster
	var counts []int
	for k := range f.Tasks {
		i := slices.IndexFunc(tuned.Tried, func(t eval.TriedTask) bool { return t.Task == f.Tasks[k].Task })
		for j := range tuned.Tried[i].Labeled {
			rows = append(rows, tuned.Tried[i].Labeled[j].Cluster)
		}
		counts = append(counts, len(tuned.Tried[i].Labeled))
	}
	folds := Cut(rows, nil, s.Options.Seed)
	for _, n := range counts {
		var half []int
		for _, fold := range folds[:n] {
			half = append(half, fold%2)
		}
		out, folds = append(out, half), folds[n:]
	}
	return out
}

// chosenOn is the frontier on the labels of one half.
func (f *Frontier) chosenOn(ctx context.Context, run *RunOptions, halves [][]int, half int) (*Frontier, error) {
	out := &Frontier{Baseline: f.Baseline, Longest: f.Longest, Tasks: slices.Clone(f.Tasks)}
	var sweeps []*taskSweep
	for k := range out.Tasks {
		t := &out.Tasks[k]
		if t.sweep == nil {
			continue
		}
		sweep := *t.sweep
		sweep.sweeps, sweep.kept = nil, nil
		sweep.rows.BaseQuality = slices.Clone(sweep.columns.BaseQuality)
		at := 0 // among the labeled
		for i, q := range sweep.columns.BaseQuality {
			if q == q && sweep.columns.Weight[i] > 0 {
				if halves[k][at] != half {
					sweep.rows.BaseQuality[i] = nan
				}
				at++
			}
		}
		if quality := weightedMean(sweep.rows.BaseQuality, sweep.rows.Weight); quality == quality {
			t.BaseQuality, t.Options, t.sweep = quality, nil, &sweep
			sweeps = append(sweeps, &sweep)
		} else { // no label of the task is in this half: it stays
			t.Options, t.sweep = []FrontierOption{f.Tasks[k].stay}, nil
		}
	}
	stage := [2]string{"sweeping chains on one half of the labels", "sweeping chains on the other half"}[half]
	if err := sweepAll(ctx, sweeps, f.Longest, run, stage); err != nil {
		return nil, err
	}
	return out, out.combine()
}

// judged is what a task comes to whose first trial was chosen on the half 0 of its labels, and its second on the other.
func judged(t *FrontierTask, tried *eval.TriedTask, halves []int) (cost, quality float64) {
	saving := 0.0
	deltas, weights := make([]float64, len(halves)), make([]float64, len(halves))
	for half := range 2 {
		trial := &tried.Trials[half]
		if trial.Saving == trial.Saving {
			saving += trial.Saving / 2
		}
		own := trial.Delta.Append(nil)
		for i := range halves {
			weights[i] = tried.Labeled[i].Weight
			if halves[i] != half {
				deltas[i] = own[i]
			}
		}
	}
	return t.BaseCost - saving, t.BaseQuality + weightedMean(deltas, weights)
}
