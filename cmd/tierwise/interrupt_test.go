package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"

	"github.com/tierwise/tierwise/datasets"
)

// Whoever interrupts a run is told so, and finds no file that is half of something.
func TestInterrupt(t *testing.T) {
	t.Chdir(t.TempDir())
	quality := 1.0
	var traffic bytes.Buffer
	w := datasets.NewWriter(&traffic)
	if err := w.Write(datasets.Row{ID: "r1", Prompt: "hello", Outcomes: []datasets.Outcome{{Model: "small", Quality: &quality}}}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := writeFile("traffic.parquet", traffic.Bytes()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stdout, stderr bytes.Buffer
	code := run(ctx, []string{"eval", "-d", "traffic.parquet", "-o", "results.json"}, strings.NewReader(""), &stdout, &stderr)
	if code != exitCouldNotRun || stdout.Len() > 0 || stderr.String() != "tierwise: stopped; nothing was written\n" {
		t.Errorf("exit code %d\nstdout: %s\nstderr: %s", code, &stdout, &stderr)
	}
	files, err := os.ReadDir(".")
	if err != nil || len(files) != 1 {
		t.Errorf("%d files, %v; want only the traffic", len(files), err)
	}
}
