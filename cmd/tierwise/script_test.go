package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"tierwise": func() { os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// Every script in testdata/script is one behaviour of the command line. Besides the commands of testscript they have
//
//	exits CODE COMMAND…           the command ends with that exit code
//	refuses COMMAND…              it could not run: exit code 2, nothing on stdout, one message, no file touched
//	field FILE PATH JSON          the value in a JSON file (or stdout), such as candidates.0.whole.verdict; ! field: it is not there
//	cmpresults A B                two results files are equal, the names of the data's files apart
//	rows IN.jsonl OUT.parquet…    canonical Parquet of JSON rows; several files share the rows out, in order
//	many N IN.jsonl OUT.parquet   the same with each row N times over, numbered in id and prompt
//	recut IN.parquet OUT.parquet… the same with the rows of a Parquet file
//	table IN.csv OUT.parquet      Parquet of columns named NAME:TYPE; - is null; with a third argument, compressed so
//	print FILE.parquet COLUMN…    writes columns to stdout, a line a row; - is null
//	grade IN.csv OUT.csv QUALITY  fills in a sheet of answers to label: all of them so
//	gain WORD OUT.bin [ROWS [GAIN]]  what a split goes by: 1 for the word, less the less a prompt has of it; trained on rows,
//	                              of which others predict GAIN
//	gomodule FOLDER               vets and tests the Go package in a folder, as part of a new module that requires this one
//	mangle HOW FILE               damages a file: truncate, page, footer
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                filepath.Join("testdata", "script"),
		UpdateScripts:      *update,
		RequireUniqueNames: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("TIERWISE_PROGRESS", "none") // nothing on stderr, however long it takes
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":      exits,
			"refuses":    refuses,
			"field":      field,
			"cmpresults": compareResults,
			"rows":       writeRows,
			"many":       writeMany,
			"recut":      recut,
			"table":      writeTable,
			"print":      printColumns,
			"mangle":     mangle,
			"grade":      gradeSheet,
			"gain":       writeGain,
			"gomodule":   goModule,
		},
	})
}

// usage ends a script whose command has not n arguments.
func usage(ts *testscript.TestScript, neg bool, args []string, n int, form string) {
	if neg || len(args) < n {
		ts.Fatalf("usage: %s", form)
	}
}

// execute runs a command and returns its exit code.
func execute(ts *testscript.TestScript, args []string) int {
	err := ts.Exec(args[0], args[1:]...)
	ended, ok := errors.AsType[*exec.ExitError](err)
	if err != nil && !ok {
		ts.Fatalf("%v", err)
	}
	if ok {
		return ended.ExitCode()
	}
	return 0
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 2, "exits CODE COMMAND…")
	if got := execute(ts, args[1:]); strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit code %d, want %s", got, args[0])
	}
}

func refuses(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 1, "refuses COMMAND…")
	before := fileTimes(ts)
	if code := execute(ts, args); code != exitCouldNotRun {
		ts.Fatalf("exit code %d, want %d", code, exitCouldNotRun)
	}
	message := ts.ReadFile("stderr")
	switch {
	case ts.ReadFile("stdout") != "":
		ts.Fatalf("something was printed on stdout")
	case !strings.HasPrefix(message, "tierwise: ") || strings.Contains(message, "goroutine "):
		ts.Fatalf("stderr is no message: %s", message)
	case strings.Contains(message, ts.Getenv("WORK")):
		ts.Fatalf("the message names a file otherwise than the caller did: %s", message)
	}
	if diff := cmp.Diff(before, fileTimes(ts)); diff != "" {
		ts.Fatalf("it changed files (-before +after)\n%s", diff)
	}
}

// fileTimes says of every file of the script how large it is and when it was written.
func fileTimes(ts *testscript.TestScript) map[string]string {
	times := map[string]string{}
	root := ts.Getenv("WORK")
	ts.Check(filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		times[strings.TrimPrefix(path, root)] = fmt.Sprint(info.Size(), info.ModTime().UnixNano())
		return nil
	}))
	return times
}

// goModule works without a network: what this module requires is there, or it would not run.
func goModule(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: [!] gomodule FOLDER")
	}
	checkout, err := filepath.Abs(filepath.Join("..", ".."))
	ts.Check(err)
	dir, err := os.MkdirTemp(ts.Getenv("WORK"), "module")
	ts.Check(err)
	ts.Check(os.CopyFS(filepath.Join(dir, "dispatch"), os.DirFS(ts.MkAbs(args[0]))))
	module := "module example.com/service\n\ngo 1.26\n\nrequire github.com/tierwise/tierwise v0.0.0\n\nreplace github.com/tierwise/tierwise => " + checkout + "\n"
	ts.Check(os.WriteFile(filepath.Join(dir, "go.mod"), []byte(module), 0o644))
	sums, err := os.ReadFile(filepath.Join(checkout, "go.sum"))
	ts.Check(err)
	ts.Check(os.WriteFile(filepath.Join(dir, "go.sum"), sums, 0o644))
	for _, verb := range []string{"vet", "test"} {
		cmd := exec.Command("go", verb, "./...")
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOSUMDB=off", "GOWORK=off")
		out, err := cmd.CombinedOutput()
		if failed := err != nil; failed {
			ts.Logf("go %s: %v\n%s", verb, err, out)
			if !neg {
				ts.Fatalf("the package does not pass")
			}
			return
		}
	}
	if neg {
		ts.Fatalf("the package passes")
	}
}

func field(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 && (!neg || len(args) != 2) {
		ts.Fatalf("usage: [!] field FILE PATH JSON")
	}
	value, ok := lookUp(parseJSON(ts, args[0]), strings.Split(args[1], "."))
	got, err := json.Marshal(value)
	ts.Check(err)
	switch {
	case neg && len(args) == 2 && ok:
		ts.Fatalf("%s is there: %s", args[1], got)
	case neg && len(args) == 2:
	case !ok:
		ts.Fatalf("%s is not there", args[1])
	case (string(got) == args[2]) == neg:
		ts.Fatalf("%s is %s", args[1], got)
	}
}

// lookUp follows a path of keys and indices.
func lookUp(value any, path []string) (any, bool) {
	for _, key := range path {
		switch v := value.(type) {
		case map[string]any:
			var ok bool
			if value, ok = v[key]; !ok {
				return nil, false
			}
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(v) {
				return nil, false
			}
			value = v[i]
		default:
			return nil, false
		}
	}
	return value, true
}

// parseJSON keeps numbers as they are written.
func parseJSON(ts *testscript.TestScript, name string) any {
	var value any
	d := json.NewDecoder(bytes.NewReader([]byte(ts.ReadFile(name))))
	d.UseNumber()
	ts.Check(d.Decode(&value))
	return value
}

func compareResults(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 2, "cmpresults A B")
	var results [2]any
	for i := range results {
		results[i] = parseJSON(ts, args[i])
		data, _ := lookUp(results[i], []string{"data"})
		of, ok := data.(map[string]any)
		if !ok || of["files"] == nil || !slices.Contains(slices.Collect(maps.Keys(of)), "hash") {
			ts.Fatalf("%s is no results file", args[i])
		}
		delete(of, "files")
	}
	if diff := cmp.Diff(results[0], results[1]); diff != "" {
		ts.Fatalf("-%s +%s\n%s", args[0], args[1], diff)
	}
}
