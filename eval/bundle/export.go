package bundle

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/price"
)

// An export looks up what a config says of a name.
type export struct {
	config *routing.Config
	tiers  []string // models of the tiers, each once, in the order of the tiers

	cheapFirst bool // tasks with checks start at the first model of their chain all the same
}

func newExport(c *routing.Config) *export {
	x := &export{config: c}
	for _, t := range c.Tiers {
		if !slices.Contains(x.tiers, t.Model) {
			x.tiers = append(x.tiers, t.Model)
		}
	}
	return x
}

// model returns a model with its id, also where only [tiers] names it.
func (x *export) model(name string) *routing.Model {
	m := routing.Model{Name: name, Price: price.Unknown()}
	for _, known := range x.config.Models {
		if known.Name == name {
			m = known
		}
	}
	if m.ID == "" {
		m.ID = name
	}
	return &m
}

// provider returns who serves a model, nil if that is not said.
func (x *export) provider(model string) *routing.Provider {
	name := x.model(model).Provider
	for i := range x.config.Providers {
		if x.config.Providers[i].Name == name {
			return &x.config.Providers[i]
		}
	}
	return nil
}

// chain returns the models of a task's chain.
func (x *export) chain(t *routing.Task) []string {
	models := make([]string, len(t.Chain))
	for i, tier := range t.Chain {
		for _, known := range x.config.Tiers {
			if known.Name == tier {
				models[i] = known.Model
			}
		}
	}
	return models
}

// decimal writes v × 10^shift without an exponent and without a rounding of its own: YAML 1.1, which PyYAML reads, takes
// 5e-07 for a string.
func decimal(v float64, shift int) string {
	shifted, err := strconv.ParseFloat(strconv.FormatFloat(v, 'f', -1, 64)+"e"+strconv.Itoa(shift), 64)
	if err != nil {
		shifted = v // out of range: no price is
	}
	return strconv.FormatFloat(shifted, 'f', -1, 64)
}

// names joins names for a sentence.
func names(all []string) string { return strings.Join(all, ", ") }
