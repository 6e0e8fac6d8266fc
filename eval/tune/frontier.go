package tune

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/frontier"
	"github.com/tierwise/tierwise/routing"
)

// A Frontier is what quality can be had for what money, in hindsight: every chain of up to [Frontier.Longest] tiers of rising
// price under every acceptance threshold, for each task, and the whole tables that combine one of them per task. Nothing of it
// is certified: it is chosen on the labels that judge it. What routing costs is not in it.
type Frontier struct {
	Baseline     string
	Tasks        []FrontierTask // in the order of Tuned.Tasks, without those of no request
	Longest      int            // tiers of the longest chains that were swept
	Chains       int            // swept, over all tasks
	Combinations float64        // of thresholds in these chains

	table   *frontier.Table
	bill    float64 // of the baseline, USD per request
	labeled float64 // share of the traffic in tasks with labels, of which qualities are means
}

// A FrontierTask is the options of a task that are worth having.
type FrontierTask struct {
	Task        string
	Share       float64          // of the traffic
	Graded      int              // requests with a graded outcome of the baseline; 0: it stays on the baseline
	BaseCost    float64          // USD per request
	BaseQuality float64          // NaN: unknown
	Options     []FrontierOption // by rising cost and quality
	// Tuned is the option of the tuned table; nil: it stays on the baseline.
	Tuned *FrontierOption
	// Exact: all combinations of thresholds of all its chains were tried. Else some chains of three thresholds were tried at
	// quantiles, and FrontierOption.Exact says which.
	Exact bool
	// Fixed says why there is nothing to choose: the task is pinned, or wants an error where no answer is accepted.
	Fixed string

	sweep *taskSweep
	stay  FrontierOption // on the baseline
}

// A FrontierOption is a way to serve a task: see [FrontierTask.Way].
type FrontierOption struct {
	Cost, Quality float64 // USD per request of the task, and mean quality, on the scale of the baseline's
	Exact         bool    // all combinations of thresholds of its chain were tried
	Tuned         bool    // it is that of the tuned table
	way           *Way    // of an option that was not swept
	swept         frontier.ChainOption
}

// A FrontierTable is a whole table of a frontier.
type FrontierTable struct {
	Options []int   // per task of the frontier; nil: that of no options
	Cost    float64 // USD per request
	Quality float64 // mean over the tasks with labels
	Saves   float64 // share of the baseline's bill
	// Reached is false if no table is within the budget, or as good as was asked: this is the nearest.
	Reached bool
	// Exact: no table of the tasks' options is better. Else none is better by more than Gap, a quality for a budget, USD per
	// request for a quality.
	Exact bool
	Gap   float64
}

// Frontier sweeps the dataset that was tuned on.
func (s *Search) Frontier(ctx context.Context, d *datasets.Dataset, run *RunOptions, tuned *Tuned) (*Frontier, error) {
	if s.MaxP95 > 0 || s.MaxEscalation > 0 {
		return nil, errors.New("a frontier looks at cost and quality alone: search it without limits of latency and escalation")
	}
	ladder, err := newLadder(s.Candidate.Config, tuned.Baseline, s.Exclude)
	if err != nil {
		return nil, err
	}
	trials, err := eval.NewTrials(&s.Candidate, ladder.columnTrials(), &s.Options)
	if err != nil {
		return nil, err
	}
	columns, err := trials.Columns(ctx, d, run.stage("reading outcomes"))
	if err != nil {
		return nil, err
	}
	floors, base := ladder.floors(columns)
	out := &Frontier{Baseline: tuned.Baseline, Longest: maxLongest}
	var sweeps []*taskSweep
	for k := range tuned.Tasks {
		name := tuned.Tasks[k].Task
		i := slices.IndexFunc(s.Candidate.Config.Tasks, func(t routing.Task) bool { return t.Name == name })
		if tuned.Tried[k].Requests == 0 || !(weight(s.Options.Mix, &tuned.Tried[k]) > 0) {
			continue
		}
		out.Tasks = append(out.Tasks, s.frontierTask(tuned, k, &columns[i], floors[base].tier))
		task := &out.Tasks[len(out.Tasks)-1]
		if task.Fixed != "" {
			continue
		}
		sweep := &taskSweep{task: &s.Candidate.Config.Tasks[i], floors: floors, base: base, columns: &columns[i], checks: ladder.columnChecks(&s.Candidate.Config.Tasks[i])}
		task.sweep = sweep
		sweep.layOut(s.Candidate.Config)
		out.Longest = min(out.Longest, sweep.longest())
		sweeps = append(sweeps, sweep)
	}
	if !slices.ContainsFunc(out.Tasks, func(t FrontierTask) bool { return t.Graded > 0 }) {
		return nil, fmt.Errorf("no request has a graded answer of the baseline %s: there is no quality to be had for money", tuned.Baseline)
	}
	if err := sweepAll(ctx, sweeps, out.Longest, run, "sweeping chains under all thresholds"); err != nil {
		return nil, err
	}
	return out, out.combine()
}

// frontierTask is a task of a result before it is swept, with what is known to work for it: the option that was certified, or
// pinned, and the baseline.
func (s *Search) frontierTask(t *Tuned, k int, columns *eval.TrialColumns, baseline string) FrontierTask {
	tried := &t.Tried[k]
	config := s.Candidate.Config
	task := &config.Tasks[slices.IndexFunc(config.Tasks, func(task routing.Task) bool { return task.Name == tried.Task })]
	out := FrontierTask{
		Task: tried.Task, Share: weight(s.Options.Mix, tried), Graded: len(tried.Labeled), BaseCost: tried.BaseCost, BaseQuality: weightedMean(columns.BaseQuality, columns.Weight), Exact: true,
	}
	switch {
	case out.Graded == 0:
		out.Fixed = "no labels"
	case s.Pins[tried.Task] != "":
		out.Fixed = "pinned"
	case errsWhenExhausted(config, task):
		out.Fixed = `on_exhausted is "error"`
	}
	if w := t.Way(k); w != nil {
		trial := &tried.Trials[slices.IndexFunc(t.Ways[k], func(o Way) bool { return o.Option == w.Option })]
		var weights []float64
		for i := range tried.Labeled {
			weights = append(weights, tried.Labeled[i].Weight)
		}
		out.Tuned = &FrontierOption{Cost: out.BaseCost - trial.Saving, Quality: out.BaseQuality + weightedMean(trial.Delta.Append(nil), weights), Exact: true, Tuned: true, way: w}
		out.Options = append(out.Options, *out.Tuned)
	}
	stay := &Way{Chain: []string{baseline}, Accept: fixedChecks(task, "", baseline)}
	out.stay = FrontierOption{Cost: out.BaseCost, Quality: out.BaseQuality, Exact: true, way: stay}
	if out.Tuned == nil || s.Pins[tried.Task] == "" {
		out.Options = append(out.Options, out.stay)
	}
	return out
}

// errsWhenExhausted reports whether a task wants no answer rather than one that its checks refuse.
func errsWhenExhausted(c *routing.Config, t *routing.Task) bool {
	return t.OnExhausted == "error" || t.OnExhausted == "" && c.OnExhausted == "error"
}

// weightedMean is the mean of the values that are known; NaN if none is.
func weightedMean(values, weights []float64) float64 {
	var sum, weight eval.Fixed
	for i, v := range values {
		if v == v {
			sum.Add(weights[i] * v)
			weight.Add(weights[i])
		}
	}
	if w := weight.Float64(); w > 0 {
		return sum.Float64() / w
	}
	return nan
}

// sweepAll sweeps tasks side by side, the largest first: it would be waited for if it came last. Progress is in chains.
func sweepAll(ctx context.Context, sweeps []*taskSweep, longest int, run *RunOptions, stage string) error {
	sweeps = slices.Clone(sweeps)
	slices.SortStableFunc(sweeps, func(a, b *taskSweep) int { return cmp.Compare(len(b.rows.Weight), len(a.rows.Weight)) })
	var next, done atomic.Int64
	total := int64(0)
	for _, s := range sweeps {
		s.chains = s.chainsUpTo(longest)
		total += int64(len(s.chains))
	}
	report := run.stage(stage).Progress
	each := func() {
		n := done.Add(1)
		if report != nil {
			report(n, total)
		}
	}
	errs := make([]error, len(sweeps))
	var workers sync.WaitGroup
	for range min(max(run.Workers, 1), runtime.GOMAXPROCS(0), max(len(sweeps), 1)) {
		workers.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(sweeps) {
					return
				}
				if errs[i] = sweeps[i].run(ctx, each); errs[i] == nil {
					sweeps[i].settle()
				}
			}
		})
	}
	workers.Wait()
	return errors.Join(errs...)
}
