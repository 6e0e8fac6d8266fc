package trace_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/tierwise/tierwise/routing/trace"
)

// writerDir is set in the process that TestKill kills.
const writerDir = "TIERWISE_TEST_TRACE_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(writerDir); dir != "" {
		writeForEver(dir)
	}
	os.Exit(m.Run())
}

// writeForEver says each id once its record is written.
func writeForEver(dir string) {
	w, err := trace.NewWriter(dir, &trace.Options{MaxBytes: 100_000})
	for n := 0; err == nil; n++ {
		if err = w.Write(sample(n)); err == nil {
			fmt.Printf("r%d\n", n)
		}
	}
	fmt.Println(err)
	os.Exit(1)
}

// A process that is killed in the middle has lost no record that Write returned for.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), writerDir+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var said []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if said = append(said, lines.Text()); len(said) == 1000 {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || len(said) < 1000 {
		t.Fatalf("it ended by itself after %d records: %v", len(said), err)
	}
	kept := make(map[string]bool)
	for _, file := range files(t, dir) {
		records, _, err := read(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			kept[r.ID] = true
		}
	}
	for _, id := range said {
		if !kept[id] {
			t.Errorf("%s is lost", id)
		}
	}
}
