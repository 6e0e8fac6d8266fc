package gate

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/price"
)

// A bill is what the usage of a certificate comes to, by task and in all.
type bill struct {
	cost, base map[string]float64 // by task, USD; NaN: unknown
	unpriced   string             // a model whose new costs cannot be known, "" if there is none
	dearer     string             // the model whose new price adds most to the candidate's costs, "" if none does
}

// reprice makes the costs of a certificate anew at the prices of a config of the same decision hash. Models whose price
// is the same keep their recorded costs; the others have tokens × price, as eval --reprice does.
func (c *Certificate) reprice(config *routing.Config) *bill {
	b := &bill{cost: map[string]float64{}, base: map[string]float64{}}
	added := map[string]float64{}
	for i := range c.Usage {
		u := &c.Usage[i]
		usd := float64(u.Cost)
		if now := priceOf(config, u.Model); u.Role != roleEmbedding && !samePrice(now, c.priceOf(u.Model)) {
			usd = now.USD(price.Usage{
				Input: float64(u.Input), CachedInput: float64(u.CachedInput), Output: float64(u.Output), Reasoning: float64(u.Reasoning),
			})
		}
		if math.IsNaN(usd) && b.unpriced == "" {
			b.unpriced = u.Model
		}
		if u.Role == roleBaseline {
			b.base[u.Task] += usd
			continue
		}
		b.cost[u.Task] += usd
		added[u.Model] += usd - float64(u.Cost)
	}
	most := 0.0
	for _, model := range slices.Sorted(maps.Keys(added)) {
		if added[model] > most {
			b.dearer, most = model, added[model]
		}
	}
	return b
}

// apply puts the costs of the bill in the place of the certificate's.
func (b *bill) apply(c *Certificate) *Certificate {
	out := *c
	out.Tasks = slices.Clone(c.Tasks)
	for i := range out.Tasks {
		t := &out.Tasks[i]
		t.Claim.price(b.cost[t.Task], b.base[t.Task], c.UsageWeight*t.Share)
	}
	out.Overall.price(total(b.cost), total(b.base), c.UsageWeight)
	return &out
}

// total adds up in one order, so that it is the same every time.
func total(byTask map[string]float64) float64 {
	sum := 0.0
	for _, task := range slices.Sorted(maps.Keys(byTask)) {
		sum += byTask[task]
	}
	return sum
}

// price sets what a claim says of money. Its interval was of other prices.
func (c *Claim) price(cost, base, weight float64) {
	c.SavingsLow, c.SavingsHigh = eval.Unknown, eval.Unknown
	c.Savings, c.CostPer1000 = eval.Unknown, eval.Unknown
	if base > 0 {
		c.Savings = eval.Number(1 - cost/base)
	}
	if weight > 0 {
		c.CostPer1000 = eval.Number(1000 * cost / weight)
	}
}

// priceOf returns the price that the certificate goes by.
func (c *Certificate) priceOf(model string) price.Price {
	for _, p := range c.Prices {
		if p.Model == model {
			return price.Price{Input: float64(p.Input), CachedInput: float64(p.CachedInput), Output: float64(p.Output), Reasoning: float64(p.Reasoning)}
		}
	}
	return price.Unknown()
}

func priceOf(c *routing.Config, model string) price.Price {
	for _, m := range c.Models {
		if m.Name == model {
			return m.Price
		}
	}
	return price.Unknown()
}

// samePrice compares prices with what stands for those that are not given.
func samePrice(a, b price.Price) bool {
	return fmt.Sprint(full(a)) == fmt.Sprint(full(b)) // NaN is not equal to itself
}

func full(p price.Price) price.Price {
	if math.IsNaN(p.CachedInput) {
		p.CachedInput = p.Input
	}
	if math.IsNaN(p.Reasoning) {
		p.Reasoning = p.Output
	}
	return p
}
