package train_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval/train"
)

func written(tb testing.TB, o *train.OutOfFold, artifact string) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := o.Write(&b, artifact); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func TestOutOfFoldRoundTrip(t *testing.T) {
	rows := traffic(450, 1) // more than are read at once
	result := fit(t, read(t, rows, nil), &train.Options{Head: train.Prototypes})
	b := written(t, result.OutOfFold, "cafe")
	o, err := train.ReadOutOfFold(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(result.OutOfFold.Rows(), o.Rows()); diff != "" {
		t.Fatal(diff)
	}
	if o.Artifact() != "cafe" || len(o.Rows()) != len(rows) {
		t.Errorf("%d rows of artifact %q", len(o.Rows()), o.Artifact())
	}
	for _, p := range o.Rows() {
		if task, confidence, ok := o.Lookup([]byte(p.ID), uint64(p.PromptKey)); !ok || task != p.Task || confidence != p.Confidence {
			t.Fatalf("%s: found %s %v %v, want %s %v", p.ID, task, confidence, ok, p.Task, p.Confidence)
		}
		if _, _, ok := o.Lookup([]byte("another"), uint64(p.PromptKey)); !ok {
			t.Fatalf("%s: not found by its prompt", p.ID)
		}
		if _, _, ok := o.Lookup([]byte(p.ID), uint64(p.PromptKey)+1); ok {
			t.Fatalf("%s: found with another prompt", p.ID)
		}
	}
}

// Of requests with the same prompt, each gets its own prediction.
func TestLookupByIDThenPrompt(t *testing.T) {
	rows := traffic(20, 2)
	for i := range 6 {
		rows[i].Prompt = "the same words"
		rows[i].Group = fmt.Sprint("group ", i)
	}
	o := fit(t, read(t, rows, nil), &train.Options{Head: train.Prototypes}).OutOfFold
	for _, p := range o.Rows() {
		if _, confidence, ok := o.Lookup([]byte(p.ID), uint64(p.PromptKey)); !ok || confidence != p.Confidence {
			t.Errorf("%s: %v, want %v", p.ID, confidence, p.Confidence)
		}
	}
	if _, _, ok := o.Lookup([]byte("x"), datasets.PromptKey([]byte("The  same words"))); !ok {
		t.Error("not found by its prompt")
	}
}

func FuzzReadOutOfFold(f *testing.F) {
	var file bytes.Buffer
	w := parquet.NewGenericWriter[train.Prediction](&file, parquet.KeyValueMetadata("tierwise.oof", "1"), parquet.KeyValueMetadata("tierwise.artifact", "00"))
	for i := range 5 {
		if _, err := w.Write([]train.Prediction{{ID: fmt.Sprint(i), PromptKey: int64(i), Gold: "a", Task: "b", Confidence: 0.5}}); err != nil {
			f.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		f.Fatal(err)
	}
	b := file.Bytes()
	if _, err := train.ReadOutOfFold(bytes.NewReader(b), int64(len(b))); err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte("PAR1"))
	f.Add(slices.Concat(b[:len(b)/2], b[len(b)/2+1:]))
	f.Fuzz(func(t *testing.T, b []byte) {
		o, err := train.ReadOutOfFold(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			_ = err.Error()
			return
		}
		for _, p := range o.Rows() {
			if _, _, ok := o.Lookup([]byte(p.ID), uint64(p.PromptKey)); !ok {
				t.Fatalf("%q is there and not found", p.ID)
			}
		}
	})
}
