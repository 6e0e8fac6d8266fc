package eval

import (
	"cmp"
	"math"
	"slices"
)

// A Flip is a price at which a table's saving passes a limit: that of one model, times Factor, if all others stay.
type Flip struct {
	Model  string `json:"model"`
	Factor Number `json:"factor"`
}

// farthestFlip is the factor beyond which a flip is one of rounding, not of prices.
const farthestFlip = 1e9

// FlipsAt returns the prices at which the saving is the limit (0: where it turns into a loss), one for each model whose
// price can do it alone, those nearest to today's first. At factor f on what model m costs, the saving is
//
//	1 − (C₋ + f·Cₘ) / (B₋ + f·Bₘ)
//
// with Cₘ what the table spends on m and C₋ on all else, Bₘ what the baseline costs if it is m, else 0, and B₋ if it is not:
// all over the requests that savings are about. [Options.Scenarios] with that factor comes to the same. The baseline's own
// price is always as near as any other: to multiply it is to divide all others.
func (r *Result) FlipsAt(baseline string, limit float64) []Flip {
	cost, bill := float64(r.SavingsCostUSD), float64(r.SavingsBaseUSD)
	if !(bill > 0) || math.IsNaN(cost) {
		return nil
	}
	var out []Flip
	add := func(model string, factor float64) {
		if factor > 1/farthestFlip && factor < farthestFlip { // not for NaN
			out = append(out, Flip{model, Number(factor)})
		}
	}
	onBaseline := 0.0
	for _, s := range r.Spend {
		usd := float64(s.CostUSD)
		if s.Model == baseline {
			onBaseline = usd
			continue
		}
		add(s.Model, ((1-limit)*bill-(cost-usd))/usd)
	}
	add(baseline, (cost-onBaseline)/((1-limit)*bill-onBaseline))
	slices.SortFunc(out, func(a, b Flip) int {
		return cmp.Or(cmp.Compare(a.distance(), b.distance()), cmp.Compare(a.Model, b.Model))
	})
	return out
}

// distance is how far the price is from today's, as a ratio; without its last digits, for with two models one's flip is the
// other's inverse.
func (f Flip) distance() float64 { return math.Round(1e9*math.Abs(math.Log(float64(f.Factor)))) / 1e9 }
