package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/tierwise/tierwise/"

// A layer is what a package may import of ours. "x/..." stands for x and everything below it.
type layer struct {
	imports []string
	tests   []string // what only its tests may import besides
}

// layers are the import directions of the project: cmd → reports → eval → datasets and routing, and within routing from
// the root to the leaves. A new package takes its place here; what is missing fails the test.
var layers = map[string]layer{
	"routing": {
		imports: []string{"routing/llm", "routing/llm/openai", "routing/llm/anthropic", "routing/price", "routing/accept", "routing/cache", "routing/classify", "routing/judge", "routing/trace"},
		tests:   []string{"routing/routingtest", "routing/routingtest/faultserver", "routing/classify/classifytest"},
	},
	"routing/classify":              {},
	"routing/classify/classifytest": {imports: []string{"routing/classify"}},
	"routing/llm":                   {},
	"routing/llm/internal/wire":     {imports: []string{"routing/llm"}},
	"routing/llm/openai":            {imports: []string{"routing/llm", "routing/llm/internal/wire"}, tests: []string{"routing/routingtest", "routing/routingtest/faultserver"}},
	"routing/llm/anthropic":         {imports: []string{"routing/llm", "routing/llm/internal/wire"}, tests: []string{"routing/routingtest", "routing/routingtest/faultserver"}},
	"routing/trace":                 {},
	"routing/judge":                 {imports: []string{"routing/llm"}},
	"routing/embed":                 {imports: []string{"routing/llm"}},
	"routing/price":                 {imports: []string{"routing/llm"}},
	"routing/accept":                {imports: []string{"routing/llm"}},
	"routing/cache":                 {imports: []string{"routing/classify", "routing/llm"}},
	"routing/otelspans":             {imports: []string{"routing", "routing/llm", "routing/trace"}},
	"routing/cache/redisstore":      {imports: []string{"routing/cache"}, tests: []string{"routing", "routing/llm", "routing/trace"}},
	"routing/golden":                {imports: []string{"routing", "routing/llm"}, tests: []string{"routing/routingtest", "routing/classify/classifytest"}},
	"routing/routingtest":           {imports: []string{"routing", "routing/golden", "routing/llm", "routing/price", "routing/accept", "routing/classify/classifytest", "routing/routingtest/faultserver"}},

	"routing/routingtest/faultserver": {imports: []string{"routing/llm"}},

	"datasets":         {},
	"datasets/labels":  {imports: []string{"datasets"}},
	"datasets/imports": {imports: []string{"datasets", "routing/trace"}},
	"datasets/demo":    {imports: []string{"datasets"}, tests: []string{"routing"}},

	"eval":         {imports: []string{"datasets", "eval/frontier", "eval/stats", "routing/..."}},
	"eval/stats":   {},
	"eval/whatif":  {imports: []string{"eval", "routing"}},
	"eval/vectors": {imports: []string{"datasets", "routing/embed"}, tests: []string{"routing/llm"}},
	"eval/gate":    {imports: []string{"datasets", "eval", "eval/stats", "routing/..."}},
	"eval/train":   {imports: []string{"datasets", "eval", "eval/stats", "routing", "routing/classify", "routing/price"}, tests: []string{"eval/frontier"}},
	"eval/tune":    {imports: []string{"datasets", "eval", "eval/frontier", "eval/stats", "eval/train", "routing", "routing/accept", "routing/classify", "routing/llm"}, tests: []string{"datasets/demo"}},
	"eval/ledger":  {},
	"eval/bundle":  {imports: []string{"eval", "eval/stats", "eval/tune", "eval/gate", "eval/ledger", "routing/..."}, tests: []string{"datasets", "routing/classify/classifytest"}},

	"eval/frontier": {tests: []string{"datasets"}},

	"reports":          {imports: []string{"eval/..."}, tests: []string{"reports/text"}},
	"reports/text":     {imports: []string{"reports", "eval/..."}},
	"reports/markdown": {imports: []string{"reports", "eval/..."}},
	"reports/excel":    {imports: []string{"reports", "eval/..."}},
	"reports/junit":    {imports: []string{"reports", "eval/..."}},
	"reports/github":   {imports: []string{"reports", "eval/..."}},
	"reports/svg":      {imports: []string{"reports", "eval/..."}},
	"reports/html":     {imports: []string{"reports", "reports/svg", "eval/..."}},

	"cmd/tierwise": {imports: []string{"datasets/...", "eval/...", "reports/...", "routing/..."}},
}

func TestImports(t *testing.T) {
	packages := listPackages(t)
	if len(packages) < 7 {
		t.Errorf("go list found %d packages: too few to be all of ours", len(packages))
	}
	for _, p := range packages {
		name := strings.TrimPrefix(p.ImportPath, module)
		l, ok := layers[name]
		if !ok {
			t.Errorf("%s is not in the table of import directions: say what it may import", name)
			continue
		}
		for _, imported := range p.Imports {
			if !allows(imported, l.imports) {
				t.Errorf("%s imports %s, which points the wrong way; it may import %s", name, imported, orNothing(l.imports))
			}
		}
		for _, imported := range slices.Concat(p.TestImports, p.XTestImports) {
			if !allows(imported, l.imports, l.tests, []string{name}) {
				t.Errorf("a test of %s imports %s, which points the wrong way; it may import %s", name, imported,
					orNothing(slices.Concat(l.imports, l.tests)))
			}
		}
	}
}

func TestAllows(t *testing.T) {
	l := layers["eval"]
	for imported, want := range map[string]bool{
		"fmt":                    true,
		module + "datasets":      true,
		module + "datasets/demo": false,
		module + "routing":       true,
		module + "routing/llm":   true,
		module + "reports":       false,
	} {
		if got := allows(imported, l.imports); got != want {
			t.Errorf("eval may import %s: %v, want %v", imported, got, want)
		}
	}
}

// allows reports whether imported is none of ours or matches one of the patterns.
func allows(imported string, lists ...[]string) bool {
	path, ours := strings.CutPrefix(imported, module)
	if !ours {
		return true
	}
	return slices.ContainsFunc(slices.Concat(lists...), func(pattern string) bool {
		root, below := strings.CutSuffix(pattern, "/...")
		return path == root || below && strings.HasPrefix(path, root+"/")
	})
}

func orNothing(names []string) string {
	if len(names) == 0 {
		return "nothing of ours"
	}
	return strings.Join(names, ", ")
}

type listedPackage struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

func listPackages(t *testing.T) []listedPackage {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Imports,TestImports,XTestImports", module+"...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", cmd, err)
	}
	var packages []listedPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listedPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatalf("output of %s: %v", cmd, err)
		}
		packages = append(packages, p)
	}
}
