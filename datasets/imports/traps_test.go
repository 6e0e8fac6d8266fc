package imports

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite what the archives in testdata want")

// TestTraps runs the archives in testdata. The comment of one ends with a line "FORMAT OPTIONS FILE…", the options as
// JSON without blanks, or "-"; its file "want" is what comes out: rows and report, or the error.
func TestTraps(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no archives in testdata: %v", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			name, err := filepath.Abs(name)
			if err != nil {
				t.Fatal(err)
			}
			got, want := runTrap(t, archive), &archive.Files[len(archive.Files)-1]
			if want.Name != "want" {
				t.Fatalf("the last file of %s is %q, not \"want\"", name, want.Name)
			}
			if *update {
				want.Data = got
				if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(want.Data), string(got)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func runTrap(t *testing.T, archive *txtar.Archive) []byte {
	t.Chdir(t.TempDir())
	for _, f := range archive.Files {
		if err := os.MkdirAll(filepath.Dir(f.Name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(f.Name, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	comment := strings.Split(strings.TrimSpace(string(archive.Comment)), "\n")
	args := strings.Fields(comment[len(comment)-1])
	var opts Options
	if args[1] != "-" {
		d := json.NewDecoder(strings.NewReader(args[1]))
		d.DisallowUnknownFields()
		if err := d.Decode(&opts); err != nil {
			t.Fatalf("options %s: %v", args[1], err)
		}
	}
	res, err := Read(t.Context(), args[0], args[2:], &opts)
	if err != nil {
		return []byte(err.Error() + "\n")
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	for _, row := range res.Rows {
		if err := e.Encode(row); err != nil {
			t.Fatal(err)
		}
	}
	e.SetIndent("", "  ")
	if err := e.Encode(res.Report); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// trapFile is a file of an archive in testdata.
func trapFile(t testing.TB, trap, file string) []byte {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/" + trap + ".txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range archive.Files {
		if f.Name == file {
			return f.Data
		}
	}
	t.Fatalf("no %s in %s", file, trap)
	return nil
}
