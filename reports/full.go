package reports

import (
	"fmt"
	"slices"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/gate"
	"github.com/tierwise/tierwise/eval/stats"
)

// IDs of the sections of a full report. Only those are there for which there are data.
const (
	TasksID       = "tasks"
	LadderID      = "ladder"
	CandidatesID  = "candidates"
	ModelsID      = "models"
	ChoicesID     = "choices"
	FrontierID    = "frontier"
	RulesID       = "rules"
	AgainstID     = "against" // the tasks against the config of the main branch
	ConfigID      = "config"
	FlowsID       = "flows"
	RoutingID     = "routing"
	MisroutesID   = "misroutes"
	ChecksID      = "checks"
	EscalationsID = "escalations"
	CachesID      = "caches"
	FalseHitsID   = "false-hits"
	RegressionsID = "regressions"
	WinsID        = "wins"
	ScenariosID   = "scenarios"
	LatencyID     = "latency"
	MethodID      = "method"
	FindingsID    = "findings"
)

// IDs of the charts of a full report. Those of threshold sweeps are "sweep-" and the name of the task.
const (
	CostQualityID = "cost-quality"
	DeltasID      = "deltas"
	SavingsID     = "savings"
	ReliabilityID = "reliability"
	LatenciesID   = "latencies"
)

// A FullInput is what a full report is made of: exactly one of Comparison, Tuning, Diff and Gate, and what more there is.
type FullInput struct {
	Comparison *eval.Comparison
	Tuning     *Tuning
	Diff       *eval.Diff
	Gate       *gate.Result

	// Candidate is the label of the one that the report speaks for; "": that of [Speaker].
	Candidate string
	// Volume is how many requests there are in a month, 0 if nobody knows: then dollars are per million requests.
	Volume float64
	Rows   *Rows // what was read request by request; nil: nothing was
	NoText bool  // leave out prompts and responses
	Next   []string
}

// Full lays out all that there is to say, for people who were not there: a summary, and a section for everything of which
// there are data.
func Full(in *FullInput) *Document {
	switch {
	case in.Tuning != nil:
		return fullTuning(in)
	case in.Diff != nil:
		return fullDiff(in)
	case in.Gate != nil:
		return fullGate(in)
	}
	return fullComparison(in)
}

// A full is a report in the making.
type full struct {
	*Document
	in *FullInput
	c  *eval.Comparison
	k  *eval.CandidateResult // that the report speaks for; nil: there are only single models
}

func newFull(in *FullInput, c *eval.Comparison) *full {
	f := &full{Document: &Document{}, in: in, c: c}
	if len(c.Candidates) > 0 {
		f.k = Speaker(c)
		if i := slices.IndexFunc(c.Candidates, func(k eval.CandidateResult) bool { return k.Label == in.Candidate }); i >= 0 {
			f.k = &c.Candidates[i]
		}
		f.WhatIf = WhatIfOf(c, f.k, in.Volume)
		if f.WhatIf != nil && in.Tuning != nil {
			f.WhatIf.Notes = append(f.WhatIf.Notes, "Quality is that of the replay, on labels some of which chose the table; the claim of the Summary does not use those.")
		}
	}
	return f
}

// put adds a section unless it is empty.
func (f *full) put(s Section) {
	dropBlank(s.Table)
	if (s.Table != nil && len(s.Table.Rows) > 0) || len(s.Lines) > 0 || len(s.Pairs) > 0 || len(s.Charts) > 0 {
		f.add(s)
	}
}

// dropBlank drops the columns of texts that say nothing in any row.
func dropBlank(t *Table) {
	if t == nil {
		return
	}
	for k := len(t.Columns) - 1; k > 0; k-- {
		says := t.Columns[k].Unit != Text || len(t.Rows) == 0
		for _, row := range t.All() {
			says = says || !row[k].IsText || row[k].Text != ""
		}
		if says {
			continue
		}
		t.Columns = slices.Delete(slices.Clone(t.Columns), k, k+1)
		for _, rows := range [][][]Cell{t.Rows, t.Foot} {
			for i := range rows {
				rows[i] = slices.Delete(slices.Clone(rows[i]), k, k+1)
			}
		}
	}
}

// withRows says how requests come into a report, one by one: results alone do not have them.
const withRows = "tierwise eval CONFIG -d FILE -o results.json -o decisions.parquet, then tierwise report results.json --rows decisions.parquet -d FILE"

// lacks notes a part that is not there.
func (f *full) lacks(what, how string) { f.LeftOut = append(f.LeftOut, what+": "+how) }

func fullComparison(in *FullInput) *Document {
	c := in.Comparison
	f := newFull(in, c)
	f.Title = "Routing against " + c.Baseline
	f.Source = sourceOf(c)
	if f.k == nil {
		f.modelsSummary()
		f.put(f.models())
		f.put(f.choices())
		f.put(f.method())
		f.put(f.findings())
		f.lacks("Tasks, savings, checks and regressions of a routing table", "evaluate a dispatch config: tierwise eval CONFIG -d FILE -o results.json")
		return f.Document
	}
	f.Title = fmt.Sprintf("Routing by %s, against %s", f.k.Label, c.Baseline)
	f.candidateSummary()
	f.verdicts()
	f.put(f.tasks())
	f.put(f.savings())
	f.put(f.candidates())
	f.put(f.models())
	f.routed()
	return f.Document
}

// routed adds the sections about how a candidate's requests went, which all documents with a replay have.
func (f *full) routed() {
	f.put(f.scenarios())
	f.routers()
	f.put(f.misroutes())
	for _, s := range f.confusion() {
		f.put(s)
	}
	f.put(f.checks())
	f.put(f.escalations())
	f.caches()
	f.put(f.regressions())
	f.put(f.latency())
	f.put(f.method())
	if !slices.ContainsFunc(f.Sections, func(s Section) bool { return s.ID == FindingsID }) { // a gate has them with its own
		f.put(f.findings())
	}
}

// sourceOf says what a comparison was made of.
func sourceOf(c *eval.Comparison) []string {
	out := []string{"Data: " + dataLine(c)}
	if c.Data.Hash != "" {
		out = append(out, "Hash of the data: "+c.Data.Hash)
	}
	if c.Tool != "" {
		out = append(out, "Made by tierwise "+c.Tool)
	}
	return out
}

// Speaker returns the candidate to speak of: the one that saves most among those with the best verdict.
func Speaker(c *eval.Comparison) *eval.CandidateResult {
	rank := map[stats.Verdict]int{stats.Holds: 2, stats.Inconclusive: 1}
	best := &c.Candidates[0]
	for i := range c.Candidates[1:] {
		k := &c.Candidates[i+1]
		better := rank[k.Whole.Verdict] - rank[best.Whole.Verdict]
		if better > 0 || better == 0 && k.Whole.Savings > best.Whole.Savings {
			best = k
		}
	}
	return best
}

// toneOf is how a verdict is to be taken.
func toneOf(v stats.Verdict) Tone {
	switch v {
	case stats.Holds:
		return Good
	case stats.Fails:
		return Bad
	case stats.Inconclusive:
		return Unsure
	}
	return Neutral
}

func verdictCell(v stats.Verdict) Cell { return toned(string(v), toneOf(v)) }

// sure returns a number with its interval and the requests behind it.
func sure(x eval.Number, i *eval.Interval, n int64) Cell {
	c := N(x)
	c.N = n
	if i != nil && i.Lo.Known() && i.Hi.Known() {
		c.Interval = &Interval{float64(i.Lo), float64(i.Hi), eval.Level}
	}
	return c
}

// of returns a number with the requests behind it.
func of(x eval.Number, n int64) Cell { return sure(x, nil, n) }
