package eval

import (
	"slices"

	"github.com/tierwise/tierwise/eval/stats"
)

// An adviser makes an Advice of a comparison of single models.
type adviser struct {
	c    *Comparison
	plan *Plan
	base *ReferenceResult
	out  *Advice
}

// advise makes the advice from the reference rows and the oracle.
func (c *Comparison) advise(plan *Plan) *Advice {
	a := adviser{c: c, plan: plan, base: c.reference(c.Baseline), out: &Advice{
		Format: AdviceFormat, Version: AdviceVersion, Data: c.Data, Plan: *plan, Baseline: c.Baseline,
		Settings: AdviceSettings{c.Settings.Tolerance, c.Settings.TaskTolerance, c.Settings.Alpha},
		Options:  []AdviceOption{}, Skew: []SkewShare{}, Tasks: []AdviceTask{}, Findings: []Finding{},
	}}
	a.bill()
	a.tasks()
	a.skew()
	a.options()
	a.pay()
	a.models()
	a.decide()
	a.findings()
	return a.out
}

func (a *adviser) bill() {
	w := &a.base.Whole
	perRequest := w.CostPer1000 / 1000
	a.out.Bill = Bill{
		PerRequest: perRequest, PerMonth: perRequest * Number(a.plan.perMonth()), Requests: w.Requests, CostKnown: w.CostKnown,
		Quality: w.Quality, QualityN: w.Covered, Unbilled: w.Unbilled,
	}
}

// cheaper reports whether a model has what it takes to replace the baseline: it saves, and it was judged on nearly all
// requests that the baseline was.
func (r *Result) cheaper() bool { return r.Savings > 0 && r.Delta.Known() && r.Coverage >= minCoverage }

// hoped reports whether a model seems to lose no more than the tolerance.
func (a *adviser) hoped(r *Result) bool {
	return r.cheaper() && float64(r.Delta) >= -a.c.Settings.Tolerance
}

// proven reports whether the labels prove that a model holds, as one of so many that were tried: the level is divided by
// their number (Bonferroni), for the one that is taken is picked by the labels that prove it. It must also seem to lose no
// more than the tolerance of the whole, so that a whole made of such tasks does.
func (a *adviser) proven(r *Result, tried int) bool {
	return a.hoped(r) && r.Verdict == stats.Holds && float64(r.P) <= a.c.Settings.Alpha/float64(tried)
}

// options lists what could be saved, from cautious to perfect.
func (a *adviser) options() {
	tried := 0
	for i := range a.c.References {
		if r := &a.c.References[i]; r.Model != a.c.Baseline && r.Whole.cheaper() {
			tried++
		}
	}
	a.addSwitch(SwitchProven, func(r *Result) bool { return a.proven(r, tried) })
	if o := a.out.option(SwitchProven); o != nil {
		a.out.SwitchTo = o.Model
	}
	a.addSwitch(SwitchHoped, a.hoped)
	a.addTable(TableProven, func(t *AdviceTask) *Move { return t.Proven })
	a.addTable(TableHoped, func(t *AdviceTask) *Move { return t.Hoped })
	if o := &a.c.Oracle; o.Graded > 0 && o.Savings.Known() {
		a.add(AdviceOption{Kind: OracleOption, Share: Unknown, Delta: o.Delta, N: o.Graded, Savings: o.Savings})
		a.addPerfect(o)
	}
	a.addUnjudged()
	a.out.Ceiling = a.ceiling()
}

// ceiling returns the most that could be saved: what an option does, or perfect foresight at the upper limit of what the
// labels say of it. Savings between nothing and what the cheapest model saves vary no more than a share of yes and no would,
// so the limit is that of such a share (Clopper and Pearson 1934).
func (a *adviser) ceiling() Number {
	most, known := Number(0), false
	for i := range a.c.References {
		if s := a.c.References[i].Whole.Savings; a.c.References[i].Model != a.c.Baseline && s.Known() {
			most, known = max(most, s), true
		}
	}
	if !known {
		return 1
	}
	ceiling := Number(0)
	for i := range a.out.Options {
		o := &a.out.Options[i]
		ceiling = max(ceiling, o.Savings)
		if n := float64(o.N); (o.Kind == OracleOption || o.Kind == PerfectOption) && most > 0 {
			share := min(max(float64(o.Savings/most), 0), 1)
			ceiling = max(ceiling, most*Number(stats.UpperShare(share*n, n, a.c.Settings.Alpha)))
		}
	}
	return ceiling
}

func (a *adviser) add(o AdviceOption) { a.out.Options = append(a.out.Options, o) }

// compared reports whether there is another model of known cost.
func (a *adviser) compared() bool {
	return slices.ContainsFunc(a.c.References, func(r ReferenceResult) bool {
		return r.Model != a.c.Baseline && r.Whole.Savings.Known()
	})
}

// addSwitch adds the one model for everything that saves most among those that are good, and that fail on no task, unless
// that is the proven one.
func (a *adviser) addSwitch(kind OptionKind, good func(*Result) bool) {
	var best *ReferenceResult
	for i := range a.c.References {
		r := &a.c.References[i]
		fails := slices.ContainsFunc(r.Tasks, func(t TaskResult) bool { return t.Verdict == stats.Fails })
		if r != a.base && !fails && good(&r.Whole) && (best == nil || r.Whole.Savings > best.Whole.Savings) {
			best = r
		}
	}
	if best == nil || best.Model == a.out.SwitchTo {
		return
	}
	w := &best.Whole
	a.add(AdviceOption{Kind: kind, Model: best.Model, Share: 1, Delta: w.Delta, N: w.Covered, Savings: w.Savings})
}

// addTable adds the table that makes a move for each task that has one, unless it is the proven one. Other tasks move with
// the proven switch, if there is one.
func (a *adviser) addTable(kind OptionKind, pick func(*AdviceTask) *Move) {
	o := AdviceOption{Kind: kind}
	labeled, moves := Number(0), false
	for i := range a.out.Tasks {
		t := &a.out.Tasks[i]
		if t.Graded > 0 {
			labeled += t.Share
		}
		m := pick(t)
		moves = moves || m != nil
		if s := a.switchMove(t); m == nil || s != nil && s.Savings > m.Savings {
			m = s
		}
		if m != nil {
			o.Tasks++
			o.Share += t.Share
			if m.Delta.Known() {
				o.Delta += t.Share * m.Delta
			}
			o.N += m.N
			o.Savings += t.Bill * m.Savings
		}
	}
	o.Delta /= labeled // as eval has it: tasks without labels are left out
	same := a.out.option(TableProven)
	if moves && (same == nil || o.Savings > same.Savings) {
		a.add(o)
	}
}

// switchMove returns the move of a task, labeled or not, to the model of the proven switch; nil if there is none or if it
// saves nothing there.
func (a *adviser) switchMove(t *AdviceTask) *Move {
	i := slices.IndexFunc(a.c.References, func(r ReferenceResult) bool { return r.Model == a.out.SwitchTo })
	if i < 0 || !t.Bill.Known() {
		return nil
	}
	if r := a.other(i, t.Task); r != nil && r.Savings > 0 {
		return a.move(i, r)
	}
	return nil
}

// addPerfect adds the oracle that uses up the tolerance: with the single model that makes most of it.
func (a *adviser) addPerfect(oracle *Oracle) {
	tolerance := Number(a.c.Settings.Tolerance)
	best := oracle.Savings
	for i := range a.c.References {
		r := &a.c.References[i].Whole
		if !r.cheaper() || r.Savings <= oracle.Savings || r.Delta >= oracle.Delta {
			continue
		}
		share := min((oracle.Delta+tolerance)/(oracle.Delta-r.Delta), 1)
		best = max(best, oracle.Savings+share*(r.Savings-oracle.Savings))
	}
	if best > oracle.Savings {
		a.add(AdviceOption{Kind: PerfectOption, Share: Unknown, Delta: -tolerance, N: oracle.Graded, Savings: best})
	}
}

// addUnjudged adds the cheapest of the models that too few labels speak of, whatever it may be worth.
func (a *adviser) addUnjudged() {
	var best *ReferenceResult
	for i := range a.c.References {
		r := &a.c.References[i]
		judged := r.Whole.Delta.Known() && r.Whole.Coverage >= minCoverage
		if r != a.base && !judged && r.Whole.Savings > 0 && (best == nil || r.Whole.Savings > best.Whole.Savings) {
			best = r
		}
	}
	if best != nil {
		a.add(AdviceOption{Kind: PriceOnly, Model: best.Model, Share: 1, Delta: Unknown, Savings: best.Whole.Savings})
	}
}

// models describes the baseline, the cheapest and the best cheaper model, and those that options and moves name, in rising
// order of cost.
func (a *adviser) models() {
	named := map[string]bool{a.c.Baseline: true, a.c.AlwaysCheapest: true, a.strongestCheaper(): true}
	for _, o := range a.out.Options {
		named[o.Model] = true
	}
	for i := range a.out.Tasks {
		for _, m := range []*Move{a.out.Tasks[i].Proven, a.out.Tasks[i].Hoped} {
			if m != nil {
				named[m.Model] = true
			}
		}
	}
	for i := range a.c.References {
		r := &a.c.References[i]
		if !named[r.Model] {
			continue
		}
		w := &r.Whole
		a.out.Models = append(a.out.Models, AdviceModel{
			Model: r.Model, Quality: w.Quality, Delta: w.Delta, N: w.Covered, CostPer1000: w.CostPer1000,
			LatencyP50: w.LatencyP50, LatencyP95: w.LatencyP95, FailureRate: w.FailureRate,
		})
	}
	slices.SortStableFunc(a.out.Models, func(x, y AdviceModel) int { return compareUnknownLast(x.CostPer1000, y.CostPer1000) })
}

// strongestCheaper names the model of best quality among those that are cheaper than the baseline, "" if there is none.
func (a *adviser) strongestCheaper() string {
	name, best := "", Unknown
	for i := range a.c.References {
		if r := &a.c.References[i]; r != a.base && r.Whole.cheaper() && !(r.Whole.Delta <= best) {
			name, best = r.Model, r.Whole.Delta
		}
	}
	return name
}

// option returns the option of the first of these kinds that there is, nil if there is none.
func (x *Advice) option(kinds ...OptionKind) *AdviceOption {
	for _, k := range kinds {
		if i := slices.IndexFunc(x.Options, func(o AdviceOption) bool { return o.Kind == k }); i >= 0 {
			return &x.Options[i]
		}
	}
	return nil
}

// savings returns the savings of the option of a kind, 0 if there is none.
func (x *Advice) savings(k OptionKind) Number {
	if o := x.option(k); o != nil {
		return o.Savings
	}
	return 0
}
