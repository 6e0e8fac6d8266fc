package eval

import (
	"maps"
	"slices"

	"github.com/tierwise/tierwise/routing"
)

// sweepPoints is how many thresholds of a sweep are reported.
const sweepPoints = 64

func tokenResults(byTask map[string]*TokenSums) []TokenResult {
	var out []TokenResult
	for _, task := range slices.Sorted(maps.Keys(byTask)) {
		s := byTask[task]
		if s.Known.N == 0 {
			continue
		}
		out = append(out, TokenResult{
			Task: task, Calls: s.Known.N, Input: Number(s.Input.Float64()), CachedInput: Number(s.CachedInput.Float64()),
			Output: Number(s.Output.Float64()), Reasoning: Number(s.Reasoning.Float64()),
		})
	}
	return out
}

// finishDetails fills in what only detailed results have.
func (j *Job) finishDetails(v int, s *Sums, out *CandidateResult) {
	table := j.tables[v].table
	out.Usage = j.usageOf(v, s)
	out.Prices = j.pricesOf(v, out.Usage)
	out.Examples = &ExampleLists{Regressions: Examples{}, Escalations: Examples{}, Misroutes: Examples{}}
	for k, cell := range j.plan[v] {
		task := routing.TaskID(k)
		p := s.Cells[cell].total()
		out.Examples.Regressions = append(out.Examples.Regressions, p.Regressions...)
		out.Examples.Escalations = append(out.Examples.Escalations, p.Escalations...)
		for _, step := range table.Chain(task) {
			for _, c := range table.Checks(task) {
				sweep := j.sweep(s, cell, step.Position*len(table.Checks(task))+c.Index)
				if len(sweep) == 0 {
					continue
				}
				n := int64(0)
				for _, b := range sweep {
					n += b.Requests.N
				}
				threshold, _ := c.Threshold(step.Position)
				out.Sweeps = append(out.Sweeps, SweepResult{
					Task: table.TaskName(task), Tier: table.TierName(step.Tier), Model: table.ModelName(step.Model),
					Check: c.Word(), Min: Number(threshold), Requests: n, Points: sweep.points(sweepPoints),
				})
			}
		}
	}
	r := &s.Routers[j.cells[j.plan[v][0]].router]
	for _, gold := range slices.Sorted(maps.Keys(r.Misrouted)) {
		out.Examples.Misroutes = append(out.Examples.Misroutes, r.Misrouted[gold]...)
	}
	for _, layer := range slices.Sorted(maps.Keys(r.Reliability)) {
		for i := range r.Reliability[layer] {
			b := &r.Reliability[layer][i]
			if b.Requests.N == 0 {
				continue
			}
			out.Reliability = append(out.Reliability, ReliabilityBin{
				Layer: layer, From: float64(i) / confidenceBins, To: float64(i+1) / confidenceBins, Requests: b.Requests.N,
				Confidence: Number(b.Sum.Float64() / b.Requests.Weight()), Right: Number(b.Right.share(&b.Requests)),
			})
		}
	}
}
