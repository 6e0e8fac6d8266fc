package imports

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwise/tierwise/datasets"
)

func TestOpenErrors(t *testing.T) {
	file := writeFile(t, "run.jsonl", nil)
	empty := t.TempDir()
	for _, test := range []struct {
		name, format string
		files        []string
		opts         *Options
		want         []string
	}{
		{"format", "promtfoo", []string{file}, nil, []string{`"promtfoo"`, `did you mean "promptfoo"?`, "lm_eval"}},
		{"far format", "xyz", []string{file}, nil, []string{`"xyz"; there are promptfoo`}},
		{"no files", "csv", nil, nil, []string{"import csv: no files"}},
		{"missing file", "csv", []string{file + "x"}, nil, []string{"run.jsonlx"}},
		{"empty folder", "lm_eval", []string{empty}, nil, []string{"no samples_*.jsonl in this folder"}},
		{"twice", "jsonl", []string{file, file}, nil, []string{"given twice"}},
		{"option of another format", "csv", []string{file}, &Options{Filter: "x"}, []string{"Filter", "format csv"}},
		{"pass", "inspect", []string{file}, &Options{Quality: "pass"}, []string{"Quality", "inspect_ai"}},
		{"quality", "promptfoo", []string{file}, &Options{Quality: "scores"}, []string{`did you mean "score"?`}},
		{"quality and metric", "promptfoo", []string{file}, &Options{Quality: "pass", Metric: "m"}, []string{"exclude each other"}},
		{"repeats", "csv", []string{file}, &Options{Repeats: "frist"}, []string{`did you mean "first"?`}},
		{"scale", "csv", []string{file}, &Options{Scale: &datasets.Scale{Lo: 1, Hi: 1}}, []string{"scale 1:1"}},
		{"column", "csv", []string{file}, mapped("qualty", "x"), []string{`"qualty"`, `did you mean "quality"?`}},
		{"column of nothing", "csv", []string{file}, mapped("quality", ""), []string{`"quality" is mapped to nothing`}},
		{"outcome column", "promptfoo", []string{file}, mapped("quality", "x"), []string{"promptfoo can fill"}},
		{"layout", "lm_eval", []string{file}, &Options{Mapping: &datasets.Mapping{Layout: datasets.Wide}}, []string{"layout"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Open(test.format, test.files, test.opts)
			wantError(t, err, test.want...)
		})
	}
}

func mapped(column, source string) *Options {
	return &Options{Mapping: &datasets.Mapping{Columns: map[string]string{column: source}}}
}

func TestFormatNames(t *testing.T) {
	for name, want := range map[string]string{"lm-eval": "lm_eval", "LM-Evaluation-Harness": "lm_eval", "inspect": "inspect_ai", "ndjson": "jsonl"} {
		if f, err := lookup(name); err != nil || f.name != want {
			t.Errorf("%s is %q, %v; want %q", name, f.name, err, want)
		}
	}
	for _, name := range Formats() {
		if f, err := lookup(name); err != nil || f.name != name {
			t.Errorf("%s is %q, %v", name, f.name, err)
		}
	}
}

func gzipped(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const twoRows = `{"id":"1","prompt":"One","outcomes":[{"model":"a","quality":1}]}` + "\r\n\r\n" +
	`{"id":"2","prompt":"Two","outcomes":[{"model":"a","quality":0}]}`

func TestEncodings(t *testing.T) {
	want := mustRead(t, "jsonl", nil, writeFile(t, "t.jsonl", []byte(twoRows))).Rows
	if len(want) != 2 {
		t.Fatalf("%d rows", len(want))
	}
	for name, data := range map[string][]byte{
		"gzip by content":   gzipped(t, []byte(twoRows)),
		"byte order mark":   []byte("\xef\xbb\xbf" + twoRows),
		"both":              gzipped(t, []byte("\xef\xbb\xbf"+twoRows)),
		"several gzip":      append(gzipped(t, []byte(twoRows[:80])), gzipped(t, []byte(twoRows[80:]))...),
		"blanks at the end": []byte(twoRows + "\n\n  \n"),
	} {
		t.Run(name, func(t *testing.T) {
			got := mustRead(t, "jsonl", nil, writeFile(t, "t.jsonl", data)).Rows
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	packed := gzipped(t, []byte(strings.Repeat(twoRows+"\n", 1)))
	for name, test := range map[string]struct {
		data []byte
		want []string
	}{
		"gzip cut short": {packed[:len(packed)-9], []string{"t.jsonl", "is the file complete?"}},
		"no gzip":        {[]byte{0x1f, 0x8b, 0}, []string{"t.jsonl"}},
		"UTF-16":         {[]byte("\xff\xfe{\x00"), []string{"t.jsonl", "UTF-16"}},
		"nothing":        {nil, []string{"t.jsonl: no requests"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(t.Context(), "jsonl", []string{writeFile(t, "t.jsonl", test.data)}, nil)
			wantError(t, err, test.want...)
		})
	}
	_, err := Read(t.Context(), "csv", []string{writeFile(t, "t.csv", []byte("id,prompt,model\n1,caf\xe9,a\n"))}, nil)
	wantError(t, err, "line 2", "not UTF-8")
}

func TestLineTooLong(t *testing.T) {
	for _, size := range []int{1 << 16, 1<<16 + 1, 1 << 17, 1<<17 + 1, 1 << 18} {
		text, err := newText("x", strings.NewReader("a\n"+strings.Repeat("b", size)+"\nc"))
		if err != nil {
			t.Fatal(err)
		}
		l := lines{r: text, max: 1 << 17}
		if line, err := l.next(); string(line) != "a" || err != nil {
			t.Fatalf("%q, %v", line, err)
		}
		line, err := l.next()
		// The bound is kept up to the size of the buffer.
		if tooLong := size > 1<<17+1<<16; tooLong != errors.Is(err, errLineTooLong) || !tooLong && len(line) != size {
			t.Errorf("line of %d bytes: %d bytes, %v", size, len(line), err)
		}
		if l.line != 2 {
			t.Errorf("line %d, want 2", l.line)
		}
	}
}

// The consumer may stop, and the context may end: no more rows then.
func TestStop(t *testing.T) {
	var b strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&b, `{"id":"%d","prompt":"p","outcomes":[]}`+"\n", i)
	}
	file := writeFile(t, "t.jsonl", []byte(b.String()))
	im, err := Open("jsonl", []string{file}, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, err := range im.Rows(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 3 {
			break
		}
	}
	if n != 3 || im.Report().Requests != 3 {
		t.Errorf("%d rows, %d in the report", n, im.Report().Requests)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n = 0
	for _, err = range im.Rows(ctx) {
		if n++; n == 10 {
			cancel()
		}
	}
	if !errors.Is(err, context.Canceled) || n > 2000 {
		t.Errorf("%v after %d rows", err, n)
	}
}

// A folder may be a link to one.
func TestFolderLink(t *testing.T) {
	folder := filepath.Dir(writeFile(t, "t.jsonl", []byte(twoRows)))
	link := filepath.Join(t.TempDir(), "latest")
	if err := os.Symlink(folder, link); err != nil {
		t.Skip(err)
	}
	res := mustRead(t, "jsonl", nil, link)
	if want := filepath.Join(link, "t.jsonl"); len(res.Rows) != 2 || res.Report.Files[0] != want {
		t.Errorf("%d rows of %q, want 2 of %q", len(res.Rows), res.Report.Files, want)
	}
	if format, err := Detect(link); format != "jsonl" || err != nil {
		t.Errorf("%q, %v", format, err)
	}
}

// Problems come as data, with their file, and rows stop at the first.
func TestProblems(t *testing.T) {
	file := writeFile(t, "t.jsonl", []byte(twoRows+"\n{}\n"+strings.ReplaceAll(twoRows, `"id":"`, `"id":"n`)+"\n[]"))
	im, err := Open("jsonl", []string{file}, nil)
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	var last error
	for _, err := range im.Rows(t.Context()) {
		if err != nil {
			last = err
			continue
		}
		rows++
	}
	problems, ok := errors.AsType[*datasets.Problems](last)
	if !ok || len(problems.List) != 2 || problems.More || problems.List[0].File != file {
		t.Fatalf("%#v", last)
	}
	if rows != 2 {
		t.Errorf("%d rows before the first problem, want 2", rows)
	}
}

// The order of the lines of a run is that of completion: it must not matter.
func TestOrderOfLines(t *testing.T) {
	for _, test := range []struct{ trap, format, file string }{
		{"promptfoo_kinds", "promptfoo", "run.jsonl"}, {"promptfoo_repeats_keep", "promptfoo", "run.jsonl"}, {"promptfoo_labels", "promptfoo", "run.jsonl"},
		{"promptfoo_columns", "promptfoo", "run.jsonl"},
	} {
		data := string(trapFile(t, test.trap, test.file))
		list := strings.Split(strings.TrimSpace(data), "\n")
		want := mustRead(t, test.format, nil, writeFile(t, test.file, []byte(data))).Rows
		rnd := rand.New(rand.NewPCG(1, 2))
		for range 20 {
			rnd.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
			got := mustRead(t, test.format, nil, writeFile(t, test.file, []byte(strings.Join(list, "\n")))).Rows
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%s: %s", test.trap, diff)
			}
		}
	}
}

// The .eval and the .json of a log say the same.
func TestEvalIsJSON(t *testing.T) {
	asJSON := strings.TrimSuffix(inspectHeader, "}") + `,"samples":[` + inspectSampleJSON + `]}`
	opts := &Options{Metric: "match"}
	want := mustRead(t, "inspect_ai", opts, writeFile(t, "log.json", []byte(asJSON))).Rows
	members := map[string]string{"header.json": inspectHeader, "samples/1_epoch_1.json": inspectSampleJSON}
	got := mustRead(t, "inspect_ai", opts, writeFile(t, "log.eval", evalFile(t, zstdMethod, members))).Rows
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDetect(t *testing.T) {
	for name, test := range map[string]struct{ file, text, want, err string }{
		"parquet":     {"t.parquet", "PAR1....", "", "needs no import"},
		"other zip":   {"t.zip", string(evalFile(t, 0, map[string]string{"x": "y"})), "", "no log of inspect_ai"},
		"prose":       {"t.txt", "Dear all,", "", "name one of promptfoo, "},
		"csv":         {"t.csv", "id,prompt\n", "csv", ""},
		"jsonl":       {"t.jsonl", twoRows, "jsonl", ""},
		"eval":        {"t.eval", string(evalFile(t, 0, map[string]string{"header.json": inspectHeader})), "inspect_ai", ""},
		"log":         {"t.json", inspectHeader, "inspect_ai", ""},
		"cut object":  {"t.json", `{"evalId":"e","results":{"pro`, "promptfoo", ""},
		"lm_eval":     {"samples_x_2026-01-02T03-04-05.jsonl", "", "lm_eval", ""},
		"empty":       {"t.json", "", "", "no format"},
		"named so":    {"x.jsonl", `{"doc_id":1,"resps":[]}`, "lm_eval", ""},
		"batch":       {"x.jsonl", `{"custom_id":"q","body":{}}`, "openai_batch", ""},
		"other batch": {"x.jsonl", `{"custom_id":"q","params":{}}`, "anthropic_batch", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Detect(writeFile(t, test.file, []byte(test.text)))
			if got != test.want || (err == nil) != (test.err == "") {
				t.Fatalf("%q, %v; want %q", got, err, test.want)
			}
			if err != nil {
				wantError(t, err, test.err)
			}
		})
	}
	if _, err := Detect(t.TempDir()); err == nil {
		t.Error("an empty folder has a format")
	}
}

// The documentation has an example of every format, and names only formats that there are.
func TestDocumentedFormats(t *testing.T) {
	text, err := os.ReadFile("FORMATS.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := map[string]int{}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "    tierwise import "); ok && !strings.HasPrefix(rest, "FORMAT") {
			examples[strings.Fields(rest)[0]]++
		}
	}
	_, rest, _ := strings.Cut(string(text), "```toml\n")
	mapping, _, _ := strings.Cut(rest, "```")
	m, err := datasets.ParseMapping("FORMATS.md", []byte(mapping))
	if err != nil || len(m.Columns) != 4 {
		t.Errorf("the mapping in the documentation: %+v, %v", m, err)
	}
	for _, name := range Formats() {
		if examples[name] == 0 {
			t.Errorf("no example of %s", name)
		}
		delete(examples, name)
	}
	if len(examples) > 0 {
		t.Errorf("examples of formats that there are not: %v", examples)
	}
}

func TestErrorWords(t *testing.T) {
	for _, test := range []struct {
		status int
		text   string
		want   string
	}{
		{429, "", "rate_limit"},
		{429, `{"error":{"code":"insufficient_quota"}}`, "quota"},
		{400, `API error: 400 {"error":{"code":"content_policy_violation"}} and more`, "content_filter"},
		{400, "", "bad_request"}, {422, "", "bad_request"}, {401, "", "auth"}, {402, "", "quota"}, {408, "", "timeout"}, {503, "", "server"}, {529, "", "server"},
		{404, "not found", "not found"},
		{0, "openai.RateLimitError('slow')", "rate_limit"},
		{0, "InternalServerError(\"x\")", "server"},
		{0, "Error: connect ETIMEDOUT 10.0.0.1:1", "timeout"},
		{0, "getaddrinfo EAI_AGAIN host", "connection"},
		{0, "the rate_limit_error was mentioned", "the rate_limit_error was mentioned"},
		{0, "  first line\nstack", "first line"},
		{0, "", "other"},
		{0, `{"error":"text"}`, `{"error":"text"}`},
	} {
		if got := errorWord(cause(test.status, codesIn(test.text)...), test.text); got != test.want {
			t.Errorf("%d %q is %q, want %q", test.status, test.text, got, test.want)
		}
	}
}
