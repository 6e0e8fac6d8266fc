package routing

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

func modelLints() []LintCheck {
	return []LintCheck{
		{"no-price", Warning, "a model whose calls cannot be priced", (*linter).noPrice},
		{"no-timeout", Warning, "a provider that is waited for without end", (*linter).noTimeout},
		{"no-key", Warning, "a public provider that is called without a key", (*linter).noKey},
		{"plain-http", Error, "a provider that prompts go to unencrypted", (*linter).plainHTTP},
		{"unused-model", Info, "a model that nothing asks", (*linter).unusedModels},
		{"unused-provider", Info, "a provider that no model is of", (*linter).unusedProviders},
	}
}

// noPrice says nothing where there is neither a price nor a provider: that config is for replays of recorded costs.
func (l *linter) noPrice() {
	priced := slices.ContainsFunc(l.Models, func(m Model) bool { return m.Price.Known() })
	if !priced && len(l.Providers) == 0 {
		return
	}
	for _, name := range l.usedModels() {
		m := l.models[name]
		if m.Price.Known() {
			continue
		}
		severity, at := l.check.Severity, place{KeyPath("models", name), "price"}
		if m.Provider == "" {
			severity = Info // it cannot be called as it is
		}
		if _, ok := l.Position(at.table); !ok {
			if at = (place{"baseline", ""}); name != l.Baseline {
				at = place{KeyPath("tiers", l.tierOf(name)), ""}
			}
		}
		l.reportAs(severity, at, "give it a price = { input = …, output = … } in USD per million tokens",
			"model %s has no price, so that neither its calls nor what they save can be counted in dollars", name)
	}
}

func (l *linter) noTimeout() {
	for _, p := range l.Providers {
		if p.Timeout == 0 {
			l.report(place{KeyPath("providers", p.Name), "timeout"}, `give it a timeout, such as timeout = "30s"`,
				"provider %s has no timeout: a call that hangs is never passed on to the next tier", p.Name)
		}
	}
}

func (l *linter) noKey() {
	for _, p := range l.Providers {
		if p.APIKeyEnv == "" && (p.BaseURL == "" || hostOf(p.BaseURL) == public) {
			l.report(place{KeyPath("providers", p.Name), "api_key_env"}, `name the environment variable that holds its key: api_key_env = "…"`,
				"provider %s is called without a key", p.Name)
		}
	}
}

func (l *linter) plainHTTP() {
	for _, p := range l.Providers {
		if !strings.HasPrefix(strings.ToLower(p.BaseURL), "http://") {
			continue
		}
		severity, what := Warning, "all prompts and answers go"
		if p.APIKeyEnv != "" {
			severity, what = Error, "its key, all prompts and answers go"
		}
		switch hostOf(p.BaseURL) {
		case loopback:
			continue
		case private:
			severity = Info
		case public:
		}
		l.reportAs(severity, place{KeyPath("providers", p.Name), "base_url"}, "use https://", "%s to provider %s unencrypted", what, p.Name)
	}
}

// A hostKind says how far a request goes.
type hostKind uint8

const (
	public hostKind = iota
	private
	loopback
)

// hostOf returns how far a request to an address goes, by its look.
func hostOf(address string) hostKind {
	u, err := url.Parse(address)
	if err != nil {
		return public
	}
	host := strings.ToLower(u.Hostname())
	if ip, err := netip.ParseAddr(host); err == nil {
		switch {
		case ip.IsLoopback():
			return loopback
		case ip.IsPrivate(), ip.IsLinkLocalUnicast():
			return private
		}
		return public
	}
	switch _, domain, dotted := strings.Cut(host, "."); {
	case host == "localhost", strings.HasSuffix(host, ".localhost"):
		return loopback
	case !dotted:
		return private
	default:
		// Names that no public server has (RFC 6762, ICANN's .internal), and those of services in a cluster.
		for _, suffix := range []string{"local", "internal", "svc"} {
			if domain == suffix || strings.HasSuffix(domain, "."+suffix) {
				return private
			}
		}
	}
	return public
}

func (l *linter) unusedModels() {
	for _, m := range l.Models {
		if _, used := l.models[m.Name]; !used {
			l.report(place{KeyPath("models", m.Name), ""}, "make a tier of it, or drop it", "model %s is neither the baseline nor in a tier, nor asked by a check or the router", m.Name)
		}
	}
}

func (l *linter) unusedProviders() {
	for _, p := range l.Providers {
		if !slices.ContainsFunc(l.Models, func(m Model) bool { return m.Provider == p.Name }) {
			l.report(place{KeyPath("providers", p.Name), ""}, "name it in a model, or drop it", "provider %s serves no model", p.Name)
		}
	}
}
