package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval/train"
	"github.com/tierwise/tierwise/routing/classify/classifytest"
)

const classifierConfig = `
version = 1
baseline = "L"
tiers = { l = "L" }
[tasks.t]
chain = ["l"]
[tasks.u]
chain = ["l"]
[router]
default = "u"
[router.embedding]
artifact = "models/c.bin"
`

// predictionsOf returns the file of out-of-fold predictions of an artifact.
func predictionsOf(t *testing.T, artifact string, rows ...train.Prediction) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := parquet.NewGenericWriter[train.Prediction](&buf,
		parquet.KeyValueMetadata("tierwise.oof", "1"), parquet.KeyValueMetadata("tierwise.artifact", artifact))
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// Out-of-fold predictions are those beside the artifact, and of that artifact.
func TestReadOutOfFold(t *testing.T) {
	artifact := classifytest.Artifact(0.5, "", "t", "u")
	sum := sha256.Sum256(artifact)
	key := datasets.PromptKey([]byte("a prompt"))
	row := train.Prediction{ID: "r1", PromptKey: int64(key), Gold: "t", Task: "u", Confidence: 0.75, Probability: 0.8}
	good := predictionsOf(t, hex.EncodeToString(sum[:]), row)
	ownSum := sha256.Sum256(good)
	for _, tt := range []struct {
		name, want string // want: in the error
		beside     []byte // nil: no file
	}{
		{"none", "", nil},
		{"its own", "", good},
		{"another's", "belongs to another artifact than ", predictionsOf(t, strings.Repeat("0", 64), row)},
		{"something else", "not a file of out-of-fold predictions", []byte("PAR1")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			write := func(name string, data []byte) string {
				path := filepath.Join(dir, filepath.FromSlash(name))
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, data, 0o644); err != nil {
					t.Fatal(err)
				}
				return path
			}
			write("models/c.bin", artifact)
			config := write("router.toml", []byte(classifierConfig))
			if tt.beside != nil {
				write("models/c.oof.parquet", tt.beside)
			}
			candidates, err := readCandidates([]string{config})
			if tt.want != "" {
				if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "c.oof.parquet") {
					t.Errorf("error %v, want one with %q that names the file", err, tt.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			c := candidates[0]
			if tt.beside == nil {
				if c.OutOfFold != nil || c.OutOfFoldSum != "" {
					t.Errorf("predictions %v of sum %q out of nowhere", c.OutOfFold, c.OutOfFoldSum)
				}
				return
			}
			task, confidence, ok := c.OutOfFold.Lookup([]byte("r1"), key)
			if task != "u" || confidence != 0.75 || !ok || c.OutOfFoldSum != hex.EncodeToString(ownSum[:]) {
				t.Errorf("prediction %s, %v, %v of sum %s", task, confidence, ok, c.OutOfFoldSum)
			}
		})
	}
}
