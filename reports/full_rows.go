package reports

import (
	"cmp"
	"slices"

	"github.com/tierwise/tierwise/eval"
)

// Rows are what was read of decisions, request by request, about one candidate. Its zero value is ready for [Rows.Add].
type Rows struct {
	Worst      []Request // worst first, maxWorst at most
	Lost       int64     // how many requests are worse than under the baseline
	Latency    Latencies // of the candidate
	BaselineMS Latencies // of the baseline's calls; of no requests if nobody read the traffic
}

// maxWorst is how many regressions are kept.
const maxWorst = 500

// A Request is one request with what became of it.
type Request struct {
	eval.Example
	CostUSD, BaseCostUSD, LatencyMS eval.Number
	Expected                        string
	ExpectedChars                   int // of the whole text if it is cut, else 0
}

// Delta is the request's change of quality.
func (r *Request) Delta() float64 { return float64(r.Quality - r.BaseQuality) }

// Add adds a decision of the candidate.
func (r *Rows) Add(d *eval.Record) {
	if d.LatencyMS.Known() {
		r.Latency.Add(float64(d.LatencyMS))
	}
	if !(d.Delta < 0) {
		return
	}
	r.Lost++
	x := Request{
		Example: eval.Example{
			ID: d.ID, GoldTask: d.GoldTask, Task: d.Task, Answer: d.Answer, Quality: d.Quality, BaseQuality: d.BaseQuality,
			Escalations: d.Escalations, Priority: float64(d.Delta),
		},
		CostUSD: d.CostUSD, BaseCostUSD: d.BaseCostUSD, LatencyMS: d.LatencyMS,
	}
	at, _ := slices.BinarySearchFunc(r.Worst, x, worse)
	if at >= maxWorst {
		return
	}
	r.Worst = slices.Insert(r.Worst, at, x)
	r.Worst = r.Worst[:min(len(r.Worst), maxWorst)]
}

// worse orders regressions: by delta, then by what was saved least, then by id.
func worse(a, b Request) int {
	return cmp.Or(cmp.Compare(a.Priority, b.Priority), cmp.Compare(a.ID, b.ID))
}

// FromExamples takes the regressions from the examples of the results, where nobody read the decisions.
func (r *Rows) FromExamples(c *eval.Comparison, label string) {
	for i := range c.Candidates {
		k := &c.Candidates[i]
		if k.Label != label || k.Examples == nil {
			continue
		}
		r.Worst, r.Lost = examples(k), k.Whole.Lost
	}
}

// examples are the regressions that the results have of a candidate, worst first.
func examples(k *eval.CandidateResult) []Request {
	var out []Request
	for _, e := range k.Examples.Regressions {
		out = append(out, Request{Example: e, CostUSD: eval.Unknown, BaseCostUSD: eval.Unknown, LatencyMS: eval.Unknown})
	}
	slices.SortStableFunc(out, func(a, b Request) int { return cmp.Compare(a.Priority, b.Priority) })
	return out[:min(len(out), maxWorst)]
}
