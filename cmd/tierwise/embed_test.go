package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval/vectors"
)

// An embeddingServer makes vectors of two numbers: how much of the text is about mail, and about invoices. Now and then it is
// busy.
type embeddingServer struct {
	calls atomic.Int64
	down  atomic.Bool
}

// ServeHTTP implements http.Handler.
func (s *embeddingServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := s.calls.Add(1)
	var q struct {
		Model string
		Input []string
	}
	w.Header().Set("Content-Type", "application/json")
	switch {
	case s.down.Load():
		w.WriteHeader(http.StatusUnauthorized)
		io.WriteString(w, `{"error":{"message":"wrong key","code":"invalid_api_key"}}`)
		return
	case n%3 == 1:
		w.Header().Set("Retry-After", "0.01")
		w.WriteHeader(http.StatusTooManyRequests)
		io.WriteString(w, `{"error":{"message":"slow down","code":"rate_limit_exceeded"}}`)
		return
	case json.NewDecoder(r.Body).Decode(&q) != nil || q.Model != "e5" || r.URL.Path != "/v1/embeddings" || r.Header.Get("Authorization") != "Bearer k":
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	type vector struct {
		Index     int       `json:"index"`
		Embedding []float64 `json:"embedding"`
	}
	var data []vector
	for i, text := range q.Input {
		data = append(data, vector{i, []float64{1 + float64(strings.Count(text, "mail")), 1 + float64(strings.Count(text, "invoice"))}})
	}
	json.NewEncoder(w).Encode(map[string]any{"data": data, "usage": map[string]int{"prompt_tokens": 10 * len(q.Input)}})
}

// embedTraffic writes 60 requests of two tasks, of which the first has an embedding.
func embedTraffic(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := datasets.NewWriter(f)
	quality := 1.0
	for i := range 60 {
		row := datasets.Row{ID: fmt.Sprint("r", i), Prompt: fmt.Sprint("answer this mail, number ", i/2), Task: "reply"}
		if i%2 == 1 {
			row.Prompt, row.Task = fmt.Sprint("the total of invoice ", i/2, " invoice"), "extraction"
		}
		if i == 0 {
			row.Embedding = []float32{9, 1}
		}
		row.Outcomes = []datasets.Outcome{{Model: "L", Quality: &quality}}
		if err := w.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestEmbed: traffic gets its vectors from an endpoint, each paid for once, train learns from them, and an error leaves no
// output behind.
func TestEmbed(t *testing.T) {
	server := new(embeddingServer)
	http := httptest.NewServer(server)
	defer http.Close()
	t.Setenv("EMBED_KEY", "k")
	t.Setenv("TIERWISE_PROGRESS", "none")
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.parquet"), filepath.Join(dir, "out.parquet")
	embedTraffic(t, in)
	args := []string{"embed", "-d", in, "-o", out, "--model", "e5", "--url", http.URL + "/v1", "--key-env", "EMBED_KEY", "--price", "2", "--batch", "7", "--json"}
	embed := func() (report vectors.Report) {
		t.Helper()
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), args, nil, &stdout, &stderr); code != 0 {
			t.Fatalf("exit code %d: %s", code, &stderr)
		}
		if err := json.Unmarshal(stdout.Bytes(), &report); err != nil {
			t.Fatal(err)
		}
		return report
	}
	r := embed()
	// 59 prompts lack a vector, in batches of 7.
	if r.Requests != 60 || r.Had != 1 || r.Stored != 0 || r.Calls != 9 || r.Dimensions != 2 || *r.Tokens != 590 || *r.CostUSD != 590*2/1e6 {
		t.Errorf("report %+v, %v tokens, $%v", r, *r.Tokens, *r.CostUSD)
	}
	first, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	before := server.calls.Load()
	if r = embed(); r.Stored != 59 || r.Calls != 0 || *r.CostUSD != 0 || server.calls.Load() != before {
		t.Errorf("again: %+v in %d calls", r, server.calls.Load()-before)
	}
	if again, err := os.ReadFile(out); err != nil || !bytes.Equal(first, again) {
		t.Errorf("again: another file, error %v", err)
	}

	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"train", "-d", out, "--embedder", "e5", "-o", filepath.Join(dir, "c.bin")}, nil, &stdout, &stderr); code != 0 {
		t.Errorf("train: exit code %d: %s", code, &stderr)
	}

	server.down.Store(true)
	stderr.Reset()
	args = append(args, "--dimensions", "2", "-o", filepath.Join(dir, "none.parquet"))
	if code := run(t.Context(), args, nil, &stdout, &stderr); code != 2 || !strings.Contains(stderr.String(), "auth") || strings.Contains(stderr.String(), "Bearer") {
		t.Errorf("with a wrong key: exit code %d: %s", code, &stderr)
	}
	if _, err := os.Stat(filepath.Join(dir, "none.parquet")); err == nil {
		t.Error("an error left a file behind")
	}
}
