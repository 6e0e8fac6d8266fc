package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/renameio/v2"
	"github.com/google/renameio/v2/maybe"

	"github.com/tierwise/tierwise/eval"
)

// writeFile writes data to path: all of it, or nothing.
func writeFile(path string, data []byte) error { return maybe.WriteFile(target(path), data, 0o644) }

// target returns the file that a link leads to, so that the file is replaced and the link stays.
func target(path string) string {
	if to, err := filepath.EvalSymlinks(path); err == nil {
		return to
	}
	return path
}

// replaceFile writes what write writes to path: all of it, or nothing.
func replaceFile(path string, write func(w io.Writer) error) error {
	f, err := renameio.NewPendingFile(target(path), renameio.WithPermissions(0o644))
	if err != nil {
		return err
	}
	defer f.Cleanup()
	if err := write(f); err != nil {
		return err
	}
	return f.CloseAtomicallyReplace()
}

// A format writes results to a file.
type format func(path string, c *eval.Comparison) error

// outputs checks the -o flags before any work is done.
func outputs(paths []string, formats map[string]format) ([]func(*eval.Comparison) error, error) {
	var out []func(*eval.Comparison) error
	for _, path := range paths {
		write, ok := formats[filepath.Ext(path)]
		if !ok {
			known := make([]string, 0, len(formats))
			for ext := range formats {
				known = append(known, ext)
			}
			return nil, fmt.Errorf("-o %s: cannot write that format; known are %s", path, strings.Join(sorted(known), " "))
		}
		if err := checkPlace(path); err != nil {
			return nil, err
		}
		out = append(out, func(c *eval.Comparison) error { return write(path, c) })
	}
	return out, nil
}

// keepInputs refuses an output that is one of the files that are read.
func keepInputs(output string, inputs ...string) error {
	for _, path := range inputs {
		if sameFile(path, output) {
			return fmt.Errorf("-o %s: is what is read; name another file", output)
		}
	}
	return nil
}

// sameFile reports whether both are there and are one file, under whatever names.
func sameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

// checkPlace finds out before any work is done whether a file could be written there.
func checkPlace(path string) error {
	if info, err := os.Stat(path); err == nil {
		switch {
		case info.IsDir():
			return fmt.Errorf("-o %s: is a folder; name a file", path)
		case !info.Mode().IsRegular():
			return fmt.Errorf("-o %s: is no regular file, which cannot be replaced; name another", path)
		}
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return fmt.Errorf("-o %s: %s: no such folder; make it first", path, filepath.Dir(path))
	}
	return nil
}

func writeResults(path string, c *eval.Comparison) error {
	var b bytes.Buffer
	if err := printJSON(&b, c); err != nil {
		return err
	}
	return writeFile(path, b.Bytes())
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
