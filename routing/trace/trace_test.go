package trace_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwise/tierwise/routing/trace"
)

var numbers = cmp.Comparer(func(a, b trace.Number) bool { return a == b })

func sample(n int) *trace.Record {
	return &trace.Record{
		ID: fmt.Sprintf("r%d", n), Time: time.Date(2026, 11, 29, 9, 30, n, 0, time.UTC), Config: "support", Task: "reply", Layer: "rule", Confidence: 0.75,
		RouterConfidence: trace.Known(0), Cache: &trace.Cache{Kind: "semantic", ID: "r0", Similarity: trace.Known(0.98)},
		Attempts: []trace.Attempt{{
			Tier: "small", Model: "gpt-small", CostUSD: trace.Known(1.0 / 3), InputTokens: trace.Known(80), CachedInputTokens: trace.Known(0),
			Retries:  []trace.Retry{{Error: "rate_limit", Status: 429, WaitMS: trace.Known(2000)}},
			Checks:   []trace.Check{{Check: "chars", Min: 20, Signal: trace.Known(12)}, {Check: "self_check", Passed: true}},
			Response: "the <b>answer</b>",
		}},
		Ended: "exhausted", CostUSD: trace.Known(1e-7), LatencyMS: trace.Known(12.5), Prompt: "a secret\n\u2028", Messages: []byte(`[{"role":"user"}]`),
	}
}

// files returns the contents of the files in dir, in the order of their names.
func files(t *testing.T, dir string) [][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "trace-*.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(paths)
	var out [][]byte
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, data)
	}
	return out
}

func read(data []byte) (out []*trace.Record, torn bool, err error) {
	r := trace.NewReader(bytes.NewReader(data))
	for rec, failed := range r.All() {
		if failed != nil {
			return out, r.Torn(), failed
		}
		out = append(out, rec)
	}
	return out, r.Torn(), nil
}

func write(t *testing.T, opts *trace.Options, records ...*trace.Record) [][]byte {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "traces")
	w, err := trace.NewWriter(dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.Write(sample(0)); err == nil {
		t.Error("a closed writer writes")
	}
	return files(t, dir)
}

func TestRoundTrip(t *testing.T) {
	want := []*trace.Record{sample(1), sample(2)}
	got, torn, err := read(write(t, &trace.Options{Text: true, Sync: true}, want...)[0])
	if err != nil || torn {
		t.Fatal(err, torn)
	}
	if diff := cmp.Diff(want, got, numbers); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

// What was said stays out of the file unless it was asked for, and the caller's record is left alone.
func TestNoText(t *testing.T) {
	r := sample(1)
	file := write(t, nil, r)[0]
	for _, said := range []string{"secret", "answer", "messages", "prompt", "response"} {
		if bytes.Contains(file, []byte(said)) {
			t.Errorf("the file has %q", said)
		}
	}
	if diff := cmp.Diff(sample(1), r, numbers); diff != "" {
		t.Errorf("the record was changed (-want +got):\n%s", diff)
	}
	var logged strings.Builder
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("request", slog.Any("trace", r))
	if strings.Contains(logged.String(), "secret") || !strings.Contains(logged.String(), `"cost_usd":1e-7`) {
		t.Errorf("logged %s", &logged)
	}
}

func TestLongLine(t *testing.T) {
	r := sample(1)
	r.Prompt = strings.Repeat("x", 1000)
	got, _, err := read(write(t, &trace.Options{Text: true, MaxLine: 1000}, r, sample(2))[0])
	if err != nil || len(got) != 2 {
		t.Fatal(got, err)
	}
	if got[0].Prompt != "" || !got[0].TextLeftOut || got[1].Prompt == "" || got[1].TextLeftOut || r.TextLeftOut {
		t.Errorf("records %+v, %+v", got[0], got[1])
	}
}

// A file that is cut at any byte gives the records before the cut, and no error.
func TestCrash(t *testing.T) {
	file := write(t, &trace.Options{Text: true}, sample(1), sample(2))[0]
	for n := range file {
		got, torn, err := read(file[:n])
		if err != nil {
			t.Fatalf("cut at %d: %v", n, err)
		}
		complete := max(bytes.Count(file[:n], []byte("\n"))-1, 0)
		ended := n > 0 && file[n-1] == '\n'
		// A line that lacks no more than its end is whole.
		whole := file[n] == '\n' && complete+1 == bytes.Count(file[:n+1], []byte("\n"))-1
		if want := complete + map[bool]int{true: 1}[whole]; len(got) != want {
			t.Fatalf("cut at %d: %d records, want %d", n, len(got), want)
		}
		if !ended && !torn && file[n] != '\n' {
			t.Fatalf("cut at %d: not torn", n)
		}
	}
}

func TestRolling(t *testing.T) {
	now := time.Date(2026, 11, 29, 9, 30, 0, 0, time.UTC)
	opts := &trace.Options{MaxBytes: 1500, MaxAge: time.Minute, Now: func() time.Time { return now }}
	dir := t.TempDir()
	w, err := trace.NewWriter(dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		if i == 9 {
			now = now.Add(time.Minute)
		}
		if err := w.Write(sample(i)); err != nil {
			t.Fatal(err)
		}
	}
	// Another process in the same folder, at the same time.
	other, err := trace.NewWriter(dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Write(sample(10)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	all := files(t, dir)
	if len(all) < 5 {
		t.Errorf("%d files", len(all))
	}
	var ids []string
	for _, file := range all {
		if len(file) > 1500 {
			t.Errorf("a file of %d bytes", len(file))
		}
		got, torn, err := read(file)
		if err != nil || torn {
			t.Fatal(err, torn)
		}
		for _, r := range got {
			ids = append(ids, r.ID)
		}
	}
	if got, want := strings.Join(ids, " "), "r0 r1 r2 r3 r4 r5 r6 r7 r8 r9 r10"; got != want {
		t.Errorf("records %s, want %s", got, want)
	}
	// Joined, the files are one.
	if got, torn, err := read(bytes.Join(all, nil)); err != nil || torn || len(got) != 11 {
		t.Errorf("joined: %d records, %v, %v", len(got), torn, err)
	}
}

func TestConcurrent(t *testing.T) {
	dir := t.TempDir()
	w, err := trace.NewWriter(dir, &trace.Options{MaxBytes: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	const workers, each = 8, 50
	var group sync.WaitGroup
	for i := range workers {
		group.Go(func() {
			for j := range each {
				if err := w.Write(sample(i*each + j)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for _, file := range files(t, dir) {
		got, torn, err := read(file)
		if err != nil || torn {
			t.Fatal(err, torn)
		}
		for _, r := range got {
			seen[r.ID] = true
		}
	}
	if len(seen) != workers*each {
		t.Errorf("%d records, want %d", len(seen), workers*each)
	}
}

// A folder that goes away is an error of the write, and no more: the next record begins a new file.
func TestWriteError(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("windows keeps folders with open files")
	}
	dir := filepath.Join(t.TempDir(), "traces")
	w, err := trace.NewWriter(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	if err := w.Write(sample(1)); err == nil || !strings.HasPrefix(err.Error(), "traces: ") {
		t.Errorf("error %v", err)
	}
	if err := w.Write(&trace.Record{ID: "x", Messages: json.RawMessage("{")}); err == nil {
		t.Error("no error, though there is no folder")
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := w.Write(sample(2)); err != nil {
		t.Error(err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if got, _, err := read(files(t, dir)[0]); err != nil || len(got) != 1 {
		t.Errorf("%d records, %v", len(got), err)
	}
}

func TestReaderErrors(t *testing.T) {
	head := `{"format":"tierwise.trace","version":1}` + "\n"
	record := `{"id":"a","time":"2026-11-29T09:30:00Z"}` + "\n"
	for _, tt := range []struct{ file, want string }{
		{record, "line 1: is not the head of a trace file"},
		{"\n", "line 1: is not the head"},
		{`{"format":"tierwise.trace","version":2}` + "\n", `line 1: is of version "2"; this program reads 1`},
		{head + "{\n" + record, "line 2: is not a record: unexpected end"},
		{head + record + "\n" + record, "line 3: is not a record"},
		{head + `{"time":"2026-11-29T09:30:00Z"}` + "\n", "line 2: is not a record: it has no id"},
		{head + `{"id":"a"}` + "\n", "line 2: is not a record: it has no time"},
		{head + `{"id":"a","time":"2026-11-29T09:30:00Z","cost_usd":"1"}` + "\n", "line 2: is not a record: json: cannot unmarshal"},
	} {
		if _, _, err := read([]byte(tt.file)); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%q: %v, want %s", tt.file, err, tt.want)
		}
	}
	// Another minor version and fields that nobody knows are fine, and so is a reader who stops.
	r := trace.NewReader(strings.NewReader(`{"format":"tierwise.trace","version":1.7}` + "\n" + `{"id":"a","time":"2026-11-29T09:30:00Z","new":{}}` + "\n" + record))
	for rec, err := range r.All() {
		if err != nil || rec.ID != "a" {
			t.Error(rec, err)
		}
		break
	}
	broken := trace.NewReader(io.MultiReader(strings.NewReader(head), errReader{}))
	for _, err := range broken.All() {
		if err == nil || !strings.Contains(err.Error(), "disk on fire") {
			t.Errorf("error %v", err)
		}
	}
}

type errReader struct{}

// Read implements io.Reader.
func (errReader) Read([]byte) (int, error) { return 0, fmt.Errorf("disk on fire") }

func TestNumber(t *testing.T) {
	if _, ok := trace.Known(math.NaN()).Value(); ok {
		t.Error("NaN is known")
	}
	if f := trace.Known(math.Inf(1)).Float(); !math.IsNaN(f) {
		t.Errorf("infinity is %v", f)
	}
	if v, ok := trace.Known(0).Value(); !ok || v != 0 {
		t.Error("0 is not known")
	}
}

// The example of FORMAT.md is read, and has no field that the package does not know.
func TestDocument(t *testing.T) {
	doc, err := os.ReadFile("FORMAT.md")
	if err != nil {
		t.Fatal(err)
	}
	example := regexp.MustCompile("(?s)```json\n(.*?)```").FindSubmatch(doc)[1]
	got, torn, err := read(example)
	if err != nil || torn || len(got) != 2 {
		t.Fatalf("%d records, %v, %v", len(got), torn, err)
	}
	lines := strings.Split(string(example), "\n")
	for i, r := range got {
		d := json.NewDecoder(strings.NewReader(lines[i+1]))
		d.DisallowUnknownFields()
		if err := d.Decode(&trace.Record{}); err != nil {
			t.Error(err)
		}
		written, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var a, b any
		if json.Unmarshal(written, &a) != nil || json.Unmarshal([]byte(lines[i+1]), &b) != nil {
			t.Fatal("no JSON")
		}
		if diff := cmp.Diff(b, a); diff != "" {
			t.Errorf("line %d (-document +written):\n%s", i+2, diff)
		}
	}
}

func FuzzReader(f *testing.F) {
	f.Add([]byte(`{"format":"tierwise.trace","version":1}` + "\n" + `{"id":"a","time":"2026-11-29T09:30:00Z","attempts":[{"checks":[{"signal":null}]}],"cost_usd":1}` + "\n{"))
	f.Add([]byte(`{"format":"tierwise.trace","version":2}` + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, _, err := read(data)
		if err != nil {
			return
		}
		// What was read is written and read again as the same.
		var file bytes.Buffer
		file.WriteString(`{"format":"tierwise.trace","version":1}` + "\n")
		for _, r := range got {
			line, err := json.Marshal(r)
			if err != nil {
				t.Skip() // a year beyond 9999, say
			}
			file.Write(append(line, '\n'))
		}
		again, torn, err := read(file.Bytes())
		if err != nil || torn || len(again) != len(got) {
			t.Fatalf("%d records, then %d, %v, %v", len(got), len(again), torn, err)
		}
		for i := range got {
			a, _ := json.Marshal(got[i])
			b, _ := json.Marshal(again[i])
			if !bytes.Equal(a, b) {
				t.Fatalf("%s\nthen %s", a, b)
			}
		}
	})
}

func BenchmarkWrite(b *testing.B) {
	w, err := trace.NewWriter(b.TempDir(), nil)
	if err != nil {
		b.Fatal(err)
	}
	defer w.Close()
	r := sample(1)
	r.Prompt, r.Messages, r.Attempts[0].Response = "", nil, ""
	line, err := json.Marshal(r)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	for b.Loop() {
		if err := w.Write(r); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	var file bytes.Buffer
	file.WriteString(`{"format":"tierwise.trace","version":1}` + "\n")
	for i := range 1000 {
		line, err := json.Marshal(sample(i))
		if err != nil {
			b.Fatal(err)
		}
		file.Write(append(line, '\n'))
	}
	b.SetBytes(int64(file.Len()))
	for b.Loop() {
		if got, _, err := read(file.Bytes()); err != nil || len(got) != 1000 {
			b.Fatal(len(got), err)
		}
	}
}
