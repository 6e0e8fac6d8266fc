package eval

import (
	"math"
	"strings"

	"github.com/tierwise/tierwise/eval/stats"
)

// planLabels says how many requests of each task to label next: what its own verdict wants, or its part of what the verdict
// of the whole wants, whichever is more.
func planLabels(m *mixture, out *CandidateResult) {
	shares := map[string]int64{}
	if r := &out.Whole; r.Verdict == stats.Inconclusive && r.MoreLabels > 0 {
		shares = m.allocate(1 + float64(r.MoreLabels)/float64(r.Covered))
	}
	for i := range out.Tasks {
		t := &out.Tasks[i]
		if t.Verdict == stats.Inconclusive {
			t.LabelNext = max(t.MoreLabels, t.halfLabeledWanted())
		}
		t.LabelNext = max(t.LabelNext, shares[t.Task])
	}
}

// belowCoverage reports whether it is the coverage that keeps a task from a verdict, and labels can mend it.
func (r *Result) belowCoverage() bool {
	if !(r.Coverage < minCoverage) || r.Verdict != stats.Inconclusive || r.MoreLabels > 0 {
		return false
	}
	for reason := range r.Uncovered {
		if strings.HasSuffix(reason, noQuality) {
			return true
		}
	}
	return false
}

// halfLabeledWanted returns how many of the requests on which the baseline is graded, and another model is not, it takes to
// reach the coverage that a verdict needs.
func (r *Result) halfLabeledWanted() int64 {
	if !r.belowCoverage() {
		return 0
	}
	return int64(math.Ceil((minCoverage - float64(r.Coverage)) * float64(r.Graded)))
}

// allocate spreads labels over the tasks that the candidate changes, so that the variance of the whole's delta shrinks by the
// factor with the fewest of them: n_k ∝ W_k·σ_k (Neyman 1934), and no task less than it has. W_k is what the task weighs and
// σ_k² the shrunk mean square of its deltas, for right-or-wrong answers (b+c+½)/(n+1).
func (m *mixture) allocate(factor float64) map[string]int64 {
	type task struct {
		name      string
		spread, n float64 // W·σ, and the labels there are
	}
	var tasks []task
	var variance, spread float64
	for _, part := range m.strata {
		n := float64(part.units.count())
		if n == 0 || part.unchanged {
			continue
		}
		d := part.units.deltasForTest()
		t := task{part.task, part.weight() * math.Sqrt((d.SumSq+0.5)/(d.N+1)), n}
		tasks = append(tasks, t)
		variance += t.spread * t.spread / n
		spread += t.spread
	}
	wanted := variance / factor
	if !(wanted > 0) {
		return nil
	}
	// At n_k = level·W_k·σ_k the variance is spread/level; tasks that have more only lessen it.
	low, level := 0.0, spread/wanted
	for range 100 {
		middle, sum := (low+level)/2, 0.0
		for _, t := range tasks {
			sum += t.spread * t.spread / max(t.n, middle*t.spread)
		}
		if sum > wanted {
			low = middle
		} else {
			level = middle
		}
	}
	out := map[string]int64{}
	for _, t := range tasks {
		if more := level*t.spread - t.n; more > 1e-6 {
			out[t.name] = int64(math.Ceil(more))
		}
	}
	return out
}
