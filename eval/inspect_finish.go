package eval

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval/stats"
	"github.com/tierwise/tierwise/routing/llm"
)

// A finisher turns the sums of both passes into an Inspection.
type finisher struct {
	d        *datasets.Dataset
	survey   *Survey
	sums     *inspectSums
	settings InspectionSettings
	baseline string
}

// finish returns the inspection; why says why there is no baseline.
func (f *finisher) finish(why error) *Inspection {
	x := &Inspection{
		Format: InspectionFormat, Version: InspectionVersion,
		Data: f.data(), Settings: f.settings, Baseline: f.baseline, Models: f.models(), Tasks: f.tasks(), Findings: []Finding{},
	}
	f.prove(x)
	x.markDominated()
	x.Findings = append(x.Findings, f.findings(x, why)...)
	return x
}

func (f *finisher) data() InspectedData {
	s := f.sums
	total := s.rows.Weight()
	d := InspectedData{
		Layout: f.d.Layout().String(), Bytes: dataSize(f.d), FileRows: f.d.NumRows(), Requests: s.rows.N, Graded: f.survey.Graded.N,
		Hash: fmt.Sprintf("%016x%016x", s.hash[1], s.hash[0]), Untimed: s.untimed, Splits: tallies(s.splits),
		Weighted: s.rows.Unit != s.rows.N, Effective: Number(stats.KishN(total, s.squares.Float64())),
		SamePrompt: repetition(s.prompts, 2), Groups: repetition(s.groups, 1),
	}
	if s.from <= s.to {
		from, to := time.UnixMicro(s.from).UTC(), time.UnixMicro(s.to).UTC()
		d.From, d.To = &from, &to
	}
	for _, m := range f.survey.Models {
		d.Outcomes += m.Outcomes.N
	}
	d.Columns, d.Absent = presence(f.d)
	var noise noiseSums
	for _, t := range s.tasks {
		for _, c := range t.models {
			noise.merge(&c.noise)
		}
	}
	d.Noise = noise.finish()
	return d
}

// dataSize returns the size of the files in bytes. A shard of the long layout is all files.
func dataSize(d *datasets.Dataset) int64 {
	sizes := map[string]int64{}
	for _, s := range d.Shards() {
		sizes[s.File] = s.Size
	}
	var sum int64
	for _, n := range sizes {
		sum += n
	}
	return sum
}

// inspectedColumns are the optional columns that tell something, in the order of the canonical layout.
var inspectedColumns = []string{
	"prompt", "messages", "task", "time", "endpoint", "tenant", "expected", "group", "weight", "split",
	"router_task", "router_confidence", "router_model", "router_cost_usd", "router_latency_ms",
	"outcomes", "quality", "cost_usd", "input_tokens", "cached_input_tokens", "output_tokens", "reasoning_tokens", "latency_ms",
	"error", "finish_reason", "logprob_mean", "logprob_min", "self_check", "self_check_cost_usd", "self_check_latency_ms", "response",
}

func presence(d *datasets.Dataset) (there, absent []string) {
	there, absent = []string{}, []string{}
	for _, column := range inspectedColumns {
		if d.Has(column) {
			there = append(there, column)
		} else {
			absent = append(absent, column)
		}
	}
	return there, absent
}

func tallies(counts map[string]Count) []Tally {
	var out []Tally
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, Tally{name, counts[name].N})
	}
	return out
}

// repetition sorts hashes and counts the sets of at least atLeast equal ones.
func repetition(hashes []uint64, atLeast int) Repetition {
	slices.Sort(hashes)
	var r Repetition
	for from := 0; from < len(hashes); {
		to := from + 1
		for to < len(hashes) && hashes[to] == hashes[from] {
			to++
		}
		if n := to - from; n >= atLeast {
			r.Sets++
			r.Requests += int64(n)
			r.Largest = max(r.Largest, int64(n))
		}
		from = to
	}
	return r
}

func (f *finisher) models() []InspectedModel {
	out := []InspectedModel{}
	for _, name := range f.survey.ByCost() {
		var all inspectCell
		for _, task := range slices.Sorted(maps.Keys(f.sums.tasks)) {
			if c := f.sums.tasks[task].models[name]; c != nil {
				all.merge(c)
			}
		}
		m := InspectedModel{
			Model: name, Observed: f.observed(&all, &f.survey.Graded), Errors: errorTallies(all.errors), Price: all.price.guess(),
		}
		m.Bound, m.Verdict = Unknown, "" // the tolerance of a task is not that of the whole
		m.Quality, m.Delta = f.wholeQuality(name)
		out = append(out, m)
	}
	return out
}

// wholeQuality returns a model's quality and its difference to the baseline over all tasks that it was judged on: their
// means by the share of the requests, graded or not.
func (f *finisher) wholeQuality(model string) (quality, delta Number) {
	var q, d knownMean
	for _, t := range f.sums.tasks {
		if c := t.models[model]; c != nil {
			q.add(c.quality.Float64()/c.judged.Weight(), t.rows.Weight())
			u := c.pairs.units().deltasForTest()
			d.add(u.Sum/u.N, t.rows.Weight())
		}
	}
	return Number(q.mean()), Number(d.mean())
}

func errorTallies(words map[string]int64) []ErrorTally {
	var out []ErrorTally
	for _, word := range slices.Sorted(maps.Keys(words)) {
		out = append(out, ErrorTally{word, causeOf(word).String(), words[word]})
	}
	slices.SortStableFunc(out, func(a, b ErrorTally) int { return cmp.Compare(b.Outcomes, a.Outcomes) })
	return out
}

// causeOf returns how a recorded error is taken: an outcome with an error is never an answer.
func causeOf(word string) llm.Cause {
	if c := llm.ParseCause(strings.TrimSpace(word)); c != llm.OK {
		return c
	}
	return llm.Other
}

func (f *finisher) tasks() []InspectedTask {
	out := []InspectedTask{}
	for _, name := range slices.Sorted(maps.Keys(f.sums.tasks)) {
		t := f.sums.tasks[name]
		task := InspectedTask{
			Task: name, Requests: t.rows.N, Share: Number(t.rows.share(&f.sums.rows)), Graded: t.graded.N, ByModel: []TaskModel{},
		}
		for _, model := range f.survey.ByCost() {
			if c := t.models[model]; c != nil {
				task.ByModel = append(task.ByModel, TaskModel{model, f.observed(c, &t.graded)})
			}
		}
		out = append(out, task)
	}
	slices.SortStableFunc(out, func(a, b InspectedTask) int { return cmp.Compare(b.Requests, a.Requests) })
	return out
}

// observed turns sums into figures; graded are the requests with a graded answer of any model.
func (f *finisher) observed(c *inspectCell, graded *Count) Observed {
	o := Observed{
		Outcomes: c.outcomes.N, Failed: c.outcomes.N - c.answered.N, Judged: c.judged.N,
		Coverage: Number(min(c.judged.share(graded), 1)), Quality: Number(c.quality.Float64() / c.judged.Weight()),
		Delta: Unknown, Bound: Unknown,
		CostKnown: c.costKnown.N, CostPer1000: Unknown,
		LatencyP50: Unknown, LatencyP95: Unknown,
		InputTokens: Number(c.input.mean()), OutputTokens: Number(c.output.mean()),
		logprobs: c.logprobs, selfChecks: c.selfChecks,
	}
	if c.costKnown.N > 0 {
		o.CostPer1000 = Number(1000 * c.cost.Float64() / (c.costKnown.Weight() + c.unbilled.Weight()))
	}
	if q := c.latency.quantiles(0.5, 0.95); q != nil {
		o.LatencyP50, o.LatencyP95 = Number(q[0]), Number(q[1])
	}
	carries := func(signal int) Number { return Number(c.signals[signal].share(&c.answered)) }
	o.Signals = Signals{
		Response: carries(hasResponse), FinishReason: carries(hasFinishReason), LogprobMean: carries(hasLogprobMean),
		LogprobMin: carries(hasLogprobMin), SelfCheck: carries(hasSelfCheck),
		JSON: Number(c.signals[hasJSON].share(&c.signals[hasResponse])),
	}
	if u := c.pairs.units(); u.count() > 0 {
		test := u.test(f.settings.TaskTolerance, f.settings.Alpha)
		o.Delta, o.Bound, o.Verdict = Number(test.Delta), Number(test.Bound), string(test.Verdict())
	}
	return o
}

// markDominated names, for each model that has one, the best of those that cost no more and are no worse.
func (x *Inspection) markDominated() {
	for i := range x.Models {
		m := &x.Models[i]
		var best *InspectedModel
		for j := range x.Models {
			if o := &x.Models[j]; o.dominates(m) && (best == nil || o.Quality > best.Quality) {
				best = o
			}
		}
		if best != nil {
			m.DominatedBy = best.Model
		}
	}
}

// dominates reports whether m costs no more than o and is no worse, and differs in one of the two. Both must have been
// judged on nearly the same requests.
func (m *InspectedModel) dominates(o *InspectedModel) bool {
	alike := m.Coverage >= minCoverage && o.Coverage >= minCoverage
	return alike && m.CostPer1000 <= o.CostPer1000 && m.Quality >= o.Quality &&
		(m.CostPer1000 < o.CostPer1000 || m.Quality > o.Quality)
}
