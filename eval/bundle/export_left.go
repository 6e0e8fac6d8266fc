package bundle

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/routing"
)

// litellmLeft lists what of a config a LiteLLM proxy does not do.
func (x *export) litellmLeft(groups map[string]string) []string {
	var left []string
	say := func(format string, args ...any) { left = append(left, fmt.Sprintf(format, args...)) }
	c := x.config
	if layers := x.layers(); len(layers) > 0 {
		say("router: LiteLLM does not find the task of a request; left out: %s", names(layers))
	}
	say("router.default: a request that names no task has no route; its caller must name %s", Quote(groups[c.Router.Default]))
	for i := range c.Tasks {
		x.checksLeft(&c.Tasks[i], say)
		if s := c.Tasks[i].Split; s != nil {
			say("tasks.%s.split: no request is split off; a caller must name %s itself for the easy ones, and evidence for the two tasks does not hold here", Key(c.Tasks[i].Name), Quote(groups[s.Task]))
		}
	}
	var strict []string
	for _, t := range c.Tasks {
		if doesOrElse(t.OnContentFilter, c.OnContentFilter, "error") == "error" && len(t.Chain) > 1 {
			strict = append(strict, t.Name)
		}
	}
	if len(strict) > 0 {
		// https://github.com/BerriAI/litellm/issues/40406
		say("on_content_filter = \"error\" (%s): LiteLLM tries the next model where a provider refuses, and after bad requests too", names(strict))
	}
	x.cachesLeft(say)
	if slices.ContainsFunc(x.tiers, func(m string) bool { return x.model(m).Context > 0 }) {
		say("context: LiteLLM counts the tokens of the prompt alone, with its own tokenizer; here a request's size is its characters ÷ 4 and its max_tokens")
	}
	x.modelsLeft(say)
	for _, t := range c.Tasks {
		if g := groups[t.Name]; g != t.Name {
			say("task %s is named %s: its name is a model's or a pattern to LiteLLM", Quote(t.Name), Quote(g))
		}
	}
	for _, m := range x.tiers {
		if g := x.modelGroup(m); g != m {
			say("model %s is named %s: * is a pattern to LiteLLM", Quote(m), Quote(g))
		}
	}
	return left
}

// layers names the routing layers of a config.
func (x *export) layers() []string {
	var out []string
	r := &x.config.Router
	if n := len(r.Rules); n == 1 {
		out = append(out, "1 rule")
	} else if n > 1 {
		out = append(out, fmt.Sprintf("%d rules", n))
	}
	if r.Embedding != nil {
		out = append(out, "the classifier "+r.Embedding.Artifact)
	}
	if r.LLM != nil {
		out = append(out, "the LLM router "+r.LLM.Model)
	}
	return out
}

// checksLeft says what becomes of a task whose answers are not looked at.
func (x *export) checksLeft(t *routing.Task, say func(string, ...any)) {
	if len(t.Accept) == 0 {
		return
	}
	var kinds []string
	for _, a := range t.Accept {
		if kind := a.Check; !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	chain := x.chain(t)
	first, last := chain[0], chain[len(chain)-1]
	switch {
	case first == last:
		say("tasks.%s: the checks (%s) are not made, and no answer is marked", Key(t.Name), names(kinds))
	case x.cheapFirst:
		say("tasks.%s: the checks (%s) are not made: every answer of %s is returned, the next model is asked only after errors, and evidence for this task does not hold here; to keep its quality, put %s first", Key(t.Name), names(kinds), first, last)
	default:
		say("tasks.%s: the checks (%s) are not made, so it starts at %s, the last of its chain, and saves nothing by %s, which is asked only after errors and unchecked; --export litellm:cheap-first turns that round, and then its quality is not what the evidence says", Key(t.Name), names(kinds), last, first)
	}
	if doesOrElse(t.OnExhausted, x.config.OnExhausted, "return") == "error" {
		say("tasks.%s.on_exhausted = \"error\": without checks no answer is refused", Key(t.Name))
	}
}

// doesOrElse is a task's setting, else the config's, else the default.
func doesOrElse(task, config, standard string) string {
	for _, s := range []string{task, config} {
		if s != "" {
			return s
		}
	}
	return standard
}

func (x *export) cachesLeft(say func(string, ...any)) {
	var on, without []string
	if x.config.Cache.Exact != nil {
		on = append(on, "cache.exact")
	}
	if x.config.Cache.Semantic != nil {
		on = append(on, "cache.semantic")
	}
	if len(on) == 0 {
		return
	}
	for _, t := range x.config.Tasks {
		if t.Cache != nil && !*t.Cache {
			without = append(without, t.Name)
		}
	}
	never := ""
	if len(without) > 0 {
		never = "; tasks that must not be cached: " + names(without)
	}
	say("%s: off. LiteLLM's caches (litellm_settings.cache) keep neither tenants nor tasks apart%s", strings.Join(on, " and "), never)
}

func (x *export) modelsLeft(say func(string, ...any)) {
	var unserved, unpriced, unused []string
	for _, name := range x.tiers {
		if x.provider(name) == nil {
			unserved = append(unserved, name)
		}
		if !x.model(name).Price.Known() {
			unpriced = append(unpriced, name)
		}
	}
	for _, m := range x.config.Models {
		if !slices.Contains(x.tiers, m.Name) {
			unused = append(unused, m.Name)
		}
	}
	if len(unserved) > 0 {
		say("models without a provider: %s; LiteLLM guesses one from the name", names(unserved))
	}
	if len(unpriced) > 0 {
		say("models without prices: %s; LiteLLM takes its own, if it knows the model", names(unpriced))
	}
	if len(unused) > 0 {
		say("models that no tier names are left out: %s", names(unused))
	}
}
