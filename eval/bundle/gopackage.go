package bundle

import (
	"bytes"
	"fmt"
	"go/format"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"unicode"

	"github.com/tierwise/tierwise/routing"
)

// Names of the files of a bundle's Go package. ConfigFile is embedded beside what it refers to.
const (
	ConfigFile = "dispatch.toml"
	GoFile     = "dispatch.go"
	GoTestFile = "dispatch_test.go"
	GoldenFile = "golden.jsonl"
)

// DefaultPackage is the name of the Go package if nobody gives another.
const DefaultPackage = "dispatch"

// A Package describes the Go package of a bundle.
type Package struct {
	Name   string          // "": DefaultPackage
	Config *routing.Config // as it stands in ConfigFile
	// DataHash is that of the traffic that the config was tuned on, "" if it was not.
	DataHash string
	// Evidence is said in the package's documentation: sentences without line ends, such as the headline of the certificate.
	Evidence []string
}

// CheckPackageName returns what is wrong with a name for a Go package, with one that would do.
func CheckPackageName(name string) error {
	var why string
	switch {
	case token.IsKeyword(name):
		why = "is a keyword of Go"
	case !token.IsIdentifier(name):
		why = "is no identifier of Go, which has letters, digits and underscores and begins with a letter"
	case name == "main":
		why = "is a program's, which nobody can import"
	case name == "_":
		why = "is blank"
	case strings.HasSuffix(name, "_test"):
		why = "is a test's"
	case name == "documentation":
		why = "is for packages that the go command leaves out"
	default:
		return nil
	}
	return fmt.Errorf("package name %q %s; %s would do", name, why, nearestPackageName(name))
}

// nearestPackageName returns a valid name made of the letters and digits of name.
func nearestPackageName(name string) string {
	out := strings.Map(func(r rune) rune {
		if r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, strings.TrimSuffix(name, "_test"))
	out = strings.TrimLeftFunc(out, func(r rune) bool { return !unicode.IsLetter(r) })
	switch {
	case out == "main" || out == "":
		return DefaultPackage
	case !token.IsIdentifier(out) || out == "documentation":
		return out + "routes"
	}
	return out
}

// GoFiles renders the Go package: its source, and the test that replays GoldenFile. They belong beside the config and the
// files that it refers to, all of which are embedded.
func GoFiles(p *Package) (map[string][]byte, error) {
	name := p.Name
	if name == "" {
		name = DefaultPackage
	}
	if err := CheckPackageName(name); err != nil {
		return nil, err
	}
	embedded, err := embeds(p.Config)
	if err != nil {
		return nil, err
	}
	data := source{
		Name: name, Embed: embedded, Of: about(p.Config), Baseline: strconv.Quote(p.Config.Baseline), DecisionHash: p.Config.DecisionHash(),
		PriceHash: p.Config.PriceHash(), DataHash: p.DataHash, Config: ConfigFile, Golden: GoldenFile,
	}
	if e := p.Config.Cache.Exact; e != nil && e.Backend != "memory" {
		data.Store = e.Backend
	}
	for _, sentence := range p.Evidence {
		data.Evidence = append(data.Evidence, strings.Join(strings.Fields(sentence), " "))
	}
	out := map[string][]byte{}
	for file, t := range map[string]*template.Template{GoFile: goTemplate, GoTestFile: goTestTemplate} {
		var b bytes.Buffer
		if err := t.Execute(&b, &data); err != nil {
			return nil, err
		}
		if out[file], err = format.Source(b.Bytes()); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	return out, nil
}

// source is what the templates say.
type source struct {
	Name, Embed, Of, Baseline         string
	DecisionHash, PriceHash, DataHash string
	Config, Golden                    string
	Store                             string // the backend of the cache, "" if the service need not supply it
	Evidence                          []string
}

// about names a config in a sentence.
func about(c *routing.Config) string {
	if name := strings.Join(strings.Fields(c.Name), " "); name != "" {
		return fmt.Sprintf(" of %q", name)
	}
	return ""
}

// embeds returns the files to embed, as a go:embed directive has them.
func embeds(c *routing.Config) (string, error) {
	files := []string{ConfigFile}
	for _, file := range slices.Sorted(maps.Keys(c.Files)) {
		if err := checkEmbeddable(file); err != nil {
			return "", err
		}
		if file = path.Clean(file); strings.ContainsRune(file, ' ') {
			file = strconv.Quote(file)
		}
		files = append(files, file)
	}
	return strings.Join(files, " "), nil
}

// checkEmbeddable reports why a file that the config refers to cannot stand in a Go package.
func checkEmbeddable(file string) error {
	clean := path.Clean(file)
	switch {
	case !fs.ValidPath(clean) || clean == ".":
		return fmt.Errorf("%q is not in the config's own folder or below, so no Go package can embed it: move it there", file)
	case strings.ContainsAny(clean, "\"*<>?`'|\\:[]"), strings.ContainsFunc(clean, unicode.IsControl):
		return fmt.Errorf("%q has a character that no Go package can embed: rename the file to letters, digits, dots and dashes", file)
	case slices.Contains([]string{ConfigFile, GoFile, GoTestFile, GoldenFile}, clean):
		return fmt.Errorf("%q is the name of a file of the bundle itself: rename the file that the config refers to", file)
	case strings.HasSuffix(clean, ".go"):
		return fmt.Errorf("%q would be compiled as Go: rename the file that the config refers to", file)
	}
	return nil
}

var goTemplate = template.Must(template.New(GoFile).Parse(`// Code generated by tierwise; DO NOT EDIT.

// Package {{.Name}} is the request router{{.Of}}: a dispatch config with the files that it refers to. It was measured
// against the baseline {{.Baseline}}; certificate.json has the evidence.
//
{{- range .Evidence}}
// {{.}}
//
{{- end}}
// The hashes of what was evaluated:
//
//	decisions {{.DecisionHash}}
//	prices    {{.PriceHash}}
{{- if .DataHash}}
//	data      {{.DataHash}}
{{- end}}
//
// The test of this package shows that it decides as the evaluation did. After a change of {{.Config}} evaluate it again.
package {{.Name}}

import (
	"embed"

	"github.com/tierwise/tierwise/routing"
)

//go:embed {{.Embed}}
var files embed.FS

// New returns the router. {{if .Store}}The options have to supply the store {{printf "%q" .Store}} of its cache.{{else}}opts may be nil.{{end}}
func New(opts *routing.Options) (*routing.Router, error) {
	return routing.New(files, "{{.Config}}", opts)
}
`))

var goTestTemplate = template.Must(template.New(GoTestFile).Parse(`// Code generated by tierwise; DO NOT EDIT.

package {{.Name}}

import (
	"os"
	"testing"
{{if .Store}}
	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/cache"{{end}}
	"github.com/tierwise/tierwise/routing/routingtest"
)

// TestGolden shows that the router decides as the evaluation did.
func TestGolden(t *testing.T) {
{{- if .Store}}
	// To decide takes no cache, so any store will do.
	router, err := New(&routing.Options{Stores: map[string]cache.Opener{"{{.Store}}": cache.OpenMemory}})
{{- else}}
	router, err := New(nil)
{{- end}}
	if err != nil {
		t.Fatal(err)
	}
	routingtest.Golden(t, router, os.DirFS("."), "{{.Golden}}")
}
`))
