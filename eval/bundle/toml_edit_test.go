package bundle

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/classify/classifytest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Each file of testdata/edit has a config, changes and what becomes of it: also with line ends of Windows, a byte order
// mark and no end of the last line.
func TestEdit(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join("testdata", "edit", "*.txtar"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d cases, %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if len(archive.Files) == 2 && *update {
				archive.Files = append(archive.Files, txtar.File{Name: "want.toml"})
			}
			source, want := archive.Files[0].Data, &archive.Files[2].Data
			var changes Changes
			d := json.NewDecoder(bytes.NewReader(archive.Files[1].Data))
			d.DisallowUnknownFields()
			if err := d.Decode(&changes); err != nil {
				t.Fatal(err)
			}
			got := edited(t, source, &changes)
			if *update {
				*want = got
				if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(*want), string(got)); diff != "" {
				t.Errorf("result (-want +got)\n%s", diff)
			}
			if _, err := parse(got); err != nil {
				t.Errorf("no valid config: %v", err)
			}
			windows := func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n")) }
			if diff := cmp.Diff(string(windows(got)), string(edited(t, windows(source), &changes))); diff != "" {
				t.Errorf("with line ends of Windows (-want +got)\n%s", diff)
			}
			if marked := edited(t, append([]byte("\ufeff"), source...), &changes); string(marked) != "\ufeff"+string(got) {
				t.Errorf("with a byte order mark: %q", marked)
			}
			open := edited(t, bytes.TrimSuffix(source, []byte("\n")), &changes)
			if strings.TrimSuffix(string(open), "\n") != strings.TrimSuffix(string(got), "\n") {
				t.Errorf("without the last line's end: %s", cmp.Diff(string(got), string(open)))
			}
		})
	}
}

// edited returns the result of Edit, which must be the same if made again.
func edited(t *testing.T, source []byte, changes *Changes) []byte {
	t.Helper()
	got, err := Edit(source, changes)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Edit(got, changes)
	if err != nil {
		t.Fatalf("a second time: %v\n%s", err, got)
	}
	if diff := cmp.Diff(string(got), string(again)); diff != "" {
		t.Errorf("a second time it differs (-first +second)\n%s", diff)
	}
	return got
}

// parse reads a config with files that fit it.
func parse(text []byte) (*routing.Config, error) {
	d, err := decode(strings.TrimPrefix(string(text), "\ufeff"))
	if err != nil {
		return nil, err
	}
	return routing.ParseConfig("test.toml", text, func(path string) ([]byte, error) {
		if strings.HasSuffix(path, ".split.bin") {
			return classifytest.Gain("prove", 0), nil
		}
		if strings.HasSuffix(path, ".bin") && len(d.tasks) > 1 {
			return classifytest.Artifact(0.5, "", slices.Sorted(maps.Keys(d.tasks))...), nil
		}
		return []byte(`{"type": "object"}`), nil
	})
}

func TestEditErrors(t *testing.T) {
	const source = "[tasks.reply]\nchain = ['small']\n[tasks.bare]\ncache = false\n"
	nan := 0.0
	nan /= nan
	tests := []struct {
		name, source string
		changes      Changes
		want         string
	}{
		{"no TOML", "[tasks", Changes{}, "the config to edit is no TOML"},
		{"other types", "tasks.a.chain = 1", Changes{}, "the config to edit is no dispatch config"},
		{"a threshold of text", "tasks.a.accept = [{min = 'x'}]", Changes{}, "tasks.a: the threshold of check  is no number"},
		{"a new task without a chain", source, Changes{Tasks: []TaskChange{{Name: "other"}}}, `task "other" has no chain: a config needs one`},
		{"an empty chain", source, Changes{Tasks: []TaskChange{{Name: "reply", Chain: []string{}}}}, `task "reply" has no chain: a config needs one`},
		{"a task without a chain", source, Changes{Tasks: []TaskChange{{Name: "bare", Chain: []string{"small"}}}}, "tasks.bare has no chain: write the tiers to try, in order"},
		{"twice", source, Changes{Tasks: []TaskChange{{Name: "reply"}, {Name: "reply"}}}, `task "reply" is changed twice`},
		{"NaN", source, Changes{Tasks: []TaskChange{{Name: "reply", Accept: []routing.Accept{{Check: "chars", Min: &nan}}}}},
			`task "reply": check chars has the threshold NaN: a config wants a finite number`},
		{"no router", source, Changes{Artifact: "classifier.bin"}, "the config has no [router]: every dispatch config needs it"},
		{"no name", source, Changes{Tasks: []TaskChange{{}}}, "a task without a name cannot be written into a config"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Edit([]byte(test.source), &test.changes)
			if err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("got %q and the error %v, want %s", got, err, test.want)
			}
		})
	}
}
