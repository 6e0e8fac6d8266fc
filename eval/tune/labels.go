package tune

import (
	"math"

	"github.com/tierwise/tierwise/eval/stats"
)

// power is the chance to pass that the labels still needed give.
const power = 0.8

// Labels say how many labels a task would need in all for an option to be certified, with a chance of 80 %.
type Labels struct {
	Floor      int  // even if not one more is lost; what is missing where the labels do not reach it
	Equal      int  // if the option is truly as good as the baseline
	AsSeen     int  // if it is as it looks, shrunk towards the baseline; 0 unless Helps
	Helps      bool // false: it looks so near the edge, or beyond, that more labels will not help
	Have       int
	Discordant float64 // share of discordant pairs that was assumed
	Delta      float64 // true delta that AsSeen assumes
}

// needs returns the labels that an option needs at a level, of which it has s on verify. inAll says how many labels give so
// many effective units of verify.
func needs(s *sample, have int, inAll func(units int) int, tolerance, alpha float64) Labels {
	n := s.n()
	out := Labels{Have: have, Floor: inAll(stats.FloorLabels(tolerance, alpha))}
	out.Discordant = (s.spread() + 0.5) / (n + 1)
	if n > 0 {
		out.Delta = s.delta() * n / (n + 100)
	}
	if equal, ok := stats.LabelsNeeded(out.Discordant, 0, tolerance, alpha, power); ok {
		out.Equal = inAll(equal)
	}
	if seen, ok := stats.LabelsNeeded(out.Discordant, out.Delta, tolerance, alpha, power); ok {
		out.AsSeen, out.Helps = inAll(seen), true
	}
	return out
}

// inAll returns how many labels give so many effective units of verify: unequal weights and groups make them worth less,
// and a part goes to the pilot.
func (v *view) inAll(units int) int {
	if v.n > 0 {
		units = int(math.Ceil(float64(units)*max(1, v.fresh/v.n) - 1e-9))
	}
	if v.verify[0].n < v.fresh {
		return withPilot(units)
	}
	return units
}

// withPilot returns how many requests leave so many for verify. They are dealt to the folds in turn, from those of the pilot
// on, so that it has more than its fifth of a round that is not complete.
func withPilot(verify int) int {
	if verify <= 0 {
		return 0
	}
	const perRound = foldCount - pilotFolds
	rounds := (verify - 1) / perRound
	return rounds*foldCount + pilotFolds + verify - rounds*perRound
}
