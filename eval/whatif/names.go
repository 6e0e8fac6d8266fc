package whatif

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
)

// names are what the configs call things.
type names struct {
	models    []string
	tiers     []tier
	providers []string // those that some model has
}

// A tier is a tier of some config, with its model there.
type tier struct{ name, model string }

// newNames collects the names of all configs. baseline is a model besides, "" for none.
func newNames(configs []*routing.Config, baseline string) *names {
	n := &names{}
	n.addModel(baseline)
	for _, c := range configs {
		for _, m := range c.Models {
			n.addModel(m.Name)
			if m.Provider != "" && !slices.Contains(n.providers, m.Provider) {
				n.providers = append(n.providers, m.Provider)
			}
		}
		for _, t := range c.Tiers {
			n.addModel(t.Model)
			n.tiers = append(n.tiers, tier{t.Name, t.Model})
		}
		n.addModel(c.Baseline)
		if c.Router.LLM != nil {
			n.addModel(c.Router.LLM.Model)
		}
		for i := range c.Tasks {
			for _, a := range c.Tasks[i].Accept {
				n.addModel(a.Model)
			}
		}
	}
	return n
}

func (n *names) addModel(name string) {
	if name != "" && !slices.Contains(n.models, name) {
		n.models = append(n.models, name)
	}
}

// model returns the model of that name, else the one of the tier of that name. flag is what the name was given to, and
// providers are names that it could have been as well.
func (n *names) model(flag, name string, providers []string) (string, error) {
	if slices.Contains(n.models, name) {
		return name, nil
	}
	var models []string
	valid := slices.Concat(n.models, providers)
	for _, t := range n.tiers {
		if t.name == name && !slices.Contains(models, t.model) {
			models = append(models, t.model)
		}
		valid = append(valid, t.name)
	}
	switch len(models) {
	case 0:
		kinds := "model or tier"
		if len(providers) > 0 {
			kinds = "provider, model or tier"
		}
		return "", fmt.Errorf("%s: no config has a %s %q%s", flag, kinds, name, suggest(name, valid, slices.Concat(providers, n.models)))
	case 1:
		return models[0], nil
	}
	return "", fmt.Errorf("%s: tier %q is %s in one config and %s in another: name the model", flag, name, models[0], models[1])
}

// suggest ends a message about a name that is not valid: with the nearest, else with those that are worth a list.
func suggest(name string, valid, listed []string) string {
	if near := eval.NearName(name, valid); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return "; they have " + strings.Join(listed, ", ")
}
