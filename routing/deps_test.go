package routing_test

import (
	"maps"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/tierwise/tierwise/"

// forbidden lists what a service that imports routing must not compile, by prefix of the import path, with the reason.
var forbidden = map[string]string{
	module + "datasets":               "labeled traffic is read offline",
	module + "eval":                   "statistics and tuning happen offline",
	module + "reports":                "reports are written offline",
	"github.com/parquet-go":           "105 packages for a file format that no service reads",
	"gonum.org":                       "statistics are eval/stats's",
	"github.com/xuri/excelize":        "workbooks are reports/excel's",
	"github.com/spf13/cobra":          "the command line is cmd's",
	"github.com/schollz/progressbar":  "the terminal is cmd's",
	"github.com/redis/go-redis":       "27 packages; a service that wants Redis passes in routing/cache/redisstore",
	"go.opentelemetry.io":             "a service that wants spans passes in routing/otelspans",
	"github.com/rogpeppe/go-internal": "testscript is for cmd's tests, and even a test import reaches the go.sum of users",
	"github.com/google/renameio":      "libraries write to an io.Writer, cmd writes files",
	"golang.org/x/tools":              "a build tool has no place in a service",
	"github.com/stretchr/testify":     "go-cmp is enough, and every test library reaches the go.sum of users",
	"google.golang.org/protobuf":      "no wire format of ours is protobuf",
	"github.com/santhosh-tekuri":      "google/jsonschema-go is the one JSON schema",
}

// variants is how go list marks a package that is compiled for another's test: "a/b [a/b.test]".
var variants = regexp.MustCompile(` \[[^]]*\]`)

// ofTest is how the packages of a test are called: those beside a package, and its binary.
var ofTest = regexp.MustCompile(`(_test|\.test)$`)

// exempt are the packages that may import what others may not.
var exempt = map[string]string{
	module + "routing/cache/redisstore": "github.com/redis/go-redis",
	module + "routing/otelspans":        "go.opentelemetry.io",
}

// TestDeps walks the imports of every package below routing, indirect ones and those of tests included.
func TestDeps(t *testing.T) {
	graph := imports(t, "-test")
	if !slices.Contains(graph[module+"routing"], "github.com/BurntSushi/toml") {
		t.Error("the walk misses BurntSushi/toml, which routing imports: it would miss the forbidden ones too")
	}
	for _, root := range slices.Sorted(maps.Keys(graph)) {
		if !strings.HasPrefix(root, module+"routing") {
			continue
		}
		for _, path := range reachable(graph, root) {
			prefix, reason := forbiddenBy(path[len(path)-1])
			if prefix != "" && exempt[ofTest.ReplaceAllString(root, "")] != prefix {
				t.Errorf("%s: %s", strings.Join(path, " → "), reason)
			}
		}
	}
}

// TestDepsTesting: package testing registers flags and belongs in test binaries, so only routingtest, which is made for
// them, imports it outside its own tests.
func TestDepsTesting(t *testing.T) {
	graph := imports(t)
	for _, root := range slices.Sorted(maps.Keys(graph)) {
		if !strings.HasPrefix(root, module+"routing") || root == module+"routing/routingtest" {
			continue
		}
		for _, path := range reachable(graph, root) {
			if path[len(path)-1] == "testing" {
				t.Errorf("%s: package testing in a service", strings.Join(path, " → "))
			}
		}
	}
}

func TestForbiddenBy(t *testing.T) {
	for path, want := range map[string]string{
		"gonum.org/v1/gonum/stat":            "gonum.org",
		"github.com/redis/go-redis/v9":       "github.com/redis/go-redis",
		module + "eval":                      module + "eval",
		module + "routing/llm":               "",
		"github.com/google/renameio-of-ours": "",
	} {
		if got, _ := forbiddenBy(path); got != want {
			t.Errorf("forbiddenBy(%q) = %q, want %q", path, got, want)
		}
	}
}

func forbiddenBy(path string) (prefix, reason string) {
	for prefix, reason := range forbidden {
		if path == prefix || strings.HasPrefix(path, prefix+"/") {
			return prefix, reason
		}
	}
	return "", ""
}

// imports returns what each package below routing, and each that these reach, imports. Test variants of a package count
// as the package.
func imports(t *testing.T, flags ...string) map[string][]string {
	t.Helper()
	args := append([]string{"list", "-deps", "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`}, flags...)
	cmd := exec.CommandContext(t.Context(), "go", append(args, module+"routing/...")...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, stderr.String())
	}
	graph := make(map[string][]string)
	for line := range strings.Lines(string(out)) {
		line = variants.ReplaceAllString(strings.TrimSpace(line), "")
		path, rest, _ := strings.Cut(line, " ")
		for to := range strings.FieldsSeq(rest) {
			if !slices.Contains(graph[path], to) {
				graph[path] = append(graph[path], to)
			}
		}
	}
	return graph
}

// reachable returns a shortest path of imports from root to everything it reaches.
func reachable(graph map[string][]string, root string) [][]string {
	paths := [][]string{{root}}
	seen := map[string]bool{root: true}
	for i := 0; i < len(paths); i++ {
		path := paths[i]
		for _, to := range graph[path[len(path)-1]] {
			if !seen[to] {
				seen[to] = true
				paths = append(paths, append(slices.Clone(path), to))
			}
		}
	}
	return paths
}
