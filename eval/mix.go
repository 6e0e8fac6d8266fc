package eval

import (
	"fmt"
	"maps"
	"slices"

	"github.com/tierwise/tierwise/routing"
)

// A Mix is how production's requests spread over the tasks. A replay takes the tasks' figures from the labeled traffic and
// weighs them by it (poststratification): traffic that was picked for labeling is seldom spread as production is.
type Mix struct {
	Source string `json:"source"` // its file, as it was named
	// Tasks are, for each candidate, the shares of the requests that its router sends to each task; they sum to 1.
	Tasks []map[string]float64 `json:"tasks"`
	// Gold are the shares of the gold tasks, which weigh the single models; nil: they are not known.
	Gold map[string]float64 `json:"gold_tasks,omitempty"`

	// Of a mix that was measured: requests, and for each candidate those that it is not judged on, which are left out of its
	// shares, and those that went to the default for want of a recorded answer of its LLM router.
	Requests int64   `json:"requests,omitempty"`
	LeftOut  []int64 `json:"left_out,omitempty"`
	Unrouted []int64 `json:"unrouted,omitempty"`
}

// A MixShare is what one task is of production, and what it is of the data.
type MixShare struct {
	Task      string `json:"task"`
	Share     Number `json:"share"`      // of production
	DataShare Number `json:"data_share"` // of the requests that the candidate routes, by weight
}

// fits reports an error if the mix is not one for so many candidates.
func (m *Mix) fits(candidates int) error {
	if m != nil && len(m.Tasks) != candidates {
		return fmt.Errorf("the mix of %s is one for %d configs, not %d", m.Source, len(m.Tasks), candidates)
	}
	return nil
}

// shares returns the shares of candidate v's tasks, nil without a mix.
func (m *Mix) shares(v int) map[string]float64 {
	if m == nil {
		return nil
	}
	return m.Tasks[v]
}

// goldShares returns the shares of the gold tasks, nil if the mix does not tell that of every gold task in the sums.
func (j *Job) goldShares(s *Sums) map[string]float64 {
	m := j.opts.Mix
	if m == nil || m.Gold == nil || len(s.References) == 0 {
		return nil
	}
	known := 0.0
	for name := range s.References[0] {
		share, ok := m.Gold[name]
		if name == "" || !ok && m.Requests == 0 { // what production's own traffic does not have, production does not have
			return nil
		}
		known += share
	}
	if known == 0 {
		return nil
	}
	return m.Gold
}

// A mixture is what a whole is made of: its tasks as strata, and the sum of all they came to.
type mixture struct {
	strata []taskPartial // each with Rows as it weighs, and evidence as it is
	scaled []taskPartial // all of it as it weighs
	whole  Partial

	reweighed bool // by shares; otherwise strata and scaled are the tasks themselves
}

// mixtureOf weighs the tasks by shares; nil: by their requests. A task of share 0 is left out. A task of production that has
// no requests here is a stratum without evidence.
func mixtureOf(shares map[string]float64, parts []taskPartial, alone func(task string) bool) mixture {
	m := mixture{strata: parts, scaled: parts, reweighed: shares != nil}
	total := 0.0
	if shares != nil {
		m.strata, m.scaled = nil, nil
		for _, part := range parts {
			total += part.p.Rows.Weight()
		}
	}
	met := map[string]bool{}
	for _, part := range parts {
		if shares == nil {
			m.whole.Merge(part.p)
			continue
		}
		rows, share := part.p.Rows.Weight(), shares[part.task]
		if share == 0 || rows == 0 {
			continue
		}
		met[part.task] = true
		factor := share * total / rows
		stratum := *part.p
		stratum.Rows = stratum.Rows.scaled(factor)
		scaled := part.p.scaled(factor)
		m.whole.Merge(scaled)
		m.scaled = append(m.scaled, taskPartial{task: part.task, p: scaled})
		part.p = &stratum // with the evidence that it has
		m.strata = append(m.strata, part)
	}
	for _, name := range slices.Sorted(maps.Keys(shares)) {
		if !met[name] && shares[name] > 0 && total > 0 {
			m.strata = append(m.strata, newTaskPartial(name, &Partial{Rows: Count{W: fixedOf(shares[name] * total)}}, alone(name)))
		}
	}
	return m
}

// answered returns how much each model answered under a table.
func (m *mixture) answered(table *routing.Table) map[string]Count {
	out := map[string]Count{}
	for _, part := range m.scaled {
		task, _ := table.Task(part.task)
		for i, step := range table.Chain(task) {
			if i < len(part.p.Answers) {
				model := table.ModelName(step.Model)
				n := out[model]
				n.merge(&part.p.Answers[i])
				out[model] = n
			}
		}
	}
	return out
}

// addMix fills in what the mix does to a candidate. A task of production that nobody labeled, and on which the table is not
// the baseline, keeps the whole from a verdict.
func (j *Job) addMix(v int, parts []taskPartial, m *mixture, out *CandidateResult) {
	shares := j.opts.Mix.shares(v)
	if shares == nil {
		return
	}
	rows := map[string]float64{}
	total := 0.0
	for _, part := range parts {
		w := part.p.Rows.Weight()
		rows[part.task], total = w, total+w
	}
	table := j.tables[v].table
	for k := range routing.TaskID(table.NumTasks()) {
		name := table.TaskName(k)
		if _, here := rows[name]; here || shares[name] > 0 {
			out.Mix = append(out.Mix, MixShare{name, Number(shares[name]), Number(rows[name] / total)})
		}
	}
	var names []string
	share, empty := 0.0, true
	for _, part := range m.strata {
		if part.unchanged || part.units.count() > 0 {
			continue
		}
		names, share, empty = append(names, part.task), share+shares[part.task], empty && part.p.Rows.N == 0
	}
	if len(names) > 0 {
		out.Whole.sayUnlabeled(names, share, j.baseline, empty)
	}
}
