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
	out := WhatIfResult{Of: j.candidates[p.candidate].Label, Scenario: j.opts.Scenarios[p.scenario].Name, Tasks: []TaskResult{}}
	var whole Partial
	totals := make([]*Partial, len(p.plan))
	for k, cell := range p.plan {
		totals[k] = s.Cells[cell].total()
		whole.Merge(totals[k])
	}
	var parts []taskPartial
	for k, total := range totals {
		task := routing.TaskID(k)
		if total.Rows.N == 0 {
			continue
		}
		var models, tiers []string
		for _, step := range table.Chain(task) {
			models, tiers = append(models, table.ModelName(step.Model)), append(tiers, table.TierName(step.Tier))
		}
		part := newTaskPartial(table.TaskName(task), total, alone(task))
		parts = append(parts, part)
		out.Tasks = append(out.Tasks, TaskResult{Task: part.task, Chain: tiers, Result: j.finishTask(&part, &whole.Rows, models)})
	}
	router := &s.Routers[j.cells[p.plan[0]].router]
	mixed := mixtureOf(j.opts.Mix.shares(p.candidate), parts, func(name string) bool {
		task, _ := table.Task(name)
		return alone(task)
	})
	out.Whole = j.finishWhole(&mixed, &s.Rows, &router.LeftOutGraded)
	j.addIntervals(&out.Whole, out.Tasks, parts, &mixed)
	out.Whole.Answers = sortedShares(mixed.answered(table), &mixed.whole.Walked)
	mixed.finishSpend(j.baseline, table, parts, &out.Whole, out.Tasks)
	return out
}
