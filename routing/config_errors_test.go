package routing

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

// Every file in testdata/config/broken is refused with the problems that stand in testdata/config/errors.txt.
func TestBrokenConfigs(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "config", "broken", "*.toml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	var got strings.Builder
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(file)
		c, err := ParseConfig(name, data, func(path string) ([]byte, error) {
			return os.ReadFile(filepath.Join(filepath.Dir(file), path))
		})
		problems, ok := errors.AsType[ConfigErrors](err)
		if c != nil || !ok || len(problems) == 0 {
			t.Errorf("%s: got %v, %v", name, c, err)
			continue
		}
		for _, p := range problems {
			if p.File != name || p.Position.Line < 1 || p.Position.Column < 1 {
				t.Errorf("%s: no place in the file: %v", name, p)
			}
		}
		if strings.Contains(err.Error(), "secret@") || strings.Contains(err.Error(), "live") {
			t.Errorf("%s: the error shows a secret: %v", name, err)
		}
		fmt.Fprintf(&got, "%s\n\n", err)
	}
	golden := filepath.Join("testdata", "config", "errors.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got.String(), "\n")); diff != "" {
		t.Errorf("%s (-want +got)\n%s", golden, diff)
	}
}

func TestParseConfigWithoutFiles(t *testing.T) {
	_, err := ParseConfig("", []byte(least+"[router.embedding]\nartifact = 'c.bin'"), nil)
	const want = `11:12: router.embedding.artifact refers to file "c.bin", but no files can be read here`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestParseConfigNoText(t *testing.T) {
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"not UTF-8", []byte("name = \"ü\xff\""), "c.toml:1:10: is not UTF-8 text from here on"},
		{"UTF-16", []byte("\xff\xfev\x00"), "c.toml:1:1: is not UTF-8 text from here on"},
		{"too large", make([]byte, maxConfigBytes+1), "c.toml: is larger than a dispatch config may be: 1048577 bytes, 1048576 are the most"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := ParseConfig("c.toml", test.data, nil)
			if err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func TestConfigErrorText(t *testing.T) {
	at := Position{3, 7}
	for _, test := range []struct {
		problem ConfigError
		want    string
	}{
		{ConfigError{"c.toml", at, "no"}, "c.toml:3:7: no"},
		{ConfigError{"", at, "no"}, "3:7: no"},
		{ConfigError{"c.toml", Position{}, "no"}, "c.toml: no"},
		{ConfigError{"", Position{}, "no"}, "no"},
	} {
		if got := test.problem.Error(); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

func TestConfigErrorsUnwrap(t *testing.T) {
	_, err := ParseConfig("c.toml", []byte(least+"[models.S]\ncontext = -1\nidd = 'x'"), nil)
	problem, ok := errors.AsType[ConfigError](fmt.Errorf("eval: %w", err))
	if want := (Position{11, 11}); !ok || problem.Position != want {
		t.Errorf("the first problem is %v, want it at %v", problem, want)
	}
}

func TestNearest(t *testing.T) {
	valid := []string{"chain", "cache", "accept", "on_exhausted", "id"}
	tests := []struct {
		name, want string
	}{
		{"chian", "chain"}, // swapped neighbours are one edit
		{"CHAIN", "chain"}, // case is free
		{"chai", "chain"},  // one is missing
		{"cxche", "cache"}, // one is wrong
		{"ix", "id"},       // one edit always
		{"xy", ""},         // two edits of two characters: another word
		{"on_exausted", "on_exhausted"},
		{"onexhauste", "on_exhausted"}, // two edits of ten characters
		{"cadhn", ""},                  // two edits of five
		{"größe", ""},
		{"", ""}, // two inserts to id are more than one edit
	}
	for _, test := range tests {
		if got, _ := nearest(test.name, valid); got != test.want {
			t.Errorf("%q: got %q, want %q", test.name, got, test.want)
		}
	}
	if got, _ := nearest("ab", []string{"abc", "abd"}); got != "abc" {
		t.Errorf("of two as near the first is meant, not %q", got)
	}
	if _, ok := nearest("a", nil); ok {
		t.Error("there is a nearest of nothing")
	}
}

// An edit distance is symmetric, 0 for equals only, at least the difference in length, at most the longer length,
// and one edit changes it by one at most.
func TestEditDistanceLaws(t *testing.T) {
	words := []string{"", "a", "ab", "ba", "abc", "acb", "cab", "chain", "chian", "accept", "exact", "größe", "grösse"}
	for _, a := range words {
		for _, b := range words {
			x, y := []rune(a), []rune(b)
			d := editDistance(x, y)
			if d != editDistance(y, x) {
				t.Errorf("%q, %q: not symmetric", a, b)
			}
			if (d == 0) != slices.Equal(x, y) {
				t.Errorf("%q, %q: %d", a, b, d)
			}
			longer, shorter := max(len(x), len(y)), min(len(x), len(y))
			if d > longer || d < longer-shorter {
				t.Errorf("%q, %q: %d is outside [%d, %d]", a, b, d, longer-shorter, longer)
			}
			if e := editDistance(x, append(slices.Clone(y), '!')); e < d-1 || e > d+1 {
				t.Errorf("%q, %q: one more character takes %d to %d", a, b, d, e)
			}
		}
	}
}
