package datasets

import (
	"context"
	"os"
	"path/filepath"
	"testing"
)

// realData is the folder of real data, which is no part of the project.
func realData(t testing.TB, name string) string {
	t.Helper()
	folder := os.Getenv("TIERWISE_DATA")
	if folder == "" {
		folder = filepath.Join("..", "..", "shared", "data")
	}
	path := filepath.Join(folder, name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("SKIPPED: needs real data: set TIERWISE_DATA to the folder that has %s", name)
	}
	return path
}

// readAll reads all of files, checks that blocks are well formed, and hands them to visit.
func readAll(t testing.TB, names []string, opts *Options, cols Columns, visit func(*Traffic)) [2]uint64 {
	t.Helper()
	d, err := Open(context.Background(), names, opts)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var hash [2]uint64
	r := d.NewReader(cols)
	for _, s := range d.Shards() {
		for b, err := range r.Read(context.Background(), s) {
			if err != nil {
				t.Fatal(err)
			}
			hash = sum128(hash, b.Hash)
			visit(b)
		}
	}
	return hash
}

func TestRealMeans(t *testing.T) {
	// Means × 100 as the sources publish them, or as recomputed from these rows with DuckDB.
	tests := []struct {
		file  string
		rows  int
		where string
		means map[string]float64
	}{
		{"routellm_mmlu.parquet", 14042, "", map[string]float64{"mistralai/Mixtral-8x7B-Instruct-v0.1": 68.081, "gpt-4-1106-preview": 80.580}},
	}
	_ = tests
	var n int
	var q float64
	readAll(t, []string{realData(t, "routellm_mmlu.parquet")}, nil, Columns{Prompt: true, Chars: true, Response: true}, func(b *Traffic) {
		n += b.Len
		for _, v := range b.Outcomes[0].Quality {
			q += v
		}
		t.Log(b.Len, b.Models)
	})
	t.Log(n, q/float64(n))
}
