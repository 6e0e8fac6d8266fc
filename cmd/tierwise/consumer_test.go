package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestConsumer: modules of somebody else that import routing, and what goes with it, compile, and link no module besides the
// light ones that are listed here.
func TestConsumer(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles modules")
	}
	checkout, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(filepath.Join(checkout, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	light := []string{
		"github.com/BurntSushi/toml", "github.com/google/jsonschema-go", "golang.org/x/time",
		"github.com/maypok86/otter/v2", "github.com/sony/gobreaker/v2", // of caches
	}
	for _, test := range []struct {
		name, imports, body string
		links               []string // besides
	}{
		{"routing", `"github.com/tierwise/tierwise/routing"`, `&routing.Options{}`, nil},
		{"redis", `"github.com/tierwise/tierwise/routing"; "github.com/tierwise/tierwise/routing/cache/redisstore"`, `&routing.Options{}; _ = redisstore.Open`,
			[]string{"github.com/redis/go-redis/v9", "github.com/cespare/xxhash/v2", "go.uber.org/atomic", "golang.org/x/sys"}},
		{"spans", `"github.com/tierwise/tierwise/routing"; "github.com/tierwise/tierwise/routing/otelspans"`, `&routing.Options{Observer: otelspans.New(nil, nil)}`,
			[]string{"go.opentelemetry.io/otel", "go.opentelemetry.io/otel/trace", "github.com/cespare/xxhash/v2"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for name, text := range map[string]string{
				"go.mod":  "module example.com/service\n\ngo 1.26\n\nrequire github.com/tierwise/tierwise v0.0.0\n\nreplace github.com/tierwise/tierwise => " + checkout + "\n",
				"go.sum":  string(sums),
				"main.go": "package main\n\nimport (" + test.imports + ")\n\nfunc main() {\n\topts := " + test.body + "\n\t_, _ = routing.Open(\"dispatch.toml\", opts)\n}\n",
			} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			goTool := func(args ...string) string {
				cmd := exec.CommandContext(t.Context(), "go", args...)
				cmd.Dir = dir
				cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOSUMDB=off", "GOWORK=off")
				var stderr strings.Builder
				cmd.Stderr = &stderr
				out, err := cmd.Output()
				if err != nil {
					t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
				}
				return string(out)
			}
			goTool("build", "-o", os.DevNull, ".")
			modules := slices.Collect(strings.FieldsSeq(goTool("list", "-deps", "-f", `{{with .Module}}{{if not .Main}}{{.Path}}{{end}}{{end}}`, ".")))
			slices.Sort(modules)
			modules = slices.Compact(modules)
			allowed := slices.Concat([]string{"github.com/tierwise/tierwise"}, light, test.links)
			for _, m := range modules {
				if !slices.Contains(allowed, m) {
					t.Errorf("it links %s", m)
				}
			}
			for _, m := range slices.Concat(allowed[:2], test.links) {
				if !slices.Contains(modules, m) {
					t.Errorf("it does not link %s: take it from the list", m)
				}
			}
			t.Logf("%d modules: %s", len(modules), strings.Join(modules, " "))
		})
	}
}
