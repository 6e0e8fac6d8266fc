package routing

import (
	"errors"
	"regexp"
	"regexp/syntax"

	"github.com/tierwise/tierwise/routing/price"
)

// configVersion is the version of the format that this package reads.
const configVersion = 1

// The words of the config.
var (
	providerKinds = []string{"openai", "anthropic"}
	exhaustedDos  = []string{"return", "error"}
	refusedDos    = []string{"error", "failover"}
	cacheBackends = []string{"memory", "redis"}
)

// decodeConfig reads what can be read without looking elsewhere in the file; checkConfig does the rest.
func decodeConfig(c *Config, root node) {
	root.table(fields{
		"$schema":           func(n node) { n.anyText() }, // editors look for their JSON Schema here
		"version":           func(n node) { c.Version = decodeVersion(n) },
		"name":              func(n node) { c.Name = n.anyText() },
		"baseline":          func(n node) { c.Baseline = n.text("the name of a model") },
		"on_exhausted":      func(n node) { c.OnExhausted = n.word(exhaustedDos...) },
		"on_content_filter": func(n node) { c.OnContentFilter = n.word(refusedDos...) },
		"content_filter":    func(n node) { c.OnContentFilter = n.word(refusedDos...) },
		"providers": func(n node) {
			n.each("a table of providers", func(name string, n node) { c.Providers = append(c.Providers, decodeProvider(name, n)) })
		},
		"models": func(n node) {
			n.each("a table of models", func(name string, n node) { c.Models = append(c.Models, decodeModel(name, n)) })
		},
		"tiers": func(n node) {
			n.each("a table of tier = model", func(name string, n node) {
				c.Tiers = append(c.Tiers, Tier{name, n.text("the name of a model")})
			})
		},
		"tasks": func(n node) {
			n.each("a table of tasks", func(name string, n node) { c.Tasks = append(c.Tasks, decodeTask(name, n)) })
		},
		"router": func(n node) { c.Router = decodeRouter(n) },
		"cache":  func(n node) { c.Cache = decodeCache(n) },
	})
}

func decodeVersion(n node) int {
	v, ok := n.value.(int64)
	if !ok {
		n.wants("the integer 1")
	} else if v != configVersion {
		n.fail("version %d is not read here: only version = %d is", v, configVersion)
	}
	return int(v)
}

func decodeProvider(name string, n node) Provider {
	p := Provider{Name: name}
	n.table(fields{
		"kind":        func(n node) { p.Kind = n.word(providerKinds...) },
		"base_url":    func(n node) { p.BaseURL = decodeBaseURL(n) },
		"api_key_env": func(n node) { p.APIKeyEnv = decodeEnvName(n) },
		"timeout":     func(n node) { p.Timeout = n.duration() },
		"first_token": func(n node) { p.FirstToken = n.duration() },
		"idle":        func(n node) { p.Idle = n.duration() },
		"retries":     func(n node) { p.Retries = decodeRetries(n) },
		"max_concurrent": func(n node) {
			p.MaxConcurrent = n.count("an integer, the calls under way at once")
			if v, ok := n.value.(int64); ok && v == 0 {
				n.fail("%s is 0, which allows no call: leave it out for any number", n.path)
			}
		},
		"max_rate": func(n node) { p.MaxRate = decodeRate(n) },
	})
	return p
}

// maxRetries bounds what one attempt may cost.
const maxRetries = 10

func decodeRetries(n node) *int {
	v := n.count("an integer, the further calls of the same model")
	if v > maxRetries {
		n.fail("%s is %d: more than %d calls of a model that fails help nobody", n.path, v, maxRetries)
	}
	return &v
}

func decodeRate(n node) float64 {
	v, ok := n.number("a number, calls per second")
	if ok && v <= 0 {
		n.fail("%s is %v: it wants a number above 0, calls per second", n.path, v)
	}
	return v
}

func decodeModel(name string, n node) Model {
	m := Model{Name: name, Price: price.Unknown()}
	n.table(fields{
		"provider": func(n node) { m.Provider = n.text("the name of a provider") },
		"id":       func(n node) { m.ID = n.text("the provider's name for the model") },
		"context":  func(n node) { m.Context = n.count("an integer, the tokens that fit") },
		"price": func(n node) {
			n.table(fields{
				"input":        func(n node) { m.Price.Input = decodePrice(n) },
				"cached_input": func(n node) { m.Price.CachedInput = decodePrice(n) },
				"output":       func(n node) { m.Price.Output = decodePrice(n) },
				"reasoning":    func(n node) { m.Price.Reasoning = decodePrice(n) },
			})
		},
	})
	return m
}

func decodePrice(n node) float64 {
	v, ok := n.number("a number, USD per million tokens")
	if ok && v < 0 {
		n.fail("%s is negative: %v", n.path, v)
	}
	return v
}

func decodeTask(name string, n node) Task {
	t := Task{Name: name}
	n.table(fields{
		"description": func(n node) { t.Description = n.anyText() },
		"chain":       func(n node) { t.Chain = n.texts("the name of a tier") },
		"accept": func(n node) {
			for _, n := range n.elements("an array of checks, [{ check = … }]") {
				t.Accept = append(t.Accept, decodeAccept(n))
			}
		},
		"split":             func(n node) { t.Split = decodeSplit(n) },
		"cache":             func(n node) { t.Cache = n.boolean() },
		"on_exhausted":      func(n node) { t.OnExhausted = n.word(exhaustedDos...) },
		"on_content_filter": func(n node) { t.OnContentFilter = n.word(refusedDos...) },
		"content_filter":    func(n node) { t.OnContentFilter = n.word(refusedDos...) },
	})
	return t
}

func decodeSplit(n node) *Split {
	s := &Split{}
	n.table(fields{
		"artifact": func(n node) { s.Artifact = n.text("the path of a trained predictor of gains") },
		"below":    func(n node) { s.Below = decodeBelow(n) },
		"task":     func(n node) { s.Task = n.text("the name of a task") },
	})
	return s
}

// decodeBelow reads a predicted gain. None is below −1.
func decodeBelow(n node) float64 {
	v, ok := n.number("a number above −1, up to 1")
	if ok && !(v > -1 && v <= 1) {
		n.fail("%s is %v, which is outside (−1, 1]: gains are differences of qualities", n.path, v)
	}
	return v
}

func decodeAccept(n node) Accept {
	var a Accept
	n.table(fields{
		"check":   func(n node) { a.Check = n.text("the name of a check") },
		"pattern": func(n node) { a.Pattern = decodePattern(n) },
		"schema":  func(n node) { a.Schema = n.text("the path of a JSON Schema") },
		"model":   func(n node) { a.Model = n.text("the name of a model") },
		"min":     func(n node) { a.Min, a.PerTier = decodeMin(n) },
	})
	return a
}

// decodeMin reads a threshold: a number for the whole chain, or a table of one per tier.
func decodeMin(n node) (*float64, map[string]float64) {
	if _, ok := n.value.(map[string]any); !ok {
		v, ok := n.number("a number or a table of tier = number")
		if !ok {
			return nil, nil
		}
		return &v, nil
	}
	perTier := map[string]float64{}
	n.each("", func(name string, n node) {
		if v, ok := n.number("a number"); ok {
			perTier[name] = v
		}
	})
	return nil, perTier
}

func decodePattern(n node) string {
	pattern := n.text("a regular expression")
	if _, err := regexp.Compile(pattern); err != nil {
		reason := err.Error()
		if bad, ok := errors.AsType[*syntax.Error](err); ok {
			reason = bad.Code.String() + ": " + bad.Expr
		}
		n.fail("%s is no regular expression (RE2): %s", n.path, reason)
	}
	return pattern
}

func decodeRouter(n node) RouterConfig {
	var r RouterConfig
	n.table(fields{
		"default": func(n node) { r.Default = n.text("the name of a task") },
		"rules": func(n node) {
			for _, n := range n.elements("an array of tables, [[router.rules]]") {
				r.Rules = append(r.Rules, decodeRule(n))
			}
		},
		"embedding": func(n node) {
			r.Embedding = &EmbeddingRouter{}
			n.table(fields{
				"artifact":       func(n node) { r.Embedding.Artifact = n.text("the path of a trained classifier") },
				"embedder":       func(n node) { r.Embedding.Embedder = n.text("the name of an embedder") },
				"min_confidence": func(n node) { v := n.share(); r.Embedding.MinConfidence = &v },
			})
		},
		"llm": func(n node) {
			r.LLM = &LLMRouter{}
			n.table(fields{
				"model":          func(n node) { r.LLM.Model = n.text("the name of a model") },
				"min_confidence": func(n node) { r.LLM.MinConfidence = n.share() },
			})
		},
	})
	return r
}

func decodeSemanticTask(n node) (t SemanticTask) {
	n.table(fields{
		"min_similarity": func(n node) { t.MinSimilarity = n.share() },
		"ttl":            func(n node) { t.TTL = n.duration() },
	})
	return t
}

func decodeCache(n node) Cache {
	var c Cache
	n.table(fields{
		"exact": func(n node) {
			c.Exact = &ExactCache{Backend: cacheBackends[0]}
			n.table(fields{
				"backend": func(n node) { c.Exact.Backend = n.word(cacheBackends...) },
				"url_env": func(n node) { c.Exact.URLEnv = decodeEnvName(n) },
				"ttl":     func(n node) { c.Exact.TTL = n.duration() },
			})
		},
		"semantic": func(n node) {
			c.Semantic = &SemanticCache{}
			n.table(fields{
				"min_similarity": func(n node) { c.Semantic.MinSimilarity = n.share() },
				"ttl":            func(n node) { c.Semantic.TTL = n.duration() },
				"tasks": func(n node) {
					c.Semantic.Tasks = map[string]SemanticTask{}
					n.each("a table for each task, such as [cache.semantic.tasks.reply]", func(name string, n node) {
						c.Semantic.Tasks[name] = decodeSemanticTask(n)
					})
				},
			})
		},
	})
	return c
}
