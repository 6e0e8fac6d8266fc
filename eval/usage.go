package eval

import (
	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/accept"
)

// CallTokens add up the tokens of the calls that savings are of. Only with details, and only of candidates as they are: what a
// scenario's calls would have taken was not recorded.
type CallTokens struct {
	Answers  []TokenSums // by place in the chain
	Baseline TokenSums
}

func (t *CallTokens) merge(o *CallTokens) *CallTokens {
	switch {
	case o == nil:
		return t
	case t == nil:
		t = &CallTokens{}
	}
	for len(t.Answers) < len(o.Answers) {
		t.Answers = append(t.Answers, TokenSums{})
	}
	for i := range o.Answers {
		t.Answers[i].merge(&o.Answers[i])
	}
	t.Baseline.merge(&o.Baseline)
	return t
}

// addTokens adds the tokens of a walk, which the world has just walked, and of the baseline.
func (p *Partial) addTokens(weight float64, w *walker, r *result, baseCost float64) {
	if p.Tokens == nil {
		p.Tokens = &CallTokens{Answers: make([]TokenSums, len(w.chain))}
	}
	b, row := w.world.block, w.world.row
	for k, calls := 0, r.Attempts; calls > 0; k++ {
		if r.Skipped&(1<<k) != 0 {
			continue
		}
		calls--
		p.Tokens.Answers[k].addCall(weight, b.outcomes(w.models[k]), row, w.world.columns[k].cost[row])
	}
	p.Tokens.Baseline.addCall(weight, b.outcomes(w.baseModel), row, baseCost)
}

// addCall adds the tokens of one call. One that cost nothing and has none, such as a refused connection, used none.
func (s *TokenSums) addCall(weight float64, o *datasets.Outcomes, row int, cost float64) {
	in, out, cached, reasoning := nan, nan, nan, nan
	if o != nil {
		in, out = at(o.InputTokens, row), at(o.OutputTokens, row)
		cached, reasoning = at(o.CachedInputTokens, row), at(o.ReasoningTokens, row)
	}
	if in != in || out != out {
		if cost == 0 {
			s.Known.add(weight)
		}
		return
	}
	s.Known.add(weight)
	s.Input.Add(weight * in)
	s.Output.Add(weight * out)
	if cached == cached {
		s.CachedInput.Add(weight * min(cached, in)) // as they are priced
	}
	if reasoning == reasoning {
		s.Reasoning.Add(weight * min(reasoning, out))
	}
}

// A Role is what calls are made for.
type Role string

// The roles.
const (
	RoleAnswer    Role = "answer"    // calls of the chains, the discarded answers included
	RoleCheck     Role = "check"     // self-checks
	RoleRouter    Role = "router"    // the LLM router
	RoleEmbedding Role = "embedding" // of prompts for the classifier; it has no price in a config
	RoleBaseline  Role = "baseline"  // what the baseline alone comes to on the same requests
)

// A Usage is what a table's calls came to on the requests that its savings are of, so that they can be priced anew. Tasks are
// weighted as production has them.
type Usage struct {
	Weight float64 // of these requests
	Models []ModelUsage
}

// A ModelUsage is the calls of one model for one task.
type ModelUsage struct {
	Task  string `json:"task,omitempty"` // "": said elsewhere
	Model string `json:"model"`
	Role  Role   `json:"role"`
	Calls int64  `json:"calls"` // not weighted

	Cost Number `json:"cost_usd"`
	// Tokens, unknown if those of any call are: of checks and the router they always are, and without details all are.
	Input       Number `json:"input_tokens"`
	CachedInput Number `json:"cached_input_tokens"`
	Output      Number `json:"output_tokens"`
	Reasoning   Number `json:"reasoning_tokens"`
}

// Usage returns the usage of a candidate, by task in the order of its config.
func (j *Job) Usage(candidate int, s *Sums) *Usage {
	u := &Usage{}
	table, shares := j.tables[candidate].table, j.opts.Mix.shares(candidate)
	totals := s.totals(j.plan[candidate])
	rows := 0.0
	for _, p := range totals {
		rows += p.Rows.Weight()
	}
	for k, p := range totals {
		task, factor := routing.TaskID(k), 1.0
		if p.Savable.N == 0 {
			continue
		}
		if shares != nil {
			factor = shares[table.TaskName(task)] * rows / p.Rows.Weight()
		}
		if factor == 0 {
			continue
		}
		u.Weight += factor * p.Savable.Weight()
		j.addUsage(u, candidate, task, p, factor)
	}
	return u
}

func (j *Job) addUsage(u *Usage, candidate int, task routing.TaskID, p *Partial, factor float64) {
	view := &j.tables[candidate]
	table, name := view.table, view.table.TaskName(task)
	rest := p.SavableCost.Float64()
	first := len(u.Models)
	add := func(model string, role Role, s Spend, tokens *TokenSums) {
		if s.Calls == 0 {
			return
		}
		rest -= s.Cost.Float64()
		one := ModelUsage{
			Task: name, Model: model, Role: role, Calls: s.Calls, Cost: Number(factor * s.Cost.Float64()),
			Input: Unknown, CachedInput: Unknown, Output: Unknown, Reasoning: Unknown,
		}
		if tokens != nil && tokens.Known.N == s.Calls {
			one.Input, one.CachedInput = Number(factor*tokens.Input.Float64()), Number(factor*tokens.CachedInput.Float64())
			one.Output, one.Reasoning = Number(factor*tokens.Output.Float64()), Number(factor*tokens.Reasoning.Float64())
		}
		for i := first; i < len(u.Models); i++ { // of one model there may be several checks
			if m := &u.Models[i]; m.Model == model && m.Role == role {
				m.Calls += one.Calls
				m.Cost += one.Cost
				return
			}
		}
		u.Models = append(u.Models, one)
	}
	tokens := p.Tokens
	if tokens == nil {
		tokens = &CallTokens{}
	}
	for i, step := range table.Chain(task) {
		if i < len(p.Spend) {
			var of *TokenSums
			if i < len(tokens.Answers) {
				of = &tokens.Answers[i]
			}
			add(table.ModelName(step.Model), RoleAnswer, p.Spend[i], of)
		}
	}
	for i, c := range table.Checks(task) {
		if i < len(p.CheckSpend) && c.Kind == accept.SelfCheck {
			add(c.Model, RoleCheck, p.CheckSpend[i], nil)
		}
	}
	if m, ok := table.LLMRouter(); ok {
		add(table.ModelName(m), RoleRouter, p.RouterSpend, nil)
	}
	if c := view.classifier; c >= 0 && j.classifiers[c].external && rest > 1e-9*p.SavableCost.Float64() {
		u.Models = append(u.Models, ModelUsage{
			Task: name, Model: string(RoleEmbedding), Role: RoleEmbedding, Calls: p.Savable.N, Cost: Number(factor * rest),
			Input: Unknown, CachedInput: Unknown, Output: Unknown, Reasoning: Unknown,
		})
	}
	add(j.baseline, RoleBaseline, Spend{Calls: p.Savable.N, Cost: p.SavableBase}, &tokens.Baseline)
}
