package routing

import (
	"math"
	"slices"
)

// A Plan is what a Router means to do with a request: its task, and the chain of models that would be tried. It has what
// a dry run beside another service logs; its JSON form is meant for that.
type Plan struct {
	Task       string  `json:"task"`
	Layer      Layer   `json:"layer"`
	Confidence float64 `json:"confidence"`            // of the layer that decided; 1 for the caller, 0 for the default
	Rule       string  `json:"rule,omitempty"`        // its name, "#2" for the second if it has none; "": no rule decided
	RuleNumber int     `json:"rule_number,omitempty"` // its place in the config, from 1; 0: no rule decided
	Tokens     int     `json:"tokens"`                // the request's size, as Tokens estimates it
	// Split is what the split of the task that was found said; nil: it has none. Layer, Confidence and Rule are of what
	// found that task.
	Split *PlannedSplit `json:"split,omitempty"`
	// Chain are the tiers of the task, in order, those included that the request does not fit; if it fits none, no model
	// can answer it. The slice is the router's: read it only.
	Chain []PlannedStep `json:"chain"`

	// UnknownTask is the task that the caller named if the config lacks it, so that the request went to the default, and
	// NearestTask the config's task of nearly that name, if there is one.
	UnknownTask string `json:"unknown_task,omitempty"`
	NearestTask string `json:"nearest_task,omitempty"`
	// Unclassified is why the trained classifier had no answer, "" if it had one or was not asked.
	Unclassified string `json:"unclassified,omitempty"`
	// LLMRouter is the model of the LLM router, if it would have been asked now. Decide calls no model and goes on to the
	// default.
	LLMRouter string `json:"llm_router,omitempty"`
}

// A PlannedSplit is what the split of a task makes of a request.
type PlannedSplit struct {
	From  string  `json:"from"`  // the task that was found
	Gain  float64 `json:"gain"`  // that a stronger model is predicted to have, in [−1, 1]
	Below float64 `json:"below"` // requests with a smaller one are sent on
	Sent  bool    `json:"sent"`  // this one is, so that the plan's task is another than From
}

// A PlannedStep is a tier of a plan's chain.
type PlannedStep struct {
	Tier     string `json:"tier"`
	Model    string `json:"model"`
	ID       string `json:"id"`                 // the provider's name for the model
	Provider string `json:"provider,omitempty"` // "": the config names none
	Context  int    `json:"context,omitempty"`  // tokens that fit; 0: everything
	Skipped  bool   `json:"skipped,omitempty"`  // the request does not fit
	// Checks are made of the tier's answer in this order, up to the first no.
	Checks []PlannedCheck `json:"checks,omitempty"`
}

// A PlannedCheck is an acceptance check of a step: it passes if its signal is at least Min.
type PlannedCheck struct {
	Check   string  `json:"check"`
	Min     float64 `json:"min"`
	Pattern string  `json:"pattern,omitempty"` // of regex
	Schema  string  `json:"schema,omitempty"`  // of json_schema: its path
	Model   string  `json:"model,omitempty"`   // of self_check
	// MarksOnly: the answer is returned in any case, marked if the check said no, since no tier is left to ask.
	MarksOnly bool `json:"marks_only,omitempty"`
}

// misfits returns a bit for each place of a task's chain that a request of so many tokens does not fit, and the last place
// that it fits, −1 if there is none.
func (k *tableTask) misfits(tokens int) (skipped uint64, last int) {
	last = -1
	for i := range k.chain {
		if k.chain[i].fits(tokens) {
			last = i
		} else {
			skipped |= 1 << i
		}
	}
	return skipped, last
}

// A sizedChain is the chain of a task for requests of up to so many tokens.
type sizedChain struct {
	most  int
	steps []PlannedStep
}

// planChains returns the chains of a task for requests of all sizes, in their order: the last is for any size.
func (t *Table) planChains(c *Config, task TaskID) []sizedChain {
	k := &t.tasks[task]
	var limits []int
	for i := range k.chain {
		if limit := k.chain[i].context; limit > 0 {
			limits = append(limits, limit)
		}
	}
	slices.Sort(limits)
	var out []sizedChain
	for _, limit := range append(slices.Compact(limits), math.MaxInt) {
		out = append(out, sizedChain{limit, t.planSteps(c, task, limit)})
	}
	return out
}

// planSteps returns the steps of a task for a request of so many tokens.
func (t *Table) planSteps(c *Config, task TaskID, tokens int) []PlannedStep {
	k := &t.tasks[task]
	skipped, last := k.misfits(tokens)
	out := make([]PlannedStep, len(k.chain))
	for i := range k.chain {
		step := &k.chain[i]
		m := c.model(t.ModelName(step.Model))
		out[i] = PlannedStep{
			Tier: t.TierName(step.Tier), Model: m.Name, ID: m.ID, Provider: m.Provider, Context: step.context, Skipped: skipped&(1<<i) != 0,
		}
		if out[i].Skipped {
			continue
		}
		for j := range k.checks {
			if check := &k.checks[j]; k.checked(check, i, i == last) {
				out[i].Checks = append(out[i].Checks, k.planCheck(check, i, i == last))
			}
		}
	}
	return out
}

func (k *tableTask) planCheck(c *Check, position int, last bool) PlannedCheck {
	out := PlannedCheck{Check: c.Word(), Schema: c.SchemaPath, Model: c.Model, MarksOnly: !k.decides(last)}
	out.Min, _ = c.Threshold(position)
	if c.Pattern != nil {
		out.Pattern = c.Pattern.String()
	}
	return out
}
