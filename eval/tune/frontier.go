package tune

import (
	"cmp"
	"context"
	"errors"
	"math"
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
		if tuned.Tried[k].Requests == 0 || !(tuned.Tried[k].Weight > 0) {
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
	if err := sweepAll(ctx, sweeps, out.Longest, run); err != nil {
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
		Task: tried.Task, Share: tried.Weight, Graded: len(tried.Labeled), BaseCost: tried.BaseCost, BaseQuality: weightedMean(columns.BaseQuality, columns.Weight), Exact: true,
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
		out.Tuned = &FrontierOption{Cost: out.BaseCost - trial.Saving, Quality: out.BaseQuality + weightedMean(trial.Delta, weights), Exact: true, Tuned: true, way: w}
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

// sweepAll sweeps tasks side by side.
func sweepAll(ctx context.Context, sweeps []*taskSweep, longest int, run *RunOptions) error {
	var next, done atomic.Int64
	total := int64(0)
	for _, s := range sweeps {
		s.chains = s.chainsUpTo(longest)
		total += int64(len(s.chains))
	}
	report := run.stage("sweeping thresholds").Progress
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
				errs[i] = sweeps[i].run(ctx, each)
			}
		})
	}
	workers.Wait()
	return errors.Join(errs...)
}

// combine makes whole tables of what was swept.
func (f *Frontier) combine() error {
	weight := 0.0
	for k := range f.Tasks {
		weight += f.Tasks[k].Share
	}
	var tasks []frontier.Task
	for k := range f.Tasks {
		t := &f.Tasks[k]
		t.Share /= weight
		if t.sweep != nil {
			t.Options, t.Exact = worthHaving(append(t.sweep.options(t.BaseCost, t.BaseQuality), t.Options...)), t.sweep.exact()
			f.Chains, f.Combinations = f.Chains+len(t.sweep.chains), f.Combinations+t.sweep.combinations()
		}
		f.bill += t.Share * t.BaseCost
		if t.Graded > 0 {
			f.labeled += t.Share
		}
		task := frontier.Task{Name: t.Task, Weight: t.Share}
		for _, o := range t.Options {
			quality := o.Quality
			if t.Graded == 0 {
				quality = 0 // of no weight in what is shown: see quality
			}
			task.Options = append(task.Options, frontier.Option{Tiers: len(o.swept.Chain), Cost: o.Cost, Quality: quality})
		}
		tasks = append(tasks, task)
	}
	var err error
	f.table, err = frontier.NewTable(tasks)
	return err
}

// of returns a table of so much cost and quality per request of all traffic.
func (f *Frontier) of(options []int, cost, quality float64) FrontierTable {
	return FrontierTable{Options: options, Cost: cost, Quality: quality / f.labeled, Saves: 1 - cost/f.bill, Reached: true, Exact: true}
}

// AtBudget returns the best table that costs at most so many USD per request.
func (f *Frontier) AtBudget(usd float64) (*FrontierTable, error) {
	c, err := f.table.AtBudget(usd, 0)
	if err != nil {
		return nil, err
	}
	out := f.of(c.Options, c.Cost, c.Quality)
	out.Reached, out.Exact, out.Gap = c.Reached, c.Exact, c.Gap/f.labeled
	return &out, nil
}

// AtQuality returns the cheapest table of at least that mean quality.
func (f *Frontier) AtQuality(least float64) (*FrontierTable, error) {
	c, err := f.table.AtQuality(least*f.labeled, 0)
	if err != nil {
		return nil, err
	}
	out := f.of(c.Options, c.Cost, c.Quality)
	out.Reached, out.Exact, out.Gap = c.Reached, c.Exact, c.Gap
	return &out, nil
}

// Curve returns the hull of whole tables from the cheapest to the best, thinned to about so many that lie evenly along it: each is
// the best for its money, and between two of the whole hull lie their random mixes.
func (f *Frontier) Curve(points int) []FrontierTable {
	hull := f.table.Hull()
	n := len(hull.Steps)
	at := func(i int) (cost, quality float64) {
		if i == 0 {
			return hull.Cost, hull.Quality
		}
		return hull.Steps[i-1].Cost, hull.Steps[i-1].Quality
	}
	cost0, quality0 := at(0)
	cost1, quality1 := at(n)
	way := func(i int) float64 { // how far along the hull, from 0 to 2
		cost, quality := at(i)
		return share(cost-cost0, cost1-cost0) + share(quality-quality0, quality1-quality0)
	}
	var out []FrontierTable
	kept := math.Inf(-1)
	for i := range n + 1 {
		if w := way(i); i == n || w-kept >= way(n)/float64(max(points-1, 1)) {
			kept = w
			cost, quality := at(i)
			out = append(out, f.of(hull.Table(i), cost, quality))
		}
	}
	return out
}

// share is a part of a whole, 0 of nothing.
func share(part, whole float64) float64 {
	if whole > 0 {
		return part / whole
	}
	return 0
}

// BaselineTable is everything on the baseline.
func (f *Frontier) BaselineTable() FrontierTable {
	return f.sum(func(t *FrontierTask) (cost, quality float64) { return t.BaseCost, t.BaseQuality })
}

// TunedTable is the table that was tuned, on the scale of the others.
func (f *Frontier) TunedTable() FrontierTable {
	return f.sum(func(t *FrontierTask) (cost, quality float64) {
		if t.Tuned == nil {
			return t.BaseCost, t.BaseQuality
		}
		return t.Tuned.Cost, t.Tuned.Quality
	})
}

func (f *Frontier) sum(each func(t *FrontierTask) (cost, quality float64)) FrontierTable {
	var cost, quality float64
	for k := range f.Tasks {
		t := &f.Tasks[k]
		c, q := each(t)
		cost += t.Share * c
		if t.Graded > 0 {
			quality += t.Share * q
		}
	}
	return f.of(nil, cost, quality)
}

// worthHaving keeps, of options of a task, those that none makes pointless, by rising cost and quality. Of equal ones that
// counts which was not swept, then that of the shorter chain, then the first.
func worthHaving(options []FrontierOption) (kept []FrontierOption) {
	type key struct {
		cost, quality float64
		tiers, at     int32
	}
	keys := make([]key, len(options))
	for i := range options {
		o := &options[i]
		keys[i] = key{o.Cost, o.Quality, int32(len(o.swept.Chain)), int32(i)}
	}
	slices.SortFunc(keys, func(a, b key) int {
		return cmp.Or(cmp.Compare(a.cost, b.cost), cmp.Compare(b.quality, a.quality), cmp.Compare(a.tiers, b.tiers), cmp.Compare(a.at, b.at))
	})
	for _, k := range keys {
		if len(kept) == 0 || k.quality > kept[len(kept)-1].Quality {
			kept = append(kept, options[k.at])
		}
	}
	return kept
}

// Exact reports whether all combinations of thresholds of all chains were tried.
func (f *Frontier) Exact() bool {
	return !slices.ContainsFunc(f.Tasks, func(t FrontierTask) bool { return !t.Exact })
}

// Config is a config with the options of a table.
func (f *Frontier) Config(c *routing.Config, t *FrontierTable) *routing.Config {
	out := *c
	out.Tasks = slices.Clone(c.Tasks)
	for k := range f.Tasks {
		i := slices.IndexFunc(out.Tasks, func(task routing.Task) bool { return task.Name == f.Tasks[k].Task })
		w := f.Tasks[k].Way(t.Options[k])
		out.Tasks[i].Chain, out.Tasks[i].Accept = w.Chain, w.Accept
	}
	return &out
}

// Way returns an option as the task has it in its config.
func (t *FrontierTask) Way(option int) Way {
	o := &t.Options[option]
	if o.way != nil {
		return *o.way
	}
	return t.sweep.way(&o.swept)
}
