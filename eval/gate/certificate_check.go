package gate

import (
	"fmt"
	"slices"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/stats"
)

// check finds what cannot be: a certificate that was edited by hand, or cut.
func (c *Certificate) check() error {
	s := &c.Settings
	for _, f := range []struct {
		name, value string
	}{{"baseline", c.Baseline}, {"decision_hash", c.DecisionHash}, {"price_hash", c.PriceHash}, {"data_hash", c.DataHash}} {
		if f.value == "" {
			return fmt.Errorf("%s is missing", f.name)
		}
	}
	switch {
	case !(s.Tolerance > 0 && s.Tolerance < 1):
		return fmt.Errorf("settings.tolerance is %v: it is a share between 0 and 1", s.Tolerance)
	case !(s.TaskTolerance > 0 && s.TaskTolerance < 1):
		return fmt.Errorf("settings.task_tolerance is %v: it is a share between 0 and 1", s.TaskTolerance)
	case !(s.Alpha > 0 && s.Alpha <= 0.5):
		return fmt.Errorf("settings.alpha is %v: it is above 0, up to 0.5", s.Alpha)
	case !(c.UsageWeight >= 0):
		return fmt.Errorf("usage_weight is %v: it is 0 or more", c.UsageWeight)
	}
	if err := c.Overall.check("overall", s.Tolerance); err != nil {
		return err
	}
	for i := range c.Tasks {
		t := &c.Tasks[i]
		if slices.ContainsFunc(c.Tasks[:i], func(o TaskClaim) bool { return o.Task == t.Task }) {
			return fmt.Errorf("tasks: %q is there twice", t.Task)
		}
		if !(t.Share >= 0 && t.Share <= 1) {
			return fmt.Errorf("tasks[%d].share is %v: it is from 0 to 1", i, t.Share)
		}
		if err := t.Claim.check(fmt.Sprintf("tasks[%d].claim", i), s.TaskTolerance); err != nil {
			return err
		}
	}
	for i := range c.Usage {
		u := &c.Usage[i]
		if !slices.Contains(roles, u.Role) {
			return fmt.Errorf("usage[%d].role: unknown role %q%s", i, u.Role, suggest(u.Role, roles))
		}
		for _, n := range []eval.Number{u.Cost, u.Input, u.CachedInput, u.Output, u.Reasoning} {
			if n < 0 {
				return fmt.Errorf("usage[%d] has a negative number: %v", i, n)
			}
		}
	}
	return c.checkEvidence()
}

// rounding is how far figures may be apart that say the same.
const rounding = 1e-9

// check holds a claim's verdict against its bounds.
func (c *Claim) check(path string, tolerance float64) error {
	if c.N < 0 || c.Labels < 0 || c.Changed < 0 || c.Changed > c.labels() {
		return fmt.Errorf("%s: n is %d, labels %d and changed %d: that cannot be", path, c.N, c.labels(), c.Changed)
	}
	if err := c.checkFigures(path); err != nil {
		return err
	}
	switch c.Verdict {
	case stats.Holds:
		if !(float64(c.Bound) >= -tolerance-rounding) {
			return fmt.Errorf("%s: the verdict is holds, and the bound %s is below the tolerance of %s: the file was edited", path, points(c.Bound), points(eval.Number(-tolerance)))
		}
	case stats.Fails:
		if !(float64(c.Upper) < -tolerance+rounding) {
			return fmt.Errorf("%s: the verdict is fails, and the upper bound %s is not below %s: the file was edited", path, points(c.Upper), points(eval.Number(-tolerance)))
		}
	case stats.Inconclusive:
	default:
		return fmt.Errorf("%s: verdict %q is none of holds, fails, inconclusive", path, c.Verdict)
	}
	return nil
}
