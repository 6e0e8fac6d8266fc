package routing

import (
	"os"
	"path/filepath"
	"testing"
)

// Whatever the text and the files it refers to: no panic, an error or a config but not both, and what is accepted
// compiles, reads the same again and has a place for all that it names.
func FuzzParseConfig(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "config", "broken", "*.toml"))
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), `{"type": "object"}`)
	}
	f.Add(exampleConfig(f), `{"$ref": "#/$defs/a", "$defs": {"a": {"pattern": "^a"}}}`)
	f.Add(hashed, "weights")
	f.Add(least, "")
	f.Fuzz(func(t *testing.T, text, file string) {
		open := func(string) ([]byte, error) { return []byte(file), nil }
		c, err := ParseConfig("f.toml", []byte(text), open)
		if err != nil {
			if c != nil || err.Error() == "" {
				t.Fatalf("got %v and the error %q", c, err)
			}
			return
		}
		if _, err := Compile(c); err != nil {
			t.Fatalf("accepted, but it does not compile: %v", err)
		}
		again, err := ParseConfig("g.toml", []byte(text), open)
		if err != nil || again.DecisionHash() != c.DecisionHash() || again.PriceHash() != c.PriceHash() {
			t.Fatalf("read again it differs: %v", err)
		}
		for _, task := range c.Tasks {
			for i := range task.Chain {
				path := elementPath(KeyPath("tasks", task.Name, "chain"), i)
				if _, ok := c.Position(path); !ok {
					t.Fatalf("%s has no position", path)
				}
			}
		}
	})
}
