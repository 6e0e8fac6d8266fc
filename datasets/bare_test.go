package datasets

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Without tokens and hash everything else is the same, from memory and from a file.
func TestBare(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	rows := randomRows(r, 300)
	file := parquetOf(t, rows)
	models := []string{"a"}
	read := map[string]func(Columns) *Traffic{
		"memory": func(c Columns) *Traffic {
			traffic, err := FromRows(rows, c)
			if err != nil {
				t.Fatal(err)
			}
			return traffic
		},
		"file": func(c Columns) *Traffic {
			d, err := Open(context.Background(), []string{"f"}, opening(file, Options{}))
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			for traffic, err := range d.NewReader(c).Read(context.Background(), d.Shards()[0]) {
				if err != nil {
					t.Fatal(err)
				}
				return traffic
			}
			t.Fatal("no block")
			return nil
		},
	}
	for name, read := range read {
		full, bare := read(Columns{Models: models}), read(Columns{Models: models, Bare: true})
		if full.Hash == [2]uint64{} || bare.Hash != [2]uint64{} {
			t.Errorf("%s: hashes %v and, bare, %v", name, full.Hash, bare.Hash)
		}
		ignore := cmp.Options{
			cmpopts.EquateNaNs(), cmpopts.IgnoreFields(Traffic{}, "Hash"),
			cmpopts.IgnoreFields(Outcomes{}, "InputTokens", "CachedInputTokens", "OutputTokens", "ReasoningTokens"),
		}
		if diff := cmp.Diff(full, bare, ignore); diff != "" {
			t.Errorf("%s (-full +bare):\n%s", name, diff)
		}
		for _, o := range bare.Outcomes {
			for i := range bare.Len {
				if !math.IsNaN(o.InputTokens[i]) || !math.IsNaN(o.ReasoningTokens[i]) {
					t.Fatalf("%s: request %d has tokens", name, i)
				}
			}
		}
	}
}
