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

// needs returns the labels that an option needs at a level, of which it has s on verify. perUnit is how many labels one
// effective unit of verify takes.
func needs(s *sample, have int, perUnit, tolerance, alpha float64) Labels {
	n := s.n()
	out := Labels{Have: have, Floor: scale(stats.FloorLabels(tolerance, alpha), perUnit)}
	out.Discordant = (s.spread() + 0.5) / (n + 1)
	if n > 0 {
		out.Delta = s.delta() * n / (n + 100)
	}
	if equal, ok := stats.LabelsNeeded(out.Discordant, 0, tolerance, alpha, power); ok {
		out.Equal = scale(equal, perUnit)
	}
	if seen, ok := stats.LabelsNeeded(out.Discordant, out.Delta, tolerance, alpha, power); ok {
		out.AsSeen, out.Helps = scale(seen, perUnit), true
	}
	return out
}

func scale(n int, perUnit float64) int { return int(math.Ceil(float64(n)*perUnit - 1e-9)) }

// perUnit returns how many labels one effective unit of verify takes: a fifth of them go to the pilot, and unequal weights
// and groups make them worth less.
func (v *view) perUnit() float64 {
	out := 1.0
	if v.verify[0].n < v.fresh {
		out = 1 / (1 - float64(pilotFolds)/foldCount)
	}
	if v.n > 0 {
		out *= max(1, v.fresh/v.n)
	}
	return out
}
