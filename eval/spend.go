package eval

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/accept"
	"github.com/tierwise/tierwise/routing/llm"
)

// A Spend adds up calls of one kind, over the requests that savings are about.
type Spend struct {
	Calls int64
	Cost  Fixed // Σw·cost, USD
}

func (s *Spend) merge(o *Spend) {
	s.Calls += o.Calls
	s.Cost.AddFixed(o.Cost)
}

// spent is what calls of one kind came to in one walk.
type spent struct {
	calls int32
	usd   float64 // NaN: unknown
}

func (s *spent) add(usd float64) {
	s.calls++
	s.usd += usd
}

func (s *Spend) add(weight float64, o spent) {
	if o.calls > 0 {
		s.Calls += int64(o.calls)
		s.Cost.Add(weight * o.usd)
	}
}

// addSpend adds where the money of a walk went, which the world has just walked. All of it is known.
func (p *Partial) addSpend(weight float64, w *world, r *result) {
	for k, calls := 0, r.Attempts; calls > 0; k++ {
		if r.Skipped&(1<<k) != 0 {
			continue
		}
		calls--
		p.Spend[k].Calls++
		p.Spend[k].Cost.Add(weight * w.columns[k].cost[w.row])
	}
	p.RouterSpend.add(weight, r.route.llm)
	for k := range w.checkSpent {
		if w.checkSpent[k].calls > 0 {
			for len(p.CheckSpend) <= k {
				p.CheckSpend = append(p.CheckSpend, Spend{})
			}
			p.CheckSpend[k].add(weight, w.checkSpent[k])
		}
	}
}

func (p *Partial) mergeSpend(o *Partial) {
	p.Spend = mergeSpends(p.Spend, o.Spend)
	p.RouterSpend.merge(&o.RouterSpend)
	p.CheckSpend = mergeSpends(p.CheckSpend, o.CheckSpend)
	p.Tokens = p.Tokens.merge(o.Tokens)
}

// mergeSpends adds from to to, which may be shorter, and returns it.
func mergeSpends(to, from []Spend) []Spend {
	for len(to) < len(from) {
		to = append(to, Spend{})
	}
	for i := range from {
		to[i].merge(&from[i])
	}
	return to
}

// refused is the signal of an answer that no threshold lets pass.
var refused = math.Inf(-1)

// selfCheck asks the check's model for its opinion of an answer, which is a call with cost and latency of its own, and
// returns the signal. An opinion that a scenario lets nobody give does not accept the answer.
func (w *world) selfCheck(s *routing.Step, c *routing.Check, signal float64) float64 {
	if w.view.change.isDown(c.Model) {
		return refused
	}
	model := w.block.job.variants[w.view.variants[s.Model]].model
	cost := w.view.change.factor(c.Model) * w.block.selfCheckCost[model][w.row]
	w.checkCost += cost
	w.checkSpent[c.Index].add(cost)
	w.cost += cost
	w.latency += w.block.selfCheckLatency[model][w.row]
	return signal
}

// unanswered returns the columns of a model that does not answer.
func (b *block) unanswered(n int) variantColumns {
	c := &b.down
	for len(c.cause) < n {
		c.cause = append(c.cause, llm.Connection)
		c.cost, c.latency = append(c.cost, 0), append(c.latency, 0)
		c.judged, c.grade = append(c.judged, true), append(c.grade, failed)
	}
	c.quality, c.unbilled = b.nan, b.absent.unbilled
	return *c
}

// A ModelSpend is what a table spends on one model, over the requests that its savings are about: on calls of its chains,
// of the LLM router and of self-checks.
type ModelSpend struct {
	Model   string `json:"model"`
	Calls   int64  `json:"calls"`
	CostUSD Number `json:"cost_usd"`
	Share   Number `json:"share"` // of all that the table costs on these requests
}

// byModel adds what a task's chain, checks and router spend to sums by model.
func (p *Partial) byModel(table *routing.Table, task routing.TaskID, sums map[string]Spend) {
	add := func(model string, s Spend) {
		if s.Calls > 0 {
			sum := sums[model]
			sum.merge(&s)
			sums[model] = sum
		}
	}
	for i, step := range table.Chain(task) {
		if i < len(p.Spend) {
			add(table.ModelName(step.Model), p.Spend[i])
		}
	}
	for i, c := range table.Checks(task) {
		if i < len(p.CheckSpend) && c.Kind == accept.SelfCheck {
			add(c.Model, p.CheckSpend[i])
		}
	}
	if m, ok := table.LLMRouter(); ok {
		add(table.ModelName(m), p.RouterSpend)
	}
}

// modelSpends lists what is spent on each model, most first.
func modelSpends(sums map[string]Spend, total float64) []ModelSpend {
	var out []ModelSpend
	for _, m := range slices.Sorted(maps.Keys(sums)) {
		s := sums[m]
		usd := s.Cost.Float64()
		spend := ModelSpend{Model: m, Calls: s.Calls, CostUSD: Number(usd), Share: Unknown}
		if total > 0 {
			spend.Share = Number(usd / total)
		}
		out = append(out, spend)
	}
	slices.SortStableFunc(out, func(a, b ModelSpend) int { return cmp.Compare(b.CostUSD, a.CostUSD) })
	return out
}

// addSpend fills in what the table spends, in all and by task, and at which prices its saving would turn.
func (f *finishedTable) addSpend(baseline string, table *routing.Table) {
	add := func(sums map[string]Spend, part *taskPartial) {
		task, _ := table.Task(part.task)
		part.p.byModel(table, task, sums)
	}
	for i := range f.parts {
		sums := map[string]Spend{}
		add(sums, &f.parts[i])
		f.tasks[i].Spend = modelSpends(sums, float64(f.tasks[i].SavingsCostUSD))
	}
	all := map[string]Spend{}
	for i := range f.mixed.scaled {
		add(all, &f.mixed.scaled[i])
	}
	f.whole.Spend = modelSpends(all, float64(f.whole.SavingsCostUSD))
	f.whole.Flips = f.whole.FlipsAt(baseline, 0)
}
