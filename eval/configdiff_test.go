package eval_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/classify/classifytest"
)

// fullConfig has every key that decides or costs anything.
const fullConfig = `version = 1
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
  { check = "json_schema", schema = "a.schema.json" },
]
[tasks.u]
chain = ["large"]
cache = false
on_exhausted = "return"
on_content_filter = "error"
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
artifact = "a.bin"
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
[tasks.t.split]
artifact = "a.gain"
below = 0.1
task = "u"
`

func openConfigFile(path string) ([]byte, error) {
	switch path {
	case "a.schema.json", "copy.schema.json":
		return []byte(`{"type":"object"}`), nil
	case "b.schema.json":
		return []byte(`{"type":"array"}`), nil
	case "a.bin", "copy.bin":
		return classifytest.Artifact(0.6, "", "t", "u"), nil
	case "a.gain", "copy.gain":
		return classifytest.Gain("a", 0), nil
	case "b.gain":
		return classifytest.Gain("b", 0), nil
	case "b.bin":
		return classifytest.Artifact(0.7, "", "t", "u"), nil
	}
	return nil, os.ErrNotExist
}

func parseFull(t *testing.T, source, text string) *routing.Config {
	t.Helper()
	c, err := routing.ParseConfig(source, []byte(text), openConfigFile)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return c
}

// Every change is told as a reviewer would tell it, and is of the kind that the hashes say: decisions if the decision hash
// changed, prices if the price hash did.
func TestCompareConfigs(t *testing.T) {
	const none = "–"
	for _, tt := range []struct{ from, to, want string }{
		{`baseline = "L"`, `baseline = "S"`, "decision new.toml:3:12 baseline: L ⇒ S"},
		{`on_exhausted = "error"`, `on_exhausted = "return"`, "decision new.toml:4:16 tasks.t.on_exhausted: error ⇒ return"},
		{`on_content_filter = "failover"`, `on_content_filter = "error"`, "decision new.toml:5:21 tasks.t.on_content_filter: failover ⇒ error"},
		{`timeout = "30s"`, `timeout = "31s"`, "decision new.toml:10:11 providers.p.timeout: 30s ⇒ 31s"},
		{"timeout = \"30s\"\n", "", "decision new.toml:6:12 providers.p.timeout: 30s ⇒ " + none},
		{`timeout = "30s"`, "timeout = \"30s\"\nfirst_token = \"2s\"", "decision new.toml:11:15 providers.p.first_token: " + none + " ⇒ 2s"},
		{`timeout = "30s"`, "timeout = \"30s\"\nidle = \"2s\"", "decision new.toml:11:8 providers.p.idle: " + none + " ⇒ 2s"},
		{`timeout = "30s"`, "timeout = \"30s\"\nretries = 0", "other new.toml:11:11 providers.p.retries: 2 ⇒ 0"},
		{`timeout = "30s"`, "timeout = \"30s\"\nmax_concurrent = 8", "other new.toml:11:18 providers.p.max_concurrent: " + none + " ⇒ 8"},
		{`timeout = "30s"`, "timeout = \"30s\"\nmax_rate = 2.5", "other new.toml:11:12 providers.p.max_rate: " + none + " ⇒ 2.5"},
		{"provider = \"p\"\n", "", "decision new.toml:11:9 models.S.provider: p ⇒ " + none},
		{`id = "s-1"`, `id = "s-2"`, "decision new.toml:13:6 models.S.id: s-1 ⇒ s-2"},
		{`context = 1000`, `context = 1001`, "decision new.toml:14:11 models.S.context: 1000 ⇒ 1001"},
		{"small = \"S\"\nlarge = \"L\"", "large = \"L\"\nsmall = \"S\"", "decision new.toml:21:2 tiers: small, large ⇒ large, small"},
		{"small = \"S\"", "small = \"S\"\nmid = \"spare\"", "decision new.toml:23:7 tiers.mid: – ⇒ spare\n" +
			"decision new.toml:18:9 models.spare: – ⇒ id spare-1, input $7, output $8"},
		{"[tasks.u]", "[tasks.w]\nchain = [\"large\"]\ncache = false\naccept = [{ check = \"chars\", min = 7 }]\n[tasks.u]",
			"decision new.toml:34:8 tasks.w: – ⇒ large; accept chars ≥ 7; cache off; on_exhausted error; on_content_filter failover"},
		{`"first"`, `"second"`, "decision new.toml:25:15 tasks.t.description: first ⇒ second"},
		{`["small", "large"]`, `["large", "small"]`, "decision new.toml:26:9 tasks.t.chain: small → large ⇒ large → small"},
		{`["small", "large"]`, `["small"]`, "decision new.toml:26:9 tasks.t.chain: small → large ⇒ small\n" +
			"decision new.toml:29:3 tasks.t.accept[1]: logprob_mean ≥ -0.5 at small ⇒ logprob_mean ≥ -0.5"},
		{`min = 3`, `min = 4`, "decision new.toml:28:3 tasks.t.accept[0]: chars ≥ 3 ⇒ chars ≥ 4"},
		{`small = -0.5`, `large = -0.5`, "decision new.toml:29:3 tasks.t.accept[1]: logprob_mean ≥ -0.5 at small ⇒ logprob_mean ≥ -0.5 at large"},
		{`small = -0.5`, `small = -0.5, large = -0.5`, "decision new.toml:29:3 tasks.t.accept[1]: logprob_mean ≥ -0.5 at small ⇒ logprob_mean ≥ -0.5"},
		{`small = -0.5`, `small = -0.5, large = -1`, "decision new.toml:29:3 tasks.t.accept[1]: logprob_mean ≥ -0.5 at small ⇒ logprob_mean ≥ -0.5 at small, ≥ -1 at large"},
		{`pattern = "x"`, `pattern = "y"`, `decision new.toml:30:3 tasks.t.accept[2]: regex "x" ⇒ regex "y"`},
		{`pattern = "x"`, `pattern = "x", min = 0.5`, `decision new.toml:30:3 tasks.t.accept[2]: regex "x" ⇒ regex "x" ≥ 0.5`},
		{`check = "regex", pattern = "x"`, `check = "json"`, "decision new.toml:30:3 tasks.t.accept[2]: – ⇒ json\n" +
			`decision old.toml:30:3 tasks.t.accept[2]: regex "x" ⇒ –`},
		{`model = "S", min`, `model = "L", min`, "decision new.toml:31:3 tasks.t.accept[3]: self_check by S ≥ 0.25 ⇒ self_check by L ≥ 0.25"},
		{"  { check = \"chars\", min = 3 },\n", "", "decision old.toml:28:3 tasks.t.accept[0]: chars ≥ 3 ⇒ –"},
		{"  { check = \"chars\", min = 3 },\n  { check = \"logprob_mean\", min = { small = -0.5 } },", "  { check = \"logprob_mean\", min = { small = -0.5 } },\n  { check = \"chars\", min = 3 },",
			"decision new.toml:27:10 tasks.t.accept: in the order chars, logprob_mean, regex, self_check, json_schema ⇒ in the order logprob_mean, chars, regex, self_check, json_schema"},
		{`"a.schema.json"`, `"b.schema.json"`, "decision new.toml:32:3 tasks.t.accept[4]: json_schema a.schema.json (sha256 a2c79926…) ⇒ json_schema b.schema.json (sha256 6a7f71a0…)"},
		{`below = 0.1`, `below = 0.2`, "decision new.toml:80:9 tasks.t.split.below: 0.1 ⇒ 0.2"},
		{"below = 0.1\ntask = \"u\"", "below = 0.1\ntask = \"w\"\n[tasks.w]\nchain = [\"large\"]", "decision new.toml:81:8 tasks.t.split.task: u ⇒ w\n" +
			"decision new.toml:82:8 tasks.w: – ⇒ large; on_exhausted error; on_content_filter failover"},
		{`"a.gain"`, `"b.gain"`, "decision new.toml:79:12 tasks.t.split.artifact: a.gain (sha256 SUM…) ⇒ b.gain (sha256 SUM…)"},
		{"[tasks.t.split]\nartifact = \"a.gain\"\nbelow = 0.1\ntask = \"u\"\n", "", "decision new.toml:24:8 tasks.t.split: below 0.1 by a.gain (sha256 SUM…) → u ⇒ –"},
		{"cache = false\n", "", "decision new.toml:34:8 tasks.u.cache: off ⇒ on"},
		{`default = "t"`, `default = "u"`, "decision new.toml:40:11 router.default: t ⇒ u"},
		{`confidence = 0.9`, `confidence = 0.8`, "decision new.toml:44:14 router.rules[0].confidence (a rule): 0.9 ⇒ 0.8"},
		{`min_chars = 2`, `min_chars = 1`, "decision new.toml:45:13 router.rules[0].min_chars (a rule): 2 ⇒ 1"},
		{"max_chars = 9\n", "", "decision new.toml:41:10 router.rules[0].max_chars (a rule): 9 ⇒ –"},
		{`match = "^a"`, `match = "^b"`, `decision new.toml:47:9 router.rules[0].match (a rule): "^a" ⇒ "^b"`},
		{`"refund", "invoice"`, `"refund"`, `decision new.toml:48:12 router.rules[0].keywords (a rule): "invoice", "refund" ⇒ "refund"`},
		{`"refund", "invoice"`, `"refund", "invoice", "bill", "credit", "tax"`, `decision new.toml:48:12 router.rules[0].keywords (a rule): 2 of them ⇒ 5: adds "bill", "credit", "tax"`},
		{"[[router.rules]]\ntask = \"u\"\n", "", "decision old.toml:50:10 router.rules[1]: task = u ⇒ –"},
		{"[[router.rules]]\ntask = \"u\"\n", "[[router.rules]]\ntask = \"u\"\n[[router.rules]]\ntask = \"t\"\nmin_messages = 3\n",
			"decision new.toml:52:10 router.rules[2]: – ⇒ task = t; min_messages = 3"},
		{"[[router.rules]]\ntask = \"u\"\n", "[[router.rules]]\ntask = \"u\"\nhas_tools = true\n", "decision new.toml:52:13 router.rules[1].has_tools: – ⇒ true"},
		{`min_messages = 2`, `min_messages = 3`, "decision new.toml:56:16 router.rules[2].min_messages: 2 ⇒ 3"},
		{`"Han", "Latin"`, `"Han"`, `decision new.toml:58:11 router.rules[2].scripts: "Han", "Latin" ⇒ "Han"`},
		{`code_fence = true`, `code_fence = false`, "decision new.toml:59:14 router.rules[2].code_fence: true ⇒ false"},
		{`min_confidence = 0.8`, `min_confidence = 0.7`, "decision new.toml:66:18 router.embedding.min_confidence: 0.8 ⇒ 0.7"},
		{"min_confidence = 0.8\n", "", "decision new.toml:64:9 router.embedding.min_confidence: 0.8 ⇒ as the artifact recommends"},
		{`"a.bin"`, `"b.bin"`, "decision new.toml:65:12 router.embedding.artifact: a.bin (sha256 SUM…) ⇒ b.bin (sha256 SUM…)"},
		{"[router.embedding]\nartifact = \"a.bin\"\nmin_confidence = 0.8\n", "", "decision old.toml:64:9 router.embedding: a.bin (sha256 SUM…), min_confidence 0.8 ⇒ –"},
		{`model = "R"`, `model = "S"`, "decision new.toml:68:9 router.llm.model: R ⇒ S"},
		{`min_confidence = 0.5`, `min_confidence = 0.6`, "decision new.toml:69:18 router.llm.min_confidence: 0.5 ⇒ 0.6"},
		{"[router.llm]\nmodel = \"R\"\nmin_confidence = 0.5\n", "", "decision old.toml:67:9 router.llm: R, min_confidence 0.5 ⇒ –"},
		{"backend = \"redis\"\nurl_env = \"REDIS\"", `backend = "memory"`, "decision new.toml:70:8 cache.exact: redis, ttl 1h ⇒ memory, ttl 1h\n" +
			"other new.toml:70:8 cache.exact.url_env: REDIS ⇒ –"},
		{`min_similarity = 0.97`, `min_similarity = 0.98`, "decision new.toml:74:8 cache.semantic: similarity ≥ 0.97, ttl 2h ⇒ similarity ≥ 0.98, ttl 2h"},

		{"input = 1,", "input = 1.5,", "price new.toml:15:19 models.S.price.input: $1 ⇒ $1.5"},
		{"cached_input = 0.5, ", "", "price new.toml:15:9 models.S.price.cached_input: $0.5 ⇒ –"},
		{"price = { input = 10, output = 20 }\n", "", "price new.toml:16:9 models.L.price.input: $10 ⇒ –\nprice new.toml:16:9 models.L.price.output: $20 ⇒ –"},
		{`output = 20`, `output = 20, cached_input = 10, reasoning = 20.0`, ""},

		{`name = "support"`, `name = "other"`, "other new.toml:2:8 name: support ⇒ other"},
		{`name = "a rule"`, `name = "the rule"`, "other new.toml:42:8 router.rules[0].name (the rule): a rule ⇒ the rule"},
		{`base_url = "https://example.com"`, `base_url = "https://example.org"`, "other new.toml:8:12 providers.p.base_url: https://example.com ⇒ https://example.org"},
		{`"a.schema.json"`, `"copy.schema.json"`, "other new.toml:32:3 tasks.t.accept[4]: json_schema a.schema.json ⇒ json_schema copy.schema.json"},
		{`"a.bin"`, `"copy.bin"`, "other new.toml:65:12 router.embedding.artifact: a.bin ⇒ copy.bin"},
		{`"a.gain"`, `"copy.gain"`, "other new.toml:79:12 tasks.t.split.artifact: a.gain ⇒ copy.gain"},
		{"version = 1\n", "# a comment\nversion = 1\n", ""},
		{`id = "spare-1"`, `id = "spare-2"`, ""},
		{`min = 3`, `min = { large = 3, small = 3.0 }`, ""},
		{`"refund", "invoice"`, `"INVOICE", "refund", "invoice"`, ""},
		{"[[router.rules]]\ntask = \"u\"\n", "[[router.rules]]\ntask = \"u\"\nconfidence = 1\nmin_chars = 0\nmin_messages = 1\n", ""},
	} {
		if strings.Count(fullConfig, tt.from) == 0 {
			t.Fatalf("%q is not in the config", tt.from)
		}
		old, fresh := parseFull(t, "old.toml", fullConfig), parseFull(t, "new.toml", strings.Replace(fullConfig, tt.from, tt.to, 1))
		diff := eval.CompareConfigs(old, fresh)
		var lines []string
		kinds := map[eval.ChangeKind]bool{}
		for _, x := range diff.Changes {
			kinds[x.Kind] = true
			path := x.Path
			if x.About != "" {
				path += " (" + x.About + ")"
			}
			value := func(s string) string {
				if s == "" {
					return none
				}
				return s
			}
			lines = append(lines, fmt.Sprintf("%s %s:%d:%d %s: %s ⇒ %s", x.Kind, x.File, x.Line, x.Column, path, value(x.Old), value(x.New)))
		}
		got := strings.Join(lines, "\n")
		if strings.Contains(tt.want, "SUM") { // a classifier's bytes are not this test's matter
			for _, file := range []string{"a.bin", "b.bin", "a.gain", "b.gain"} {
				if _, rest, ok := strings.Cut(got, file+" (sha256 "); ok {
					sum, _, _ := strings.Cut(rest, "…")
					got = strings.Replace(got, sum, "SUM", 1)
				}
			}
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%q → %q (-want +got)\n%s", tt.from, tt.to, d)
		}
		if kinds[eval.DecisionChange] == diff.SameDecisions || kinds[eval.PriceChange] && diff.SamePrices ||
			diff.SameDecisions && kinds[eval.PriceChange] == diff.SamePrices {
			t.Errorf("%q → %q: decisions same %v, prices same %v, but there are changes %v", tt.from, tt.to, diff.SameDecisions, diff.SamePrices, kinds)
		}
		if diff.SameDecisions != (old.DecisionHash() == fresh.DecisionHash()) {
			t.Errorf("%q → %q: SameDecisions is %v", tt.from, tt.to, diff.SameDecisions)
		}
	}
}

// A rule that moves is told once, and what moved with it is not told as edits of other rules.
func TestCompareConfigsRuleOrder(t *testing.T) {
	first := fullConfig[strings.Index(fullConfig, "[[router.rules]]\nname"):strings.Index(fullConfig, "[[router.rules]]\ntask = \"u\"\n")]
	rest := strings.Replace(fullConfig, first, "", 1)
	moved := strings.Replace(rest, "[router.embedding]", first+"[router.embedding]", 1)
	diff := eval.CompareConfigs(parseFull(t, "old.toml", fullConfig), parseFull(t, "new.toml", moved))
	if len(diff.Changes) != 1 || diff.Changes[0].Old != "in the order a rule, #2, #3" || diff.Changes[0].New != "in the order #2, #3, a rule" {
		t.Errorf("%+v", diff.Changes)
	}
	// Names that two equal rules swap decide nothing, though each rule is another by its name.
	pair := "[[router.rules]]\nname = \"x\"\ntask = \"u\"\n[[router.rules]]\nname = \"y\"\ntask = \"u\"\n"
	swapped := strings.NewReplacer(`"x"`, `"y"`, `"y"`, `"x"`).Replace(pair)
	with := func(rules string) *routing.Config {
		return parseFull(t, "c.toml", strings.Replace(fullConfig, "[router.embedding]", rules+"[router.embedding]", 1))
	}
	diff = eval.CompareConfigs(with(pair), with(swapped))
	if !diff.SameDecisions || len(diff.Changes) != 1 || diff.Changes[0].Kind != eval.OtherChange {
		t.Errorf("%+v", diff)
	}
}
