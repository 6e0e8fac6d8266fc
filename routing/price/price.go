// Package price turns token counts into dollars. It is a leaf: replay and production price with the same code.
package price

import (
	"math"

	"github.com/tierwise/tierwise/routing/llm"
)

// A Price is a model's list price in USD per million tokens. NaN means not given.
type Price struct {
	Input       float64 // all input tokens, cached ones too where CachedInput is not given
	CachedInput float64 // NaN: as Input
	Output      float64 // all output tokens, reasoning ones too where Reasoning is not given
	Reasoning   float64 // NaN: as Output
}

// Unknown returns the price of which nothing is given.
func Unknown() Price { n := math.NaN(); return Price{n, n, n, n} }

// Known reports whether p prices a call at all: both Input and Output are given.
func (p Price) Known() bool { return p.Input == p.Input && p.Output == p.Output }

// A Usage is the tokens of one call, as providers report them.
type Usage = llm.Usage

// USD returns what u costs at p, NaN if the price, the input or the output is unknown. Unknown cached or
// reasoning tokens count as none: they are details of a known total.
func (p Price) USD(u Usage) float64 {
	usd := part(u.Input, u.CachedInput, p.Input, p.CachedInput) + part(u.Output, u.Reasoning, p.Output, p.Reasoning)
	return usd / 1e6
}

// part prices total tokens of which detail have a price of their own.
func part(total, detail, price, detailPrice float64) float64 {
	if detail != detail || detailPrice != detailPrice {
		return float64(total * price)
	}
	detail = min(detail, total) // a detail beyond its total is a fault of the data, never a refund
	// The conversions keep the compiler from fusing multiply and add on some machines and not on others:
	// the same data must cost the same to the last bit everywhere.
	return float64((total-detail)*price) + float64(detail*detailPrice)
}
