package bundle_test

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/bundle"
	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/classify/classifytest"
	"github.com/tierwise/tierwise/routing/golden"
)

// updating is the flag of the package's other tests.
func updating() bool { return flag.Lookup("update").Value.String() == "true" }

const config = `version = 1
name = "support"
baseline = "gpt-large"

[models.gpt-small]
context = 50

[tiers]
small = "gpt-small"
large = "gpt-large"

[tasks.reply]
chain = ["small", "large"]
accept = [{ check = "chars", min = { small = 10 } }, { check = "json_schema", schema = "schemas/any thing.json" }]

[tasks.lookup]
chain = ["large"]
split = { artifact = "lookup.split.bin", below = 0.5, task = "quick" }

[tasks.quick]
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

func files() fstest.MapFS {
	return fstest.MapFS{
		"dispatch.toml":          {Data: []byte(config)},
		"lookup.split.bin":       {Data: classifytest.Gain("something else", 0)},
		"classifier.bin":         {Data: classifytest.Artifact(0.7, "", "reply", "lookup")},
		"schemas/any thing.json": {Data: []byte(`{}`)},
	}
}

func open(t *testing.T) *routing.Router {
	t.Helper()
	router, err := routing.New(files(), bundle.ConfigFile, nil)
	if err != nil {
		t.Fatal(err)
	}
	return router
}

// recorded returns requests of all kinds, as an evaluation found them.
func recorded(t *testing.T, c *routing.Config) []golden.Request {
	t.Helper()
	rows := []datasets.Row{
		{ID: "by rule", Prompt: "Opening hours?"},
		{ID: "by classifier", Prompt: "reply"},
		{ID: "by llm", Prompt: "something else", RouterTask: "lookup"},
		{ID: "by default", Prompt: "something else again"},
		{ID: "too long", Messages: `[{"role":"system","content":"` + strings.Repeat("s", 200) + `"},{"role":"user","content":[{"type":"text","text":"<reply>"}]}]`},
		{ID: "escalated", Prompt: "reply", Tools: `[{"type":"function"}]`, ResponseFormat: `{"type":"json_object"}`},
		{ID: "failed over", Prompt: "reply", Endpoint: "/v1", Tenant: "acme"},
	}
	for i := range rows {
		one, small, large := 1.0, `"an answer that is long enough"`, `"another answer"`
		rows[i].Outcomes = []datasets.Outcome{
			{Model: "gpt-small", Quality: &one, Response: &small}, {Model: "gpt-large", Quality: &one, Response: &large},
		}
		switch rows[i].ID {
		case "escalated":
			short := `"no"`
			rows[i].Outcomes[0].Response = &short
		case "failed over":
			rows[i].Outcomes[0] = datasets.Outcome{Model: "gpt-small", Error: "timeout"}
		}
	}
	job, err := eval.NewJob([]eval.Candidate{{Label: "support", Config: c}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	requests, err := job.GoldenRows(context.Background(), rows, 0)
	if err != nil || len(requests) != len(rows) {
		t.Fatalf("%d requests, %v", len(requests), err)
	}
	return requests
}

// render returns all files of a bundle's Go package.
func render(t *testing.T, noText bool) fstest.MapFS {
	t.Helper()
	router := open(t)
	out := files()
	source, err := bundle.GoFiles(&bundle.Package{
		Config: router.Config(), DataHash: "0d", Evidence: []string{"HOLDS  saves 52 %\n[50, 54]", "Certified on 1,300 labels."},
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range source {
		out[name] = &fstest.MapFile{Data: data}
	}
	data, err := bundle.Golden(context.Background(), router, recorded(t, router.Config()), &bundle.GoldenOptions{NoText: noText})
	if err != nil {
		t.Fatal(err)
	}
	out[bundle.GoldenFile] = &fstest.MapFile{Data: data}
	return out
}

// The files that are rendered stand in testdata.
func TestRendered(t *testing.T) {
	for name, noText := range map[string]bool{"text": false, "no-text": true} {
		rendered := render(t, noText)
		for _, file := range []string{bundle.GoFile, bundle.GoTestFile, bundle.GoldenFile} {
			path := filepath.Join("testdata", name, file+".golden")
			if updating() {
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, rendered[file].Data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(rendered[file].Data)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", path, diff)
			}
		}
	}
}

// Without texts nothing of what callers sent is in the file.
func TestNoText(t *testing.T) {
	data := string(render(t, true)[bundle.GoldenFile].Data)
	for _, word := range []string{"Opening", "something", "sss", "acme", "/v1", "function", "answer that"} {
		if strings.Contains(data, word) {
			t.Errorf("%q is in the file", word)
		}
	}
}

// TestPackageInFreshModule: the package compiles in a module of somebody else, and its test passes there, until the config,
// the classifier or what was recorded is another.
func TestPackageInFreshModule(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles a module")
	}
	checkout, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", "module example.com/service\n\ngo 1.26\n\nrequire github.com/tierwise/tierwise v0.0.0\n\nreplace github.com/tierwise/tierwise => "+checkout+"\n")
	goTool := func(args ...string) (string, error) {
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOSUMDB=off", "GOWORK=off")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	for name, noText := range map[string]bool{"text": false, "notext": true} {
		if err := os.CopyFS(filepath.Join(dir, name), render(t, noText)); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := goTool("vet", "./..."); err != nil {
		t.Fatalf("vet: %v\n%s", err, out)
	}
	if out, err := goTool("test", "./..."); err != nil || strings.Count(out, "ok ") != 2 {
		t.Fatalf("test: %v\n%s", err, out)
	}
	change := func(file, old, by string) (undo func()) {
		t.Helper()
		data, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil || !strings.Contains(string(data), old) {
			t.Fatalf("%s: %v, or there is no %q", file, err, old)
		}
		write(file, strings.Replace(string(data), old, by, 1))
		return func() { write(file, string(data)) }
	}
	for _, test := range []struct {
		name, file, old, by string
		fails               []string // "": the test still passes
	}{
		{"a comment", "text/dispatch.toml", "version = 1", "version = 1 # reviewed", nil},
		{"a threshold", "text/dispatch.toml", "small = 10", "small = 3", []string{
			"decision_hash: got", `request escalated: want.calls: got [gpt-small], want [gpt-small gpt-large]`,
		}},
		{"a threshold, without texts", "notext/dispatch.toml", "small = 10", "small = 3", []string{
			"decision_hash: got", `request escalated: want.calls: got [gpt-small], want [gpt-small gpt-large]`,
		}},
		{"a keyword", "text/dispatch.toml", "opening hours", "closing hours", []string{
			"decision_hash: got", `request by rule: want.layer: got "default", want "rule"`,
		}},
		{"the classifier", "text/classifier.bin", "", "x", []string{"classifier.bin"}},
		{"a recorded task", "text/golden.jsonl", `"want":{"task":"reply"`, `"want":{"task":"lookup"`, []string{`want.task: got "reply", want "lookup"`}},
		{"a recorded signal", "notext/golden.jsonl", `"signal":4`, `"signal":40`, []string{`request escalated: want.answer: got "gpt-small", want "gpt-large"`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			defer change(test.file, test.old, test.by)()
			out, err := goTool("test", "./"+filepath.Dir(test.file))
			if (err == nil) != (test.fails == nil) {
				t.Errorf("test: %v\n%s", err, out)
			}
			for _, want := range test.fails {
				if !strings.Contains(out, want) {
					t.Errorf("the output lacks %q:\n%s", want, out)
				}
			}
		})
	}
}

func TestCheckPackageName(t *testing.T) {
	for name, want := range map[string]string{
		"dispatch": "", "routes2": "", "été": "",
		"": "dispatch would do", "func": "funcroutes would do", "my-router": "myrouter would do", "2fast": "fast would do",
		"main": "dispatch would do", "_": "dispatch would do", "router_test": "router would do", "a b": "ab would do",
	} {
		err := bundle.CheckPackageName(name)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", name, err, want)
		}
	}
	if _, err := bundle.GoFiles(&bundle.Package{Name: "type", Config: open(t).Config()}); err == nil {
		t.Error("a package called type was rendered")
	}
}

func TestEmbeddable(t *testing.T) {
	for file, want := range map[string]string{
		"../c.bin": "below", "/c.bin": "below", "a*.bin": "rename", "dispatch.toml": "of the bundle itself", "x.go": "compiled", "a:b": "rename",
	} {
		c := &routing.Config{Files: map[string][]byte{file: nil}}
		if _, err := bundle.GoFiles(&bundle.Package{Config: c}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", file, err, want)
		}
	}
}

// A bundle whose test would fail is not written.
func TestGoldenRefuses(t *testing.T) {
	router := open(t)
	requests := recorded(t, router.Config())
	requests[0].Want.Answer = "gpt-huge"
	if _, err := bundle.Golden(context.Background(), router, requests, nil); err == nil || !strings.Contains(err.Error(), "request by classifier: want.answer") {
		t.Errorf("a wrong answer: %v", err)
	}
	if _, err := bundle.Golden(context.Background(), router, nil, nil); err == nil || !strings.Contains(err.Error(), "no request") {
		t.Errorf("no requests: %v", err)
	}
}

// TestGoFilesStore: a config whose cache is in Redis says what the service has to supply, and its test needs none.
func TestGoFilesStore(t *testing.T) {
	text := config + "[cache.exact]\nbackend = \"redis\"\nurl_env = \"REDIS_URL\"\n"
	parsed, err := routing.ParseConfig(bundle.ConfigFile, []byte(text), func(name string) ([]byte, error) { return files()[name].Data, nil })
	if err != nil {
		t.Fatal(err)
	}
	got, err := bundle.GoFiles(&bundle.Package{Config: parsed})
	if err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		bundle.GoFile:     `The options have to supply the store "redis" of its cache.`,
		bundle.GoTestFile: `New(&routing.Options{Stores: map[string]cache.Opener{"redis": cache.OpenMemory}})`,
	} {
		if !strings.Contains(string(got[file]), want) {
			t.Errorf("%s does not say %s:\n%s", file, want, got[file])
		}
	}
}
