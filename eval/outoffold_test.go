package eval_test

import (
	"testing"

	"github.com/tierwise/tierwise/eval"
)

func TestOutOfFoldPath(t *testing.T) {
	for artifact, want := range map[string]string{
		"pp.bin":        "pp.oof.parquet",
		"pp.v2":         "pp.v2.oof.parquet",
		"pp.v2.bin":     "pp.v2.oof.parquet",
		"pp":            "pp.oof.parquet",
		"a.b/pp":        "a.b/pp.oof.parquet",
		"models/pp.bin": "models/pp.oof.parquet",
		"models/.bin":   "models/.bin.oof.parquet",
		".bin":          ".bin.oof.parquet",
	} {
		if got := eval.OutOfFoldPath(artifact); got != want {
			t.Errorf("of %s: %s, want %s", artifact, got, want)
		}
	}
}
