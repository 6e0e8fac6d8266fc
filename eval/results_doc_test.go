package eval

import (
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// RESULTS.md has every field of a results file, a decisions file and a record of explain, and none that they lack.
func TestResultsDocument(t *testing.T) {
	data, err := os.ReadFile("RESULTS.md")
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string]bool{}
	addFields(fields, reflect.TypeFor[Comparison](), "json")
	addFields(fields, reflect.TypeFor[Record](), "json")
	addFields(fields, reflect.TypeFor[decision](), "parquet")
	if len(fields) < 100 {
		t.Fatalf("only %d fields are found", len(fields))
	}
	findings := findingIDs(t)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !strings.Contains(string(data), "`"+name+"`") {
			t.Errorf("RESULTS.md does not say what field %q is", name)
		}
	}
	for _, name := range tableNames(string(data)) {
		if !fields[name] && !findings[name] {
			t.Errorf("RESULTS.md has a field %q that is in no file", name)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(findings)) {
		if !strings.Contains(string(data), "| `"+id+"` |") {
			t.Errorf("RESULTS.md does not say what finding %q is", id)
		}
	}
}

// DIFF.md has every field of a diff that RESULTS.md has not, and none that a diff lacks.
func TestDiffDocument(t *testing.T) {
	data, err := os.ReadFile("DIFF.md")
	if err != nil {
		t.Fatal(err)
	}
	fields, known := map[string]bool{}, map[string]bool{}
	addFields(fields, reflect.TypeFor[Diff](), "json")
	addFields(known, reflect.TypeFor[Comparison](), "json")
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !known[name] && !strings.Contains(string(data), "`"+name+"`") {
			t.Errorf("DIFF.md does not say what field %q is", name)
		}
	}
	for _, name := range tableNames(string(data)) {
		if !fields[name] {
			t.Errorf("DIFF.md has a field %q that is in no file", name)
		}
	}
	for _, name := range changeColumns {
		if !strings.Contains(string(data), "`"+name+"`") {
			t.Errorf("DIFF.md does not say what column %q is", name)
		}
	}
}

// SHARDS.md has every field of a part, and none that it lacks.
func TestShardsDocument(t *testing.T) {
	data, err := os.ReadFile("SHARDS.md")
	if err != nil {
		t.Fatal(err)
	}
	var fields []string
	for f := range reflect.TypeFor[Part]().Fields() {
		fields = append(fields, f.Tag.Get("json"))
	}
	if got := tableNames(string(data)); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(fields))) {
		t.Errorf("SHARDS.md has the fields %q, a part has %q", got, fields)
	}
}

// addFields adds the names that a tag gives to the fields of a type and of all types below it.
func addFields(fields map[string]bool, typ reflect.Type, tag string) {
	for kind := typ.Kind(); kind == reflect.Pointer || kind == reflect.Slice || kind == reflect.Map; kind = typ.Kind() {
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct {
		return
	}
	for f := range typ.Fields() {
		if !f.IsExported() {
			continue
		}
		if name, _, _ := strings.Cut(f.Tag.Get(tag), ","); name != "" && name != "-" {
			fields[name] = true
		}
		addFields(fields, f.Type, tag)
	}
}

// tableNames returns the names in the first column of the document's tables.
func tableNames(document string) []string {
	var names []string
	for line := range strings.Lines(document) {
		cell, ok := strings.CutPrefix(line, "| `")
		if !ok {
			continue
		}
		cell, _, _ = strings.Cut(cell, " |")
		for name := range strings.SplitSeq(cell, ",") {
			names = append(names, strings.Trim(name, " `"))
		}
	}
	return names
}

// findingIDs returns the findings that an evaluation can have, from the source that makes them.
func findingIDs(t *testing.T) map[string]bool {
	t.Helper()
	ids := map[string]bool{}
	for _, file := range []string{"findings.go", "findings_routing.go", "findings_checks.go", "findings_mix.go", "findings_cache.go"} {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		before := len(ids)
		for _, m := range regexp.MustCompile(`\bID: *"([a-z-]+)"`).FindAllSubmatch(source, -1) {
			ids[string(m[1])] = true
		}
		if len(ids) < before+2 {
			t.Fatalf("%s adds few findings to %d: %v", file, before, ids)
		}
	}
	return ids
}
