package datasets

import (
	"os"
	"strings"
	"testing"
)

// TestLayoutsDocument checks LAYOUTS.md: it names every column, and its mapping is one.
func TestLayoutsDocument(t *testing.T) {
	data, err := os.ReadFile("LAYOUTS.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	tables, _, _ := strings.Cut(text, "DuckDB:")
	for _, column := range append(append(rowColumns(), itemColumns()...), modelColumn.name, "outcomes") {
		cell := func(before, after string) bool { return strings.Contains(tables, before+column+after) }
		if !cell("| ", " |") && !cell("| ", ",") && !cell(", ", " |") && !cell(", ", ",") {
			t.Errorf("LAYOUTS.md does not describe column %q", column)
		}
	}
	_, example, _ := strings.Cut(text, "```toml\n")
	example, _, _ = strings.Cut(example, "```")
	m, err := ParseMapping("LAYOUTS.md", []byte(example))
	if err != nil {
		t.Fatal(err)
	}
	if m.Layout != Wide || m.Columns["quality"] != "score_{model}" {
		t.Errorf("the mapping is %+v", m)
	}
	for column, pattern := range widePatterns {
		if !strings.Contains(text, "| "+column+" | `"+strings.ReplaceAll(pattern, "|", `\|`)+"` |") {
			t.Errorf("LAYOUTS.md does not give %q as the pattern of %s", pattern, column)
		}
	}
}
