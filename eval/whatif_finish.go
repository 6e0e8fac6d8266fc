package eval

import "github.com/tierwise/tierwise/routing"

// A WhatIfResult is what a candidate would come to under a scenario. It is compared with the baseline as recorded, at the
// scenario's prices.
type WhatIfResult struct {
	Of       string       `json:"of"`       // label of the candidate
	Scenario string       `json:"scenario"` // name, as in the settings
	Whole    Result       `json:"whole"`
	Tasks    []TaskResult `json:"tasks"`
}

// finishWhatIf returns what the candidates come to under the scenarios: by candidate, then scenario.
func (j *Job) finishWhatIf(s *Sums) []WhatIfResult {
	var out []WhatIfResult
	for i := range j.supposed {
		out = append(out, j.finishSupposed(&j.supposed[i], s))
	}
	return out
}

func (j *Job) finishSupposed(p *supposed, s *Sums) WhatIfResult {
	view := &j.tables[p.view]
	table := view.table
	// Where the baseline alone does a task, nothing changes, unless it does not answer.
	alone := func(task routing.TaskID) bool { return !view.change.isDown(j.baseline) && j.alone(p.view, task) }
	router := &s.Routers[j.cells[p.plan[0]].router]
	f := j.finishTable(table, s.totals(p.plan), j.opts.Mix.shares(p.candidate), alone, &s.Rows, &router.LeftOutGraded)
	f.addSpend(j.baseline, table)
	return WhatIfResult{
		Of: j.candidates[p.candidate].Label, Scenario: j.opts.Scenarios[p.scenario].Name, Whole: f.whole, Tasks: f.tasks,
	}
}
