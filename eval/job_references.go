package eval

import (
	"slices"

	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/price"
)

// addReferences adds a table for each reference model: the model alone, for everything.
func (j *Job) addReferences(x *index) error {
	models := j.opts.Models
	if models == nil {
		for _, c := range j.candidates {
			for _, t := range c.Config.Tiers {
				if !slices.Contains(models, t.Model) {
					models = append(models, t.Model)
				}
			}
		}
	}
	if !slices.Contains(models, j.baseline) {
		models = append(slices.Clone(models), j.baseline)
	}
	j.opts.Models = models
	for _, m := range models {
		table, err := routing.Compile(single(m, j.baseline, j.findModel(m), j.findModel(j.baseline)))
		if err != nil {
			return err
		}
		j.addView(table, -1, nil, nil)
		v := len(j.tables) - 1
		j.references = append(j.references, x.policy(v, 0))
		j.oracle = append(j.oracle, j.tables[v].variants[0])
	}
	return nil
}

// findModel returns the first candidate's definition of a model: reference rows are priced by it.
func (j *Job) findModel(name string) routing.Model {
	for _, c := range j.candidates {
		for _, m := range c.Config.Models {
			if m.Name == name {
				m.Provider, m.Context = "", 0 // as recorded: no time-out, no limit
				return m
			}
		}
	}
	return routing.Model{Name: name, Price: price.Unknown()}
}

// single returns the config that sends everything to model m.
func single(m, baseline string, models ...routing.Model) *routing.Config {
	if m == baseline {
		models = models[:1]
	}
	return &routing.Config{
		Version: 1, Name: m, Baseline: baseline, Models: models,
		Tiers:  []routing.Tier{{Name: m, Model: m}},
		Tasks:  []routing.Task{{Name: "all", Chain: []string{m}}},
		Router: routing.RouterConfig{Default: "all"},
	}
}
