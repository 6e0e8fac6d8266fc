package train_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/train"
)

var _ eval.OutOfFoldGains = (*train.SplitOutOfFold)(nil)

func splitRows(n int) []train.SplitPrediction {
	rows := make([]train.SplitPrediction, n)
	for i := range rows {
		key := datasets.PromptKey(fmt.Appendf(nil, "prompt %d", i/2)) // two of each prompt
		rows[i] = train.SplitPrediction{ID: fmt.Sprint("r", i), PromptKey: int64(key), Fold: int32(i % 5), Gain: float64(i%201-100) / 100}
	}
	return rows
}

func writtenGains(tb testing.TB, rows []train.SplitPrediction) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := train.NewSplitOutOfFold(rows).Write(&b, "cafe"); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func TestSplitOutOfFoldRoundTrip(t *testing.T) {
	rows := splitRows(1500) // more than are read at once
	b := writtenGains(t, rows)
	o, err := train.ReadSplitOutOfFold(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rows, o.Rows()); diff != "" || o.Artifact() != "cafe" {
		t.Fatalf("artifact %q\n%s", o.Artifact(), diff)
	}
	for _, p := range rows {
		if gain, ok := o.Lookup([]byte(p.ID), uint64(p.PromptKey)); !ok || gain != p.Gain {
			t.Fatalf("%s: found %v %v, want %v", p.ID, gain, ok, p.Gain)
		}
		if _, ok := o.Lookup([]byte("another"), uint64(p.PromptKey)); !ok {
			t.Fatalf("%s: not found by its prompt", p.ID)
		}
		if _, ok := o.Lookup([]byte(p.ID), uint64(p.PromptKey)+1); ok {
			t.Fatalf("%s: found with another prompt", p.ID)
		}
	}
}

func TestReadSplitOutOfFoldRefuses(t *testing.T) {
	bad := splitRows(3)
	bad[2].Gain = 1.5
	classifiers := written(t, fit(t, read(t, traffic(60, 1), nil), &train.Options{Head: train.Prototypes}).OutOfFold, "cafe")
	for _, test := range []struct {
		data []byte
		want string
	}{
		{nil, "not a file of out-of-fold gains"},
		{writtenGains(t, bad), "out-of-fold gains: row 3: gain 1.5: want −1 to 1"},
		{classifiers, "its metadata lacks tierwise.split"},
	} {
		if _, err := train.ReadSplitOutOfFold(bytes.NewReader(test.data), int64(len(test.data))); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, want %q", err, test.want)
		}
	}
}

func FuzzReadSplitOutOfFold(f *testing.F) {
	b := writtenGains(f, splitRows(5))
	f.Add(b)
	f.Add(b[:len(b)/2])
	f.Fuzz(func(t *testing.T, b []byte) {
		o, err := train.ReadSplitOutOfFold(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		for _, p := range o.Rows() {
			if gain, ok := o.Lookup([]byte(p.ID), uint64(p.PromptKey)); !ok || !(gain >= -1 && gain <= 1) {
				t.Errorf("%s: %v, %v", p.ID, gain, ok)
			}
		}
	})
}
