package eval

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/accept"
)

// An index finds what candidates have in common.
type index struct {
	job      *Job
	routers  map[string]int
	policies map[string]int
	cells    map[cell]int
}

func newIndex(j *Job) *index {
	return &index{j, map[string]int{}, map[string]int{}, map[cell]int{}}
}

// plan returns the cells of candidate v under a view of its table, by task id.
func (x *index) plan(v, view int) []int {
	j := x.job
	table := j.tables[view].table
	r := x.router(v, view)
	var out []int
	for k := range routing.TaskID(table.NumTasks()) {
		c := cell{router: r, task: k, policy: x.policy(view, k), name: table.TaskName(k)}
		i, ok := x.cells[c]
		if !ok {
			i = len(j.cells)
			j.cells = append(j.cells, c)
			x.cells[c] = i
		}
		out = append(out, i)
	}
	return out
}

// router returns the router of candidate v under a view: the same as another's if it has the same layers, classifier,
// tasks and splits.
func (x *index) router(v, view int) int {
	c, t := x.job.candidates[v].Config, x.job.tables[view].table
	var names []string
	for k := range routing.TaskID(t.NumTasks()) {
		names = append(names, t.TaskName(k))
	}
	layers := c.Router
	if x.job.opts.GoldTasks {
		layers = routing.RouterConfig{Default: c.Router.Default}
	}
	r := router{view: view, rules: len(layers.Rules), factor: 1}
	if m, ok := t.LLMRouter(); ok {
		r.llm = t.ModelName(m)
		if layers.LLM != nil {
			change := x.job.tables[view].change
			r.factor, r.down = change.factor(r.llm), change.isDown(r.llm)
		}
	}
	// Marshalling cannot fail: a Router is strings, numbers and lists of them.
	own := -1 // caches tie the requests of a candidate together, so it shares its router with nobody
	if v == view && x.job.hasCaches(v) {
		own = v
	}
	key, _ := json.Marshal([]any{layers, x.job.tables[view].classifier, names, x.job.tables[view].splitKey(), r.factor, r.down, own})
	if i, ok := x.routers[string(key)]; ok {
		return i
	}
	x.routers[string(key)] = len(x.job.routers)
	x.job.routers = append(x.job.routers, r)
	return len(x.job.routers) - 1
}

// policy returns the policy of a task of view v: the same as another's if it has the same chain, checks and prices.
func (x *index) policy(v int, task routing.TaskID) int {
	j := x.job
	key := j.policyKey(v, task)
	if i, ok := x.policies[key]; ok {
		return i
	}
	view := &j.tables[v]
	p := policy{view: v, task: task, sized: view.table.NeedsSize(task)}
	view.table.Reachable(task, 0, func(s *routing.Step, c *routing.Check) {
		n := need{view.variants[s.Model], -1}
		if c != nil {
			n.signal = view.signals[c.Signal][s.Model]
		}
		p.needs = append(p.needs, n)
	})
	x.policies[key] = len(j.policies)
	j.policies = append(j.policies, p)
	return len(j.policies) - 1
}

// policyKey spells out all that a walk of the task and its bill depend on.
func (j *Job) policyKey(v int, task routing.TaskID) string {
	return fmt.Sprint(j.tables[v].base) + j.walkKey(v, task, strconv.Itoa)
}

// decisionKey spells out all that a walk of the task depends on, but for what it costs.
func (j *Job) decisionKey(v int, task routing.TaskID) string {
	return j.walkKey(v, task, func(i int) string { return fmt.Sprint(j.variants[i].model, j.variants[i].timeout) })
}

func (j *Job) walkKey(v int, task routing.TaskID, call func(variant int) string) string {
	view := &j.tables[v]
	t := view.table
	var b strings.Builder
	fmt.Fprint(&b, " ", t.Flags(task))
	for _, s := range t.Chain(task) {
		fmt.Fprint(&b, "|", call(view.variants[s.Model]), " ", s.Context())
		for _, c := range t.Checks(task) {
			if threshold, ok := c.Threshold(s.Position); ok {
				b.WriteString("," + strconv.Itoa(view.signals[c.Signal][s.Model]) + "≥" + strconv.FormatUint(math.Float64bits(threshold), 16))
				if c.Kind == accept.SelfCheck {
					fmt.Fprint(&b, "@", c.Index, view.change.factor(c.Model), view.change.isDown(c.Model))
				}
			}
		}
	}
	return b.String()
}
