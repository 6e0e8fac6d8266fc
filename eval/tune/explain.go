package tune

import (
	"math"
	"slices"

	"github.com/tierwise/tierwise/eval/stats"
)

// A Reason says why a task stays on the baseline.
type Reason string

// The reasons. The empty one is that of a task that is moved.
const (
	Unlabeled    Reason = "unlabeled"    // no graded requests
	NoOption     Reason = "no option"    // nothing that it could be moved to is cheaper, or judged on enough requests
	TooFew       Reason = "too few"      // labels: not even without one loss would they certify anything
	Fails        Reason = "fails"        // what was tried loses more than the tolerance
	Inconclusive Reason = "inconclusive" // the labels do not tell
	WholeFails   Reason = "whole fails"  // it would be moved, and the tables that move it lose too much as a whole
)

// A TaskResult is what became of a task, and why.
type TaskResult struct {
	Task     string
	Share    float64 // of the traffic
	Option   int     // in the menu; −1: it stays on the baseline
	Reason   Reason  // for staying
	Requests int     // with a graded outcome of the baseline
	Covered  int     // those that every option is judged on
	Units    int     // of evidence: groups, or requests without one
	N        float64 // units that were not searched, effective
	Pilot    float64 // units that only chose, effective; 0 where there was nothing to choose
	Verify   float64 // units that certified, effective
	Level    float64 // one-sided, of each walk; 0 without any
	Floor    int     // requests that it takes for one walk to certify anything, if none is lost
	Chains   []ChainResult
	Dropped  []Dropped
	Pinned   bool // Option was not chosen; Chains has the test of it all the same
}

// A Dropped is an option that is judged on too small a share of a task's requests.
type Dropped struct {
	Option   int
	Coverage float64
}

// A ChainResult is a chain that a task offers, by price.
type ChainResult struct {
	Chain   int // in the menu
	Score   float64
	Promise []Promise // of its options, safest first; nil where the task has no pilot
	Picked  bool
	Opened  bool   // walked for any of the three tables
	Walk    []Step // nil unless picked
}

// A Promise is what the pilot says of an option.
type Promise struct {
	Option     int
	Saving     float64 // USD per request of the task
	Delta      float64 // on the pilot
	Discordant float64 // mean of d² there, shrunk
	Shrunk     float64 // the delta, shrunk towards the other tasks
	Deviation  float64 // its standard deviation
	Chance     float64 // to be certified
}

// A Step is one test of a walk.
type Step struct {
	Option int
	Saving float64 // USD per request of the task
	Gained float64 // Σmax(d, 0) over the units: right only under the option; effective
	Lost   float64 // Σmax(−d, 0): right only under the baseline
	Test   stats.Noninferiority
	Passed bool
	Labels *Labels // what it would take; nil if it passed
}

// explain does again what choose did for a task, and keeps it all.
func (c *chooser) explain(task int, g *grade) TaskResult {
	v, p := c.views[task], c.pick(task, whole, g)
	n2 := v.n2(whole)
	r := TaskResult{
		Task: v.task.Name, Share: v.share, Option: stays, Requests: v.requests, Covered: v.covered, Units: v.units,
		N: v.n, Verify: n2, Level: g.levels[p.n].alpha, Pinned: v.pinned(),
	}
	inAll, level := c.labels(v, v.requests, g)
	r.Floor = inAll(stats.FloorLabels(g.tolerance, g.levels[1].alpha*level))
	if v.n < minUnits {
		r.Floor = max(r.Floor, minUnits)
	}
	if v.piloted {
		r.Pilot = stats.KishN(v.pilot[0].w, v.pilot[0].w2)
	}
	for j, coverage := range v.coverage {
		if coverage < minCoverage {
			r.Dropped = append(r.Dropped, Dropped{Option: j, Coverage: coverage})
		}
	}
	for i := range v.chains {
		chain := ChainResult{Chain: v.chains[i].index}
		if v.piloted {
			chain.Promise, chain.Score = c.promises(task, i, g, max(p.n, 1))
		}
		for _, picked := range p.chains[:p.n] {
			if picked == i {
				chain.Picked, chain.Walk = true, c.steps(v, i, g, r.Level)
			}
		}
		chain.Opened = c.opened(task, i)
		r.Chains = append(r.Chains, chain)
	}
	if o := c.choose(task, whole, g); o != stays {
		r.Option = v.options[o].index
	} else {
		r.Reason = r.reason(p.n)
	}
	return r
}

// opened reports whether a chain of a task is walked for any of the tables.
func (c *chooser) opened(task, chain int) bool {
	for _, g := range c.grades {
		if p := c.pick(task, whole, g); slices.Contains(p.chains[:p.n], chain) {
			return true
		}
	}
	return false
}

func (c *chooser) promises(task, chain int, g *grade, walks int) (out []Promise, score float64) {
	v, beliefs := c.views[task], c.believed(task, whole)
	z, n2 := g.levels[walks].z, v.n2(whole)
	for _, o := range v.chains[chain].options {
		b := &beliefs[o]
		out = append(out, Promise{
			Option: v.options[o].index, Saving: v.options[o].saving, Delta: b.delta, Discordant: b.psi,
			Shrunk: b.mean, Deviation: math.Sqrt(b.s2), Chance: b.chance(g.tolerance, z, n2),
		})
	}
	score, _ = v.score(chain, beliefs, g.tolerance, z, n2)
	return out, score
}

// labels returns how many labels in all, of which there are so many, give so many effective units of verify, and the level at
// which those would be judged, as a share of this look's.
func (c *chooser) labels(v *view, have int, g *grade) (inAll func(units int) int, level float64) {
	if c.next == 0 {
		return v.inAll, 1
	}
	worth, certain := 1.0, v.n2(whole)
	if v.n > 0 {
		worth = max(1, v.fresh/v.n)
	}
	if g.tighter { // the labels must do without any one fold
		for f := range foldCount {
			certain = min(certain, v.n2(f))
		}
	}
	spread := 1.0
	if certain > 0 {
		spread = v.n2(whole) / certain
	}
	return func(units int) int {
		lacking := math.Ceil((float64(units) - certain) * spread * worth)
		return have + int(max(lacking, 0))
	}, c.next
}

// steps is walk with everything that is to be shown.
func (c *chooser) steps(v *view, chain int, g *grade, alpha float64) (out []Step) {
	tolerance := g.tolerance
	inAll, level := c.labels(v, int(v.fresh), g)
	for _, o := range v.chains[chain].options {
		s := v.onVerify(o, whole)
		step := Step{Option: v.options[o].index, Saving: v.options[o].saving, Test: s.test(tolerance, alpha)}
		step.Gained, step.Lost = s.gainsAndLosses()
		step.Passed = step.Test.P <= alpha
		if !step.Passed {
			labels := needs(&s, int(v.fresh), inAll, tolerance, alpha*level)
			step.Labels = &labels
		}
		out = append(out, step)
		if !step.Passed {
			break
		}
	}
	return out
}

func (r *TaskResult) reason(walked int) Reason {
	switch {
	case r.Requests == 0:
		return Unlabeled
	case len(r.Chains) == 0:
		return NoOption
	case walked == 0:
		return TooFew
	}
	for _, c := range r.Chains {
		if c.Picked && c.Walk[0].Test.Verdict() != stats.Fails {
			return Inconclusive
		}
	}
	return Fails
}

// Chosen returns the test of the option that serves the task, nil if it stays on the baseline.
func (r *TaskResult) Chosen() *Step {
	for i := range r.Chains {
		for j := range r.Chains[i].Walk {
			if s := &r.Chains[i].Walk[j]; r.Option != stays && s.Option == r.Option {
				return s
			}
		}
	}
	return nil
}

// Wanted returns how many more labels would probably move a task that stays; 0: none would, or it is moved, or production has
// nothing of it.
func (r *TaskResult) Wanted() int {
	if r.Share == 0 {
		return 0
	}
	switch r.Reason {
	case TooFew:
		return max(r.Floor-r.Requests, 1)
	case Inconclusive:
		if l := r.Stopped().Labels; l.Helps {
			return max(l.AsSeen-l.Have, 1)
		}
	case Unlabeled, NoOption, Fails, WholeFails:
	}
	return 0
}

// Stopped returns the test that a task that stays failed: of the chains that were walked, the one whose first step came
// nearest to passing. Nil: none was walked.
func (r *TaskResult) Stopped() *Step {
	var out *Step
	for i := range r.Chains {
		if walk := r.Chains[i].Walk; r.Option == stays && len(walk) > 0 {
			if s := &walk[len(walk)-1]; out == nil || s.Test.P < out.Test.P {
				out = s
			}
		}
	}
	return out
}
