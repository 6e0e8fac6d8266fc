package eval_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
)

// countedOutOfFold counts how often it is asked.
type countedOutOfFold struct {
	outOfFold
	n *int
}

func (o countedOutOfFold) Lookup(id []byte, key uint64) (string, float64, bool) {
	*o.n++
	return o.outOfFold.Lookup(id, key)
}

// TestMemo wants the same sums with a memo as without, and of the second pass that nobody is asked again; another classifier
// has a memory of its own.
func TestMemo(t *testing.T) {
	var seen, rows []datasets.Row
	one, cost := 1.0, 0.1
	for i := range 60 {
		row := datasets.Row{ID: fmt.Sprintf("%02d", i), Prompt: fmt.Sprint("prompt of ", []string{"t", "u"}[i%2], " no ", i), Task: []string{"t", "u"}[i%2]}
		for _, m := range []string{"S", "L"} {
			row.Outcomes = append(row.Outcomes, datasets.Outcome{Model: m, Quality: &one, CostUSD: &cost})
		}
		rows = append(rows, row)
		if i < 40 {
			seen = append(seen, row)
		}
	}
	asked := 0
	candidate := leakCandidate(t, asLayer2, learnt(t, seen, "t", "u"))
	predictions := countedOutOfFold{outOfFold{}, &asked}
	for i := range seen[:30] { // of the others there are none: they are left out
		predictions.add(&seen[i], "u", 0.9)
	}
	candidate.OutOfFold, candidate.OutOfFoldSum = predictions, "sum"
	other := candidate
	other.OutOfFold, other.OutOfFoldSum = outOfFold{}, "other"
	memo, d := &eval.Memo{}, openFiles(t, rows, 3)
	sums := func(c eval.Candidate, memo *eval.Memo, workers int) string {
		job, err := eval.NewJob([]eval.Candidate{c}, nil)
		if err != nil {
			t.Fatal(err)
		}
		out, err := job.Run(context.Background(), d, d.Shards(), &eval.RunOptions{Workers: workers, Memo: memo})
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(out)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	want, wantOther := sums(candidate, nil, 1), sums(other, nil, 1)
	if asked != len(seen) || want == wantOther {
		t.Fatalf("asked %d times of %d requests; sums are the same: %t", asked, len(seen), want == wantOther)
	}
	for pass, asks := range []int{2 * len(seen), 2 * len(seen)} {
		if got := sums(candidate, memo, 1+pass); got != want {
			t.Errorf("pass %d:\n%s\nnot\n%s", pass, got, want)
		}
		if asked != asks {
			t.Errorf("pass %d: asked %d times, not %d", pass, asked, asks)
		}
		if got := sums(other, memo, 1); got != wantOther {
			t.Errorf("pass %d of the other:\n%s\nnot\n%s", pass, got, wantOther)
		}
	}
}
