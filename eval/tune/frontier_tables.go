package tune

import (
	"cmp"
	"math"
	"slices"

	"github.com/tierwise/tierwise/eval/frontier"
	"github.com/tierwise/tierwise/routing"
)

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
			t.Options, t.Exact = worthHaving(append(t.sweep.found(t.BaseCost, t.BaseQuality), t.Options...)), t.sweep.exact()
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
