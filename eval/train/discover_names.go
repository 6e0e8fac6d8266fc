package train

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/BurntSushi/toml"
)

// TaskNames returns a TOML file to edit, which gives each cluster a name, with what there is to know about it. Head are lines to
// begin with. ParseTaskNames reads it.
func (x *Discovery) TaskNames(head ...string) []byte {
	var b bytes.Buffer
	comment := func(s string) { fmt.Fprintln(&b, strings.TrimRight("# "+printable(s), " ")) }
	for _, line := range head {
		comment(line)
	}
	for i := range x.Clusters {
		c := &x.Clusters[i]
		b.WriteByte('\n')
		comment(fmt.Sprintf("%d requests (%.1f %%), cohesion %.2f, nearest %s (%.2f)", c.Requests, 100*c.Share, c.Cohesion, c.Nearest, c.Similarity))
		if len(c.Terms) > 0 {
			comment("terms: " + strings.Join(c.Terms, ", "))
		}
		for _, p := range c.Prompts {
			comment("  " + p)
		}
		fmt.Fprintf(&b, "[tasks.%s]\nrename = \"%s\"\n", keyOf(c.Name), c.Name)
	}
	return b.Bytes()
}

// keyOf quotes a name of letters, digits and hyphens where TOML wants it.
func keyOf(name string) string {
	if strings.IndexFunc(name, func(r rune) bool { return r > unicode.MaxASCII }) < 0 {
		return name
	}
	return `"` + name + `"`
}

// printable makes text fit for a comment, which control characters would break.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '\uFFFD'
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// ParseTaskNames reads names of tasks, new ones by the present ones, from a file as Discovery.TaskNames writes it. A task
// without the key rename keeps its name. Errors name the file, and the line where the syntax is wrong.
func ParseTaskNames(file string, data []byte) (map[string]string, error) {
	var parsed struct {
		Tasks map[string]struct {
			Rename *string `toml:"rename"`
		} `toml:"tasks"`
	}
	meta, err := toml.NewDecoder(bytes.NewReader(data)).Decode(&parsed)
	if p, ok := errors.AsType[toml.ParseError](err); ok {
		return nil, fmt.Errorf("%s:%d: %s", file, p.Position.Line, p.Message)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, fmt.Errorf("%s: %s: not known here; each task is a heading [tasks.NAME] with rename = \"…\"", file, unknown[0])
	}
	if len(parsed.Tasks) == 0 {
		return nil, fmt.Errorf("%s: no tasks: each task is a heading [tasks.NAME] with rename = \"…\"", file)
	}
	names := map[string]string{}
	for _, name := range sortedKeys(parsed.Tasks) {
		to := parsed.Tasks[name].Rename
		if to == nil {
			continue
		}
		if *to != strings.TrimSpace(*to) || strings.IndexFunc(*to, unicode.IsControl) >= 0 {
			return nil, fmt.Errorf("%s: tasks.%s: rename %q has white space around it or control characters", file, name, *to)
		}
		names[name] = *to
	}
	return names, nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// some lists names, and says so if there are more.
func some(names []string) string {
	const most = 10
	if len(names) > most {
		return strings.Join(names[:most], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}
