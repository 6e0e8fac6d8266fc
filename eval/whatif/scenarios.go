package whatif

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
)

// WithPrices is the name of the scenario of all changes of prices.
const WithPrices = "what-if prices"

// Options are what a user supposes.
type Options struct {
	Prices []string // as ParsePrice reads them
	// List has prices for PriceDate, a day as in 2026-12-01; those of Prices go before them, and factors are on top. nil:
	// there is none.
	List      *PriceList
	PriceDate string
	Outages   []string // each a scenario: providers of the configs, else models or tiers, with commas between
	Baseline  string   // a model besides those of the configs; "": none
}

// Scenarios returns the scenarios of the options: one for all changes of prices together, one for each outage. Names are
// those of the configs; an error says which is not, and what is nearest.
func Scenarios(configs []*routing.Config, o *Options) ([]eval.Scenario, error) {
	n := newNames(configs, o.Baseline)
	var out []eval.Scenario
	if len(o.Prices) > 0 || o.List != nil {
		s, err := n.prices(o)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	for _, text := range o.Outages {
		s, err := n.outage(text)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(out, func(o eval.Scenario) bool { return o.Name == s.Name }) {
			return nil, fmt.Errorf("--outage %s is there twice", text)
		}
		out = append(out, s)
	}
	return out, nil
}

// prices returns the scenario of all changes of prices, in the order in which the configs name the models.
func (n *names) prices(o *Options) (eval.Scenario, error) {
	s := eval.Scenario{Name: WithPrices}
	if o.List != nil {
		s.PriceDate = o.PriceDate
		var err error
		if s.Prices, err = o.List.on(o.PriceDate, n.models); err != nil {
			return s, err
		}
	}
	flagged := map[string]bool{}
	for _, text := range o.Prices {
		c, err := ParsePrice(text)
		if err != nil {
			return s, err
		}
		if c.Model, err = n.model("--price "+text, c.Model, nil); err != nil {
			return s, err
		}
		if flagged[c.Model] {
			return s, fmt.Errorf("--price %s: %s has a price already", text, c.Model)
		}
		flagged[c.Model] = true
		i := slices.IndexFunc(s.Prices, func(p eval.SupposedPrice) bool { return p.Model == c.Model })
		switch {
		case i < 0:
			s.Prices = append(s.Prices, c)
		case c.Price != nil:
			s.Prices[i] = c
		default:
			s.Prices[i].Factor = c.Factor
		}
	}
	slices.SortStableFunc(s.Prices, func(a, b eval.SupposedPrice) int {
		return slices.Index(n.models, a.Model) - slices.Index(n.models, b.Model)
	})
	return s, nil
}

// outage returns the scenario of providers and models that do not answer.
func (n *names) outage(text string) (eval.Scenario, error) {
	var s eval.Scenario
	for name := range strings.SplitSeq(text, ",") {
		name = strings.TrimSpace(name)
		if name == "" {
			return s, fmt.Errorf("--outage %q: want the name of a provider or a model, several with commas between", text)
		}
		if slices.Contains(n.providers, name) {
			s.ProvidersDown = append(s.ProvidersDown, name)
			continue
		}
		model, err := n.model("--outage "+text, name, n.providers)
		if err != nil {
			return s, err
		}
		s.ModelsDown = append(s.ModelsDown, model)
	}
	for _, list := range []*[]string{&s.ProvidersDown, &s.ModelsDown} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	s.Name = "outage of " + strings.Join(slices.Concat(s.ProvidersDown, s.ModelsDown), " and ")
	return s, nil
}
