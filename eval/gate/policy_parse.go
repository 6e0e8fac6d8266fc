package gate

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"

	"github.com/tierwise/tierwise/routing"
)

// policyVersion is the version of the format that this package reads.
const policyVersion = 1

// maxPolicyBytes bounds what a hostile file can make the parser do.
const maxPolicyBytes = 1 << 16

// ParsePolicy reads a policy. It is strict, as dispatch configs are: every key that POLICY.md does not have is an error,
// and so is a number without its unit. The error is a [routing.ConfigErrors] with all problems by position; name is the
// file's name in them.
func ParsePolicy(name string, data []byte) (*Policy, error) {
	d := &decoder{file: name}
	fail := func(at routing.Position, format string, args ...any) error {
		return routing.ConfigErrors{{File: name, Position: at, Msg: fmt.Sprintf(format, args...)}}
	}
	if len(data) > maxPolicyBytes {
		return nil, fail(routing.Position{}, "is larger than a policy may be: %d bytes, %d are the most", len(data), maxPolicyBytes)
	}
	if !utf8.Valid(data) {
		return nil, fail(routing.Position{}, "is not UTF-8 text")
	}
	text := strings.TrimPrefix(string(data), "\ufeff")
	var tooLong *routing.Position
	if d.positions, d.order, tooLong = scanPositions(text); tooLong != nil {
		return nil, fail(*tooLong, "key is nested too deep or too long: with the tables it is in, it has more than %d bytes", maxPathBytes)
	}
	var root map[string]any
	if _, err := toml.Decode(text, &root); err != nil {
		if bad, ok := errors.AsType[toml.ParseError](err); ok {
			return nil, fail(routing.Position{Line: bad.Position.Line, Column: bad.Position.Col}, "%s", strings.TrimSuffix(bad.Message, "."))
		}
		return nil, fail(routing.Position{Line: 1, Column: 1}, "%s", strings.TrimPrefix(err.Error(), "toml: "))
	}
	p := d.policy(root)
	if len(d.errs) > 0 {
		slices.SortStableFunc(d.errs, func(a, b routing.ConfigError) int { return a.Position.Compare(b.Position) })
		return nil, d.errs
	}
	p.Source = name
	return p, nil
}

// A decoder reads a document that is TOML, and collects what is wrong with it.
type decoder struct {
	file      string
	positions map[string]routing.Position // key path → where the value stands; a header for a table
	order     map[string][]string         // table → its keys, in the order of the file
	errs      routing.ConfigErrors
}

// at returns where something stands, the nearest table around it if it is not there itself.
func (d *decoder) at(path string) routing.Position {
	for {
		if p, ok := d.positions[path]; ok {
			return p
		}
		i := strings.LastIndexByte(path, '.')
		if i < 0 {
			return routing.Position{Line: 1, Column: 1}
		}
		path = path[:i]
	}
}

func (d *decoder) fail(path, format string, args ...any) {
	d.errs = append(d.errs, routing.ConfigError{File: d.file, Position: d.at(path), Msg: fmt.Sprintf(format, args...)})
}

// table reads a table that has no other keys than these, in the order of the file.
func (d *decoder) table(path string, value any, known map[string]func(path string, value any)) {
	table, ok := value.(map[string]any)
	if !ok {
		d.fail(path, "%s wants a table, got %s", path, typeName(value))
		return
	}
	names := d.order[path]
	for _, name := range slices.Sorted(maps.Keys(table)) { // those that the scanner may not know
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range names {
		if _, ok := table[name]; !ok {
			continue
		}
		if read := known[name]; read != nil {
			read(child(path, name), table[name])
			continue
		}
		where := ""
		if path != "" {
			where = " in " + path
		}
		d.fail(child(path, name), "unknown key %q%s%s", name, where, suggest(name, slices.Sorted(maps.Keys(known))))
	}
}

func child(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func (d *decoder) policy(root map[string]any) *Policy {
	p := &Policy{}
	if _, ok := root["version"]; !ok {
		d.fail("", "version is missing: it wants version = %d", policyVersion)
	}
	d.table("", root, map[string]func(string, any){
		"version": func(path string, v any) {
			if n, ok := v.(int64); !ok || n != policyVersion {
				d.fail(path, "version %v is not read here: only version = %d is", v, policyVersion)
			}
		},
		vsBaseline: func(path string, v any) { p.VsBaseline = d.section(path, v) },
		vsMain:     func(path string, v any) { p.VsMain = d.section(path, v) },
		"waivers":  func(path string, v any) { p.Waivers = d.waivers(path, v) },
	})
	if p.VsBaseline == nil && p.VsMain == nil && len(d.errs) == 0 {
		d.fail("", "the policy asks for nothing: add [%s] or [%s]", vsBaseline, vsMain)
	}
	return p
}

func (d *decoder) section(path string, value any) *Section {
	s := &Section{Name: path, Confidence: defaultConfidence, Position: d.at(path)}
	known := map[string]func(string, any){
		"confidence": func(path string, v any) { s.Confidence = d.confidence(path, v) },
	}
	for name, read := range ruleReaders {
		known[name] = func(path string, v any) { d.rule(s, name, path, v, read) }
	}
	before := len(d.errs)
	d.table(path, value, known)
	if len(s.Rules) == 0 && len(d.errs) == before {
		d.fail(path, "[%s] has no rule: add one, such as tolerance = \"1pp\", or leave the section out", path)
	}
	if r := s.Rule(CertificateIs); r != nil && path == vsMain {
		d.fail(child(path, CertificateIs), "certificates speak of the baseline: move certificate to [%s]", vsBaseline)
	}
	return s
}

// rule reads a limit, or a table of a limit and a severity.
func (d *decoder) rule(s *Section, name, path string, value any, read func(*decoder, string, any) float64) {
	r := Rule{Name: name, Position: d.at(path)}
	if _, ok := value.(map[string]any); !ok {
		r.Limit = read(d, path, value)
	} else {
		limit := false
		d.table(path, value, map[string]func(string, any){
			"limit":    func(path string, v any) { limit = true; r.Limit = read(d, path, v) },
			"severity": func(path string, v any) { r.Warn = d.severity(path, v) },
		})
		if !limit {
			d.fail(path, "%s has no limit: it wants { limit = …, severity = \"warn\" }", path)
		}
	}
	s.Rules = append(s.Rules, r)
}

func (d *decoder) severity(path string, value any) bool {
	switch value {
	case "warn":
		return true
	case "fail":
		return false
	}
	if s, ok := value.(string); ok {
		d.fail(path, "unknown %s %q%s", path, s, suggest(s, []string{"fail", "warn"}))
	} else {
		d.fail(path, "%s wants \"fail\" or \"warn\", got %s", path, typeName(value))
	}
	return false
}
