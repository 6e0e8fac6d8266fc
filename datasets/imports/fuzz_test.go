package imports

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/tierwise/tierwise/datasets"
)

// checkTraffic checks what all imported rows are, and that canonical JSON Lines of them import as they are.
func checkTraffic(t testing.TB, rows []datasets.Row) {
	t.Helper()
	var lines bytes.Buffer
	e := json.NewEncoder(&lines)
	ids := map[string]bool{}
	for _, row := range rows {
		if row.ID == "" || ids[row.ID] || row.Prompt == "" && row.Messages == "" {
			t.Fatalf("id %q is empty or not unique, or there is no prompt: %+v", row.ID, row)
		}
		ids[row.ID] = true
		for _, o := range row.Outcomes {
			if o.Model == "" || o.Quality != nil && !(*o.Quality >= 0 && *o.Quality <= 1) || o.CostUSD != nil && !(*o.CostUSD >= 0) {
				t.Fatalf("no outcome: %+v", o)
			}
		}
		if err := e.Encode(row); err != nil {
			t.Fatal(err)
		}
	}
	if len(rows) == 0 {
		return
	}
	name := filepath.Join(t.TempDir(), "again.jsonl")
	if err := os.WriteFile(name, lines.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	again := mustRead(t, "jsonl", nil, name)
	// What rows say must be the same; nothing and an empty list of outcomes say the same.
	for i := range rows {
		if len(rows[i].Outcomes) == 0 {
			rows[i].Outcomes, again.Rows[i].Outcomes = nil, nil
		}
		if rows[i].Prompt == "" {
			again.Rows[i].Prompt = "" // made of the messages
		}
	}
	if diff := cmp.Diff(rows, again.Rows); diff != "" {
		t.Fatalf("-imported +imported again:\n%s", diff)
	}
}

// fuzz reads whatever a file of a format may hold. Seeds are the files in testdata whose names start with the prefix.
func fuzz(f *testing.F, format, file, prefix string, opts *Options) {
	names, err := filepath.Glob("testdata/" + prefix + "*.txtar")
	if err != nil || len(names) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		var all []byte
		for _, seed := range archive.Files {
			if seed.Name == "want" {
				continue
			}
			f.Add(seed.Data)
			all = append(all, seed.Data...)
		}
		f.Add(all) // requests and results of a batch in one file
	}
	path := filepath.Join(f.TempDir(), file)
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		res, err := Read(t.Context(), format, []string{path}, opts)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error that says nothing")
			}
			return
		}
		checkTraffic(t, res.Rows)
		if _, err := Detect(path); err != nil && strings.TrimSpace(err.Error()) == "" {
			t.Error("an error that says nothing")
		}
	})
}

func FuzzPromptfoo(f *testing.F) { fuzz(f, "promptfoo", "run.jsonl", "promptfoo", nil) }
func FuzzInspect(f *testing.F)   { fuzz(f, "inspect_ai", "log.json", "inspect", &Options{Partial: true}) }
func FuzzLMEval(f *testing.F) {
	fuzz(f, "lm_eval", "samples_t_2026-01-02T03-04-05.jsonl", "lmeval", &Options{Mapping: &datasets.Mapping{Columns: map[string]string{"split": "lang"}}})
}
func FuzzOpenAIBatch(f *testing.F)    { fuzz(f, "openai_batch", "in.jsonl", "batch", nil) }
func FuzzAnthropicBatch(f *testing.F) { fuzz(f, "anthropic_batch", "in.jsonl", "batch", nil) }
func FuzzTraces(f *testing.F)         { fuzz(f, "traces", "trace-1.jsonl", "traces", nil) }
func FuzzCSV(f *testing.F)            { fuzz(f, "csv", "t.csv", "csv", nil) }
func FuzzJSONL(f *testing.F)          { fuzz(f, "jsonl", "t.jsonl", "jsonl", nil) }

// FuzzInspectEval reads what a .eval file may hold: a zip whose members, names and compression are anything.
func FuzzInspectEval(f *testing.F) {
	for _, method := range []uint16{zip.Store, zip.Deflate, zstdMethod} {
		f.Add(evalFile(f, method, map[string]string{"header.json": inspectHeader, "samples/1_epoch_1.json": inspectSampleJSON}))
	}
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "log.eval")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		if res, err := Read(t.Context(), "inspect_ai", []string{path}, &Options{Partial: true}); err == nil {
			checkTraffic(t, res.Rows)
		}
	})
}
