package routing_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/classify/classifytest"
	"github.com/tierwise/tierwise/routing/llm"
)

// supportConfig has all layers, and a small model with a small context.
const supportConfig = `version = 1
name = "support"
baseline = "gpt-large"
[providers.openai]
kind = "openai"
[models.gpt-small]
provider = "openai"
id = "gpt-small-2026-10"
context = 100
[tiers]
small = "gpt-small"
large = "gpt-large"
[tasks.reply]
chain = ["small", "large"]
accept = [
  { check = "chars", min = { small = 20 } },
  { check = "self_check", model = "gpt-small", min = 0.5 },
  { check = "json_schema", schema = "schemas/reply.json" },
]
[tasks.lookup]
chain = ["small"]
[router]
default = "reply"
[[router.rules]]
task = "lookup"
keywords = ["opening hours"]
[router.embedding]
artifact = "classifier.bin"
[router.llm]
model = "gpt-small"
`

func supportFiles() fstest.MapFS {
	return fstest.MapFS{
		"dispatch.toml":      {Data: []byte(supportConfig)},
		"classifier.bin":     {Data: classifytest.Artifact(0.7, "", "reply", "lookup")},
		"schemas/reply.json": {Data: []byte(`{"type":"object"}`)},
	}
}

func openSupport(tb testing.TB) *routing.Router {
	tb.Helper()
	router, err := routing.New(supportFiles(), "dispatch.toml", nil)
	if err != nil {
		tb.Fatal(err)
	}
	return router
}

func TestDecide(t *testing.T) {
	router := openSupport(t)
	fitting := []routing.PlannedStep{
		{Tier: "small", Model: "gpt-small", ID: "gpt-small-2026-10", Provider: "openai", Context: 100, Checks: []routing.PlannedCheck{
			{Check: "chars", Min: 20}, {Check: "self_check", Min: 0.5, Model: "gpt-small"}, {Check: "json_schema", Min: 1, Schema: "schemas/reply.json"},
		}},
		// The last tier's answer is returned in any case, so nobody pays for a self-check of it.
		{Tier: "large", Model: "gpt-large", ID: "gpt-large", Checks: []routing.PlannedCheck{
			{Check: "json_schema", Min: 1, Schema: "schemas/reply.json", MarksOnly: true},
		}},
	}
	long := []routing.PlannedStep{fitting[0], fitting[1]}
	long[0].Skipped, long[0].Checks = true, nil
	small := []routing.PlannedStep{{Tier: "small", Model: "gpt-small", ID: "gpt-small-2026-10", Provider: "openai", Context: 100}}
	for _, test := range []struct {
		name    string
		request routing.Request
		want    routing.Plan
	}{
		{"named", routing.Request{Task: "lookup"}, routing.Plan{Task: "lookup", Layer: routing.LayerCaller, Confidence: 1, Chain: small}},
		{
			"unknown name", routing.Request{Task: "lokup", Prompt: "opening hours?"},
			routing.Plan{Task: "reply", Layer: routing.LayerDefault, Tokens: 4, Chain: fitting, UnknownTask: "lokup", NearestTask: "lookup"},
		},
		{
			"rule", routing.Request{Prompt: "Opening hours?"},
			routing.Plan{Task: "lookup", Layer: routing.LayerRule, Confidence: 1, Rule: "#1", RuleNumber: 1, Tokens: 4, Chain: small},
		},
		{
			"nobody is sure", routing.Request{Prompt: "something else"},
			routing.Plan{Task: "reply", Layer: routing.LayerDefault, Tokens: 4, Chain: fitting, LLMRouter: "gpt-small"},
		},
		{
			"too long for small", routing.Request{Task: "reply", Request: llm.Request{
				Messages: []llm.Message{{Role: "system", Text: strings.Repeat("s", 396)}, {Role: "user", Text: "four"}}, MaxTokens: 1,
			}},
			routing.Plan{Task: "reply", Layer: routing.LayerCaller, Confidence: 1, Tokens: 101, Chain: long},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := router.Decide(t.Context(), &test.request)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
		})
	}
	got, err := router.Decide(t.Context(), &routing.Request{Prompt: "reply"})
	if err != nil || got.Layer != routing.LayerEmbedding || got.Task != "reply" || !(got.Confidence > 0.7) {
		t.Errorf("the classifier's own word goes to %s by %s, confidence %v, %v", got.Task, got.Layer, got.Confidence, err)
	}
}

func TestDecideErrors(t *testing.T) {
	router := openSupport(t)
	if _, err := router.Decide(t.Context(), &routing.Request{Endpoint: "/v1"}); err == nil || !strings.Contains(err.Error(), "messages, a prompt or a task") {
		t.Errorf("an empty request: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := router.Decide(ctx, &routing.Request{Prompt: "p"}); !errors.Is(err, context.Canceled) {
		t.Errorf("after cancel: %v", err)
	}
}

// A classifier of vectors that the request does not bring says why it has no answer.
func TestDecideUnclassified(t *testing.T) {
	files := supportFiles()
	files["classifier.bin"].Data = classifytest.Artifact(0.5, "embed-3", "reply", "lookup")
	files["dispatch.toml"].Data = []byte(strings.Replace(supportConfig, `"classifier.bin"`, "\"classifier.bin\"\nembedder = \"embed-3\"", 1))
	router, err := routing.New(files, "dispatch.toml", nil)
	if err != nil {
		t.Fatal(err)
	}
	with, err := router.Decide(t.Context(), &routing.Request{Prompt: "p", Embedding: []float32{0, 1}})
	if err != nil || with.Task != "lookup" || with.Layer != routing.LayerEmbedding || with.Unclassified != "" {
		t.Errorf("with an embedding: %+v, %v", with, err)
	}
	without, err := router.Decide(t.Context(), &routing.Request{Prompt: "p"})
	if err != nil || without.Layer != routing.LayerDefault || without.Unclassified != "the request has no embedding" {
		t.Errorf("without: %+v, %v", without, err)
	}
}

func TestDecideConcurrently(t *testing.T) {
	router := openSupport(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for _, task := range []string{"reply", "lookup", "reply", "lookup"} {
				p, err := router.Decide(t.Context(), &routing.Request{Prompt: task})
				if err != nil || p.Task != task {
					t.Errorf("%q goes to %q, %v", task, p.Task, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestNewErrors(t *testing.T) {
	replace := func(old, by string) fstest.MapFS {
		files := supportFiles()
		files["dispatch.toml"].Data = []byte(strings.Replace(supportConfig, old, by, 1))
		return files
	}
	outside := "only files in the config's own folder or below"
	for _, test := range []struct{ name, path, want string }{
		{"above", "../classifier.bin", outside},
		{"above in between", "a/../../classifier.bin", outside},
		{"absolute", "/classifier.bin", outside},
		{"volume", `C:\\classifier.bin`, outside},
		{"missing", "clasifier.bin", "file does not exist"},
	} {
		_, err := routing.New(replace("classifier.bin", test.path), "dispatch.toml", nil)
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "dispatch.toml:28:") {
			t.Errorf("%s: %v, want %q with its line", test.name, err, test.want)
		}
	}
	if _, err := routing.New(replace("chain =", "chian ="), "dispatch.toml", nil); err == nil || !strings.Contains(err.Error(), `did you mean "chain"?`) {
		t.Errorf("a wrong key: %v", err)
	}
	if _, err := routing.New(supportFiles(), "dispach.toml", nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no config: %v", err)
	}
}

// Open reads from disk what New reads from a file system, and files outside of the folder besides.
func TestOpen(t *testing.T) {
	dir := t.TempDir()
	sub := filepath.Join(dir, "config")
	if err := os.CopyFS(sub, supportFiles()); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(sub, "classifier.bin"), filepath.Join(dir, "classifier.bin")); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(sub, "dispatch.toml")
	if err := os.WriteFile(path, []byte(strings.Replace(supportConfig, "classifier.bin", "../classifier.bin", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	router, err := routing.Open(path, &routing.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := router.Config().DecisionHash(), openSupport(t).Config().DecisionHash(); got != want {
		t.Errorf("decision hash %s, want %s: the content is the same", got, want)
	}
	if !strings.Contains(log.String(), router.Config().DecisionHash()) {
		t.Errorf("log: %s", log.String())
	}
	// A config in a folder of the file system, with its files beside it.
	if _, err := routing.New(fstest.MapFS{
		"a/dispatch.toml":      {Data: []byte(supportConfig)},
		"a/classifier.bin":     supportFiles()["classifier.bin"],
		"a/schemas/reply.json": supportFiles()["schemas/reply.json"],
	}, "a/dispatch.toml", nil); err != nil {
		t.Error(err)
	}
}

func BenchmarkDecide(b *testing.B) {
	router := openSupport(b)
	mail := strings.Repeat("Dear all, the parcel that I ordered in March has not come. ", 12)
	for _, bench := range []struct {
		name    string
		request routing.Request
	}{
		{"caller", routing.Request{Task: "reply", Prompt: mail}},
		{"rule", routing.Request{Prompt: mail + "opening hours"}},
		{"classifier", routing.Request{Prompt: mail}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			ctx := b.Context()
			for b.Loop() {
				if _, err := router.Decide(ctx, &bench.request); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/1e6, "Mdecisions/s")
		})
	}
}
