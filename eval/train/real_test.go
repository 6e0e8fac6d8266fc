package train_test

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval/train"
)

// realData opens a file of real data, which is no part of the project.
func realData(tb testing.TB, name string, opts *datasets.Options) *datasets.Dataset {
	tb.Helper()
	path := filepath.Join(cmp.Or(os.Getenv("TIERWISE_DATA"), filepath.Join("..", "..", "..", "shared", "data")), name)
	d, err := datasets.Open(context.Background(), []string{path}, opts)
	if errors.Is(err, fs.ErrNotExist) {
		tb.Skipf("needs real data: set TIERWISE_DATA to the folder that has %s", name)
	}
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { d.Close() })
	return d
}

// clinc reads CLINC150 (Larson et al. 2019): its training split to train on, its test split to verify on.
func clinc(tb testing.TB) *train.Requests {
	d := realData(tb, "clinc150.parquet", &datasets.Options{
		SplitMap: map[string]string{"train": "tune", "val": "tune", "test": "verify"},
		Where:    []datasets.Condition{{Column: "split", Value: "val", Not: true}},
	})
	r, err := train.Read(context.Background(), d, &train.ReadOptions{Reject: "oos", Workers: runtime.GOMAXPROCS(0)})
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// In scope, a rejection counts as wrong. Published: SVM 91.0 % at 14.5 % out-of-scope recall, MLP on USE 93.5 at 47.4.
func TestCLINC150(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	r := clinc(t)
	if len(r.Train) != 15_100 || len(r.Verify) != 5_500 || len(r.Tasks) != 150 {
		t.Fatalf("%d requests to train on, %d to verify on, %d tasks", len(r.Train), len(r.Verify), len(r.Tasks))
	}
	start := time.Now()
	result := fit(t, r, &train.Options{Workers: runtime.GOMAXPROCS(0)})
	took, size := time.Since(start), len(artifact(t, result.Classifier))
	report := result.Report
	t.Logf("%v, artifact of %d bytes, %s head, λn %v, %d features", took, size, report.Head, report.L2, report.Features)
	logFigures(t, "out of fold", &report.Figures)
	logFigures(t, "test", &report.Verify.Figures)
	i := slices.IndexFunc(report.Verify.Curve, func(c train.Threshold) bool { return c.Recall >= 0.48 })
	at := report.Verify.Curve[i]
	t.Logf("min_confidence %.2f: in scope %.4f, out-of-scope recall %.3f", at.MinConfidence, at.InScope, at.Recall)
	if at.InScope < 0.925 {
		t.Errorf("in-scope accuracy %.4f at an out-of-scope recall of %.3f: want 0.925", at.InScope, at.Recall)
	}
	if report.ECE > 0.03 {
		t.Errorf("ECE %.4f: want 0.03 at most", report.ECE)
	}
	if size > 6<<20 {
		t.Errorf("artifact of %d bytes: want 6 MB at most", size)
	}
}

func logFigures(t *testing.T, name string, f *train.Figures) {
	t.Helper()
	t.Logf("%s: accuracy %.4f, macro-F1 %.4f, ECE %.4f, AUROC of the rejection %.4f", name, f.Accuracy, f.MacroF1, f.ECE, f.AUROC)
	for _, b := range f.Reliability {
		t.Logf("  confidence %.3f to %.3f: mean %.3f, right %.3f of %d", b.Lo, b.Hi, b.Confidence, b.Right, b.Requests)
	}
}

// draws is 3 for the figures that are published: -args -draws 3.
var draws = flag.Int("draws", 1, "how often labels are drawn where few are trained on")

// labeled keeps up to per requests of each task to train on, drawn by seed, and verifies on the others.
func labeled(full *train.Requests, per int, seed uint64) *train.Requests {
	r := *full
	r.Train, r.Verify, r.Seed = nil, nil, seed
	n := make([]int, len(r.Tasks))
	for _, i := range rand.New(rand.NewPCG(seed, 7)).Perm(len(full.Train)) {
		q := full.Train[i]
		if n[q.Task]++; n[q.Task] <= per {
			r.Train = append(r.Train, q)
		} else {
			r.Verify = append(r.Verify, q)
		}
	}
	return &r
}

// Bounds are three points below what was measured. On MMLU, a rough program had .701 with centroids and .689 with a logistic head. Of
// BFCL's classes, many differ in the tools that are offered, which are no part of a prompt.
func TestFewLabels(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	for _, test := range []struct {
		file  string
		tasks int
		least float64
	}{{"routellm_mmlu.parquet", 57, 0.70}, {"bfcl_2024_08_11.parquet", 12, 0.43}} {
		full, err := train.Read(context.Background(), realData(t, test.file, nil), &train.ReadOptions{Workers: runtime.GOMAXPROCS(0)})
		if err != nil {
			t.Fatal(err)
		}
		if len(full.Tasks) != test.tasks {
			t.Fatalf("%s: %d tasks", test.file, len(full.Tasks))
		}
		sum := 0.0
		for seed := range uint64(*draws) {
			report := fit(t, labeled(full, 50, seed), &train.Options{Workers: runtime.GOMAXPROCS(0)}).Report
			t.Logf("%s, seed %d: %s head, λn %v; out of fold %.4f, ECE %.4f; %d others %.4f, ECE %.4f", test.file, seed, report.Head, report.L2,
				report.Accuracy, report.ECE, report.Verify.Requests, report.Verify.Accuracy, report.Verify.ECE)
			sum += report.Verify.Accuracy
		}
		if mean := sum / float64(*draws); mean < test.least {
			t.Errorf("%s: accuracy %.4f with 50 labels per task: want %.2f", test.file, mean, test.least)
		}
	}
}
