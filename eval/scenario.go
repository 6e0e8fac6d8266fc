package eval

import (
	"fmt"
	"math"
	"slices"

	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/price"
)

// A Scenario is a supposition under which every candidate is replayed once more, beside the candidate as it is: other
// prices, models that do not answer, or both. What the baseline's quality and latency are stays as recorded; other prices
// change its bill, too.
type Scenario struct {
	Name string `json:"name"`
	// PriceDate is the day for which prices were taken from a list, as in 2026-12-01; "": from no list.
	PriceDate string          `json:"price_date,omitempty"`
	Prices    []SupposedPrice `json:"prices,omitempty"` // one for each model at most
	// ProvidersDown and ModelsDown do not answer: every call to a model of such a provider, or to such a model, fails as
	// llm.Connection at once, costs nothing and takes no time. A call that hangs costs its time-out besides.
	ProvidersDown []string `json:"providers_down,omitempty"`
	ModelsDown    []string `json:"models_down,omitempty"`
}

// A SupposedPrice is what a model's calls are supposed to cost: those of the chains, of the LLM router and of self-checks.
type SupposedPrice struct {
	Model string `json:"model"`
	// Price makes the costs of chains' calls from tokens, even where costs are recorded; nil: they are as they are. Router
	// and self-checks have no tokens in the traffic, so their costs stay.
	Price *ListPrice `json:"price,omitempty"`
	// Factor multiplies all known costs: 1 leaves them alone.
	Factor float64 `json:"factor"`
}

// A ListPrice is a price in USD per million tokens, as price.Price has it; unknown numbers are not given.
type ListPrice struct {
	Input       Number `json:"input_usd_per_million"`
	CachedInput Number `json:"cached_input_usd_per_million"`
	Output      Number `json:"output_usd_per_million"`
	Reasoning   Number `json:"reasoning_usd_per_million"`
}

func (p *ListPrice) price() price.Price {
	return price.Price{Input: float64(p.Input), CachedInput: float64(p.CachedInput), Output: float64(p.Output), Reasoning: float64(p.Reasoning)}
}

// validate refuses what no replay can suppose.
func (s *Scenario) validate() error {
	seen := map[string]bool{}
	for _, c := range s.Prices {
		switch {
		case seen[c.Model]:
			return fmt.Errorf("scenario %q changes the price of %s twice", s.Name, c.Model)
		case !(c.Factor >= 0) || math.IsInf(c.Factor, 0):
			return fmt.Errorf("scenario %q: the factor %v on the price of %s is no number from 0 up", s.Name, c.Factor, c.Model)
		case c.Price != nil && !c.Price.price().Known():
			return fmt.Errorf("scenario %q: the price of %s wants input and output", s.Name, c.Model)
		}
		seen[c.Model] = true
	}
	return nil
}

// A change is what a scenario changes for the calls of one config. A nil change changes nothing.
type change struct {
	prices map[string]SupposedPrice
	down   map[string]bool // by model
}

// change returns what the scenario changes for a config.
func (s *Scenario) change(c *routing.Config) *change {
	x := &change{prices: map[string]SupposedPrice{}, down: map[string]bool{}}
	for _, p := range s.Prices {
		x.prices[p.Model] = p
	}
	for _, m := range s.ModelsDown {
		x.down[m] = true
	}
	for _, m := range c.Models {
		if slices.Contains(s.ProvidersDown, m.Provider) {
			x.down[m.Name] = true
		}
	}
	return x
}

// factor returns what the known costs of a model are multiplied by.
func (x *change) factor(model string) float64 {
	if x == nil {
		return 1
	}
	if p, ok := x.prices[model]; ok {
		return p.Factor
	}
	return 1
}

func (x *change) isDown(model string) bool { return x != nil && x.down[model] }

// bill returns a variant of a model at the prices of the change.
func (x *change) bill(v variant, model string) variant {
	if x == nil {
		return v
	}
	if p, ok := x.prices[model]; ok && p.Price != nil {
		v.price, v.reprice = p.Price.price(), true
	}
	v.factor = x.factor(model)
	return v
}

// call returns a variant of a model as the change lets it answer. All variants that do not are one.
func (x *change) call(v variant, model string) variant {
	if x.isDown(model) {
		return variant{model: v.model, price: price.Unknown(), factor: 1, down: true}
	}
	return x.bill(v, model)
}

// A supposed is a candidate under a scenario: a table of the job, and its cells by task id.
type supposed struct {
	candidate, scenario int
	view                int
	plan                []int
}

// addScenarios adds the candidates under every scenario. It comes last, so that what is the candidates' own stands first.
func (j *Job) addScenarios(x *index) error {
	j.ownCells, j.ownRouters = len(j.cells), len(j.routers)
	for v := range j.candidates {
		for s := range j.opts.Scenarios {
			scenario := &j.opts.Scenarios[s]
			if err := scenario.validate(); err != nil {
				return err
			}
			own := &j.tables[v]
			j.addView(own.table, own.classifier, own.splits, scenario.change(j.candidates[v].Config))
			view := len(j.tables) - 1
			j.supposed = append(j.supposed, supposed{candidate: v, scenario: s, view: view, plan: x.plan(v, view)})
		}
	}
	return nil
}
