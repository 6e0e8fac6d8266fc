package routing

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/tierwise/tierwise/routing/classify/classifytest"
	"github.com/tierwise/tierwise/routing/price"
)

// exampleConfig returns the example of CONFIG.md.
func exampleConfig(t testing.TB) string {
	t.Helper()
	doc, err := os.ReadFile("CONFIG.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(doc), "```toml\n")
	example, _, found := strings.Cut(rest, "```\n")
	if !found {
		t.Fatal("CONFIG.md has no ```toml block")
	}
	return example
}

// exampleFiles opens the files that the example refers to, and the artifact of every name that artifact takes.
func exampleFiles(t testing.TB) func(path string) ([]byte, error) {
	return func(path string) ([]byte, error) {
		switch {
		case path == "invoice.schema.json":
			return []byte(`{"type": "object"}`), nil
		case path == "classifier.bin":
			return artifact(t, "extraction+reply+reasoning.bin"), nil
		case strings.HasSuffix(path, ".split.bin"):
			return classifytest.Gain(strings.TrimSuffix(path, ".split.bin"), 0), nil
		case strings.HasSuffix(path, ".bin"):
			return artifact(t, path), nil
		}
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
}

func mustParse(t testing.TB, text string) *Config {
	t.Helper()
	c, err := ParseConfig("dispatch.toml", []byte(text), exampleFiles(t))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return c
}

func TestParseConfigExample(t *testing.T) {
	ptr := func(v int) *int { return &v }
	yes, no, twenty, sure := true, false, 20.0, 0.8
	unknown := price.Unknown()
	want := &Config{
		Source: "dispatch.toml", Version: 1, Name: "support", Baseline: "gpt-large",
		Providers: []Provider{{Name: "openai", Kind: "openai", BaseURL: "https://api.openai.com/v1", APIKeyEnv: "OPENAI_API_KEY", Timeout: 30 * time.Second}},
		Models: []Model{
			{"gpt-small", "openai", "gpt-small-2026-10", 128000, price.Price{Input: 0.15, CachedInput: 0.075, Output: 0.6, Reasoning: unknown.Reasoning}},
			{"gpt-large", "openai", "", 0, price.Price{Input: 5, CachedInput: unknown.CachedInput, Output: 20, Reasoning: 20}},
		},
		Tiers: []Tier{{"small", "gpt-small"}, {"mid", "gpt-mid"}, {"frontier", "gpt-large"}},
		Tasks: []Task{
			{
				Name: "extraction", Description: "pull fields out of a document", Chain: []string{"small", "mid", "frontier"},
				Accept: []Accept{{Check: "json_schema", Schema: "invoice.schema.json"}},
			},
			{
				Name: "reply", Description: "answer a customer's mail", Chain: []string{"small", "mid", "frontier"},
				Accept: []Accept{
					{Check: "chars", Min: &twenty},
					{Check: "logprob_mean", PerTier: map[string]float64{"small": -0.9, "mid": -1.4}},
				},
			},
			{Name: "reasoning", Description: "whatever takes several steps", Chain: []string{"frontier"}, Cache: &no, OnExhausted: "return", OnContentFilter: "error"},
		},
		Router: RouterConfig{
			Default: "reasoning",
			Rules: []Rule{{
				Name: "short lookup", Task: "extraction", Confidence: 0.95, MaxChars: ptr(280),
				Match: `(?i)^(what|when|where|who)\b`, Keywords: []string{"opening hours", "price of"}, Endpoints: []string{"/v1/lookup"},
			}, {Task: "extraction", Confidence: 1, HasSchema: &yes, MaxTokens: ptr(8000)}},
			Embedding: &EmbeddingRouter{Artifact: "classifier.bin", MinConfidence: &sure},
			LLM:       &LLMRouter{"gpt-small", 0.5},
		},
		Cache: Cache{Exact: &ExactCache{"memory", "", 24 * time.Hour}, Semantic: &SemanticCache{MinSimilarity: 0.97}},
		Files: map[string][]byte{"invoice.schema.json": []byte(`{"type": "object"}`), "classifier.bin": artifact(t, "extraction+reply+reasoning.bin")},
	}
	got := mustParse(t, exampleConfig(t))
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Config{}), cmpopts.IgnoreFields(Config{}, "Text"), cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if _, err := Compile(got); err != nil {
		t.Errorf("it does not compile: %v", err)
	}
}

// least is a config with nothing that could be left out.
const least = `version = 1
baseline = "L"
[tiers]
small = "S"
large = "L"
[tasks.t]
chain = ["small", "large"]
[router]
default = "t"
`

func TestParseConfigAccepts(t *testing.T) {
	tests := []struct {
		name, text string
		check      func(c *Config) bool
	}{
		{"the least", least, func(c *Config) bool { return c.Models == nil && c.Tasks[0].Cache == nil }},
		{"an empty model", least + "[models.L]", func(c *Config) bool {
			return len(c.Models) == 1 && c.Models[0].Name == "L" && !c.Models[0].Price.Known()
		}},
		{"a router model outside of the tiers", least + "llm.model = 'R'\n[models.R]", func(c *Config) bool { return c.Router.LLM.Model == "R" }},
		{"defaults of all tasks", "on_exhausted = 'error'\non_content_filter = 'failover'\n" + least, func(c *Config) bool {
			return c.OnExhausted == "error" && c.OnContentFilter == "failover" && c.Tasks[0].OnExhausted == ""
		}},
		{"content_filter is on_content_filter", least + "[tasks.u]\nchain = ['large']\ncontent_filter = 'failover'", func(c *Config) bool {
			return c.Tasks[1].OnContentFilter == "failover"
		}},
		{"a rule without conditions, sure if it does not say", least + "[[router.rules]]\ntask = 't'", func(c *Config) bool {
			return c.Router.Rules[0].Confidence == 1
		}},
		{"conditions that are met at one length only", least + "[[router.rules]]\ntask='t'\nmin_chars = 3\nmax_chars = 3", func(c *Config) bool {
			return *c.Router.Rules[0].MinChars == 3 && *c.Router.Rules[0].MaxChars == 3
		}},
		{"limits that every request keeps", least + "[[router.rules]]\ntask='t'\nmin_tokens = 0\nmin_messages = 0\nmax_messages = 1\nmax_tokens = 0", func(c *Config) bool {
			r := c.Router.Rules[0]
			return *r.MinTokens == 0 && *r.MaxTokens == 0 && *r.MinMessages == 0 && *r.MaxMessages == 1
		}},
		{"what a request must and must not have", least + "[[router.rules]]\ntask='t'\nhas_tools = true\nhas_schema = false\ncode_fence = false", func(c *Config) bool {
			r := c.Router.Rules[0]
			return *r.HasTools && !*r.HasSchema && !*r.CodeFence && r.HasAttachment == nil
		}},
		{"scripts with letters", least + "[[router.rules]]\ntask='t'\nscripts = ['Latin', 'Old_Italic']", func(c *Config) bool {
			return slices.Equal(c.Router.Rules[0].Scripts, []string{"Latin", "Old_Italic"})
		}},
		{"a classifier that knows its own confidence", least + "embedding.artifact = 't.bin'", func(c *Config) bool {
			return c.Router.Embedding.MinConfidence == nil && c.Router.Embedding.Embedder == ""
		}},
		{"a classifier that takes every answer", least + "[router.embedding]\nartifact = 't@e5.bin'\nembedder = 'e5'\nmin_confidence = 0", func(c *Config) bool {
			return *c.Router.Embedding.MinConfidence == 0 && c.Router.Embedding.Embedder == "e5"
		}},
		{"a cache in memory", least + "[cache.exact]", func(c *Config) bool { return c.Cache.Exact.Backend == "memory" && c.Cache.Semantic == nil }},
		{"a cache on redis", least + "[cache]\nexact = {backend = 'redis', url_env = 'REDIS_URL'}", func(c *Config) bool {
			return c.Cache.Exact.URLEnv == "REDIS_URL"
		}},
		{"integers for floats", least + "[models.S]\nprice = {input = 0, output = 1}", func(c *Config) bool { return c.Models[0].Price.Output == 1 }},
		{"two tiers of one model in two chains", strings.Replace(least, "[tiers]", "[tiers]\ntwin = 'S'", 1) + "[tasks.u]\nchain = ['twin']", func(c *Config) bool {
			return len(c.Tiers) == 3
		}},
		{"a threshold for one tier", least + "[tasks.u]\nchain = ['small', 'large']\naccept = [{check = 'json', min = {large = 0.5}}]", func(c *Config) bool {
			return c.Tasks[1].Accept[0].PerTier["large"] == 0.5
		}},
		{"quoted names", strings.ReplaceAll(least, "tasks.t]", "tasks.'t']") + "[models.'gpt-4.1']\nid = \"gpt\\u002d4.1\"", func(c *Config) bool {
			return c.Models[0].Name == "gpt-4.1" && c.Models[0].ID == "gpt-4.1"
		}},
		{"windows line ends", strings.ReplaceAll(least, "\n", "\r\n"), func(c *Config) bool { return c.Baseline == "L" }},
		{"a byte order mark", "\ufeff" + least, func(c *Config) bool { return c.Version == 1 }},
		{"an editor's schema", `"$schema" = "https://example.com/dispatch.json"` + "\n" + least, func(c *Config) bool { return c.Version == 1 }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := mustParse(t, test.text)
			if !test.check(c) {
				t.Errorf("read as %+v", c)
			}
			if _, err := Compile(c); err != nil {
				t.Errorf("it does not compile: %v", err)
			}
		})
	}
}

func TestParseConfigKeepsOrder(t *testing.T) {
	c := mustParse(t, `version = 1
baseline = "m9"
tasks.zeta.chain = ["t9", "t1"]
tasks.alpha = { chain = ["t1"] }
[models.m9]
[models.m1]
[tiers]
t9 = "m9"
t1 = "m1"
[router]
default = "zeta"
[tasks.mid]
chain = ["t9"]
[providers.z]
kind = "openai"
[providers.a]
kind = "anthropic"
`)
	var got []string
	for _, p := range c.Providers {
		got = append(got, p.Name)
	}
	for _, m := range c.Models {
		got = append(got, m.Name)
	}
	for _, tier := range c.Tiers {
		got = append(got, tier.Name)
	}
	for _, task := range c.Tasks {
		got = append(got, task.Name)
	}
	if want := []string{"z", "a", "m9", "m1", "t9", "t1", "zeta", "alpha", "mid"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestConfigPosition(t *testing.T) {
	c := mustParse(t, least+"[models.'gpt-4.1']\nid = 'x'\n[[router.rules]]\ntask = 't'\n")
	tests := []struct {
		path string
		want Position
	}{
		{"baseline", Position{2, 12}},
		{"tiers", Position{3, 2}},
		{KeyPath("tiers", "small"), Position{4, 9}},
		{"tasks.t", Position{6, 8}},
		{"tasks.t.chain[1]", Position{7, 19}},
		{KeyPath("models", "gpt-4.1"), Position{10, 9}},
		{KeyPath("models", "gpt-4.1", "id"), Position{11, 6}},
		{"router.rules[0].task", Position{13, 8}},
	}
	for _, test := range tests {
		if got, ok := c.Position(test.path); !ok || got != test.want {
			t.Errorf("%s: got %v, %v, want %v", test.path, got, ok, test.want)
		}
	}
	if _, ok := c.Position("models.L"); ok {
		t.Error("a model that the file has no table for has a position")
	}
	if _, ok := new(Config).Position("baseline"); ok {
		t.Error("a config built in code has positions")
	}
}

func TestReadConfig(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("schemas/a.json", `{"type": "array"}`)
	outside := write("b.json", `{"type": "object"}`)
	path := write("configs/dispatch.toml", least+fmt.Sprintf(`[tasks.u]
chain = ["large"]
accept = [{ check = "json_schema", schema = "../schemas/a.json" }, { check = "json_schema", schema = %q }]
`, outside))
	c, err := ReadConfig(path)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]byte{"../schemas/a.json": []byte(`{"type": "array"}`), outside: []byte(`{"type": "object"}`)}
	if diff := cmp.Diff(want, c.Files); diff != "" || c.Source != path {
		t.Errorf("source %s, files (-want +got)\n%s", c.Source, diff)
	}
	if _, err := ReadConfig(filepath.Join(dir, "absent.toml")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an absent file: %v", err)
	}
}

func TestParseConfigReadsEachFileOnce(t *testing.T) {
	text := least + `[tasks.u]
chain = ["large"]
accept = [{ check = "json_schema", schema = "a" }, { check = "json_schema", schema = "a" }, { check = "json_schema", schema = "b" }]
`
	var opened []string
	_, err := ParseConfig("c.toml", []byte(text), func(path string) ([]byte, error) {
		opened = append(opened, path)
		if path == "b" {
			return nil, fs.ErrPermission
		}
		return []byte("{}"), nil
	})
	if want := []string{"a", "b"}; !slices.Equal(opened, want) {
		t.Errorf("opened %q, want %q", opened, want)
	}
	const want = `c.toml:12:127: tasks.u.accept[2].schema: cannot read "b": permission denied`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
