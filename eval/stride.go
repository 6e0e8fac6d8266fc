package eval

import "github.com/tierwise/tierwise/routing/llm"

// A stride walks requests of a block as a walker does where every model answers and every signal is there: straight from the
// columns. It leaves all others to the walker; a test wants the same of both.
type stride struct {
	places []stridePlace
}

type stridePlace struct {
	columns *variantColumns
	checks  []strideCheck // nil at the last place, where they lead nowhere
}

type strideCheck struct {
	signal    []float64
	threshold float64
}

// enter lays out the policy that the walker walks and reports whether there is such a way: nothing depends on the size of a
// request, no check is a call of its own, and checks do not turn an answer into an error.
func (s *stride) enter(r *Replayer, policy int, w *walker) bool {
	s.places = s.places[:0]
	if r.job.plain || r.job.policies[policy].sized || w.table.Flags(w.task).ErrorWhenExhausted || len(w.world.checkSpent) > 0 {
		return false
	}
	checks := w.table.Checks(w.task)
	for p := range w.chain {
		place := stridePlace{columns: w.world.columns[p]}
		for c := range checks {
			if threshold, ok := checks[c].Threshold(p); ok && p < len(w.chain)-1 {
				place.checks = append(place.checks, strideCheck{w.world.signals[p*w.world.checks+c], threshold})
			}
		}
		s.places = append(s.places, place)
	}
	return true
}

// walk returns the place of the answer to request i, and what the calls cost and took; false if the walker is to walk it.
func (s *stride) walk(i int32) (answer int, cost, latency float64, ok bool) {
	for p := range s.places {
		place := &s.places[p]
		if place.columns.cause[i] != llm.OK {
			return 0, 0, 0, false
		}
		cost += place.columns.cost[i]
		latency += place.columns.latency[i]
		passed := true
		for k := range place.checks {
			c := &place.checks[k]
			signal := c.signal[i]
			if signal != signal {
				return 0, 0, 0, false
			}
			if passed = signal >= c.threshold; !passed {
				break
			}
		}
		if passed {
			return p, cost, latency, true
		}
	}
	return 0, 0, 0, false // not reached: at the last place there are no checks
}
