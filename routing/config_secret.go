package routing

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

var (
	envName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	// Prefixes of the keys of well-known providers, as their documentation shows them. Not all have characters
	// that a variable's name lacks.
	keyPrefixes = []string{"sk-", "sk_", "gsk_", "hf_", "xai-", "AIza"}
)

// decodeEnvName reads the name of an environment variable. Whoever mistakes it for the place of the secret itself
// must not find the secret in a log: the value is never part of the message.
func decodeEnvName(n node) string {
	s := n.text("the name of an environment variable")
	if s == "" {
		return ""
	}
	looksLikeKey := func(prefix string) bool { return strings.HasPrefix(s, prefix) }
	switch {
	case slices.ContainsFunc(keyPrefixes, looksLikeKey):
		n.fail("%s looks like a secret itself: it wants the name of the environment variable that holds it", n.path)
	case !envName.MatchString(s):
		n.fail("%s wants the name of an environment variable, which has letters, digits and underscores only; "+
			"a secret or URL goes into that variable", n.path)
	default:
		return s
	}
	return ""
}

// decodeBaseURL reads a provider's address, which must not hold credentials either.
func decodeBaseURL(n node) string {
	const what = `an address such as "https://api.example.com/v1"`
	s := n.text(what)
	if s == "" {
		return ""
	}
	u, err := url.Parse(s)
	switch {
	case err == nil && u.User != nil:
		n.fail("%s holds credentials: name a variable in api_key_env instead", n.path)
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		n.fail("%s wants %s", n.path, what)
	case u.RawQuery != "" || u.Fragment != "":
		n.fail("%s wants %s, without a query or fragment", n.path, what)
	default:
		return s
	}
	return ""
}
