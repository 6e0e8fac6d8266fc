package frontier

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// A solution is what solve found, of as much gain as possible within the budget.
type solution struct {
	options []int32 // per class
	reached bool
	exact   bool
	bound   int64 // of the gain
	nodes   int
}

// A search solves a multiple-choice knapsack by dynamic programming over a core that grows (Pisinger 1995, European
// Journal of Operational Research 83:394). It starts from the solution of the linear relaxation, rounded down, and takes in
// one class after another, first those where another option costs least. A state is a whole table: the classes that were
// taken in have one of their options, the others that of the rounded solution. Of states, those that another one dominates
// go, and those that even the relaxation of what is left cannot make better than the best table so far.
type search struct {
	tasks   []Task
	classes [][]item
	budget  int64
	limit   int

	start []int     // per class, item of the rounded solution
	order []int     // in which classes are taken in
	up    []float64 // per stage: the most gain per cost that the classes still to come can add,
	down  []float64 // and the least gain per cost that they must give back
	nodes []node
	best  int64 // gain of the best table so far within the budget
	count int
}

// A node is an option on the way to a state: of the class that its stage takes in.
type node struct{ parent, item int32 }

type state struct {
	cost, gain int64
	tiers      int32
	node       int32 // −1: the rounded solution
}

// rounding is what float64 may lose of a bound in units, and more.
const rounding = 2

func (t *Table) solve(classes [][]item, budget int64, limit int) *solution {
	if limit <= 0 {
		limit = Nodes
	}
	s := &search{tasks: t.tasks, classes: classes, budget: budget, limit: limit, start: make([]int, len(classes))}
	root := state{node: -1}
	for _, class := range classes {
		root.cost += class[0].cost
		root.gain += class[0].gain
		root.tiers += class[0].tiers
	}
	if root.cost > budget {
		return &solution{options: s.options(-1, 0), exact: true, bound: root.gain}
	}
	steps := edges(classes)
	at := 0
	for ; at < len(steps); at++ {
		from, to := classes[steps[at].class][steps[at].from], classes[steps[at].class][steps[at].to]
		if root.cost+to.cost-from.cost > budget {
			break
		}
		root.cost += to.cost - from.cost
		root.gain += to.gain - from.gain
		root.tiers += to.tiers - from.tiers
		s.start[steps[at].class] = steps[at].to
	}
	if at == len(steps) {
		return &solution{options: s.options(-1, 0), reached: true, exact: true, bound: root.gain}
	}
	s.best = root.gain
	s.plan(steps, steps[at].slope)
	return s.run(root, steps[at].slope)
}

// plan orders the classes by how little their next step up or down differs from the price of the relaxation.
func (s *search) plan(steps []edge, price float64) {
	ups, downs := make([]float64, len(s.classes)), make([]float64, len(s.classes))
	near := make([]float64, len(s.classes))
	for i := range s.classes {
		downs[i] = math.Inf(1)
		s.order = append(s.order, i)
	}
	for _, e := range steps {
		if e.to == s.start[e.class] {
			downs[e.class] = e.slope
		}
		if e.from == s.start[e.class] {
			ups[e.class] = e.slope
		}
	}
	for i := range near {
		near[i] = min(price-ups[i], downs[i]-price)
	}
	slices.SortStableFunc(s.order, func(a, b int) int { return cmp.Compare(near[a], near[b]) })
	n := len(s.order)
	s.up, s.down = make([]float64, n+1), make([]float64, n+1)
	s.down[n] = math.Inf(1)
	for k := n - 1; k >= 0; k-- {
		s.up[k], s.down[k] = max(s.up[k+1], ups[s.order[k]]), min(s.down[k+1], downs[s.order[k]])
	}
}

// bound returns what a state can come to, with the classes from a stage on still to come; −Inf: they cannot bring it within
// the budget.
func (s *search) bound(c state, stage int) float64 {
	left := float64(s.budget - c.cost)
	if left >= 0 {
		return float64(c.gain) + s.up[stage]*left
	}
	return float64(c.gain) + s.down[stage]*left
}

func (s *search) run(root state, price float64) *solution {
	relaxed := s.bound(root, 0)
	states := []state{root}
	for stage, class := range s.order {
		items := s.reduce(class, price, relaxed)
		s.count += len(states) * len(items)
		if s.count > s.limit {
			return s.giveUp(states, stage)
		}
		states = s.take(states, stage, items)
	}
	last := states[len(states)-1] // all are within the budget
	return &solution{options: s.options(last.node, len(s.order)), reached: true, exact: true, bound: last.gain, nodes: s.count}
}

// reduce returns the items of a class that a table better than the best so far can have.
func (s *search) reduce(class int, price, relaxed float64) []int32 {
	var out []int32
	base := s.classes[class][s.start[class]]
	for j, o := range s.classes[class] {
		loss := price*float64(o.cost-base.cost) - float64(o.gain-base.gain)
		if j == s.start[class] || relaxed-loss >= float64(s.best)-rounding {
			out = append(out, int32(j))
		}
	}
	return out
}

// take makes the states of the next stage. They rise in cost and gain.
func (s *search) take(states []state, stage int, items []int32) []state {
	class := s.classes[s.order[stage]]
	base := class[s.start[s.order[stage]]]
	var next []state
	var parents []node
	for _, from := range states {
		for _, j := range items {
			o := class[j]
			c := state{from.cost + o.cost - base.cost, from.gain + o.gain - base.gain, from.tiers + o.tiers - base.tiers, int32(len(parents))}
			if !(s.bound(c, stage+1) >= float64(s.best)-rounding) {
				continue
			}
			next = append(next, c)
			parents = append(parents, node{from.node, j})
			if c.cost <= s.budget {
				s.best = max(s.best, c.gain)
			}
		}
	}
	slices.SortFunc(next, func(a, b state) int {
		return cmp.Or(cmp.Compare(a.cost, b.cost), cmp.Compare(b.gain, a.gain), cmp.Compare(a.tiers, b.tiers), cmp.Compare(a.node, b.node))
	})
	kept := next[:0]
	for _, c := range next {
		if len(kept) > 0 && c.gain <= kept[len(kept)-1].gain {
			last := &kept[len(kept)-1]
			if c.cost == last.cost && c.gain == last.gain && c.tiers == last.tiers && s.before(parents[c.node], parents[last.node], stage) {
				last.node = c.node
			}
			continue
		}
		kept = append(kept, c)
	}
	for i := range kept {
		s.nodes = append(s.nodes, parents[kept[i].node])
		kept[i].node = int32(len(s.nodes) - 1)
	}
	return slices.Clone(kept)
}

// before reports whether the names of a's options come before those of b's, task by task.
func (s *search) before(a, b node, stage int) bool {
	x, y := s.path(a, stage), s.path(b, stage)
	for i := range x {
		options := s.tasks[i].Options
		if c := strings.Compare(options[x[i]].Name, options[y[i]].Name); c != 0 {
			return c < 0
		}
	}
	return false
}

// path returns the options of a state that a stage makes, per class.
func (s *search) path(n node, stage int) []int32 {
	out := s.options(n.parent, stage)
	class := s.order[stage]
	out[class] = s.classes[class][n.item].option
	return out
}

// options returns the options per class at a node after so many stages.
func (s *search) options(at int32, stages int) []int32 {
	out := make([]int32, len(s.classes))
	for i, class := range s.classes {
		out[i] = class[s.start[i]].option
	}
	for k := stages - 1; k >= 0 && at >= 0; k-- {
		class := s.order[k]
		out[class] = s.classes[class][s.nodes[at].item].option
		at = s.nodes[at].parent
	}
	return out
}

// giveUp returns the best state within the budget, which is always among them, and what the others might still come to.
func (s *search) giveUp(states []state, stage int) *solution {
	out := &solution{reached: true, nodes: s.count}
	var best state
	bound := math.Inf(-1)
	for _, c := range states {
		bound = max(bound, s.bound(c, stage))
		if c.cost <= s.budget {
			best = c // gains rise
		}
	}
	out.options = s.options(best.node, stage)
	out.bound = max(best.gain, int64(math.Ceil(bound)))
	out.exact = out.bound == best.gain
	return out
}
