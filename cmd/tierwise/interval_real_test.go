package main

import (
	"math"
	"os"
	"path/filepath"
	"testing"
)

// A table of one task has one interval, the task's, also where it gains: in the function calls of BFCL, n 1,700, one model is
// right 310 times where the other is wrong, and 39 times it is the other way round: Wald's interval is [13.9, 18.0].
func TestIntervalOfOneTask(t *testing.T) {
	const config = `version = 1
baseline = "claude-3-5-sonnet-20240620"
[tiers]
sonnet = "claude-3-5-sonnet-20240620"
[tasks.call]
chain = ["sonnet"]
[router]
default = "call"
`
	data := realData(t, "bfcl_2024_08_11.parquet")
	path := filepath.Join(t.TempDir(), "bfcl.toml")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	k := &evaluate(t, path, "-d", data, "--baseline", "gpt-3.5-turbo-0125-FC").Candidates[0]
	whole, task := k.Whole.DeltaInterval, k.Tasks[0].DeltaInterval
	if k.Whole.Better != 310 || k.Whole.Lost != 39 {
		t.Fatalf("%d better, %d lost: other data", k.Whole.Better, k.Whole.Lost)
	}
	if whole.Lo != task.Lo || whole.Hi != task.Hi || whole.Method != task.Method {
		t.Errorf("the whole has %+v, its only task %+v", whole, task)
	}
	for _, end := range [][2]float64{{float64(whole.Lo), 0.139}, {float64(whole.Hi), 0.180}} {
		if math.Abs(end[0]-end[1]) > 0.002 {
			t.Errorf("%+v, Wald has [0.139, 0.180]", whole)
		}
	}
}
