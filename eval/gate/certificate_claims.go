package gate

import (
	"fmt"
	"math"
	"slices"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/stats"
)

// near is how far figures may be apart that were made from numbers that were rounded on their way into the file.
const near = 1e-6

// same reports whether two numbers say the same; two that are unknown do.
func same(a, b eval.Number) bool {
	return !a.Known() && !b.Known() || math.Abs(float64(a-b)) <= rounding
}

// checkFigures reports an error for a figure that no table can have.
func (c *Claim) checkFigures(path string) error {
	for _, f := range []struct {
		name     string
		value    eval.Number
		low, top float64
	}{
		{"coverage", c.Coverage, 0, 1}, {"escalation_rate", c.EscalationRate, 0, 1}, {"savings", c.Savings, math.Inf(-1), 1},
		{"cost_per_1000_usd", c.CostPer1000, 0, math.Inf(1)}, {"latency_p95_ms", c.LatencyP95, 0, math.Inf(1)},
	} {
		if v := float64(f.value); v < f.low-rounding || v > f.top+rounding {
			return fmt.Errorf("%s: %s is %v: that cannot be", path, f.name, v)
		}
	}
	if c.Bound > c.Delta+rounding || c.Upper < c.Delta-rounding {
		return fmt.Errorf("%s: the delta %s is not between its bounds %s and %s: the file was edited", path, points(c.Delta), points(c.Bound), points(c.Upper))
	}
	return nil
}

// checkClaims holds the claims of tasks against the evidence, and those of the whole against those of its tasks.
func (c *Certificate) checkClaims() error {
	shares, labels, changed := 0.0, int64(0), int64(0)
	least, most := math.Inf(1), math.Inf(-1) // escalation rates
	for i := range c.Tasks {
		t := &c.Tasks[i]
		path := fmt.Sprintf("tasks[%d].claim", i)
		if t.Evidence != nil {
			if err := t.checkWalk(path); err != nil {
				return err
			}
		}
		if len(t.Chain) == 1 && t.Claim.EscalationRate > rounding {
			return fmt.Errorf("%s: the escalation rate is %s, and the chain has one tier: the file was edited", path, percent(t.Claim.EscalationRate))
		}
		if err := c.checkMoney(t, path); err != nil {
			return err
		}
		shares += t.Share
		if t.Share == 0 && c.Search.Mix != nil { // production has nothing of it: the whole leaves it out
			continue
		}
		labels, changed = labels+t.Claim.labels(), changed+t.Claim.Changed
		if r := float64(t.Claim.EscalationRate); r == r {
			least, most = min(least, r), max(most, r)
		}
	}
	if len(c.Tasks) == 0 {
		return nil
	}
	o := &c.Overall
	switch {
	case math.Abs(shares-1) > near:
		return fmt.Errorf("tasks: their shares sum to %v, not 1: the file was edited", shares)
	case labels != o.labels() || changed != o.Changed:
		return fmt.Errorf("overall: %d labels, %d changed, and the tasks have %d and %d: the file was edited", o.labels(), o.Changed, labels, changed)
	}
	if r := float64(o.EscalationRate); r < least-near || r > most+near {
		return fmt.Errorf("overall: the escalation rate is %s, and those of the tasks are from %s to %s: the file was edited",
			percent(o.EscalationRate), percent(eval.Number(least)), percent(eval.Number(most)))
	}
	return nil
}

// checkWalk holds a task's claim against the walk that reached its option.
func (t *TaskClaim) checkWalk(path string) error {
	c := &t.Claim
	if t.Evidence.Option == "" {
		if c.Test != nothingChanged || c.Delta != 0 || c.Bound != 0 || c.Upper != 0 || c.N != c.labels() {
			return fmt.Errorf("%s: the task stays on the baseline, and its claim is not that nothing changed: the file was edited", path)
		}
		return nil
	}
	walk := t.Evidence.walked()
	if walk == nil {
		return nil // said by TaskEvidence.check
	}
	last, bound := &walk[len(walk)-1], eval.Number(math.Inf(1))
	for i := range walk {
		bound = min(bound, walk[i].Lower)
	}
	if math.Abs(float64(c.N)-float64(last.N)) > 0.5+near {
		return fmt.Errorf("%s: n is %d, and %v labels certified %s: the file was edited", path, c.N, last.N, last.Option)
	}
	if c.Test != last.Test || !same(c.Delta, last.Delta) || !same(c.Upper, last.Upper) || !same(c.Bound, bound) {
		return fmt.Errorf("%s: the delta is %s (%s to %s), and the walk to %s has %s (%s to %s): the file was edited", path,
			points(c.Delta), points(c.Bound), points(c.Upper), last.Option, points(last.Delta), points(bound), points(last.Upper))
	}
	return nil
}

// walked returns the steps up to the task's option; of a pinned one, whose walk nobody took, its own step.
func (e *TaskEvidence) walked() []CertificateStep {
	for i := range e.Chains {
		walk := e.Chains[i].Walk
		if at := slices.IndexFunc(walk, func(s CertificateStep) bool { return s.Option == e.Option }); at >= 0 {
			if e.Pinned {
				return walk[at : at+1]
			}
			return walk[:at+1]
		}
	}
	return nil
}

// checkMoney holds a task's savings against its usage.
func (c *Certificate) checkMoney(t *TaskClaim, path string) error {
	cost, base := c.usd(t.Task)
	if saved := 1 - cost/base; base > 0 && math.Abs(saved-float64(t.Claim.Savings)) > near {
		return fmt.Errorf("%s: the savings are %v, and the usage comes to %v: the file was edited", path, t.Claim.Savings, saved)
	}
	return nil
}

// usd is what the usage of a task comes to, and what the baseline does; of all tasks for "".
func (c *Certificate) usd(task string) (cost, base float64) {
	for i := range c.Usage {
		switch u := &c.Usage[i]; {
		case task != "" && u.Task != task:
		case u.Role == roleBaseline:
			base += float64(u.Cost)
		default:
			cost += float64(u.Cost)
		}
	}
	return cost, base
}

// checkSteps holds each step of a task's walks against its own counts, and its test against its level.
func (c *Certificate) checkSteps(e *TaskEvidence) error {
	for i := range e.Chains {
		for k := range e.Chains[i].Walk {
			s := &e.Chains[i].Walk[k]
			if made := float64((s.Gained - s.Lost) / s.N); math.Abs(made-float64(s.Delta)) > near {
				return fmt.Errorf("step %q: the delta is %s, and %v gained and %v lost of %v make %s: the file was edited",
					s.Option, points(s.Delta), s.Gained, s.Lost, s.N, points(eval.Number(made)))
			}
			if p, level := float64(s.P), float64(e.Level); !e.Pinned && level > 0 && (s.Passed && p > level+near || !s.Passed && p < level-near) {
				return fmt.Errorf("step %q: p is %v at a level of %v, and passed is %v: the file was edited", s.Option, p, level, s.Passed)
			}
			if err := c.retest(e, s); err != nil {
				return err
			}
		}
	}
	return nil
}

// mostUnits is for how many units a test is made again: far above what anybody labels.
const mostUnits = 1e9

// retest makes the test of a step again from its counts, where these are all that it takes: requests of equal weight without
// groups, graded right or wrong.
func (c *Certificate) retest(e *TaskEvidence, s *CertificateStep) error {
	level, n := float64(e.Level), float64(s.N)
	if c.Search.Weighted || c.Search.Grouped || s.Test != binaryTest || !(level > 0 && level <= 0.5) || !(n > 0 && n <= mostUnits) {
		return nil
	}
	p := stats.Pairs{N: n, B: float64(s.Gained), C: float64(s.Lost)}
	r := p.NonInferior(c.Search.Tables[c.Search.Table].TaskTolerance, level)
	for _, f := range []struct {
		name     string
		is, want float64
	}{{"delta_lower_bound", float64(s.Lower), r.Bound}, {"delta_upper_bound", float64(s.Upper), r.Upper}, {"p_value", float64(s.P), r.P}} {
		if !(math.Abs(f.is-f.want) <= near) {
			return fmt.Errorf("step %q: %s is %v, and its counts make it %v: the file was edited", s.Option, f.name, f.is, f.want)
		}
	}
	return nil
}

// binaryTest is how stats names the test of outcomes that are right or wrong.
var binaryTest = stats.Pairs{N: 1}.NonInferior(0.05, 0.05).Test
