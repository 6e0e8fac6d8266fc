package eval

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
)

// ReadComparison reads a results file back: all of it, but for [Comparison.LabelCommand], which is not in the file.
func ReadComparison(r io.Reader) (*Comparison, error) {
	var c Comparison
	if err := readResult(r, &c); err != nil {
		return nil, err
	}
	if c.Baseline == "" {
		return nil, errors.New("the results name no baseline: the file was changed, or cut off")
	}
	return &c, nil
}

// ReadDiff reads a diff file back.
func ReadDiff(r io.Reader) (*Diff, error) {
	var d Diff
	if err := readResult(r, &d); err != nil {
		return nil, err
	}
	if d.Config == nil {
		return nil, errors.New("the diff has no configs: the file was changed, or cut off")
	}
	return &d, nil
}

// readResult reads one JSON value and nothing after it.
func readResult(r io.Reader, v any) error {
	d := json.NewDecoder(r)
	var raw json.RawMessage
	if err := d.Decode(&raw); err != nil {
		return err
	}
	var keys any
	if err := json.Unmarshal(raw, &keys); err != nil {
		return err
	}
	if err := requireKeys(reflect.TypeOf(v), keys, ""); err != nil {
		return err
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the results: the file was changed")
	}
	return nil
}

// A FileKind is what a JSON file of ours says that it is.
type FileKind struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
}

// Check returns an error unless the file is of that format and version.
func (k FileKind) Check(format string, version int) error {
	switch {
	case k.Format == "":
		return errors.New("no results of tierwise: it has no \"format\"")
	case k.Format != format:
		return fmt.Errorf("its format is %q, not %q", k.Format, format)
	case k.Version > version:
		return fmt.Errorf("format version %d, and this program reads %d: it was written by a newer tierwise; update this one", k.Version, version)
	case k.Version != version:
		return fmt.Errorf("format version %d, and this program reads %d: evaluate once more", k.Version, version)
	}
	return nil
}
