package datasets

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
)

// A Mapping says which columns of a file hold what, where they are not named as one of the layouts has them;
// LAYOUTS.md describes the file it comes from.
type Mapping struct {
	Layout  Layout            // 0: detect it
	Columns map[string]string // canonical column → column of the file, in the wide layout a pattern with {model}
	Models  []string          // in the wide layout; nil: those whose columns are found
}

// ParseMapping reads a mapping in TOML. Errors give name and, where it is known, the line.
func ParseMapping(name string, data []byte) (*Mapping, error) {
	var file struct {
		Layout  string            `toml:"layout"`
		Columns map[string]string `toml:"columns"`
		Models  []string          `toml:"models"`
	}
	md, err := toml.Decode(string(data), &file)
	if err != nil {
		if syntax, ok := errors.AsType[toml.ParseError](err); ok {
			return nil, fmt.Errorf("%s:%d:%d: %s", name, syntax.Position.Line, syntax.Position.Col, syntax.Message)
		}
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	at := func(key ...string) string {
		if line := tomlLine(data, key); line > 0 {
			return name + ":" + strconv.Itoa(line)
		}
		return name
	}
	for _, key := range md.Undecoded() {
		return nil, fmt.Errorf("%s: unknown key %q%s", at(key...), key, perhaps(key[0], []string{"layout", "columns", "models"}))
	}
	m := &Mapping{Columns: file.Columns, Models: file.Models}
	if md.IsDefined("layout") {
		if m.Layout = layoutOf(file.Layout); m.Layout == 0 {
			return nil, fmt.Errorf("%s: unknown layout %q%s; it is canonical, long or wide", at("layout"), file.Layout,
				perhaps(file.Layout, []string{"canonical", "long", "wide"}))
		}
	}
	known := append(append(rowColumns(), itemColumns()...), modelColumn.name, "outcomes")
	for _, column := range slices.Sorted(maps.Keys(m.Columns)) {
		if !slices.Contains(known, column) {
			return nil, fmt.Errorf("%s: unknown column %q%s", at("columns", column), column, perhaps(column, known))
		}
		if m.Columns[column] == "" {
			return nil, fmt.Errorf("%s: column %q is mapped to nothing", at("columns", column), column)
		}
		pattern := m.Layout == Wide && slices.Contains(itemColumns(), column)
		if pattern && strings.Count(m.Columns[column], modelHole) != 1 {
			return nil, fmt.Errorf("%s: the pattern %q of column %q needs one %s where the name of the model stands",
				at("columns", column), m.Columns[column], column, modelHole)
		}
	}
	return m, nil
}

func layoutOf(name string) Layout {
	for _, l := range []Layout{Canonical, Long, Wide} {
		if l.String() == name {
			return l
		}
	}
	return 0
}

// perhaps suggests a name.
func perhaps(name string, candidates []string) string {
	if n := nearest(name, candidates); n != "" {
		return fmt.Sprintf(", perhaps %q is meant", n)
	}
	return ""
}

// tomlLine is the line on which a key of a mapping is set, 0 if it is not found. It knows what mappings are made of:
// tables, keys with and without dots and quotes, inline tables on one line.
func tomlLine(data []byte, key []string) int {
	var table []string
	for i, line := range bytes.Split(data, []byte("\n")) {
		text := strings.TrimSpace(string(line))
		if rest, ok := strings.CutPrefix(text, "["); ok {
			head, _, _ := strings.Cut(rest, "]")
			table = tomlKey(head)
			if slices.Equal(table, key) {
				return i + 1
			}
			continue
		}
		left, right, ok := strings.Cut(text, "=")
		if !ok || strings.HasPrefix(text, "#") {
			continue
		}
		path := slices.Concat(table, tomlKey(left))
		if slices.Equal(path, key) {
			return i + 1
		}
		inline := len(path) < len(key) && slices.Equal(path, key[:len(path)]) && strings.HasPrefix(strings.TrimSpace(right), "{")
		if inline && strings.Contains(right, key[len(key)-1]) {
			return i + 1
		}
	}
	return 0
}

func tomlKey(text string) []string {
	parts := strings.Split(text, ".")
	for i := range parts {
		parts[i] = strings.Trim(strings.TrimSpace(parts[i]), `"'`)
	}
	return parts
}
