package datasets

import (
	"context"
	"fmt"
	"math"
	"math/bits"
	"os"
	"path/filepath"
	"testing"
)

// realData is a file of real data, which is no part of the project.
func realData(t testing.TB, name string) string {
	t.Helper()
	folder := os.Getenv("TIERWISE_DATA")
	if folder == "" {
		folder = filepath.Join("..", "..", "shared", "data")
	}
	path := filepath.Join(folder, name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("needs real data: set TIERWISE_DATA to the folder that has %s", name)
	}
	return path
}

// readAll reads all of files, hands the blocks to visit, and returns the data hash.
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
	// Means × 100 as the sources publish them: RouteLLM's repository with contaminated rows left out, ZeroEval's and
	// BFCL's leaderboards.
	tests := []struct {
		file, where string
		rows        int
		models      int
		means       map[string]string
	}{
		{"routellm_mmlu.parquet", "contaminated=false", 14037, 2, map[string]string{"mistralai/Mixtral-8x7B-Instruct-v0.1": "68.091", "gpt-4-1106-preview": "80.587"}},
		{"routellm_mmlu.parquet", "", 14042, 2, map[string]string{"mistralai/Mixtral-8x7B-Instruct-v0.1": "68.081", "gpt-4-1106-preview": "80.580"}},
		{"routellm_gsm8k.parquet", "contaminated=false", 1307, 2, map[string]string{"mistralai/Mixtral-8x7B-Instruct-v0.1": "63.734", "gpt-4-1106-preview": "85.769"}},
		{"routellm_gsm8k_long.parquet", "", 1319, 2, map[string]string{"mistralai/Mixtral-8x7B-Instruct-v0.1": "63.836", "gpt-4-1106-preview": "85.671"}},
		{"routellm_gsm8k_wide.parquet", "", 1319, 2, map[string]string{"mistralai/mixtral-8x7b-chat": "63.836", "gpt-4-1106-preview": "85.671"}},
		{"zeroeval_gsm.parquet", "", 1319, 44, map[string]string{"claude-3-5-sonnet-20241022": "96.664", "gemini-1.5-flash-exp-0827": "95.007", "gemma-2-2b-it": "51.630"}},
		{"bfcl_2024_08_11.parquet", "", 1700, 71, map[string]string{"claude-3-5-sonnet-20240620": "90.529", "gpt-3.5-turbo-0125-FC": "74.588", "mistral-tiny-2312": "35.235"}},
		{"clinc150.parquet", "split=test", 5500, 0, nil},
	}
	for _, tt := range tests {
		t.Run(tt.file+" "+tt.where, func(t *testing.T) {
			opts := &Options{SplitMap: map[string]string{"train": "tune", "val": "tune", "test": "verify"}}
			if tt.where != "" {
				c, err := ParseCondition(tt.where)
				if err != nil {
					t.Fatal(err)
				}
				opts.Where = []Condition{c}
			}
			rows := 0
			sum, n := map[string]float64{}, map[string]int{}
			readAll(t, []string{realData(t, tt.file)}, opts, everything, func(b *Traffic) {
				rows += b.Len
				for m, o := range b.Outcomes {
					for _, q := range o.Quality {
						if !math.IsNaN(q) {
							sum[b.Models[m]] += q
							n[b.Models[m]]++
						}
					}
				}
			})
			if rows != tt.rows || len(sum) != tt.models {
				t.Errorf("%d rows of %d models, want %d of %d", rows, len(sum), tt.rows, tt.models)
			}
			for model, want := range tt.means {
				if got := fmt.Sprintf("%.3f", 100*sum[model]/float64(n[model])); got != want {
					t.Errorf("%s: mean is %s, want %s", model, got, want)
				}
			}
		})
	}
}

func TestRealNulls(t *testing.T) {
	d, err := Open(t.Context(), []string{realData(t, "bfcl_2024_08_11.parquet")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for column, want := range map[string]bool{"quality": true, "cost_usd": true, "latency_ms": true, "error": false, "response": false, "time": false, "outcomes": true} {
		if got := d.Has(column); got != want {
			t.Errorf("has %s: %v, want %v", column, got, want)
		}
	}
}

// The three layouts of RouteLLM's GSM8K are the same requests. The long one lacks responses, the wide one tokens,
// and it calls one model by another name.
func TestRealLayouts(t *testing.T) {
	read := func(name string) ([]request, [2]uint64) {
		var list []request
		hash := readAll(t, []string{realData(t, name)}, nil, everything, func(b *Traffic) { list = append(list, requestsOf(b)...) })
		return list, hash
	}
	canonical, hash := read("routellm_gsm8k.parquet")
	long, longHash := read("routellm_gsm8k_long.parquet")
	wide, _ := read("routellm_gsm8k_wide.parquet")
	if hash != longHash {
		t.Errorf("data hash of the canonical layout is %x, of the long one %x", hash, longHash)
	}
	without := func(list []request, change func(string, *outcome) string) []request {
		var changed []request
		for i, r := range list {
			outcomes := map[string]outcome{}
			for model, o := range r.Outcomes {
				model = change(model, &o)
				outcomes[model] = o
			}
			r.Outcomes, r.Row = outcomes, int64(i)
			changed = append(changed, r)
		}
		return changed
	}
	same(t, without(canonical, func(model string, o *outcome) string { o.Response = "null"; return model }),
		without(long, func(model string, o *outcome) string { return model }))
	same(t, without(canonical, func(model string, o *outcome) string {
		o.Numbers[numInputTokens], o.Numbers[numOutputTokens] = "null", "null"
		if model == "mistralai/Mixtral-8x7B-Instruct-v0.1" {
			model = "mistralai/mixtral-8x7b-chat"
		}
		return model
	}), without(wide, func(model string, o *outcome) string { return model }))
}

// sum128 is x + y modulo 2^128, low word first.
func sum128(x, y [2]uint64) [2]uint64 {
	lo, carry := bits.Add64(x[0], y[0], 0)
	hi, _ := bits.Add64(x[1], y[1], carry)
	return [2]uint64{lo, hi}
}
