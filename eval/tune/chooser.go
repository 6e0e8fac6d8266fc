package tune

import (
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/tierwise/tierwise/eval/stats"
)

// maxChains is how many chains of a task are walked: more would waste alpha.
const maxChains = 2

// minUnits is how many units a task must have to be moved.
const minUnits = 30

// A chooser makes tables: from all folds or without one, at one of several task tolerances.
type chooser struct {
	views    []*view
	searched bool
	beliefs  [1 + pilotFolds][][]belief // by the pilot fold left out plus one, task and option of the task
	alpha    float64                    // of a task claim
	next     float64                    // of the look after this one, as a share of alpha; 0: there is none
	grades   []*grade
}

// A grade is a tolerance of tasks, with the tests at each level: where one chain is walked and where two are.
type grade struct {
	tolerance float64
	// tighter than the task tolerance: such a table is built for the sake of the overall claim, for which the tables without
	// a fold speak, so that a task whose labels reach the floor only with all folds has no place in it. Otherwise those
	// tables would move nothing, and the first claim would fail where the next holds.
	tighter bool
	levels  [1 + maxChains]level // by the number of chains
}

// A level is how one of J chains is judged.
type level struct {
	alpha  float64
	z      float64
	floor  float64 // units below which nothing can be certified
	tester *stats.Tester
}

func newChooser(views []*view, menu *Menu, s *Settings, searched bool) *chooser {
	c := &chooser{views: views, searched: searched, alpha: s.Alpha * s.Share, next: s.Next / s.Share}
	if s.Family {
		c.alpha /= float64(max(c.movable(), 1))
	}
	for _, share := range grades {
		g := &grade{tolerance: share * s.TaskTolerance, tighter: share < 1}
		for j := 1; j <= maxChains; j++ {
			alpha := c.alpha / float64(j)
			g.levels[j] = level{
				alpha: alpha, z: distuv.UnitNormal.Quantile(1 - alpha),
				floor: float64(stats.FloorLabels(g.tolerance, alpha)), tester: stats.NewTester(g.tolerance, alpha),
			}
		}
		c.grades = append(c.grades, g)
	}
	c.believe(menu)
	return c
}

// movable counts the tasks that have something to be moved to and enough labels to be tested: numbers that do not look at
// quality, so that sharing alpha among them is fair.
func (c *chooser) movable() int {
	n := 0
	for _, v := range c.views {
		if v.n >= minUnits && len(v.options) > 0 {
			n++
		}
	}
	return n
}

// believe shrinks every option, on the whole pilot and without each of its folds.
func (c *chooser) believe(menu *Menu) {
	type place struct{ task, option int }
	places := make([][]place, len(menu.Options))
	for k, v := range c.views {
		for i, o := range v.options {
			places[o.index] = append(places[o.index], place{k, i})
		}
	}
	samples, out := make([]sample, len(c.views)), make([]belief, len(c.views))
	for state := range c.beliefs {
		if state > 0 && c.searched {
			break // the pilot has no folds
		}
		of := make([][]belief, len(c.views))
		for k, v := range c.views {
			of[k] = make([]belief, len(v.options))
		}
		for _, at := range places {
			for i, p := range at {
				samples[i] = c.views[p.task].onPilot(p.option, state-1)
			}
			shrink(samples[:len(at)], out)
			for i, p := range at {
				of[p.task][p.option] = out[i]
			}
		}
		c.beliefs[state] = of
	}
}

// believed returns the beliefs in a task's options without a fold.
func (c *chooser) believed(task, fold int) []belief {
	if c.searched || fold >= pilotFolds {
		fold = whole
	}
	return c.beliefs[fold+1][task]
}

// A pick is which chains of a task are walked.
type pick struct {
	n      int            // how many; 0: the labels certify nothing, whatever they say
	chains [maxChains]int // indices of view.chains
}

// pick chooses the chains that are walked, at most two, fewer where the labels do not reach the floor of two.
func (c *chooser) pick(task, fold int, g *grade) (p pick) {
	v := c.views[task]
	if v.pinned() {
		return pick{n: 1}
	}
	n2, certain := v.n2(fold), v.n2(fold)
	if g.tighter {
		for f := range foldCount {
			certain = min(certain, v.n2(f))
		}
	}
	p.n = min(maxChains, len(v.chains))
	if v.n < minUnits {
		p.n = 0
	}
	for p.n > 0 && certain < g.levels[p.n].floor-1e-9 {
		p.n--
	}
	if p.n == 0 {
		return p
	}
	var best [maxChains]float64
	beliefs, z := c.believed(task, fold), g.levels[p.n].z
	found := 0
	for i := range v.chains { // in the order that decides ties
		score := 0.0
		if v.piloted {
			score, _ = v.score(i, beliefs, g.tolerance, z, n2)
		}
		at := found
		for at > 0 && score > best[at-1] {
			at--
		}
		if at >= p.n {
			continue
		}
		found = min(found+1, p.n)
		for s := found - 1; s > at; s-- {
			best[s], p.chains[s] = best[s-1], p.chains[s-1]
		}
		best[at], p.chains[at] = score, i
	}
	return p
}

// score returns the largest saving × chance among the options of a chain, and which option's it is.
func (v *view) score(chain int, beliefs []belief, tolerance, z, n2 float64) (score float64, option int) {
	score = -1
	for _, i := range v.chains[chain].options {
		if s := v.options[i].saving * beliefs[i].chance(tolerance, z, n2); s > score {
			score, option = s, i
		}
	}
	return score, option
}

// stays is the option of a task that is not moved.
const stays = -1

// choose returns the option that serves a task: of those that the walks certify, the one that saves most.
func (c *chooser) choose(task, fold int, g *grade) int {
	v, p, best := c.views[task], c.pick(task, fold, g), stays
	if v.pinned() {
		return 0
	}
	for _, chain := range p.chains[:p.n] {
		if o := v.walk(chain, fold, g.levels[p.n].tester); o != stays && (best == stays || v.better(o, best)) {
			best = o
		}
	}
	return best
}

// better reports whether a saves more than b: in a tie it has fewer tiers, then the smaller name. That is the order of
// view.options.
func (v *view) better(a, b int) bool { return a > b }

// walk tests the options of a chain from the safest on, and returns the last before the first that fails.
func (v *view) walk(chain, fold int, t *stats.Tester) int {
	last := stays
	for _, o := range v.chains[chain].options {
		s := v.onVerify(o, fold)
		if !s.holds(t) {
			break
		}
		last = o
	}
	return last
}

// table returns the option of each task.
func (c *chooser) table(fold int, g *grade) []int {
	out := make([]int, len(c.views))
	for k := range c.views {
		out[k] = c.choose(k, fold, g)
	}
	return out
}
