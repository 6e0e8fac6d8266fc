package datasets

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
)

// sampleRows has a row in which everything is given, one in which only what is required is, and one with values
// that are easily mistaken for null.
func sampleRows() []Row {
	at := time.Date(2026, 3, 2, 9, 30, 0, 123_456_000, time.UTC)
	return []Row{
		{
			ID: "full", Prompt: "What is owed?", Messages: `[{"role":"user","content":"What is owed?"}]`,
			Tools: `[{"type":"function"}]`, ResponseFormat: `{"type":"json_object"}`, MaxTokens: new(int64(300)),
			Embedding: []float32{0.5, -2}, EmbeddingCostUSD: new(1e-7), Task: "extraction", Time: &at, Endpoint: "/v1/extract", Tenant: "harbor", Expected: "12.50", Group: "g1",
			Weight: new(2.5), Split: "tune", RouterTask: "extraction", RouterConfidence: new(0.75),
			RouterModel: "nano", RouterCostUSD: new(1e-6), RouterLatencyMS: new(80.0),
			Outcomes: []Outcome{
				{
					Model: "small", Quality: new(1.0), CostUSD: new(0.001), InputTokens: new(int64(10)),
					CachedInputTokens: new(int64(4)), OutputTokens: new(int64(20)), ReasoningTokens: new(int64(5)),
					LatencyMS: new(321.5), FinishReason: "stop", LogprobMean: new(-0.2), LogprobMin: new(-3.0),
					SelfCheck: new(0.9), SelfCheckCostUSD: new(1e-5), SelfCheckLatency: new(90.0),
					Response: new("12.50"),
				},
				{Model: "large", Error: "timeout", LatencyMS: new(60_000.0)},
			},
		},
		{ID: "bare", Outcomes: []Outcome{}},
		{
			ID: "zeros", Prompt: "0", Weight: new(0.0), RouterConfidence: new(0.0),
			Time: new(time.Unix(0, 0).UTC()),
			Outcomes: []Outcome{{
				Model: "small", Quality: new(0.0), CostUSD: new(0.0), OutputTokens: new(int64(0)), Response: new(""),
			}},
		},
	}
}

func writeRows(t testing.TB, rows []Row, batch int) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := NewWriter(&buf)
	for len(rows) > 0 {
		n := min(batch, len(rows))
		if err := w.Write(rows[:n]...); err != nil {
			t.Fatal(err)
		}
		rows = rows[n:]
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func openBytes(t testing.TB, data []byte) *parquet.File {
	t.Helper()
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestWriterRoundTrip(t *testing.T) {
	want := sampleRows()
	data := writeRows(t, want, 2)
	got, err := parquet.Read[Row](bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows differ after a round trip (-written +read):\n%s", diff)
	}
}

// TestWriterRead checks that the traffic that is read back from a file is that which FromRows makes of the rows.
func TestWriterRead(t *testing.T) {
	rows := sampleRows()
	rows[1].Prompt = "hello"
	name := filepath.Join(t.TempDir(), "traffic.parquet")
	if err := os.WriteFile(name, writeRows(t, rows, 2), 0o600); err != nil {
		t.Fatal(err)
	}
	cols := everything
	want, err := FromRows(rows, cols)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Open(t.Context(), []string{name}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if d.Layout() != Canonical || d.NumRows() != 3 {
		t.Errorf("layout %v with %d rows, want %v with 3", d.Layout(), d.NumRows(), Canonical)
	}
	blocks := 0
	for _, shard := range d.Shards() {
		for got, err := range d.NewReader(cols).Read(t.Context(), shard) {
			if err != nil {
				t.Fatal(err)
			}
			blocks++
			if got.Hash != want.Hash {
				t.Errorf("hash of the file's rows is %x, of the rows in memory %x", got.Hash, want.Hash)
			}
			if diff := cmp.Diff(want.TimeUS, got.TimeUS); diff != "" {
				t.Errorf("times (-rows +file):\n%s", diff)
			}
			if diff := cmp.Diff(want.Embedding, got.Embedding); diff != "" {
				t.Errorf("embeddings (-rows +file):\n%s", diff)
			}
			if text, ok := got.Outcomes[0].Response.At(2); !ok || len(text) > 0 {
				t.Errorf("an empty response is read as %q, given = %v", text, ok)
			}
		}
	}
	if blocks != 1 {
		t.Errorf("%d blocks of 3 rows", blocks)
	}
}

// TestWriterSchema pins the columns, as LAYOUTS.md promises them to pandas and DuckDB.
func TestWriterSchema(t *testing.T) {
	want := strings.TrimSpace(`
message Row {
	required binary id (STRING);
	optional binary prompt (STRING);
	optional binary messages (STRING);
	optional binary tools (STRING);
	optional binary response_format (STRING);
	optional int64 max_tokens (INT(64,true));
	optional binary task (STRING);
	optional int64 time (TIMESTAMP(isAdjustedToUTC=true,unit=MICROS));
	optional binary endpoint (STRING);
	optional binary tenant (STRING);
	optional binary expected (STRING);
	optional binary group (STRING);
	optional double weight;
	optional binary split (STRING);
	optional group embedding (LIST) {
		repeated group list {
			required float element;
		}
	}
	optional double embedding_cost_usd;
	optional binary router_task (STRING);
	optional double router_confidence;
	optional binary router_model (STRING);
	optional double router_cost_usd;
	optional double router_latency_ms;
	required group outcomes (LIST) {
		repeated group list {
			required group element {
				required binary model (STRING);
				optional double quality;
				optional double cost_usd;
				optional int64 input_tokens (INT(64,true));
				optional int64 cached_input_tokens (INT(64,true));
				optional int64 output_tokens (INT(64,true));
				optional int64 reasoning_tokens (INT(64,true));
				optional double latency_ms;
				optional binary error (STRING);
				optional binary finish_reason (STRING);
				optional double logprob_mean;
				optional double logprob_min;
				optional double self_check;
				optional double self_check_cost_usd;
				optional double self_check_latency_ms;
				optional binary response (STRING);
			}
		}
	}
}`)
	f := openBytes(t, writeRows(t, sampleRows(), 3))
	if diff := cmp.Diff(want, f.Schema().String()); diff != "" {
		t.Errorf("schema (-want +got):\n%s", diff)
	}
	if v, _ := f.Lookup(FormatKey); v != "1" {
		t.Errorf("metadata %s = %q, want 1", FormatKey, v)
	}
}

// TestWriterNulls checks that what is not given is null in the file, not an empty string or zero: other tools see
// the nulls that GenericReader hides.
func TestWriterNulls(t *testing.T) {
	f := openBytes(t, writeRows(t, sampleRows(), 3))
	want := map[string]int64{"id": 0, "prompt": 1, "task": 2, "weight": 1, "time": 1, "tools": 2, "max_tokens": 2,
		"embedding.list.element": 2}
	for _, chunk := range f.Metadata().RowGroups[0].Columns {
		name := strings.Join(chunk.MetaData.PathInSchema, ".")
		n, ok := want[name]
		if ok && n != chunk.MetaData.Statistics.NullCount {
			t.Errorf("column %s has %d nulls, want %d", name, chunk.MetaData.Statistics.NullCount, n)
		}
		delete(want, name)
	}
	if len(want) > 0 {
		t.Errorf("columns %v are not in the file", want)
	}
}

func TestWriterDeterministic(t *testing.T) {
	var rows []Row
	for i := range 1025 {
		for _, r := range sampleRows() {
			r.ID = fmt.Sprintf("%s-%d", r.ID, i)
			rows = append(rows, r)
		}
	}
	want := writeRows(t, rows, len(rows))
	for _, batch := range []int{1, 64, 1000} {
		if !bytes.Equal(want, writeRows(t, rows, batch)) {
			t.Errorf("batches of %d rows give other bytes than one batch", batch)
		}
	}
}

func TestWriterRowGroups(t *testing.T) {
	rows := make([]Row, rowsPerRowGroup+1)
	for i := range rows {
		rows[i].ID = fmt.Sprint(i)
	}
	f := openBytes(t, writeRows(t, rows, 10_000))
	var got []int64
	for _, g := range f.RowGroups() {
		got = append(got, g.NumRows())
	}
	if diff := cmp.Diff([]int64{rowsPerRowGroup, 1}, got); diff != "" {
		t.Errorf("rows per row group (-want +got):\n%s", diff)
	}
}
