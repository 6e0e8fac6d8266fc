package bundle

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/routing"
)

// LiteLLM's words, and where its documentation has them:
//
//	model_list, litellm_params     https://docs.litellm.ai/docs/proxy/configs
//	model_info costs               https://docs.litellm.ai/docs/proxy/custom_pricing
//	fallbacks, context windows     https://docs.litellm.ai/docs/proxy/reliability
//	timeout                        https://docs.litellm.ai/docs/proxy/timeout
//	max_fallbacks                  https://docs.litellm.ai/docs/proxy/config_settings
//	openai/, anthropic/            https://docs.litellm.ai/docs/providers/openai_compatible, …/anthropic

// maxFallbacks is how many fallbacks LiteLLM tries if nothing else is said.
const maxFallbacks = 5

// LiteLLM writes a dispatch config as the config.yaml of a LiteLLM proxy: a model per task, which a caller asks for by the
// task's name, with the rest of the task's chain as its fallbacks, and a model per tier. Keys of providers stay in the
// environment. What LiteLLM cannot express is listed in left, a sentence each, and in a comment at the top.
//
// LiteLLM makes no acceptance checks. A task that has some starts at the last model of its chain, which loses no quality and
// saves nothing; cheapFirst starts it at the first, whose answers nobody checks then.
func LiteLLM(c *routing.Config, cheapFirst bool) (config []byte, left []string) {
	x := newExport(c)
	x.cheapFirst = cheapFirst
	groups := x.groups()
	left = x.litellmLeft(groups)
	y := &yamlWriter{}
	y.comment("LiteLLM proxy config of the dispatch config %s, written by tierwise.", Quote(c.Name))
	y.comment("A caller names the task of its request as the model.")
	y.comment("")
	y.comment("What the dispatch config says and LiteLLM cannot:")
	for _, l := range left {
		y.item(l)
	}
	if len(left) == 0 {
		y.comment("nothing")
	}
	y.line("")
	y.line("model_list:")
	for i := range c.Tasks {
		x.deployment(y, groups[c.Tasks[i].Name], x.tried(&c.Tasks[i])[0])
	}
	for _, m := range x.tiers {
		x.deployment(y, x.modelGroup(m), m)
	}
	x.routerSettings(y, groups)
	return []byte(y.String()), left
}

// tried returns the models of a task in the order in which LiteLLM tries them.
func (x *export) tried(t *routing.Task) []string {
	models := x.chain(t)
	if len(t.Accept) > 0 && !x.cheapFirst {
		slices.Reverse(models)
	}
	return models
}

// deployment writes one model_list entry.
func (x *export) deployment(y *yamlWriter, group, name string) {
	m, p := x.model(name), x.provider(name)
	y.line("  - model_name: %s", yamlString(group))
	y.line("    litellm_params:")
	prefix := ""
	if p != nil {
		prefix = p.Kind + "/"
	}
	y.line("      model: %s", yamlString(prefix+m.ID))
	if p != nil {
		if p.BaseURL != "" {
			y.line("      api_base: %s", yamlString(apiBase(p)))
		}
		if p.APIKeyEnv != "" {
			y.line("      api_key: %s", yamlString("os.environ/"+p.APIKeyEnv))
		}
		if p.Timeout > 0 {
			y.line("      timeout: %s  # seconds", decimal(p.Timeout.Seconds(), 0))
		}
	}
	info := x.costs(m)
	if m.Context > 0 {
		info = append(info, fmt.Sprintf("max_input_tokens: %d", m.Context))
	}
	if len(info) > 0 {
		y.line("    model_info:")
		for _, line := range info {
			y.line("      %s", line)
		}
	}
}

// apiBase is where LiteLLM finds a provider. To Anthropic's it adds /v1/messages itself.
func apiBase(p *routing.Provider) string {
	base := strings.TrimRight(p.BaseURL, "/")
	if p.Kind == "anthropic" {
		base = strings.TrimSuffix(base, "/v1")
	}
	return base
}

// costs are a model's prices in LiteLLM's words, USD per token. The price of cached tokens is written even if it is that
// of all input: LiteLLM bills them at 0 where other prices are given and it is not (BerriAI/litellm#14815).
func (x *export) costs(m *routing.Model) []string {
	var out []string
	p := m.Price
	cached := p.CachedInput
	if math.IsNaN(cached) {
		cached = p.Input
	}
	for _, c := range []struct {
		key string
		usd float64
	}{
		{"input_cost_per_token", p.Input},
		{"cache_read_input_token_cost", cached},
		{"output_cost_per_token", p.Output},
		{"output_cost_per_reasoning_token", p.Reasoning},
	} {
		if !math.IsNaN(c.usd) {
			out = append(out, c.key+": "+decimal(c.usd, -6))
		}
	}
	return out
}

// routerSettings writes what is tried after what. Only tasks have fallbacks: those of a fallback would be tried too.
func (x *export) routerSettings(y *yamlWriter, groups map[string]string) {
	longest, windows := 0, false
	for i := range x.config.Tasks {
		chain := x.chain(&x.config.Tasks[i])
		longest = max(longest, len(chain)-1)
		windows = windows || len(chain) > 1 && slices.ContainsFunc(chain, func(m string) bool { return x.model(m).Context > 0 })
	}
	if longest == 0 {
		return
	}
	y.line("")
	y.line("router_settings:")
	x.fallbacks(y, "fallbacks", groups)
	if windows {
		y.line("  enable_pre_call_checks: true")
		x.fallbacks(y, "context_window_fallbacks", groups)
	}
	if longest > maxFallbacks {
		y.line("  max_fallbacks: %d", longest)
	}
}

func (x *export) fallbacks(y *yamlWriter, key string, groups map[string]string) {
	y.line("  %s:", key)
	for i := range x.config.Tasks {
		t := &x.config.Tasks[i]
		chain := x.tried(t)
		if len(chain) == 1 {
			continue
		}
		next := make([]string, 0, len(chain)-1)
		for _, m := range chain[1:] {
			next = append(next, yamlString(x.modelGroup(m)))
		}
		y.line("    - %s: [%s]", yamlString(groups[t.Name]), strings.Join(next, ", "))
	}
}

// groups are the names under which tasks are asked for: their own, unless that is a model's or has a special meaning.
func (x *export) groups() map[string]string {
	used := map[string]bool{}
	for _, m := range x.tiers {
		used[x.modelGroup(m)] = true
	}
	clash := func(name string) bool {
		// LiteLLM takes fallbacks of "reply" for those of "openai/reply" too.
		return used[name] || slices.ContainsFunc(x.tiers, func(m string) bool { return strings.HasSuffix(x.modelGroup(m), "/"+name) })
	}
	groups := map[string]string{}
	for _, t := range x.config.Tasks {
		name := noWildcard(t.Name)
		for clash(name) {
			name = "task-" + name
		}
		used[name] = true
		groups[t.Name] = name
	}
	return groups
}

// modelGroup is the name of a model of the tiers: its own, unless that has a special meaning or another model's does.
func (x *export) modelGroup(model string) string {
	name := noWildcard(model)
	for name != model && slices.Contains(x.tiers, name) {
		name += "-"
	}
	return name
}

// noWildcard replaces the character that makes a name match others.
func noWildcard(name string) string { return strings.ReplaceAll(name, "*", "-any-") }
