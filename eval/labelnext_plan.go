package eval

import (
	"math"
	"strings"

	"github.com/tierwise/tierwise/eval/stats"
)

// A LabelPlan is what labels are wanted for.
type LabelPlan struct {
	Whole, Tasks bool    // the verdicts of the whole, and of the tasks
	Labels       int64   // requests that each task is to be judged on, at least
	Coverage     float64 // share of the graded requests that each task is to be judged on; verdicts want 95 % anyway
}

// PlanLabels sets how many requests of each task to label next. [Job.Finish] has done so for both kinds of verdicts.
func (r *CandidateResult) PlanLabels(p LabelPlan) {
	planLabels(p, r.Tasks, r.wholeWants)
	for i := range r.Tasks {
		if t := &r.Tasks[i]; !r.inMix(t.Task) {
			t.LabelNext, t.halfLabeled = 0, false
		}
	}
}

// PlanLabels sets how many requests of each task to label next. [Job.Versus] has done so for both kinds of verdicts.
func (v *Versus) PlanLabels(p LabelPlan) { planLabels(p, v.Tasks, v.wholeWants) }

var allVerdicts = LabelPlan{Whole: true, Tasks: true}

// planLabels says how many requests of each task to label next: as many as that wants most which wants any. wholeWants is
// what the verdict of the whole wants of each.
func planLabels(p LabelPlan, tasks []TaskResult, wholeWants map[string]int64) {
	for i := range tasks {
		t := &tasks[i]
		t.LabelNext, t.halfLabeled = 0, false
		if t.Verdict == stats.Inconclusive && (p.Tasks || p.Whole && t.Covered == 0) {
			t.LabelNext = t.MoreLabels
		}
		if p.Whole {
			t.LabelNext = max(t.LabelNext, wholeWants[t.Task])
		}
		if t.Test != nothingChanged {
			t.LabelNext = max(t.LabelNext, p.Labels-t.Covered)
		}
		coverage := p.Coverage
		if (p.Tasks || p.Whole) && t.Verdict == stats.Inconclusive && t.MoreLabels == 0 {
			coverage = max(coverage, minCoverage)
		}
		if half := t.halfLabeledWanted(coverage); half > 0 && half >= t.LabelNext {
			t.LabelNext, t.halfLabeled = half, true
		}
	}
}

// nothingChanged is the name of the test of a task that cannot differ.
var nothingChanged = stats.Unchanged(0, 0, 0.05).Test

// wants returns what the verdict of the whole wants of each task.
func (m *mixture) wants(r *Result) map[string]int64 {
	if r.Verdict != stats.Inconclusive || r.MoreLabels == 0 {
		return nil
	}
	return m.allocate(1 + float64(r.MoreLabels)/float64(r.Covered))
}

// halfLabeledWanted returns how many of the requests on which the baseline is graded, and another model is not, it takes to
// reach a coverage.
func (r *Result) halfLabeledWanted(coverage float64) int64 {
	if !(float64(r.Coverage) < coverage) || !r.lacksGrades() {
		return 0
	}
	const rounding = 1e-9
	return int64(math.Ceil((coverage-float64(r.Coverage))*float64(r.Graded) - rounding))
}

// lacksGrades reports whether there is a request on which the baseline is graded and another model is not.
func (r *Result) lacksGrades() bool {
	for reason := range r.Uncovered {
		if strings.HasSuffix(reason, noQuality) {
			return true
		}
	}
	return false
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
