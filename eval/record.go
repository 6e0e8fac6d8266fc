package eval

import (
	"context"
	"slices"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/routing"
)

// A Record is all that a replay knows of one request under one candidate. Numbers that are not known are NaN.
type Record struct {
	ID        string `json:"id"`
	File      string `json:"file"`
	Row       int64  `json:"row"` // in File, from 1
	Candidate string `json:"candidate"`

	GoldTask   string `json:"gold_task,omitempty"` // "": none
	Task       string `json:"task,omitempty"`      // "": the request is left out
	Layer      string `json:"layer,omitempty"`     // likewise
	Rule       string `json:"rule,omitempty"`      // "": none matched
	Confidence Number `json:"confidence"`
	// Split is the task that was found if its split sent the request on to Task, "" if not. Gain is what the split of the task
	// that was found predicts; nil: it has none.
	Split       string  `json:"split,omitempty"`
	Gain        *Number `json:"gain,omitempty"`
	UnknownTask string  `json:"unknown_task,omitempty"` // named, but no task of the table; "(none)" if none was named
	// OutOfFold: the classifier was trained on the request, so what others said of it counts in its place.
	OutOfFold bool `json:"out_of_fold,omitempty"`

	// GainOutOfFold: the split was trained on the request, so Gain is what others predict.
	GainOutOfFold bool `json:"gain_out_of_fold,omitempty"`

	// Ended is accepted, exhausted, failed, bad_request, content_filter, canceled, unevaluable or left_out.
	Ended       string    `json:"ended"`
	Why         string    `json:"why,omitempty"`    // of failed, unevaluable and left_out
	Answer      string    `json:"answer,omitempty"` // the model whose answer is returned, "" if none is
	Tier        string    `json:"tier,omitempty"`
	Attempts    []Attempt `json:"attempts"`
	Skipped     []string  `json:"skipped,omitempty"` // tiers that the request does not fit
	Escalations int       `json:"escalations"`
	Failovers   int       `json:"failovers"`

	// Cache is "exact" or "semantic" if a cache answered, with the answer to Source. Then Answer is whose answer that was.
	Cache  string `json:"cache,omitempty"`
	Source string `json:"source,omitempty"`

	Covered   bool     `json:"covered"`
	Uncovered []string `json:"uncovered,omitempty"` // what is missing to judge the request, if anything
	Changed   bool     `json:"changed"`

	Quality       Number `json:"quality"`
	BaseQuality   Number `json:"baseline_quality"`
	Delta         Number `json:"delta"`
	CostUSD       Number `json:"cost_usd"`
	BaseCostUSD   Number `json:"baseline_cost_usd"`
	RouterCostUSD Number `json:"router_cost_usd"`
	CheckCostUSD  Number `json:"check_cost_usd"`
	LatencyMS     Number `json:"latency_ms"`
	Unbilled      int64  `json:"unbilled_calls,omitempty"`
}

// Records replays a block and calls visit with the record of every request under every candidate, by request, then
// candidate. The record is the visitor's to keep.
func (r *Replayer) Records(ctx context.Context, t *datasets.Traffic, visit func(*Record) error) error {
	if t.Len == 0 {
		return nil
	}
	r.prepare(ctx, t)
	for i := range t.Len {
		for v := range r.job.candidates {
			if err := visit(r.record(ctx, v, i)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *Replayer) record(ctx context.Context, v, i int) *Record {
	j, t := r.job, r.block.traffic
	c := &j.cells[j.plan[v][0]]
	route := &r.routes[c.router][i]
	if route.Task == leftOut {
		return r.recordLeftOut(v, i)
	}
	c = &j.cells[j.plan[v][route.Task]]
	r.cover(c.policy, []int32{int32(i)})
	w := r.walker(c.policy)
	var log walkLog
	var result result
	h := r.hit(r.hitsOf(c.router), i)
	if h != nil {
		log.attempts = []Attempt{}
		w.take(i, route, h, &result)
	} else {
		r.world.log = &log
		w.walk(ctx, i, route, &result)
		r.world.log = nil
	}

	id, _ := t.ID.At(i)
	out := &Record{
		ID: string(id), File: t.File, Row: t.Rows[i], Candidate: j.candidates[v].Label,
		Task: j.tables[v].table.TaskName(route.Task), Layer: route.Layer.String(), Confidence: Number(route.Confidence),
		Ended: result.Reason(), Attempts: log.attempts, Escalations: int(result.Escalations), Failovers: int(result.Failovers),
		Quality: Number(result.quality), Delta: Unknown, CostUSD: Number(result.cost), RouterCostUSD: Number(route.cost),
		CheckCostUSD: Number(result.check), LatencyMS: Number(result.latency), Unbilled: result.unbilled,
	}
	if h != nil {
		out.Cache, out.Source = h.kind, h.source
	}
	out.GoldTask, _ = t.Task.At(i)
	if route.Rule >= 0 {
		out.Rule = j.tables[v].table.RuleName(route.Rule)
	}
	if route.Split {
		out.Split = j.tables[v].table.TaskName(route.From)
	}
	if s := j.tables[v].splits; s != nil && s[route.Found()] >= 0 {
		gain := Number(route.Gain)
		out.Gain = &gain
		out.GainOutOfFold = r.gains[s[route.Found()]].state[i] == byOutOfFold
	}
	if k := j.tables[v].classifier; k >= 0 && route.Layer != routing.LayerRule {
		out.OutOfFold = r.predictions[k].state[i] == byOutOfFold
	}
	if route.Unknown {
		out.UnknownTask = unknownTask(t, i, j.opts.GoldTasks)
	}
	r.recordWalk(out, c.policy, w, i, &result)
	baseQuality, baseCost, baseModel := w.baseline(i)
	out.BaseQuality, out.BaseCostUSD = Number(baseQuality), Number(baseCost)
	out.Covered = w.covered[i]&judgeable != 0 && baseQuality == baseQuality
	if out.Covered {
		out.Delta = Number(result.quality - baseQuality)
		out.Changed = result.model != baseModel
	}
	return out
}

// recordLeftOut returns the record of a request that a candidate is not judged on.
func (r *Replayer) recordLeftOut(v, i int) *Record {
	t := r.block.traffic
	id, _ := t.ID.At(i)
	out := &Record{
		ID: string(id), File: t.File, Row: t.Rows[i], Candidate: r.job.candidates[v].Label,
		Ended: "left_out", Why: noPrediction(r.job.candidates[v].Config), Attempts: []Attempt{}, Confidence: Unknown,
		Quality: Unknown, Delta: Unknown, CostUSD: Unknown, RouterCostUSD: Unknown, CheckCostUSD: Unknown, LatencyMS: Unknown,
	}
	out.GoldTask, _ = t.Task.At(i)
	baseQuality, baseCost, _ := r.walker(r.job.cells[r.job.plan[v][0]].policy).baseline(i)
	out.BaseQuality, out.BaseCostUSD = Number(baseQuality), Number(baseCost)
	return out
}

// recordWalk fills in how the walk ended, and what is missing to judge it.
func (r *Replayer) recordWalk(out *Record, policy int, w *walker, i int, result *result) {
	table := w.table
	for place, step := range w.chain {
		if result.Skipped&(1<<place) != 0 {
			out.Skipped = append(out.Skipped, table.TierName(step.Tier))
		}
	}
	w.uncovered(i, func(reason string) { out.Uncovered = append(out.Uncovered, reason) })
	out.Uncovered = slices.Compact(out.Uncovered)
	switch {
	case result.Returned():
		step := w.chain[result.Answer]
		out.Answer, out.Tier = table.ModelName(step.Model), table.TierName(step.Tier)
	case result.Ended == routing.Unevaluable:
		step := w.chain[result.UnmeasuredAt]
		out.Why = table.ModelName(step.Model) + ": no outcome"
		if result.Unmeasured > 0 {
			check := table.Checks(w.task)[result.UnmeasuredCheck]
			out.Why = table.ModelName(step.Model) + ": no signal " + check.Word()
		}
	case result.Ended == routing.Failed && result.Attempts == 0:
		out.Why = "no tier fits the request"
	case result.Ended == routing.Failed:
		out.Why = result.Cause.String()
	}
}

// unknownTask returns the task that was named for request i and is no task of the table.
func unknownTask(t *datasets.Traffic, i int, goldTasks bool) string {
	named := &t.RouterTask
	if goldTasks {
		named = &t.Task
	}
	if name, ok := named.At(i); ok {
		return name
	}
	return "(none)"
}
