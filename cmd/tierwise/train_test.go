package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval/train"
)

// writeTasks writes traffic of two tasks to a file in the working folder.
func writeTasks(t *testing.T, name string) {
	t.Helper()
	var rows []datasets.Row
	for i := range 20 {
		rows = append(rows, datasets.Row{ID: fmt.Sprint("a", i), Prompt: fmt.Sprint("refund the invoice ", i), Task: "billing"},
			datasets.Row{ID: fmt.Sprint("b", i), Prompt: fmt.Sprint("compile the loop ", i), Task: "code"})
	}
	var traffic bytes.Buffer
	w := datasets.NewWriter(&traffic)
	if err := errors.Join(w.Write(rows...), w.Close(), writeFile(name, traffic.Bytes())); err != nil {
		t.Fatal(err)
	}
}

// Whoever interrupts training finds neither a classifier nor predictions.
func TestInterruptTraining(t *testing.T) {
	t.Chdir(t.TempDir())
	writeTasks(t, "traffic.parquet")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stdout, stderr bytes.Buffer
	code := run(ctx, []string{"train", "-d", "traffic.parquet", "-o", "classifier.bin"}, strings.NewReader(""), &stdout, &stderr)
	if code != exitCouldNotRun || stdout.Len() > 0 || stderr.String() != "tierwise: stopped; nothing was written\n" {
		t.Errorf("exit code %d\nstdout: %s\nstderr: %s", code, &stdout, &stderr)
	}
	wantFiles(t, "traffic.parquet")
}

// Where the predictions cannot be written, no classifier is, and where the classifier cannot be put in its place, no
// predictions stay behind.
func TestClassifierAndPredictionsTogether(t *testing.T) {
	t.Chdir(t.TempDir())
	writeTasks(t, "traffic.parquet")
	d, err := datasets.Open(t.Context(), []string{"traffic.parquet"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	requests, err := train.Read(t.Context(), d, nil)
	if err != nil {
		t.Fatal(err)
	}
	result, err := train.Train(t.Context(), requests, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"taken", "taken/keep"} {
		if err := os.Mkdir(name, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := writeClassifier(result, "classifier.bin", "taken"); err == nil {
		t.Error("predictions took the place of a folder")
	}
	wantFiles(t, "taken", "traffic.parquet")
	if err := writeClassifier(result, "taken", "classifier.oof.parquet"); err == nil {
		t.Error("a classifier took the place of a folder")
	}
	wantFiles(t, "taken", "traffic.parquet")
}

func wantFiles(t *testing.T, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("files %v, want %v", got, want)
	}
}
