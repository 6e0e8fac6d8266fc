package eval

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/tierwise/tierwise/eval/stats"
	"github.com/tierwise/tierwise/routing"
)

// minCoverage is the share of the graded requests that a table must be judged on for a verdict.
const minCoverage = 0.95

// Finish turns what a whole replay added up into the comparison with the baseline.
func (j *Job) Finish(s *Sums) *Comparison {
	c := &Comparison{
		Format: ResultsFormat, Version: ResultsVersion, Baseline: j.baseline,
		Data: Data{
			Requests: s.Rows.N, Weighted: s.Rows.Unit != s.Rows.N,
		},
		Settings: Settings{
			Tolerance: j.opts.Tolerance, TaskTolerance: j.opts.TaskTolerance, Alpha: j.opts.Alpha,
			GoldTasks: j.opts.GoldTasks, Reprice: j.opts.Reprice, Seed: j.opts.Seed,
			Scenarios: j.opts.Scenarios,
		},
		Candidates: []CandidateResult{}, References: []ReferenceResult{}, Findings: []Finding{},
	}
	if !j.Columns().Bare {
		c.Data.Hash = HashText(s.Hash)
	}
	c.Settings.Mix, c.goldShares = j.opts.Mix, j.goldShares(s)
	for m := range j.references {
		c.References = append(c.References, j.finishReference(m, s))
	}
	slices.SortStableFunc(c.References, func(a, b ReferenceResult) int { return compareUnknownLast(a.Whole.CostPer1000, b.Whole.CostPer1000) })
	c.nameExtremes()
	for _, t := range c.reference(j.baseline).Tasks { // its whole may leave out tasks that production does not have
		c.Data.Graded += t.Graded
	}
	c.Oracle = j.finishOracle(s)
	c.PerfectTable = c.perfectTable()
	for v := range j.candidates {
		c.Candidates = append(c.Candidates, j.finishCandidate(v, s, c))
	}
	if s.Caches != nil {
		c.CachesOff = s.Caches.Off
	}
	c.Curve = c.curve()
	c.WhatIf = j.finishWhatIf(s)
	c.Findings = append(c.Findings, j.findings(s, c)...)
	return c
}

// compareUnknownLast orders numbers, unknown ones last.
func compareUnknownLast(a, b Number) int {
	switch {
	case a.Known() && b.Known():
		return cmp.Compare(a, b)
	case a.Known():
		return -1
	case b.Known():
		return 1
	}
	return 0
}

func (c *Comparison) nameExtremes() {
	best := Unknown
	for i := range c.References { // cheapest first
		r := &c.References[i]
		if c.AlwaysCheapest == "" && r.Whole.CostPer1000.Known() {
			c.AlwaysCheapest = r.Model
		}
		if r.Whole.Delta.Known() && r.Whole.Coverage >= minCoverage && !(r.Whole.Delta <= best) {
			c.AlwaysStrongest, best = r.Model, r.Whole.Delta
		}
	}
}

// reference returns the result of a reference model.
func (c *Comparison) reference(model string) *ReferenceResult {
	i := slices.IndexFunc(c.References, func(r ReferenceResult) bool { return r.Model == model })
	return &c.References[i]
}

func (j *Job) finishReference(m int, s *Sums) ReferenceResult {
	out := ReferenceResult{Model: j.opts.Models[m], Tasks: []TaskResult{}}
	parts := []taskPartial{}
	for _, task := range slices.Sorted(maps.Keys(s.References[m])) {
		parts = append(parts, newTaskPartial(task, s.References[m][task].total(), out.Model == j.baseline))
	}
	models := []string{out.Model}
	for i := range parts {
		out.Tasks = append(out.Tasks, TaskResult{Task: parts[i].task, Chain: models, Result: j.finishTask(&parts[i], &s.Rows, models)})
	}
	mixed := mixtureOf(j.goldShares(s), parts, func(string) bool { return out.Model == j.baseline })
	out.Whole = j.finishWhole(&mixed, &s.Rows, &Count{})
	out.Whole.Answers = answers(&mixed.whole, models)
	out.Tokens = tokenResults(s.Tokens[m])
	return out
}

func (j *Job) finishCandidate(v int, s *Sums, c *Comparison) CandidateResult {
	table, config := j.tables[v].table, j.candidates[v].Config
	out := CandidateResult{
		Label: j.candidates[v].Label, Name: table.Name(), Layers: []LayerResult{}, Misroutes: []MisrouteCount{},
		DecisionHash: config.DecisionHash(), PriceHash: config.PriceHash(),
	}
	router := &s.Routers[j.cells[j.plan[v][0]].router]
	alone := func(task routing.TaskID) bool { return j.alone(v, task) }
	f := j.finishTable(table, s.totals(j.plan[v]), j.opts.Mix.shares(v), alone, &s.Rows, &router.LeftOutGraded)
	f.addSpend(j.baseline, table)
	out.Whole, out.Tasks = f.whole, f.tasks
	j.addMix(v, f.parts, &f.mixed, &out)
	out.wholeWants = f.mixed.wants(&out.Whole)
	out.PlanLabels(allVerdicts)
	j.addRouting(v, s, &out)
	if out.LeftOut > 0 && out.Whole.Requests == 0 {
		out.Whole.Reason = "every request is left out: the classifier was trained on it"
	}
	out.RandomMix = c.mixAt(out.Whole.CostPer1000)
	out.Shuffled = j.finishShuffled(v, s)
	out.Checks = j.finishChecks(v, s)
	if s.Caches != nil && v < len(s.Caches.Candidates) {
		out.Caches = s.Caches.Candidates[v]
	}
	out.SavingSplit = j.splitSaving(v, s, &f.mixed)
	if j.opts.Details {
		j.finishDetails(v, s, &out)
	}
	return out
}

// alone reports whether a task's chain is the baseline alone. Then nothing changes unless the config's own limits, of
// time or size, or its checks do it.
func (j *Job) alone(v int, task routing.TaskID) bool {
	chain := j.tables[v].table.Chain(task)
	return len(chain) == 1 && j.tables[v].table.ModelName(chain[0].Model) == j.baseline
}

// finishTask judges one table of one task.
func (j *Job) finishTask(part *taskPartial, all *Count, models []string) Result {
	p := part.p
	r := figures(p, all)
	r.LabeledShare = 1
	r.Answers = answers(p, models)
	if q1, q0, w := p.qualities(); w > 0 {
		r.Quality, r.BaseQuality = Number(q1/w), Number(q0/w)
		r.Delta = Number((q1 - q0) / w)
	} else {
		r.LabeledShare = 0
	}
	j.judgeTask(&r, part)
	r.addSavings(p.costSums(), j.opts.Alpha)
	r.addWorse([]taskPartial{*part}, j.opts.Alpha)
	return r
}

// judgeTask gives a task its verdict: at the full level, uncorrected, which certifies nothing.
func (j *Job) judgeTask(r *Result, part *taskPartial) {
	tolerance, alpha := j.opts.TaskTolerance, j.opts.Alpha
	r.Verdict = stats.Inconclusive
	switch {
	case part.unchanged:
		r.setTest(stats.Unchanged(float64(r.Covered), tolerance, alpha))
		return
	case r.Covered == 0 && r.Graded == 0:
		r.Reason = "no labels"
		r.MoreLabels = int64(stats.FloorLabels(tolerance, alpha))
		return
	case r.Covered == 0:
		r.Reason = "no request has all that it takes to judge this table"
		return
	case !r.Delta.Known():
		r.Reason = "its labeled requests have no weight"
		return
	}
	u := part.units
	test := u.test(tolerance, alpha)
	r.setTest(test)
	if r.Coverage < minCoverage {
		r.Verdict = stats.Inconclusive
		r.Reason = fmt.Sprintf("coverage below %.0f %%", 100*minCoverage)
	}
	if r.Verdict == stats.Inconclusive && r.Reason == "" {
		r.sayLabels(u, tolerance, alpha)
	}
}

// power is the chance to tell that the number of labels still needed is for.
const power = 0.8

// notByLabels is the reason where no number of labels is likely to make a verdict hold. They may well make it fail.
const notByLabels = "more labels will not make it hold: it seems to lose about as much as the tolerance, or more"

// sayLabels says how many more labels would tell, if the true delta is the one that was seen, shrunk as if a hundred more
// labels had shown none.
func (r *Result) sayLabels(u *units, tolerance, alpha float64) {
	n := float64(u.count())
	theta := float64(r.Delta) * n / (n + 100)
	total, ok := stats.LabelsNeeded(max(u.discordance(), math.Abs(theta)), theta, tolerance, alpha, power)
	if !ok {
		r.Reason = notByLabels
		return
	}
	r.MoreLabels = max(int64(total)-u.count(), 1)
}

func (r *Result) setTest(t stats.Noninferiority) {
	r.Verdict, r.Test = t.Verdict(), t.Test
	r.P, r.Bound, r.Upper = Number(t.P), Number(t.Bound), Number(t.Upper)
}

// finishWhole adds the tasks up: their means by the weight of all requests dispatched to them, graded or not. Requests that
// are left out, of which leftOut are graded, are not covered.
func (j *Job) finishWhole(m *mixture, all, leftOut *Count) Result {
	whole, parts := &m.whole, m.strata
	r := figures(whole, all)
	graded := whole.Graded
	graded.merge(leftOut)
	r.Coverage = Number(whole.Covered.share(&graded))
	var quality, base, labeled, unchanged, rows float64
	for _, part := range parts {
		q1, q0, w := part.p.qualities()
		share := part.p.Rows.Weight()
		rows += share
		if w == 0 {
			if part.unchanged {
				unchanged += share
			}
			continue
		}
		labeled += share
		quality += share * (q1 / w)
		base += share * (q0 / w)
	}
	r.LabeledShare = Number(labeled / rows)
	r.Quality, r.BaseQuality = Number(quality/labeled), Number(base/labeled)
	r.Delta = Unknown
	if labeled > 0 { // then what stays on the baseline counts, for it needs no labels to lose nothing: as it does in the test
		r.Delta = Number((quality - base) / (labeled + unchanged))
	}
	j.judgeWhole(&r, parts)
	r.addSavings(whole.costSums(), j.opts.Alpha)
	r.addWorse(parts, j.opts.Alpha)
	return r
}

// figures fills in what needs no judgement.
func figures(p *Partial, all *Count) Result {
	r := Result{
		Requests: p.Rows.N, Share: Number(p.Rows.share(all)), Graded: p.Graded.N, Covered: p.Covered.N, Gradable: p.Gradable.N,
		Coverage: Number(p.Covered.share(&p.Graded)), LabeledShare: Unknown,
		Quality: Unknown, BaseQuality: Unknown, Delta: Unknown, P: Unknown, Bound: Unknown, Upper: Unknown,
		WorseShare: Unknown, WorseUpper: Unknown, SavingsBound: Unknown, SavingsUpper: Unknown,
		Changed: p.Changed.N, Better: p.Better.N, Lost: p.Lost.N, Worse: p.Worse.N,
		CostKnown: p.CostKnown.N, CostUSD: Unknown, CostPer1000: Unknown, Savings: Unknown, SavingsKnown: p.Savable.N,
		RouterCostUSD: Unknown, CheckCostUSD: Unknown,
		Unbilled:   p.Unbilled,
		LatencyP50: Unknown, LatencyP95: Unknown, LatencyP99: Unknown,
		Unevaluable:    p.Rows.N - p.Walked.N,
		EscalationRate: Number(p.Escalated.share(&p.Walked)), FailoverRate: Number(p.FailedOver.share(&p.Walked)),
		ExhaustedRate: Number(p.Exhausted.share(&p.Walked)), FailureRate: Number(p.Failed.share(&p.Walked)),
		AttemptsPerRequest: Number(p.Attempts.share(&p.Walked)),
		Uncovered:          p.Uncovered,
		SavingsCostUSD:     Unknown, SavingsBaseUSD: Unknown,
		CostShare: Number(p.CostKnown.share(&p.Rows)), SavingsShare: Number(p.Savable.share(&p.Rows)),
		LatencyShare: Number(p.Latency.weight() / p.Rows.Weight()), WalkedShare: Number(p.Walked.share(&p.Rows)),
	}
	if p.CostKnown.N > 0 {
		r.CostUSD, r.RouterCostUSD, r.CheckCostUSD = Number(p.cost()), Number(p.RouterCost.Float64()), Number(p.CheckCost.Float64())
		r.CostPer1000 = Number(1000 * p.cost() / p.CostKnown.Weight())
	}
	if base := p.SavableBase.Float64(); base > 0 {
		r.Savings = Number(1 - p.SavableCost.Float64()/base)
	}
	if p.Savable.N > 0 {
		r.SavingsCostUSD, r.SavingsBaseUSD = Number(p.SavableCost.Float64()), Number(p.SavableBase.Float64())
	}
	if q := p.Latency.quantiles(0.5, 0.95, 0.99); q != nil {
		r.LatencyP50, r.LatencyP95, r.LatencyP99 = Number(q[0]), Number(q[1]), Number(q[2])
	}
	r.LatencyKnown = p.Latency.N
	return r
}

func answers(p *Partial, models []string) []Share {
	byModel := map[string]Count{}
	for i := range p.Answers {
		byModel[models[i]] = p.Answers[i]
	}
	return sortedShares(byModel, &p.Walked)
}

func sortedShares(byModel map[string]Count, whole *Count) []Share {
	out := []Share{}
	for _, m := range slices.Sorted(maps.Keys(byModel)) {
		if n := byModel[m]; n.N > 0 {
			out = append(out, Share{m, n.N, Number(n.share(whole))})
		}
	}
	slices.SortStableFunc(out, func(a, b Share) int { return cmp.Compare(b.Share, a.Share) })
	return out
}

// finishOracle adds the oracle up as the references are: the means of the gold tasks by the weight of all their requests.
func (j *Job) finishOracle(s *Sums) Oracle {
	out := Oracle{Quality: Unknown, Delta: Unknown, CostPer1000: Unknown, Savings: Unknown}
	var labeled, quality, base, priced, cost, baseCost float64
	for _, task := range slices.Sorted(maps.Keys(s.Oracle)) { // in order: these are plain floats
		sum, share := s.Oracle[task], 0.0
		if splits := s.References[0][task]; splits != nil {
			share = splits.total().Rows.Weight()
		}
		if gold := j.goldShares(s); gold != nil {
			share = gold[task]
		}
		out.Graded += sum.Graded.N
		if w := sum.Graded.Weight(); w > 0 {
			labeled += share
			quality += share * (sum.Quality.Float64() / w)
			base += share * (sum.Base.Float64() / w)
		}
		if w := sum.CostKnown.Weight(); w > 0 {
			priced += share
			cost += share * (sum.Cost.Float64() / w)
			baseCost += share * (sum.BaseCost.Float64() / w)
		}
	}
	if labeled > 0 {
		out.Quality, out.Delta = Number(quality/labeled), Number((quality-base)/labeled)
	}
	if priced > 0 {
		out.CostPer1000 = Number(1000 * cost / priced)
	}
	if baseCost > 0 {
		out.Savings = Number(1 - cost/baseCost)
	}
	return out
}

// finishShuffled returns what the candidate's table comes to with tasks drawn at random, as often as it dispatches to
// them: the mean over the strata, by their traffic, of the mean over the tasks, by theirs.
func (j *Job) finishShuffled(v int, s *Sums) Control {
	out := Control{Delta: Unknown, CostPer1000: Unknown}
	plan := j.plan[v]
	shares := make([]float64, len(plan))
	total := 0.0
	for k, cell := range plan {
		shares[k] = s.Cells[cell].total().Rows.Weight()
		if mix := j.opts.Mix.shares(v); mix != nil {
			shares[k] = mix[j.tables[v].table.TaskName(routing.TaskID(k))]
		}
		total += shares[k]
	}
	var labeled, delta, priced, cost float64
	for i := range s.Control[v].Strata {
		stratum := &s.Control[v].Strata[i]
		out.Requests += stratum.Rows.N
		w := stratum.Rows.Weight()
		var q, c float64
		for k := range plan {
			if shares[k] == 0 {
				continue
			}
			t := &stratum.Tasks[k]
			q += shares[k] / total * (t.Quality.Float64() / w)
			c += shares[k] / total * (t.Cost.Float64() / t.CostKnown.Weight())
		}
		if w > 0 {
			labeled += shares[i]
			delta += shares[i] * (q - stratum.Base.Float64()/w)
		}
		if !math.IsNaN(c) {
			priced += shares[i]
			cost += shares[i] * c
		}
	}
	if labeled > 0 {
		out.Delta = Number(delta / labeled)
	}
	if priced > 0 {
		out.CostPer1000 = Number(1000 * cost / priced)
	}
	return out
}
