package eval

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/price"
)

func sumOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// usedModels returns the models that something in the config asks, in the order of the ladder, then others.
func usedModels(c *routing.Config) []string {
	var names []string
	add := func(name string) {
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, t := range c.Tiers {
		add(t.Model)
	}
	add(c.Baseline)
	if c.Router.LLM != nil {
		add(c.Router.LLM.Model)
	}
	for i := range c.Tasks {
		for _, a := range c.Tasks[i].Accept {
			add(a.Model)
		}
	}
	return names
}

// modelOf returns a model of the config; one that only [tiers] names has its defaults.
func modelOf(c *routing.Config, name string) routing.Model {
	m := routing.Model{Name: name, Price: price.Unknown()}
	if i := slices.IndexFunc(c.Models, func(m routing.Model) bool { return m.Name == name }); i >= 0 {
		m = c.Models[i]
	}
	m.ID = cmp.Or(m.ID, m.Name)
	return m
}

// timeout returns how long a provider is waited for, 0: for ever.
func timeout(c *routing.Config, provider string) time.Duration {
	i := slices.IndexFunc(c.Providers, func(p routing.Provider) bool { return p.Name == provider })
	if i < 0 {
		return 0
	}
	return c.Providers[i].Timeout
}

// models compares the models in use. Those that only one config uses are told of if there is more to tell than the name,
// which stands where they are used.
func (c *configComparer) models() {
	old, fresh := usedModels(c.old), usedModels(c.fresh)
	for _, name := range union(fresh, old) {
		path := routing.KeyPath("models", name)
		was, is := modelOf(c.old, name), modelOf(c.fresh, name)
		switch {
		case !slices.Contains(old, name):
			c.text(DecisionChange, []string{path}, "", describeModel(c.fresh, &is))
			continue
		case !slices.Contains(fresh, name):
			c.text(DecisionChange, []string{path}, describeModel(c.old, &was), "")
			continue
		}
		kind := OtherChange
		if timeout(c.old, was.Provider) != timeout(c.fresh, is.Provider) {
			kind = DecisionChange
		}
		c.text(DecisionChange, []string{path + ".id", path}, was.ID, is.ID)
		c.text(DecisionChange, []string{path + ".context", path}, contextText(was.Context), contextText(is.Context))
		c.text(kind, []string{path + ".provider", path}, was.Provider, is.Provider)
		c.prices(path+".price", path, was.Price, is.Price)
	}
}

func contextText(tokens int) string {
	if tokens == 0 {
		return ""
	}
	return strconv.Itoa(tokens)
}

func describeModel(c *routing.Config, m *routing.Model) string {
	var parts []string
	for _, p := range []struct{ name, value string }{
		{"id ", m.ID}, {"context ", contextText(m.Context)}, {"timeout ", durationText(timeout(c, m.Provider))},
		{"input ", dollars(m.Price.Input)}, {"output ", dollars(m.Price.Output)},
	} {
		if p.value != "" && p.value != m.Name {
			parts = append(parts, p.name+p.value)
		}
	}
	return strings.Join(parts, ", ")
}

// prices compares list prices, in USD per million tokens. Cached and reasoning tokens without a price of their own have
// that of the others, whose change is told already.
func (c *configComparer) prices(path, model string, old, fresh price.Price) {
	for _, p := range []struct {
		key                        string
		old, fresh, orOld, orFresh float64
	}{
		{"input", old.Input, fresh.Input, old.Input, fresh.Input},
		{"cached_input", old.CachedInput, fresh.CachedInput, old.Input, fresh.Input},
		{"output", old.Output, fresh.Output, old.Output, fresh.Output},
		{"reasoning", old.Reasoning, fresh.Reasoning, old.Output, fresh.Output},
	} {
		if was, is := given(p.old, p.orOld), given(p.fresh, p.orFresh); was == is || was != was && is != is {
			continue
		}
		c.text(PriceChange, []string{path + "." + p.key, path, model}, dollars(p.old), dollars(p.fresh))
	}
}

func given(x, otherwise float64) float64 {
	if math.IsNaN(x) {
		return otherwise
	}
	return x
}

func dollars(x float64) string {
	if math.IsNaN(x) {
		return ""
	}
	return "$" + number(x)
}

// providers compares the endpoints. Of them only the time limits decide anything, and only for models that both configs ask
// there.
func (c *configComparer) providers() {
	names := func(config *routing.Config) []string {
		var out []string
		for i := range config.Providers {
			out = append(out, config.Providers[i].Name)
		}
		return out
	}
	find := func(config *routing.Config, name string) routing.Provider {
		i := slices.Index(names(config), name)
		if i < 0 {
			return routing.Provider{}
		}
		return config.Providers[i]
	}
	for _, name := range union(names(c.fresh), names(c.old)) {
		path := routing.KeyPath("providers", name)
		was, is := find(c.old, name), find(c.fresh, name)
		c.text(OtherChange, []string{path + ".kind", path}, was.Kind, is.Kind)
		c.text(OtherChange, []string{path + ".base_url", path}, was.BaseURL, is.BaseURL)
		c.text(OtherChange, []string{path + ".api_key_env", path}, was.APIKeyEnv, is.APIKeyEnv)
		kind := OtherChange
		if c.bothAsk(name) {
			kind = DecisionChange
		}
		c.text(kind, []string{path + ".timeout", path}, durationText(was.Timeout), durationText(is.Timeout))
		c.text(kind, []string{path + ".first_token", path}, durationText(was.FirstToken), durationText(is.FirstToken))
		c.text(kind, []string{path + ".idle", path}, durationText(was.Idle), durationText(is.Idle))
		if was.Name == is.Name {
			c.text(OtherChange, []string{path + ".retries", path}, retriesText(&was), retriesText(&is))
		}
		c.text(OtherChange, []string{path + ".max_concurrent", path}, limitText(float64(was.MaxConcurrent)), limitText(float64(is.MaxConcurrent)))
		c.text(OtherChange, []string{path + ".max_rate", path}, limitText(was.MaxRate), limitText(is.MaxRate))
	}
}

// retriesText is the retries that a provider has, whether or not they are written out.
func retriesText(p *routing.Provider) string {
	if p.Retries == nil {
		return strconv.Itoa(routing.DefaultRetries)
	}
	return strconv.Itoa(*p.Retries)
}

// limitText is a limit of which 0 means none.
func limitText(limit float64) string {
	if limit == 0 {
		return ""
	}
	return number(limit)
}

// bothAsk reports whether there is a model that both configs ask at a provider.
func (c *configComparer) bothAsk(provider string) bool {
	return slices.ContainsFunc(common(usedModels(c.old), usedModels(c.fresh)), func(name string) bool {
		return modelOf(c.old, name).Provider == provider && modelOf(c.fresh, name).Provider == provider
	})
}

func (c *configComparer) caches() {
	exact := func(e *routing.ExactCache) (text, url string) {
		if e == nil {
			return "", ""
		}
		return cmp.Or(e.Backend, "memory") + livesFor(e.TTL), e.URLEnv
	}
	semantic := func(s *routing.SemanticCache) string {
		if s == nil {
			return ""
		}
		parts := []string{"similarity ≥ " + number(s.MinSimilarity) + livesFor(s.TTL)}
		for _, name := range slices.Sorted(maps.Keys(s.Tasks)) {
			least, ttl := s.For(name)
			parts = append(parts, name+" ≥ "+number(least)+livesFor(ttl))
		}
		return strings.Join(parts, "; ")
	}
	was, wasURL := exact(c.old.Cache.Exact)
	is, isURL := exact(c.fresh.Cache.Exact)
	c.text(DecisionChange, []string{"cache.exact"}, was, is)
	c.text(OtherChange, []string{"cache.exact.url_env", "cache.exact"}, wasURL, isURL)
	c.text(DecisionChange, []string{"cache.semantic"}, semantic(c.old.Cache.Semantic), semantic(c.fresh.Cache.Semantic))
}

func livesFor(ttl time.Duration) string {
	if ttl == 0 {
		return ""
	}
	return ", ttl " + durationText(ttl)
}

// durationText writes a time span without its zeros: 24h, not 24h0m0s; "" for none.
func durationText(d time.Duration) string {
	if d == 0 {
		return ""
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
