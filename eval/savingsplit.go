package eval

import (
	"slices"

	"github.com/tierwise/tierwise/routing"
)

// A SavingSplit says where a candidate's saving comes from: what single models would save at the candidate's quality, what
// knowing the task adds, and what is left, which is what the acceptance checks add less what routing and self-checks cost.
// The three add up to the saving; each can be negative.
//
// The two controls are chosen in hindsight, on the requests that they are judged on, which flatters them: the part of the
// checks is rather too small than too large. All three run over the tasks with labels and known costs.
type SavingSplit struct {
	Share   Number `json:"share"`   // of the candidate's requests: those in tasks that have labels and known costs
	Delta   Number `json:"delta"`   // of the candidate, on these tasks
	Savings Number `json:"savings"` // of the candidate, on these tasks

	CheaperModel Number `json:"cheaper_model"`
	KnowingTask  Number `json:"knowing_task"`
	Checks       Number `json:"checks"`

	// Mix is the random mix of single models that saves most at the candidate's quality, Table the best table of one model
	// for each dispatched task, with a mix in one task at most.
	Mix   HindsightMix   `json:"best_mix"`
	Table HindsightTable `json:"best_table"`
	// Misroutes is nil if there are none, or no gold tasks.
	Misroutes *MisrouteLoss `json:"misroutes,omitempty"`
}

// A Hindsight is a control that is chosen on the requests that it is judged on.
type Hindsight struct {
	Savings Number `json:"savings"`
	Delta   Number `json:"delta"`
	// Reaches: the quality is the candidate's. Else the control is the best there is, and worse than the candidate.
	Reaches bool `json:"reaches_quality"`
}

// A HindsightMix is a random mix of single models.
type HindsightMix struct {
	Hindsight
	Models []ModelShare `json:"models"`
}

// A HindsightTable is a table without checks.
type HindsightTable struct {
	Hindsight
	Tasks []TaskMix `json:"tasks"`
}

// A TaskMix is what a HindsightTable asks for one task.
type TaskMix struct {
	Task   string       `json:"task"`
	Models []ModelShare `json:"models"`
}

// A ModelShare is a model and the share of requests that it is asked.
type ModelShare struct {
	Model string `json:"model"`
	Share Number `json:"share"`
}

// A MisrouteLoss is what sending requests to other tasks than their gold task costs, against the same table under callers
// who name it, on requests of known gold task. What the router itself costs is not part of it.
type MisrouteLoss struct {
	Savings Number `json:"savings"` // share of the baseline's bill; negative: money is lost
	Delta   Number `json:"delta"`   // negative: quality is lost
}

// splitTask is a task that a split speaks of.
type splitTask struct {
	id                routing.TaskID
	rows, bill, delta float64 // weight, baseline's USD, candidate's delta
}

// splitSaving splits what a candidate saves; nil if cost or quality is not known well enough.
func (j *Job) splitSaving(v int, s *Sums, mixed *mixture) *SavingSplit {
	tasks, out := mixed.splitTasks(j.tables[v].table)
	if len(tasks) == 0 {
		return nil
	}
	models := s.Models[j.cells[j.plan[v][0]].router]
	single, byTask := j.frontiers(tasks, models)
	if len(single) == 0 {
		return nil
	}
	delta := float64(out.Delta)
	place, reached := cheapest([]frontier{single}, delta)
	d, saving := single.value(place[0])
	out.Mix = HindsightMix{Hindsight{Number(saving), Number(d), reached}, j.modelShares(single, place[0])}
	places, reached := cheapest(byTask, delta)
	out.Table = HindsightTable{Hindsight{Reaches: reached}, []TaskMix{}}
	for i, f := range byTask {
		d, saving := f.value(places[i])
		out.Table.Delta += Number(d)
		out.Table.Savings += Number(saving)
		out.Table.Tasks = append(out.Table.Tasks, TaskMix{j.tables[v].table.TaskName(tasks[i].id), j.modelShares(f, places[i])})
	}
	out.CheaperModel = out.Mix.Savings
	out.KnowingTask = out.Table.Savings - out.Mix.Savings
	out.Checks = out.Savings - out.Table.Savings
	out.Misroutes = j.misrouteLoss(v, s)
	return out
}

// splitTasks returns the tasks with labels and known costs (none, if too few of the graded requests can be judged), and the
// candidate's saving and delta on them: each weighs as in the whole's figures, by all its requests in the delta and by the
// baseline's bill in the saving.
func (m *mixture) splitTasks(table *routing.Table) ([]splitTask, *SavingSplit) {
	var tasks []splitTask
	var all, rows, delta float64
	var cost, bill Fixed
	var graded, covered Count
	for _, part := range m.strata[len(m.scaled):] { // production has them, the data has not
		all += part.weight()
	}
	for i := range m.scaled {
		p := m.scaled[i].p
		graded.merge(&p.Graded)
		covered.merge(&p.Covered)
		weight := p.Rows.Weight()
		all += weight
		q1, q0, judged := m.strata[i].p.qualities()
		if base := p.SavableBase.Float64(); judged > 0 && base > 0 {
			task, _ := table.Task(m.scaled[i].task)
			t := splitTask{task, weight, base, (q1 - q0) / judged}
			tasks = append(tasks, t)
			rows += weight
			delta += weight * t.delta
			cost.AddFixed(p.SavableCost)
			bill.AddFixed(p.SavableBase)
		}
	}
	if !(covered.share(&graded) >= minCoverage) {
		return nil, nil
	}
	return tasks, &SavingSplit{
		Share: Number(rows / all), Delta: Number(delta / rows), Savings: Number(1 - cost.Float64()/bill.Float64()),
	}
}

// frontiers returns the frontier of single models, and that of each task, in parts of the whole. A model counts in a task
// where it is judged on 95 % of the graded requests, and as a single model where it counts in all tasks.
func (j *Job) frontiers(tasks []splitTask, models RoutedModels) (single frontier, byTask []frontier) {
	var rows, bill float64
	for i := range tasks {
		rows += tasks[i].rows
		bill += tasks[i].bill
	}
	choices := make([][]choice, len(tasks))
	var singles []choice
	baseline := slices.Index(j.opts.Models, j.baseline) // addReferences sees to it that it is there
	for m := range j.references {
		alone, everywhere := choice{id: m}, true
		for i, t := range tasks {
			sums := &models[t.id][m]
			if !(sums.Judged.share(&models[t.id][baseline].Judged) >= minCoverage) || !(sums.BaseCost.Float64() > 0) {
				everywhere = false
				continue
			}
			c := choice{
				delta:  t.rows / rows * (sums.Delta.Float64() / sums.Judged.Weight()),
				saving: t.bill / bill * (1 - sums.Cost.Float64()/sums.BaseCost.Float64()), id: m,
			}
			choices[i] = append(choices[i], c)
			alone.delta += c.delta
			alone.saving += c.saving
		}
		if everywhere {
			singles = append(singles, alone)
		}
	}
	for _, c := range choices {
		if len(c) == 0 {
			return nil, nil
		}
		byTask = append(byTask, newFrontier(c))
	}
	return newFrontier(singles), byTask
}

func (j *Job) modelShares(f frontier, p position) []ModelShare {
	out := []ModelShare{{j.opts.Models[f[p.at].id], Number(1 - p.share)}}
	if p.share > 0 {
		out = append(out, ModelShare{j.opts.Models[f[p.at+1].id], Number(p.share)})
	}
	return out
}

// misrouteLoss returns what misroutes cost; nil if there are none, or if it is not known.
func (j *Job) misrouteLoss(v int, s *Sums) *MisrouteLoss {
	out := MisrouteLoss{Savings: Unknown, Delta: Unknown}
	r := &s.Routers[j.cells[j.plan[v][0]].router]
	if j.opts.GoldTasks {
		return nil
	}
	misrouted := false
	var total CrossSums
	for m := range r.Tasks { // exact sums: the order does not matter
		if m.Gold != "" {
			task, gold := j.routeOf(v, m)
			sums := j.crossed(v, s, m.Gold, task, gold)
			total.merge(&sums)
			misrouted = misrouted || task != gold
		}
	}
	if !misrouted {
		return nil
	}
	if gold := j.finishGoldTasks(v, s, r); gold != nil {
		out.Delta = gold.Routed.Quality - gold.Named.Quality
	}
	if base := total.BaseCost.Float64(); base > 0 {
		out.Savings = Number((total.GoldCost.Float64() - total.Cost.Float64()) / base)
	}
	if !out.Delta.Known() && !out.Savings.Known() {
		return nil
	}
	return &out
}
