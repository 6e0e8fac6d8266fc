package imports

import (
	"archive/zip"
	"bufio"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Detect names the format that a file or folder seems to have, by its name and its first bytes.
func Detect(name string) (string, error) {
	info, err := os.Stat(name)
	if err != nil {
		return "", err
	}
	if info.IsDir() {
		return detectFolder(name)
	}
	if lmevalName.MatchString(filepath.Base(name)) {
		return "lm_eval", nil
	}
	text, done, err := openText(name)
	if err != nil {
		return "", err
	}
	defer done()
	head, _ := text.Peek(1 << 14) // a short file is no error
	return detectHead(name, head)
}

func detectHead(name string, head []byte) (string, error) {
	switch {
	case bytes.HasPrefix(head, []byte("PAR1")):
		return "", fmt.Errorf("%s: this is Parquet, which needs no import: read it with -d", name)
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return detectZip(name)
	case bytes.HasPrefix(bytes.TrimSpace(head), []byte("{")):
		return detectKeys(firstKeys(head)), nil
	case strings.HasSuffix(strings.TrimSuffix(name, ".gz"), ".csv"):
		line, _, _ := bytes.Cut(head, []byte("\n"))
		if bytes.Contains(line, []byte(",Status,Score,Named Scores")) {
			return "promptfoo", nil // whose reader says what to export instead
		}
		return "csv", nil
	}
	return "", fmt.Errorf("%s: no format known by its looks; name one of %s", name, strings.Join(Formats(), ", "))
}

func detectFolder(folder string) (string, error) {
	format := ""
	err := filepath.WalkDir(folder+string(filepath.Separator), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		found, unknown := Detect(path)
		if unknown != nil {
			return nil //nolint:nilerr // others in the folder may be known
		}
		// Any JSON may be jsonl: such as the results beside the samples of lm_eval.
		if format == "" || format == "jsonl" {
			format = found
		}
		if found != "jsonl" {
			return fs.SkipAll
		}
		return nil
	})
	if err == nil && format == "" {
		err = fmt.Errorf("%s: nothing in this folder that can be imported", folder)
	}
	return format, err
}

func detectZip(name string) (string, error) {
	archive, err := zip.OpenReader(name)
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	defer closeRead(archive)
	for _, m := range archive.File {
		if m.Name == "header.json" || m.Name == "_journal/start.json" {
			return "inspect_ai", nil
		}
	}
	return "", fmt.Errorf("%s: a zip, but no log of inspect_ai", name)
}

// firstKeys are the keys at the top of the first object, as far as the head goes.
func firstKeys(head []byte) map[string]bool {
	keys := map[string]bool{}
	d := newDocument(bufio.NewReader(bytes.NewReader(head)))
	// The head ends anywhere, so an error is the end of what can be seen.
	_ = d.object(func(key string) error {
		if keys[key] {
			return io.EOF
		}
		keys[key] = true
		return d.skip()
	})
	return keys
}

// detectKeys tells formats of JSON apart by keys that only one of them has.
func detectKeys(keys map[string]bool) string {
	has := func(names ...string) bool {
		for _, n := range names {
			if !keys[n] {
				return false
			}
		}
		return true
	}
	switch {
	case has("format", "version", "begun", "text"):
		return "traces"
	case has("evalId") || has("testIdx") || has("promptIdx") || has("failureReason"):
		return "promptfoo"
	case has("status", "eval"):
		return "inspect_ai"
	case has("custom_id", "params") || has("custom_id", "result"):
		return "anthropic_batch"
	case has("custom_id"):
		return "openai_batch"
	case has("doc_id", "resps"):
		return "lm_eval"
	}
	return "jsonl"
}
