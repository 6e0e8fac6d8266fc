package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/datasets/demo"
)

var update = flag.Bool("update", false, "rewrite the outputs in README.md and the expected files in testdata/script")

// The commands of README.md run, and print what README.md says they do: a block of text that follows a block of shell
// is the output of its only command. With -update it is rewritten.
func TestReadme(t *testing.T) {
	if testing.Short() {
		t.Skip("trains two classifiers on 12,500 prompts")
	}
	path, err := filepath.Abs(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	readme := string(data)
	t.Setenv("TIERWISE_PROGRESS", "none") // training takes long where the tests share the machine
	t.Chdir(t.TempDir())
	id := prepareFolder(t)

	blocks := fences(readme)
	ran := 0
	var rewritten strings.Builder
	end := 0 // of what is in rewritten
	for i, b := range blocks {
		if b.language != "sh" {
			continue
		}
		var stdout string
		for line := range strings.Lines(readme[b.from:b.to]) {
			if args := readmeCommand(t, line, id); args != nil {
				stdout = runReadme(t, line, args)
				ran++
			}
		}
		if i+1 == len(blocks) || blocks[i+1].language != "text" {
			continue
		}
		output := blocks[i+1]
		if diff := cmp.Diff(strings.Split(readme[output.from:output.to], "\n"), strings.Split(stdout, "\n")); diff != "" && !*update {
			t.Errorf("README.md shows another output of %s (-README +output); rewrite it with -update\n%s", readme[b.from:b.to], diff)
		}
		rewritten.WriteString(readme[end:output.from] + stdout)
		end = output.to
	}
	if ran < 3 || end == 0 {
		t.Errorf("%d commands were run, and outputs compared up to byte %d: are the blocks of README.md still found?", ran, end)
	}
	if *update {
		if err := os.WriteFile(path, []byte(rewritten.String()+readme[end:]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// A fence is a block of code in Markdown: its text is [from, to).
type fence struct {
	language string
	from, to int
}

func fences(markdown string) []fence {
	const mark = "```"
	var found []fence
	open, at := false, 0
	for line := range strings.Lines(markdown) {
		next := at + len(line)
		if language, ok := strings.CutPrefix(strings.TrimSpace(line), mark); ok {
			if open {
				found[len(found)-1].to = at
			} else {
				found = append(found, fence{language: language, from: next})
			}
			open = !open
		}
		at = next
	}
	return found
}

// prepareFolder writes what the commands of README.md take for granted, made of the demo, and returns the id of a request.
func prepareFolder(t *testing.T) string {
	t.Helper()
	files, err := demo.Files(&demo.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		name := f.Name
		if name == "safe.toml" {
			name = "router.toml"
		}
		if err := writeFile(name, f.Data); err != nil {
			t.Fatal(err)
		}
	}
	d, err := datasets.Open(t.Context(), []string{"traffic.parquet"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	rows, err := d.Fetch(t.Context(), []datasets.RowRef{{File: "traffic.parquet", Row: 1}})
	if err != nil {
		t.Fatal(err)
	}
	return rows[0].ID
}

// readmeCommand returns the arguments of the tierwise command on a line, with the id of a request for ID; nil if it is a
// command of Go's.
func readmeCommand(t *testing.T, line, id string) []string {
	t.Helper()
	command, _, _ := strings.Cut(line, " #")
	args := strings.Fields(command)
	switch {
	case len(args) == 0:
		return nil
	case strings.ContainsAny(command, `'"$|>;&\`):
		t.Errorf("README.md: %q needs a shell to run", command)
		return nil
	case args[0] == "tierwise":
		args = args[1:]
	case strings.HasPrefix(command, "go run ./cmd/tierwise "):
		args = args[3:]
	case command == "go test ./...\n", command == "go install ./cmd/tierwise\n":
		return nil
	default:
		t.Errorf("README.md: how is %q run?", command)
		return nil
	}
	for i := range args {
		if args[i] == "ID" {
			args[i] = id
		}
	}
	return args
}

// runReadme runs a command, which must do its work without a word on stderr, and returns what it printed.
func runReadme(t *testing.T, line string, args []string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), args, strings.NewReader(""), &stdout, &stderr); code != exitDone || stderr.Len() > 0 {
		t.Errorf("README.md: %sexit code %d\n%s", line, code, &stderr)
	}
	return stdout.String()
}
