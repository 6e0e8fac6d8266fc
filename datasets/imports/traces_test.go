package imports

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tierwise/tierwise/routing/trace"
)

// What a router writes is what an import reads, while the router goes on writing, too.
func TestTracesFromWriter(t *testing.T) {
	dir := t.TempDir()
	w, err := trace.NewWriter(dir, &trace.Options{Text: true, MaxBytes: 400})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"a", "b", "c"} {
		err := w.Write(&trace.Record{
			ID: id, Time: time.Now(), Task: "reply", Layer: "caller", Prompt: "why?", Ended: "accepted",
			Attempts: []trace.Attempt{
				{Tier: "tiny", Model: "down", Error: "server", NotAsked: true}, // so it is no outcome
				{Tier: "small", Model: "m", CostUSD: trace.Known(0), OutputTokens: trace.Known(7)},
			},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	defer w.Close()
	if err := os.WriteFile(filepath.Join(dir, "trace-torn.jsonl"), []byte(`{"format":"tierwise.trace","version":1}`+"\n"+`{"id":"d","ti`), 0o600); err != nil {
		t.Fatal(err)
	}
	res := mustRead(t, "traces", nil, dir)
	if len(res.Rows) != 3 || len(res.Report.Files) < 3 || len(res.Rows[2].Outcomes) != 1 {
		t.Fatalf("%d rows of %d files", len(res.Rows), len(res.Report.Files))
	}
	o := res.Rows[2].Outcomes[0]
	if o.CostUSD == nil || *o.CostUSD != 0 || o.OutputTokens == nil || *o.OutputTokens != 7 || o.InputTokens != nil {
		t.Errorf("outcome %+v", o)
	}
	if w := res.Report.Warnings; len(w) != 1 || !strings.Contains(w[0].Message, "the last line is cut") {
		t.Errorf("warnings %+v", w)
	}
	names, err := filepath.Glob(filepath.Join(dir, "trace-2*.jsonl"))
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	if format, err := Detect(names[0]); format != "traces" {
		t.Errorf("detected %q, %v", format, err)
	}
}
