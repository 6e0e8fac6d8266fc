package eval

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/routing"
)

// Format and version of a diff file. DIFF.md documents it.
const (
	DiffFormat  = "tierwise.diff"
	DiffVersion = 1
)

// A Diff is what a change of a dispatch config does: to the config, and to traffic if there is some to replay. Money is in
// USD, time in milliseconds, qualities, deltas and rates are shares.
type Diff struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	Tool    string `json:"tool_version,omitempty"`

	Old     DiffSide     `json:"old"`
	New     DiffSide     `json:"new"`
	Config  *ConfigDiff  `json:"config"`
	Traffic *TrafficDiff `json:"traffic,omitempty"` // nil: none was replayed
}

// A DiffSide is one of the two configs.
type DiffSide struct {
	Label        string `json:"label"`
	File         string `json:"file,omitempty"`
	DecisionHash string `json:"decision_hash"`
	PriceHash    string `json:"price_hash"`
}

// NewDiff compares two configs.
func NewDiff(old, fresh *Candidate) *Diff {
	side := func(c *Candidate) DiffSide {
		return DiffSide{c.Label, c.Config.Source, c.Config.DecisionHash(), c.Config.PriceHash()}
	}
	return &Diff{
		Format: DiffFormat, Version: DiffVersion, Old: side(old), New: side(fresh), Config: CompareConfigs(old.Config, fresh.Config),
	}
}

// A TrafficDiff is what two configs make of the same requests. Deltas are new minus old.
type TrafficDiff struct {
	Data     Data     `json:"data"`
	Baseline string   `json:"baseline"`
	Settings Settings `json:"settings"`

	OldVsBaseline Result `json:"old_vs_baseline"`
	NewVsBaseline Result `json:"new_vs_baseline"`

	Whole   DiffResult `json:"whole"`
	Tasks   []TaskDiff `json:"tasks"`              // those that the new config dispatches to, in its order
	Flows   []Flow     `json:"flows"`              // from task to another task, most requests first
	LeftOut int64      `json:"left_out,omitempty"` // requests that one of the two is not judged on: see [CandidateResult]

	// Task is the only task whose requests are in the lists below; "": all are.
	Task        string          `json:"only_task,omitempty"`
	Regressions []RequestChange `json:"regressions"` // worst first
	Wins        []RequestChange `json:"wins"`        // best first
	Unjudged    []RequestChange `json:"unjudged"`    // changed answers that nothing judges: for people to read

	Findings []Finding `json:"findings"`

	// Versus is the comparison of the two, for [Job.LabelNextVersus]. It is not part of the file.
	Versus *Versus `json:"-"`
}

// A DiffResult compares the new config with the old one on the same requests, as a [Result] does with the baseline, whose
// place the old one takes. Its Changed are the judged requests.
type DiffResult struct {
	Result

	Moved           int64 `json:"moved"`            // dispatched to another task
	AnswersChanged  int64 `json:"answers_changed"`  // another model's answer, or one only has an answer; judged or not
	AnswersUnjudged int64 `json:"answers_unjudged"` // of these, those that lack labels or outcomes to judge them by
	Walked          int64 `json:"walked"`           // whose walks the outcomes tell, under both

	// Both are over the same requests: those of the savings, those of known latency, and the walked ones.
	OldCostPer1000    Number `json:"old_cost_per_1000_usd"`
	NewCostPer1000    Number `json:"new_cost_per_1000_usd"`
	OldLatencyP95     Number `json:"old_latency_p95_ms"`
	NewLatencyP95     Number `json:"new_latency_p95_ms"`
	OldEscalationRate Number `json:"old_escalation_rate"`
	NewEscalationRate Number `json:"new_escalation_rate"`
}

// A TaskDiff is the result on the requests that the new config dispatches to a task.
type TaskDiff struct {
	Task  string   `json:"task"`
	Chain []string `json:"chain"` // tiers
	DiffResult
	// LabelNext is how many of its requests to label next, so that its verdict and that of the whole tell.
	LabelNext int64 `json:"label_next,omitempty"`
}

// A Flow is the requests that left one task for another.
type Flow struct {
	OldTask  string `json:"old_task"`
	NewTask  string `json:"new_task"`
	Requests int64  `json:"requests"`
	Changed  int64  `json:"answers_changed"`
	Judged   int64  `json:"judged"`
	Better   int64  `json:"better"`
	Lost     int64  `json:"lost"`
	Worse    int64  `json:"much_worse"` // delta ≤ −0.5
}

// DiffOptions say what of a diff is wanted. The zero value lists nothing.
type DiffOptions struct {
	Show   int    // requests of each list, 200 at most
	Task   string // list only requests that one of the two dispatches there; "": all
	NoText bool   // leave out prompts and responses
}

// Diff replays all of a dataset once more, under the candidates labeled fresh and old, and says what differs. c is what
// Finish made of the same data.
func (j *Job) Diff(ctx context.Context, d *datasets.Dataset, c *Comparison, fresh, old string, opts *DiffOptions, run *RunOptions) (*TrafficDiff, error) {
	v, err := j.newVersus(fresh, old)
	if err != nil {
		return nil, err
	}
	if opts == nil {
		opts = &DiffOptions{}
	}
	v.diff = newDiffer(v, opts.Task, opts.Show > 0)
	sums, err := v.run(ctx, d, run)
	if err != nil {
		return nil, err
	}
	for i := range sums.diff.kept {
		sums.diff.kept[i] = sums.diff.kept[i][:min(len(sums.diff.kept[i]), opts.Show)]
	}
	if !opts.NoText {
		if err := sums.diff.fetchTexts(ctx, d); err != nil {
			return nil, err
		}
	}
	out := v.finishDiff(sums)
	out.Data, out.Baseline, out.Settings, out.Findings = c.Data, c.Baseline, c.Settings, c.Findings
	out.OldVsBaseline, out.NewVsBaseline, out.Task = c.Candidates[v.old].Whole, c.Candidates[v.fresh].Whole, opts.Task
	return out, nil
}

// finishDiff makes results of the sums.
func (v *versus) finishDiff(s *versusSums) *TrafficDiff {
	o := &v.job.opts
	result := v.finish(s, &VersusOptions{Tolerance: o.Tolerance, TaskTolerance: o.TaskTolerance, Alpha: o.Alpha})
	out := &TrafficDiff{Tasks: []TaskDiff{}, Flows: []Flow{}, LeftOut: result.LeftOut, Versus: result}
	var whole diffTask
	var partial Partial
	for i := range result.Tasks {
		t := &result.Tasks[i]
		id, _ := v.table().Task(t.Task)
		out.Tasks = append(out.Tasks, TaskDiff{t.Task, t.Chain, s.diff.tasks[id].finish(t.Result, &s.tasks[id]), t.LabelNext})
		whole.merge(&s.diff.tasks[id])
		partial.Merge(&s.tasks[id])
	}
	out.Whole = whole.finish(result.Whole, &partial)
	old := v.job.tables[v.old].table
	for _, key := range slices.SortedFunc(maps.Keys(s.diff.flows), func(a, b flow) int { return cmp.Or(cmp.Compare(a.old, b.old), cmp.Compare(a.fresh, b.fresh)) }) {
		f := s.diff.flows[key]
		f.OldTask, f.NewTask = old.TaskName(key.old), v.table().TaskName(key.fresh)
		out.Flows = append(out.Flows, f)
	}
	slices.SortStableFunc(out.Flows, func(a, b Flow) int { return cmp.Compare(b.Requests, a.Requests) })
	for i, list := range []*[]RequestChange{&out.Regressions, &out.Wins, &out.Unjudged} {
		*list = []RequestChange{}
		for _, e := range s.diff.kept[i] {
			*list = append(*list, *e.change)
		}
	}
	return out
}

// finish adds to the result what only a diff knows.
func (t *diffTask) finish(r Result, p *Partial) DiffResult {
	out := DiffResult{
		Result: r, Moved: t.moved.N, AnswersChanged: t.changed.N, AnswersUnjudged: t.unjudged.N, Walked: t.walked.N,
		OldCostPer1000: Unknown, NewCostPer1000: Unknown, OldLatencyP95: Unknown, NewLatencyP95: Unknown,
		OldEscalationRate: Number(t.oldEscalated.share(&t.walked)), NewEscalationRate: Number(t.escalated.share(&t.walked)),
	}
	if w := p.Savable.Weight(); w > 0 {
		out.OldCostPer1000, out.NewCostPer1000 = Number(1000*p.SavableBase.Float64()/w), Number(1000*p.SavableCost.Float64()/w)
	}
	for _, q := range []struct {
		to   *Number
		from *Histogram
	}{{&out.OldLatencyP95, &t.oldLatency}, {&out.NewLatencyP95, &t.latency}} {
		if p95 := q.from.quantiles(0.95); p95 != nil {
			*q.to = Number(p95[0])
		}
	}
	return out
}

// taskNames returns the names of a table's tasks.
func taskNames(t *routing.Table) []string {
	names := make([]string, t.NumTasks())
	for k := range names {
		names[k] = t.TaskName(routing.TaskID(k))
	}
	return names
}
