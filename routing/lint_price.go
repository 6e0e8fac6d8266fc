package routing

import (
	"fmt"

	"github.com/tierwise/tierwise/routing/price"
)

// dearer reports whether every call costs at least as much at p as at q, and some calls cost more, by what is known.
func dearer(p, q price.Price) bool {
	return p.Known() && q.Known() && p.Input >= q.Input && p.Output >= q.Output && (p.Input > q.Input || p.Output > q.Output)
}

// usd words a price for messages.
func usd(p price.Price) string {
	return fmt.Sprintf("$%v in, $%v out per million tokens", p.Input, p.Output)
}

// cheapestTier returns the tier that no other is cheaper than: by price where both are known, else by the order of
// [tiers]; false if there is only one model to choose.
func (l *linter) cheapestTier() (Tier, bool) {
	if len(l.Tiers) == 0 {
		return Tier{}, false
	}
	best, others := l.Tiers[0], false
	for _, t := range l.Tiers[1:] {
		others = others || t.Model != l.Tiers[0].Model
		if dearer(l.models[best.Model].Price, l.models[t.Model].Price) {
			best = t
		}
	}
	return best, others
}

// dearestTier is the counterpart of cheapestTier: of equals it is the last.
func (l *linter) dearestTier() Tier {
	var best Tier
	for i, t := range l.Tiers {
		if i == 0 || !dearer(l.models[best.Model].Price, l.models[t.Model].Price) {
			best = t
		}
	}
	return best
}
