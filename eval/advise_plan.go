package eval

import (
	"fmt"
	"math"
)

// A Plan is the traffic to expect and what a router is assumed to cost. Zeros mean what they say: DefaultPlan has the
// usual assumptions.
type Plan struct {
	RequestsPerDay float64 `json:"requests_per_day"`
	EngineeringUSD float64 `json:"engineering_usd"`      // once
	UpkeepUSD      float64 `json:"upkeep_usd_per_month"` // retuning, watching
	RouterPer1000  float64 `json:"router_usd_per_1000"`  // what deciding costs; rules and a built-in classifier cost nothing
	Months         int     `json:"months"`               // by when it must have paid
	// Realized is the share of what a table by task adds in hindsight that is counted, in (0, 1]: a router that has to find
	// the task errs, and a table that was chosen by its labels is less good on the next ones.
	Realized float64 `json:"realized"`
	// MinRequestsPerDay is the volume below which the verdict is "do not build" whatever else.
	MinRequestsPerDay float64 `json:"min_requests_per_day"`
}

// DefaultPlan returns the usual assumptions: 15,000 USD for three weeks of an engineer, 500 USD a month for half a day of
// upkeep, a router that costs nothing to ask, half of what a table adds in hindsight, a year to pay; and no router for a few
// hundred requests a day.
func DefaultPlan(requestsPerDay float64) Plan {
	return Plan{RequestsPerDay: requestsPerDay, EngineeringUSD: 15_000, UpkeepUSD: 500, Realized: 0.5, Months: 12, MinRequestsPerDay: 1000}
}

// daysPerMonth is that of a year of 365 days.
const daysPerMonth = 365.0 / 12

func (p *Plan) check() error {
	if !(p.RequestsPerDay > 0) || math.IsInf(p.RequestsPerDay, 0) {
		return fmt.Errorf("%g requests a day: want a number above 0", p.RequestsPerDay)
	}
	if p.Months < 1 {
		return fmt.Errorf("%d months: want at least 1", p.Months)
	}
	if !(p.Realized > 0 && p.Realized <= 1) {
		return fmt.Errorf("a share realized of %g: want a number above 0, at most 1", p.Realized)
	}
	for _, x := range []struct {
		what  string
		value float64
	}{
		{"engineering", p.EngineeringUSD}, {"upkeep a month", p.UpkeepUSD}, {"the router per 1,000 requests", p.RouterPer1000},
	} {
		if !(x.value >= 0) || math.IsInf(x.value, 0) {
			return fmt.Errorf("%g USD for %s: want a number, 0 or more", x.value, x.what)
		}
	}
	if !(p.MinRequestsPerDay >= 0) {
		return fmt.Errorf("a least volume of %g requests a day: want a number, 0 or more", p.MinRequestsPerDay)
	}
	return nil
}

// perMonth returns the requests of a month.
func (p *Plan) perMonth() float64 { return p.RequestsPerDay * daysPerMonth }

// Cost returns what a router costs over the months of the plan, in USD, the price of its decisions apart.
func (p *Plan) Cost() float64 { return p.EngineeringUSD + p.UpkeepUSD*float64(p.Months) }

// A Payback is what comes of paying for a router.
type Payback struct {
	// GainPerMonth is what it adds, in USD, before upkeep.
	GainPerMonth Number `json:"gain_usd_per_month"`
	// Months until engineering is earned back, upkeep taken off; null: never.
	Months Number `json:"break_even_months"`
	// RequestsPerDay from which it pays within the months of the plan; null: at no volume.
	RequestsPerDay Number `json:"break_even_requests_per_day"`
	// Net is what is left, in USD, after the months of the plan.
	Net Number `json:"net_usd"`
}

// Pays reports whether something is left.
func (b *Payback) Pays() bool { return b != nil && b.Net > 0 }

// payback returns what comes of a router that gains so many USD on each request, its own price taken off.
func (p *Plan) payback(gain float64) *Payback {
	b := &Payback{GainPerMonth: Number(gain * p.perMonth()), Months: Unknown, RequestsPerDay: Unknown}
	months := Number(p.Months)
	monthly := b.GainPerMonth - Number(p.UpkeepUSD)
	b.Net = months*monthly - Number(p.EngineeringUSD)
	if monthly > 0 {
		b.Months = Number(p.EngineeringUSD) / monthly
	}
	if gain > 0 {
		b.RequestsPerDay = Number(p.Cost() / (daysPerMonth * float64(p.Months) * gain))
	}
	return b
}
