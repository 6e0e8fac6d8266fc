package imports

import (
	"archive/zip"
	"bytes"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

const (
	inspectHeader     = `{"version":2,"status":"success","eval":{"eval_id":"e","task":"desk","model":"m/a","packages":{"inspect_ai":"0.3.260"}}}`
	inspectSampleJSON = `{"id":1,"epoch":1,"input":"hello","target":"hi","output":{"choices":[{"message":{"role":"assistant","content":"hi"},"stop_reason":"stop"}]},"scores":{"match":{"value":"C"},"rubric":{"value":NaN}}}`
)

// evalFile makes a .eval file whose members are compressed by a method.
func evalFile(t testing.TB, method uint16, members map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	w.RegisterCompressor(zstdMethod, func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) })
	for _, name := range slices.Sorted(maps.Keys(members)) {
		m, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(m, members[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func writeFile(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestInspectEvalFiles(t *testing.T) {
	sample := map[string]string{"samples/1_epoch_1.json": inspectSampleJSON}
	with := func(name, text string) map[string]string {
		m := maps.Clone(sample)
		m[name] = text
		return m
	}
	const start = `{"version":2,"eval":{"eval_id":"e","task":"desk","model":"m/a"}}`
	for _, test := range []struct {
		name    string
		method  uint16
		members map[string]string
		partial bool
		errors  []string
	}{
		{"stored", zip.Store, with("header.json", inspectHeader), false, nil},
		{"deflate", zip.Deflate, with("header.json", inspectHeader), false, nil},
		{"zstd", zstdMethod, with("header.json", inspectHeader), false, nil},
		{"cut short", zstdMethod, with("_journal/start.json", start), false, []string{`status is "started"`, "--partial"}},
		{"cut short but wanted", zstdMethod, with("_journal/start.json", start), true, nil},
		{"no log", zstdMethod, sample, false, []string{"neither header.json nor _journal/start.json"}},
		{"bad header", zip.Deflate, with("header.json", "{"), false, []string{"header.json", "ends too early"}},
		{"bad sample", zip.Deflate, map[string]string{"header.json": inspectHeader, "samples/1_epoch_1.json": `{"id":[}`}, false, []string{"samples/1_epoch_1.json", "not JSON"}},
		{"no samples", zip.Deflate, map[string]string{"header.json": inspectHeader}, false, []string{"no samples"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := writeFile(t, "log.eval", evalFile(t, test.method, test.members))
			res, err := Read(t.Context(), "inspect_ai", []string{path}, &Options{Metric: "match", Partial: test.partial})
			if test.errors != nil {
				wantError(t, err, test.errors...)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if o := outcomeOf(t, res, "desk/1", "m/a"); *o.Quality != 1 || *o.Response != "hi" {
				t.Errorf("%+v", o)
			}
		})
	}
	t.Run("no zip", func(t *testing.T) {
		_, err := Read(t.Context(), "inspect_ai", []string{writeFile(t, "log.eval", []byte("PK\x03\x04"))}, nil)
		wantError(t, err, "not a whole .eval file", "log recover")
	})
}

// A member that unpacks to more than a sample may be is refused before it fills the memory.
func TestMemberTooLarge(t *testing.T) {
	data := evalFile(t, zip.Deflate, map[string]string{"x": strings.Repeat(" ", 1<<20-1) + "0"})
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var v int
	if err := member(archive.File[0], 1<<20, &v); err != nil {
		t.Errorf("1 MiB: %v", err)
	}
	wantError(t, member(archive.File[0], 1<<20-1, &v), "larger than 0 MiB")
}

// A document is read value by value, and a value may only be so large.
func TestDocumentBound(t *testing.T) {
	text, err := newText("x", strings.NewReader(`{"a":["`+strings.Repeat("x", 1<<20)+`",1],"b":[1,2]}`))
	if err != nil {
		t.Fatal(err)
	}
	d := newDocument(text)
	d.m.max = 1 << 18
	err = d.object(func(string) error { return d.skip() })
	wantError(t, err, "one value in it is larger than")
}
