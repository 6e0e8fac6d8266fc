package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tierwise/tierwise/eval/gate"
)

// The workflow that people copy has flags that there are, names the files that it writes, and finds its comment by the
// marker that is in it.
func TestWorkflow(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "workflow", "check.yml"))
	if err != nil {
		t.Fatal(err)
	}
	workflow := string(data)
	command := regexp.MustCompile(`(?m)run: tierwise (check .*)$`).FindStringSubmatch(workflow)
	if command == nil {
		t.Fatal("there is no tierwise check in it")
	}
	args := strings.Fields(strings.ReplaceAll(command[1], `"`, ""))
	a := &app{stdin: &bytes.Buffer{}, stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{}}
	cmd, rest, err := a.newRoot().Find(args)
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.ParseFlags(rest); err != nil {
		t.Fatal(err)
	}
	if err := cmd.ValidateArgs(cmd.Flags().Args()); err != nil {
		t.Error(err)
	}
	outputs, err := cmd.Flags().GetStringArray("output")
	if err != nil || len(outputs) != 2 {
		t.Fatalf("it writes %q, %v", outputs, err)
	}
	for _, output := range outputs {
		if checkFormat(output) == nil || strings.Count(workflow, output) < 2 {
			t.Errorf("%s is not written, or nothing is done with it", output)
		}
	}
	if marker := checkMarker(&gate.Result{Config: cmd.Flags().Arg(0)}); !strings.Contains(workflow, "<!-- "+marker+" -->") {
		t.Errorf("it looks for another comment than that of %q", marker)
	}
}
