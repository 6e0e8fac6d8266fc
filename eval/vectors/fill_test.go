package vectors_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval/vectors"
	"github.com/tierwise/tierwise/routing/embed"
)

// An endpoint answers with vectors of a length by the first byte of the text: 'l' is longer. 'x' fails.
type endpoint struct {
	mu    sync.Mutex
	asked map[string]int
}

// Embeddings implements embed.Endpoint.
func (e *endpoint) Embeddings(_ context.Context, texts []string) ([][]float32, float64, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	var out [][]float32
	for _, t := range texts {
		e.asked[t]++
		switch t[0] {
		case 'x':
			return nil, 0, errors.New("it went wrong")
		case 'l':
			out = append(out, []float32{1, 2, 3})
		default:
			out = append(out, []float32{1, float32(len(t))})
		}
	}
	return out, float64(len(texts)), nil
}

func fill(t *testing.T, e *endpoint, folder string, prompts ...string) (*vectors.Report, []byte, error) {
	t.Helper()
	var file bytes.Buffer
	w := datasets.NewWriter(&file)
	for i, p := range prompts {
		if err := w.Write(datasets.Row{ID: string(rune('a' + i)), Prompt: p, Outcomes: []datasets.Outcome{{Model: "m"}}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "t.parquet")
	if err := os.WriteFile(path, file.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	d, err := datasets.Open(t.Context(), []string{path}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	store := embed.OpenStore(folder)
	var out bytes.Buffer
	report, err := vectors.Fill(t.Context(), &out, d, &vectors.Options{
		Client: embed.New(e, &embed.Options{Model: "m", Store: store, PriceUSD: 1}), Store: store, Model: "m", Batch: 1, Workers: 4,
	})
	return report, out.Bytes(), err
}

// TestFill: equal prompts are asked for once, however many calls are under way.
func TestFill(t *testing.T) {
	e := &endpoint{asked: map[string]int{}}
	report, out, err := fill(t, e, t.TempDir(), "a", "bb", "a", "a", "bb")
	if err != nil || len(out) == 0 || report.Requests != 5 || report.Stored != 3 || report.Calls != 2 || *report.Tokens != 2 || report.Dimensions != 2 {
		t.Errorf("report %+v, error %v", report, err)
	}
	if e.asked["a"] != 1 || e.asked["bb"] != 1 {
		t.Errorf("asked %v", e.asked)
	}
}

func TestFillFails(t *testing.T) {
	e, folder := &endpoint{asked: map[string]int{}}, t.TempDir()
	if _, _, err := fill(t, e, folder, "a", "long"); err == nil || !strings.Contains(err.Error(), `request "b" has an embedding of 3 dimensions, others have 2`) {
		t.Errorf("vectors of two lengths: error %v", err)
	}
	if _, _, err := fill(t, e, folder, "a", "x", "a"); err == nil || err.Error() != "it went wrong" {
		t.Errorf("a call failed: error %v", err)
	}
	if e.asked["a"] != 1 {
		t.Errorf("asked %v: what was answered before an error is asked again", e.asked)
	}
}
