package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
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

// A stopsAt is a context that is cancelled once a file is there.
type stopsAt struct {
	context.Context //nolint:containedctx // it is one
	path            string
}

func (c stopsAt) Err() error {
	if _, err := os.Stat(c.path); err == nil {
		return context.Canceled
	}
	return nil
}

// Files that were there before the interrupt are told of.
func TestInterruptLeavesFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, test := range []struct {
		stopsAt, args, stderr string
		files                 int
	}{
		{".", "demo", "tierwise: stopped; nothing was written\n", 0},
		{"tierwise-demo/traffic.parquet", "demo", "tierwise: stopped; tierwise-demo has the traffic and the configs, and no results\n", 5},
		{
			"decisions.parquet", "eval tierwise-demo/balanced.toml -d tierwise-demo/traffic.parquet -o decisions.parquet -o label-next.csv --workers 1",
			"tierwise: stopped; only decisions.parquet was written\n", 5,
		},
	} {
		var stdout, stderr bytes.Buffer
		code := run(stopsAt{t.Context(), test.stopsAt}, strings.Fields(test.args), strings.NewReader(""), &stdout, &stderr)
		if code != exitCouldNotRun || stderr.String() != test.stderr {
			t.Errorf("%s: exit code %d, stderr: %s", test.args, code, &stderr)
		}
		files, err := filepath.Glob("tierwise-demo/*")
		if err != nil || len(files) != test.files {
			t.Errorf("%s: %q, %v; want %d files", test.args, files, err, test.files)
		}
	}
	if _, err := os.Stat("label-next.csv"); err == nil {
		t.Error("label-next.csv was written")
	}
}
