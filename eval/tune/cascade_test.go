package tune_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/tierwise/tierwise/eval/tune"
)

// Of a simulated signal and a simulated check: the signal tells right answers from wrong with an AUC of 0.75, Φ(separation/√2),
// the check refuses 60 % of the wrong answers and 3 % of the right ones.
const (
	separation = 0.9539
	catches    = 0.60
	falseAlarm = 0.03
)

var acceptShares = []float64{0.30, 0.50, 0.70, 0.85, 0.95}

// A signaled is a model's answers to the requests of a task, with signal and check.
type signaled struct {
	quality []float64
	signal  []float64
	passes  []bool
}

func simulateSignal(quality []float64, rng *rand.Rand) signaled {
	s := signaled{quality: quality, signal: make([]float64, len(quality)), passes: make([]bool, len(quality))}
	for i, q := range quality {
		s.signal[i] = rng.NormFloat64() + separation*q
		refused := catches
		if q == 1 {
			refused = falseAlarm
		}
		s.passes[i] = rng.Float64() >= refused
	}
	return s
}

// A cascadeKind says what the simulated check does beside a swept signal.
type cascadeKind int

const (
	alone    cascadeKind = iota // no cascades
	apart                       // an answer is judged by its signal or, in one option, by the check: the world of the published figures
	together                    // the check holds in every cascade: what a config with a check does
)

// accepted says which answers have a signal of at least the quantile that accepts a share of all and, if so asked, pass the
// check. Where all are accepted the check is asked always.
func (s *signaled) accepted(share float64, kind cascadeKind) []bool {
	threshold := math.Inf(-1)
	if share < 1 {
		sorted := slices.Sorted(slices.Values(s.signal))
		threshold = sorted[int(math.Round((1-share)*float64(len(sorted))))]
	}
	out := make([]bool, len(s.signal))
	for i := range out {
		out[i] = s.signal[i] >= threshold && (s.passes[i] || share < 1 && kind == apart)
	}
	return out
}

// cascades is the world in which a task is served by a model alone, by one that escalates to the baseline, or by the
// cheapest, one of the two in middle and the baseline.
func cascades(tasks []outcomes, models []string, middle []int, kind cascadeKind, seed uint64) *world {
	w := &world{}
	for m, model := range models[1:] {
		w.menu.Chains = append(w.menu.Chains, tune.Chain{Name: model, Price: meanCost(tasks, m+1)})
		for _, share := range acceptShares {
			w.option(fmt.Sprintf("%s, accept %.0f %%", model, 100*share), m, 2)
		}
		w.option(model+", check only", m, 2)
		w.option(model, m, 1)
	}
	cheapest := 1
	for m := range models[1:] {
		if meanCost(tasks, m+1) < meanCost(tasks, cheapest) {
			cheapest = m + 1
		}
	}
	for _, m := range middle {
		if m != cheapest {
			w.menu.Chains = append(w.menu.Chains, tune.Chain{Name: models[cheapest] + " → " + models[m], Price: meanCost(tasks, cheapest)})
			w.option(models[cheapest]+" → "+models[m], len(w.menu.Chains)-1, 3)
		}
	}
	for i := range tasks {
		o := &tasks[i]
		rng := rand.New(rand.NewPCG(seed, uint64(i)))
		answers := make([]signaled, len(models))
		for m := 1; m < len(models); m++ {
			answers[m] = simulateSignal(o.quality[m], rng)
		}
		var saving []float64
		var delta [][]float64
		add := func(cost float64, quality []float64) {
			saving, delta = append(saving, o.cost[0]-cost), append(delta, lessThan(quality, o.quality[0]))
		}
		for m := 1; m < len(models); m++ {
			for _, share := range append(slices.Clone(acceptShares), 1) {
				add(o.walk(answers[m].accepted(share, kind), m))
			}
			add(o.cost[m], o.quality[m])
		}
		for _, m := range middle {
			if m != cheapest {
				add(o.walk(answers[cheapest].accepted(0.5, kind), cheapest, answers[m].accepted(0.7, kind), m))
			}
		}
		w.add(o, saving, delta)
	}
	return w.finish()
}

// walk returns the mean cost and the qualities of a chain of models, each with what is accepted of it, that ends in the
// baseline: steps are of acceptance and model, in turn.
func (o *outcomes) walk(steps ...any) (cost float64, quality []float64) {
	n := len(o.quality[0])
	quality = make([]float64, n)
	for i := range n {
		model := 0
		for s := 0; s < len(steps); s += 2 {
			cost += o.cost[steps[s+1].(int)] / float64(n)
			if steps[s].([]bool)[i] {
				model = steps[s+1].(int)
				break
			}
		}
		if model == 0 {
			cost += o.cost[0] / float64(n)
		}
		quality[i] = o.quality[model][i]
	}
	return cost, quality
}
