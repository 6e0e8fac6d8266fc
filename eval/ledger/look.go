package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
)

// A Look is everything that the outcome of a search depends on. Two that are equal are the same look.
type Look struct {
	Data     string  `json:"data_hash"`     // of the traffic
	Decision string  `json:"decision_hash"` // of the config that was given
	Costs    string  `json:"costs_hash"`    // of prices and whatever else money was made of
	Options  string  `json:"options"`       // all that was asked for besides, in one canonical text
	Alpha    float64 `json:"alpha"`         // one-sided level of each claim, before it is shared among looks
	Seed     uint64  `json:"seed"`
	Salt     string  `json:"salt"`           // of the folds
	Recipe   string  `json:"recipe_version"` // of the way to choose and certify
}

func (k *Look) check() error {
	for _, f := range []struct{ name, value string }{
		{"data_hash", k.Data}, {"decision_hash", k.Decision}, {"costs_hash", k.Costs}, {"recipe_version", k.Recipe},
	} {
		if f.value == "" {
			return fmt.Errorf("the look has no %s", f.name)
		}
	}
	if !(k.Alpha > 0 && k.Alpha <= 0.5) {
		return fmt.Errorf("the look has an alpha of %v: it is above 0, up to 0.5", k.Alpha)
	}
	return nil
}

// differs names the first thing that must be the same in all declared looks and is not, with both values, "" if there is
// none. Data may grow, and prices change.
func (k *Look) differs(o *Look) string {
	for _, f := range []struct {
		name string
		a, b any
	}{
		{"the config's decision hash", k.Decision, o.Decision},
		{"the options", k.Options, o.Options},
		{"alpha", k.Alpha, o.Alpha},
		{"the seed", k.Seed, o.Seed},
		{"the salt", k.Salt, o.Salt},
		{"the recipe version", k.Recipe, o.Recipe},
	} {
		if f.a != f.b {
			return fmt.Sprintf("%s was %v and is %v", f.name, f.a, f.b)
		}
	}
	return ""
}

// keyBits is how much of a row's key is kept. Of a million rows that were seen and a million new ones about 0.004 pairs
// share a key by chance, and such a new row counts as seen: that costs a label, never a claim.
const keyBits = 48

// Key returns the key of a row by its cluster: what datasets.ClusterKey says of its group, its prompt or chat of several messages, or
// its id. It is the first 48
// bits of the SHA-256, and never changes.
func Key(cluster string) uint64 {
	sum := sha256.Sum256([]byte(cluster))
	return binary.BigEndian.Uint64(sum[:]) >> (64 - keyBits)
}

// schedule is how looks that are declared beforehand share a level.
var schedule = [...]float64{0.7, 0.2, 0.1}

// Schedule is how many looks can be declared beforehand, other than one. They take 0.7, 0.2 and 0.1 of the level: simulated
// with no option within the tolerance, some of the three claims falsely in 3.5 % of the runs where that is 5 %.
const Schedule = len(schedule)

// share is the part of alpha that a look may spend, of so many that were declared.
func (p *place) share(looks int) float64 {
	out := math.Ldexp(1, -p.halvings)
	if looks == Schedule {
		out *= schedule[p.look-1]
	}
	return out
}

// next is the share of the look that may follow it on more rows.
func (p *place) next(looks int) float64 {
	if looks == Schedule && p.look < Schedule {
		return math.Ldexp(1, -p.halvings) * schedule[p.look]
	}
	return math.Ldexp(1, -p.halvings-1)
}
