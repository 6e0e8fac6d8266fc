package routing

import (
	"encoding/hex"
	"math"
	"slices"
	"strings"
	"testing"
)

// hashed is a config in which every key that a hash covers is set, and the model "spare" that nothing uses.
const hashed = `version = 1
name = "support"
baseline = "L"
on_exhausted = "error"
on_content_filter = "failover"
[providers.p]
kind = "openai"
base_url = "https://example.com"
api_key_env = "KEY"
timeout = "30s"
[models.S]
provider = "p"
id = "s-1"
context = 1000
price = { input = 1, cached_input = 0.5, output = 2, reasoning = 3 }
[models.L]
price = { input = 10, output = 20 }
[models.spare]
id = "spare-1"
price = { input = 7, output = 8 }
[tiers]
small = "S"
large = "L"
[tasks.t]
description = "first"
chain = ["small", "large"]
accept = [
  { check = "chars", min = 3 },
  { check = "logprob_mean", min = { small = -0.5 } },
  { check = "regex", pattern = "x" },
  { check = "self_check", model = "S", min = 0.25 },
  { check = "json_schema", schema = "invoice.schema.json" },
]
[tasks.u]
chain = ["large"]
cache = false
on_exhausted = "return"
on_content_filter = "error"
[tasks.t.split]
artifact = "easy.split.bin"
below = 0.1
task = "u"
[router]
default = "t"
[[router.rules]]
name = "a rule"
task = "u"
confidence = 0.9
min_chars = 2
max_chars = 9
match = "^a"
keywords = ["refund", "invoice"]
endpoints = ["/v1/a", "/v1/b"]
[[router.rules]]
task = "u"
[[router.rules]]
task = "t"
min_tokens = 20
max_tokens = 90
min_messages = 2
max_messages = 7
scripts = ["Han", "Latin"]
code_fence = true
tenants = ["acme", "globex"]
has_tools = true
has_schema = false
has_attachment = false
[router.embedding]
artifact = "t+u.bin"
min_confidence = 0.8
[router.llm]
model = "R"
min_confidence = 0.5
[cache.exact]
backend = "redis"
url_env = "REDIS"
ttl = "1h"
[cache.semantic]
min_similarity = 0.97
ttl = "2h"
[models.R]
`

// An edit replaces the only place of a text by another.
type edit struct{ from, to string }

func (e edit) apply(t *testing.T, text string) string {
	t.Helper()
	if strings.Count(text, e.from) != 1 {
		t.Fatalf("%q is not in the text once", e.from)
	}
	return strings.Replace(text, e.from, e.to, 1)
}

func TestHashesChangeWithMeaning(t *testing.T) {
	base := mustParse(t, hashed)
	decision, prices := base.DecisionHash(), base.PriceHash()
	for _, h := range []string{decision, prices} {
		if b, err := hex.DecodeString(h); err != nil || len(b) != 32 {
			t.Errorf("%q is no SHA-256", h)
		}
	}
	seen := map[string]edit{decision: {}}
	for _, e := range []edit{
		{`baseline = "L"`, `baseline = "S"`},
		{`on_exhausted = "error"`, `on_exhausted = "return"`},
		{`on_content_filter = "failover"`, `on_content_filter = "error"`},
		{`timeout = "30s"`, `timeout = "31s"`},
		{"timeout = \"30s\"\n", ""},
		{"timeout = \"30s\"\n", "timeout = \"30s\"\nfirst_token = \"2s\"\n"},
		{"timeout = \"30s\"\n", "timeout = \"30s\"\nidle = \"2s\"\n"},
		{`id = "s-1"`, `id = "s-2"`},
		{`context = 1000`, `context = 1001`},
		{"small = \"S\"\nlarge = \"L\"", "large = \"L\"\nsmall = \"S\""},
		{"small = \"S\"", "small = \"S\"\nmid = \"spare\""},
		{"[tasks.u]", "[tasks.w]\nchain = [\"large\"]\n[tasks.u]"},
		{`"first"`, `"second"`},
		{`["small", "large"]`, `["large", "small"]`},
		{`["small", "large"]`, `["small"]`},
		{"[\"large\"]\ncache", "[\"small\"]\ncache"},
		{`min = 3`, `min = 4`},
		{`small = -0.5`, `small = -0.4`},
		{`small = -0.5`, `large = -0.5`},
		{`small = -0.5`, `small = -0.5, large = -0.5`},
		{`pattern = "x"`, `pattern = "y"`},
		{`check = "regex", pattern = "x"`, `check = "json"`},
		{`pattern = "x"`, `pattern = "x", min = 0.5`},
		{`model = "S", min`, `model = "L", min`},
		{`min = 0.25`, `min = 0.26`},
		{`"chars", min = 3 }`, `"logprob_min", min = 3 }`},
		{"  { check = \"chars\", min = 3 },\n", ""},
		{"cache = false\n", ""},
		{"below = 0.1\n", "below = 0.2\n"},
		{`"easy.split.bin"`, `"hard.split.bin"`},
		{"below = 0.1\ntask = \"u\"", "below = 0.1\ntask = \"w\"\n[tasks.w]\nchain = [\"large\"]"},
		{"[tasks.t.split]\nartifact = \"easy.split.bin\"\nbelow = 0.1\ntask = \"u\"\n", ""},
		{`on_exhausted = "return"`, `on_exhausted = "error"`},
		{`on_content_filter = "error"`, `on_content_filter = "failover"`},
		{`default = "t"`, `default = "u"`},
		{"a rule\"\ntask = \"u\"", "a rule\"\ntask = \"t\""},
		{`confidence = 0.9`, `confidence = 0.8`},
		{`min_chars = 2`, `min_chars = 1`},
		{`max_chars = 9`, `max_chars = 8`},
		{"max_chars = 9\n", ""},
		{`match = "^a"`, `match = "^b"`},
		{`"refund", "invoice"`, `"refund"`},
		{`"/v1/a", "/v1/b"`, `"/v1/a"`},
		{`"refund", "invoice"`, `"refund invoice"`},
		{"[[router.rules]]\ntask = \"u\"\n", ""},
		{`min_tokens = 20`, `min_tokens = 21`},
		{"min_tokens = 20\n", ""},
		{`max_tokens = 90`, `max_tokens = 91`},
		{"max_tokens = 90\n", ""},
		{`min_messages = 2`, `min_messages = 3`},
		{"min_messages = 2\n", ""},
		{`max_messages = 7`, `max_messages = 8`},
		{"max_messages = 7\n", ""},
		{`"Han", "Latin"`, `"Han"`},
		{"scripts = [\"Han\", \"Latin\"]\n", ""},
		{`code_fence = true`, `code_fence = false`},
		{"code_fence = true\n", ""},
		{`"acme", "globex"`, `"globex"`},
		{`tenants = ["acme", "globex"]`, `endpoints = ["acme", "globex"]`},
		{`has_tools = true`, `has_tools = false`},
		{"has_tools = true\n", ""},
		{"has_schema = false\n", ""},
		{"has_attachment = false\n", ""},
		{"has_schema = false\nhas_attachment = false\n", "has_schema = true\n"},
		{"[router.embedding]\nartifact = \"t+u.bin\"\nmin_confidence = 0.8\n", ""},
		{`min_confidence = 0.8`, `min_confidence = 0.7`},
		{`min_confidence = 0.8`, `min_confidence = 0`},
		{"min_confidence = 0.8\n", ""},
		{"artifact = \"t+u.bin\"", "artifact = \"u+t.bin\""},
		{`model = "R"`, `model = "S"`},
		{`min_confidence = 0.5`, `min_confidence = 0.6`},
		{"[router.llm]\nmodel = \"R\"\nmin_confidence = 0.5\n", ""},
		{"backend = \"redis\"\nurl_env = \"REDIS\"", `backend = "memory"`},
		{`ttl = "1h"`, `ttl = "2h"`},
		{"[cache.exact]\nbackend = \"redis\"\nurl_env = \"REDIS\"\nttl = \"1h\"\n", ""},
		{`min_similarity = 0.97`, `min_similarity = 0.98`},
		{`ttl = "2h"`, `ttl = "1h"`},
		{"[cache.semantic]\nmin_similarity = 0.97\nttl = \"2h\"\n", ""},
	} {
		c := mustParse(t, e.apply(t, hashed))
		if before, again := seen[c.DecisionHash()]; again {
			t.Errorf("%q → %q decides as %q → %q", e.from, e.to, before.from, before.to)
		}
		seen[c.DecisionHash()] = e
		usesOthers := strings.Contains(e.to, "spare") || strings.Contains(e.from, "router.llm") || strings.Contains(e.from, `model = "R"`)
		if c.PriceHash() != prices && !usesOthers {
			t.Errorf("%q → %q changes prices", e.from, e.to)
		}
	}
}

func TestHashesKeepWithWording(t *testing.T) {
	base := mustParse(t, hashed)
	for _, e := range []edit{
		{`name = "support"`, `name = "other"`},
		{"version = 1\n", "# a comment\nversion = 0x1 # another\n"},
		{`base_url = "https://example.com"`, `base_url = "https://example.org"`},
		{`api_key_env = "KEY"`, `api_key_env = "OTHER"`},
		{`kind = "openai"`, `kind = "anthropic"`},
		{`kind = "openai"`, "kind = \"openai\"\nretries = 0\nmax_concurrent = 8\nmax_rate = 2.5"},
		{`url_env = "REDIS"`, `url_env = "OTHER"`},
		{`name = "a rule"`, `name = "the rule"`},
		{`id = "spare-1"`, `id = "spare-2"`},
		{`input = 7, output = 8`, `input = 1, output = 1`},
		{"[models.L]\n", "[models.L]\nid = \"L\"\ncontext = 0\n"},
		{"[models.R]\n", "[models.R]\nid = \"R\"\n"},
		{`pattern = "x"`, `pattern = "x", min = 1`},
		{`pattern = "x"`, `pattern = "x", min = { small = 1, large = 1.0 }`},
		{`min = 3`, `min = { large = 3, small = 3.0 }`},
		{`chain = ["small", "large"]`, "cache = true\non_exhausted = \"error\"\ncontent_filter = \"failover\"\nchain = [\"small\", \"large\"]"},
		{"[[router.rules]]\ntask = \"u\"\n", "[[router.rules]]\ntask = \"u\"\nconfidence = 1\nmin_chars = 0\n"},
		{`"refund", "invoice"`, `"INVOICE", "refund", "invoice"`},
		{`"/v1/a", "/v1/b"`, `"/v1/b", "/v1/a"`},
		{`"Han", "Latin"`, `"Latin", "Han", "Latin"`},
		{`"acme", "globex"`, `"globex", "acme"`},
		{"[[router.rules]]\ntask = \"u\"\n", "[[router.rules]]\ntask = \"u\"\nmin_tokens = 0\nmin_messages = 1\n"},
		{`output = 20`, `output = 20, cached_input = 10, reasoning = 20.0`},
		{`ttl = "1h"`, `ttl = "60m"`},
		{"below = 0.1\ntask = \"u\"", "task = \"u\"\nbelow = 0.10"},
	} {
		c := mustParse(t, e.apply(t, hashed))
		if c.DecisionHash() != base.DecisionHash() {
			t.Errorf("%q → %q changes decisions:\n%s", e.from, e.to, c.canonicalDecisions())
		}
		if c.PriceHash() != base.PriceHash() {
			t.Errorf("%q → %q changes prices:\n%s", e.from, e.to, c.canonicalPrices())
		}
	}
}

func TestPriceHash(t *testing.T) {
	base := mustParse(t, hashed)
	seen := map[string]edit{base.PriceHash(): {}}
	for _, e := range []edit{
		{"input = 1,", "input = 1.5,"},
		{"cached_input = 0.5, ", ""},
		{"output = 2,", "output = 2.5,"},
		{", reasoning = 3", ""},
		{"price = { input = 10, output = 20 }\n", ""},
		{"input = 10, output = 20", "input = 20, output = 10"},
		{"[models.R]\n", "[models.R]\nprice = { input = 0, output = 0 }\n"},
	} {
		c := mustParse(t, e.apply(t, hashed))
		if before, again := seen[c.PriceHash()]; again {
			t.Errorf("%q → %q prices as %q → %q", e.from, e.to, before.from, before.to)
		}
		seen[c.PriceHash()] = e
		if c.DecisionHash() != base.DecisionHash() {
			t.Errorf("%q → %q changes decisions", e.from, e.to)
		}
	}
}

// Neither the order of tasks, providers and models nor that of the tables of the file means anything.
func TestHashesKeepWithOrder(t *testing.T) {
	base, c := mustParse(t, hashed), mustParse(t, hashed)
	slices.Reverse(c.Tasks)
	slices.Reverse(c.Models)
	slices.Reverse(c.Providers)
	if c.DecisionHash() != base.DecisionHash() || c.PriceHash() != base.PriceHash() {
		t.Error("the order of tasks, models and providers changes a hash")
	}
	router := strings.Index(hashed, "[router]\n")
	moved := strings.Replace(hashed[:router], "[providers.p]", hashed[router:]+"[providers.p]", 1)
	c = mustParse(t, moved)
	if c.DecisionHash() != base.DecisionHash() || c.PriceHash() != base.PriceHash() {
		t.Error("the order of tables changes a hash")
	}
}

func TestDecisionHashOfFiles(t *testing.T) {
	for _, file := range []string{"invoice.schema.json", "t+u.bin", "easy.split.bin"} {
		c := mustParse(t, hashed)
		before := c.DecisionHash()
		c.Files[file] = append(slices.Clone(c.Files[file]), ' ')
		if c.DecisionHash() == before {
			t.Errorf("the content of %s does not count", file)
		}
	}
}

// Evidence refers to hashes, so that a config hashes the same with every version of this package.
func TestDecisionHashIsKept(t *testing.T) {
	const rule = `[[router.rules]]
task = "t"
confidence = 0.9
min_chars = 2
max_chars = 9
match = "^a"
keywords = ["refund", "Invoice"]
endpoints = ["/v1/a", "/v1/b"]
`
	for _, test := range []struct{ text, want string }{
		{least, "af95a4ba493e5728c47d93de1fdd5ebed833266d1f4c6abd1fa7ffb309270d33"},
		{least + rule, "25c4e676e76f63a6b6f2299fdec2cb1bc28cd9c087adf6fdfb92a4d5e2f3e570"},
		{least + rule + "[router.embedding]\nartifact = 't.bin'\nmin_confidence = 0.8\n", "b6828dfa2ee457da8add639e828e6b9abe9e9a4981cd1cdc61ff9326d76c5c25"},
	} {
		c := mustParse(t, test.text)
		if c.Router.Embedding != nil {
			c.Files["t.bin"] = []byte("weights")
		}
		if got := c.DecisionHash(); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}

func TestDecisionHashOfEmbedders(t *testing.T) {
	hash := func(embedder string) string {
		c := mustParse(t, hashed)
		c.Router.Embedding.Embedder = embedder
		return c.DecisionHash()
	}
	if hash("") != hash("ngrams") {
		t.Error("it counts whether the built-in embedder is named")
	}
	if hash("") == hash("e5") {
		t.Error("the embedder does not count")
	}
}

func TestDecisionHashWithoutLLMRouter(t *testing.T) {
	described := mustParse(t, strings.Replace(least, "[tasks.t]", "[tasks.t]\ndescription = 'x'", 1))
	if described.DecisionHash() != mustParse(t, least).DecisionHash() {
		t.Error("a description counts where nobody reads it")
	}
}

// A config built in code may hold what no file can.
func TestHashesOfOddConfigs(t *testing.T) {
	threshold := func(v float64) *Config {
		return &Config{Tasks: []Task{{Name: "t", Chain: []string{"a"}, Accept: []Accept{{Check: "chars", Min: &v}}}}}
	}
	if threshold(math.Copysign(0, -1)).DecisionHash() != threshold(0).DecisionHash() {
		t.Error("−0 and 0 differ")
	}
	if threshold(math.NaN()).DecisionHash() == threshold(0).DecisionHash() {
		t.Error("NaN is 0")
	}
	quoted := func(names ...string) string {
		return (&Config{Tasks: []Task{{Name: "t", Chain: names}}}).DecisionHash()
	}
	if quoted(`a" "b`) == quoted("a", "b") || quoted("a\xff") == quoted("a\ufffd") {
		t.Error("different names have the same text")
	}
	if new(Config).DecisionHash() == new(Config).PriceHash() {
		t.Error("the two hashes of the empty config are the same")
	}
}
