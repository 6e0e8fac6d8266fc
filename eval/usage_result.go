package eval

import (
	"slices"

	"github.com/tierwise/tierwise/routing"
)

// A TaskUsage is what a candidate's calls for one task came to, and the baseline's on the same requests: enough to reckon costs
// anew at other prices, another volume and another mix of tasks.
type TaskUsage struct {
	Task   string       `json:"task"`
	Weight float64      `json:"weight"` // of the requests that the sums are over: those of the savings
	Calls  []ModelUsage `json:"calls"`
}

// A ModelPrice is the list price of a model in a candidate's config.
type ModelPrice struct {
	Model string `json:"model"`
	ListPrice
}

// usageOf returns the usage of a candidate by task, in the order of its config. Tasks stand for themselves: no mix weighs them.
func (j *Job) usageOf(candidate int, s *Sums) []TaskUsage {
	var out []TaskUsage
	table := j.tables[candidate].table
	for k, p := range s.totals(j.plan[candidate]) {
		if p.Savable.N == 0 {
			continue
		}
		u := &Usage{}
		task := routing.TaskID(k)
		j.addUsage(u, candidate, task, p, 1)
		for i := range u.Models {
			u.Models[i].Task = ""
		}
		out = append(out, TaskUsage{Task: table.TaskName(task), Weight: p.Savable.Weight(), Calls: u.Models})
	}
	return out
}

// pricesOf returns the list prices in a candidate's config of the models that its usage names.
func (j *Job) pricesOf(candidate int, usage []TaskUsage) []ModelPrice {
	var names []string
	for i := range usage {
		for _, c := range usage[i].Calls {
			names = append(names, c.Model)
		}
	}
	slices.Sort(names)
	var out []ModelPrice
	for _, name := range slices.Compact(names) {
		for _, m := range j.candidates[candidate].Config.Models {
			if m.Name == name && m.Price.Known() {
				p := m.Price
				out = append(out, ModelPrice{name, ListPrice{Number(p.Input), Number(p.CachedInput), Number(p.Output), Number(p.Reasoning)}})
			}
		}
	}
	return out
}
