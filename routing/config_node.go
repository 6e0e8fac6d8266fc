package routing

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// A document is a TOML document that is being decoded, and the problems met so far.
type document struct {
	file  string
	marks map[string]mark
	names map[string][]string // of each table, in the order of the file
	wrong map[string]bool     // paths of values of a wrong type
	errs  ConfigErrors
}

// has reports whether the document has something at a key path, be it right or wrong.
func (d *document) has(path string) bool { _, ok := d.marks[path]; return ok }

// failAt reports a problem of the value at a key path, of the document's start if there is none.
func (d *document) failAt(path, format string, args ...any) {
	at, ok := d.marks[path]
	if !ok {
		at.value = Position{1, 1}
	}
	d.errs = append(d.errs, ConfigError{d.file, at.value, fmt.Sprintf(format, args...)})
}

// failAtKey reports a problem of the key itself.
func (d *document) failAtKey(path, format string, args ...any) {
	d.errs = append(d.errs, ConfigError{d.file, d.marks[path].key, fmt.Sprintf(format, args...)})
}

// A node is a value of the document as the TOML library decoded it. Its readers return the zero value, and report
// why, where the value is not what is asked for.
type node struct {
	doc   *document
	path  string
	value any
}

func (n node) fail(format string, args ...any) { n.doc.failAt(n.path, format, args...) }

// wants reports a value of a wrong type.
func (n node) wants(what string) {
	n.doc.wrong[n.path] = true
	n.fail("%s wants %s, got %s", n.path, what, typeName(n.value))
}

func typeName(value any) string {
	switch value.(type) {
	case string:
		return "a string"
	case bool:
		return "a boolean"
	case int64:
		return "an integer"
	case float64:
		return "a float"
	case time.Time:
		return "a date or time"
	case []map[string]any:
		return "an array of tables"
	case []any:
		return "an array"
	}
	return "a table"
}

// fields are the keys that a table may have, and who reads each.
type fields map[string]func(node)

// table reads a table that has no other keys than these.
func (n node) table(known fields) {
	n.each("a table", func(name string, child node) {
		if read, ok := known[name]; ok {
			read(child)
			return
		}
		where := ""
		if n.path != "" {
			where = " in " + n.path
		}
		n.doc.failAtKey(child.path, "unknown key %q%s%s", name, where, suggest(name, slices.Sorted(maps.Keys(known))))
	})
}

// each reads a table whose keys are names that the user gives, in the order of the file.
func (n node) each(what string, read func(name string, child node)) {
	table, ok := n.value.(map[string]any)
	if !ok {
		n.wants(what)
		return
	}
	for _, name := range n.doc.names[n.path] {
		child := node{n.doc, childPath(n.path, name), table[name]}
		if name == "" {
			n.doc.failAtKey(child.path, "empty name in %s", n.path)
			continue
		}
		read(name, child)
	}
}

// elements reads an array, nil if it is none; what describes it as a whole.
func (n node) elements(what string) []node {
	nodes := []node{}
	add := func(value any) { nodes = append(nodes, node{n.doc, elementPath(n.path, len(nodes)), value}) }
	switch array := n.value.(type) {
	case []any:
		for _, v := range array {
			add(v)
		}
	case []map[string]any:
		for _, v := range array {
			add(v)
		}
	default:
		n.wants(what)
		return nil
	}
	return nodes
}

// text reads a string that is not empty; what describes it.
func (n node) text(what string) string {
	s, ok := n.value.(string)
	if !ok {
		n.wants(what)
	} else if s == "" {
		n.fail("%s is empty: it wants %s", n.path, what)
	}
	return s
}

// anyText reads a string that may be empty.
func (n node) anyText() string {
	s, ok := n.value.(string)
	if !ok {
		n.wants("a string")
	}
	return s
}

// texts reads an array of strings, none of them empty, nil if it is no array; what describes one.
func (n node) texts(what string) []string {
	elements := n.elements("an array of strings")
	if elements == nil {
		return nil
	}
	texts := make([]string, len(elements))
	for i, e := range elements {
		texts[i] = e.text(what)
	}
	return texts
}

// conditions reads an array of strings of which one must hold, so that none at all would never hold.
func (n node) conditions() []string {
	texts := n.texts("a string")
	if texts != nil && len(texts) == 0 {
		n.fail("%s is empty, so that the rule would never match: leave it out", n.path)
	}
	return texts
}

// word reads one of a few strings, "" if it is none of them.
func (n node) word(valid ...string) string {
	s := n.text("one of " + strings.Join(valid, ", "))
	if s != "" && !slices.Contains(valid, s) {
		n.fail("unknown %s %q%s", n.path, s, suggest(s, valid))
		return ""
	}
	return s
}

func (n node) boolean() *bool {
	b, ok := n.value.(bool)
	if !ok {
		n.wants("true or false")
		return nil
	}
	return &b
}

// number reads a finite number, written as a float or an integer; false if it is none.
func (n node) number(what string) (float64, bool) {
	switch v := n.value.(type) {
	case int64:
		return float64(v), true
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			n.fail("%s wants %s, got %v", n.path, what, v)
			return 0, false
		}
		return v, true
	}
	n.wants(what)
	return 0, false
}

// share reads a number in [0, 1].
func (n node) share() float64 {
	v, ok := n.number("a number from 0 to 1")
	if ok && (v < 0 || v > 1) {
		n.fail("%s is %v, which is outside [0, 1]", n.path, v)
	}
	return v
}

// count reads an integer that is not negative; what describes it.
func (n node) count(what string) int {
	v, ok := n.value.(int64)
	switch {
	case !ok:
		n.wants(what)
	case v < 0:
		n.fail("%s is %d: it wants %s, 0 or more", n.path, v, what)
	case v > math.MaxInt32:
		n.fail("%s is %d, which is more than %d", n.path, v, math.MaxInt32)
	}
	return int(v)
}

// duration reads a time span above zero.
func (n node) duration() time.Duration {
	const what = `a duration such as "30s" or "24h"`
	s, ok := n.value.(string)
	if !ok {
		n.wants(what)
		return 0
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		n.fail("%s wants %s, got %q", n.path, what, s)
	} else if d <= 0 {
		n.fail("%s is %q: it wants more than 0; leave it out for no limit", n.path, s)
	}
	return d
}
