package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/datasets/labels"
	"github.com/tierwise/tierwise/eval"
)

// A labelSheet is a file that takes the requests to label next.
type labelSheet struct {
	flag, path string // the flag that named the file
	data       dataFlags
	noText     bool
	several    bool // what is wanted is told apart by who wants it
}

// write writes the requests, and returns what there is to say of them.
func (s *labelSheet) write(ctx context.Context, d *datasets.Dataset, list *eval.LabelList) (note string, err error) {
	rows, err := labelRows(ctx, d, list, s.noText)
	if err != nil {
		return "", err
	}
	if err := keepGrades(s.flag, s.path, s.data.args()); err != nil { // that were filled in since the start
		return "", err
	}
	err = replaceFile(s.path, func(w io.Writer) error {
		return labels.Write(w, rows, &labels.WriteOptions{NoText: s.noText})
	})
	if err != nil {
		return "", err
	}
	return s.note(list, len(rows)), nil
}

// importArgs are the flags that name the traffic that grades are put back into: all of it.
func (s *labelSheet) importArgs() string {
	data := dataFlags{data: s.data.data, mapping: s.data.mapping, scale: s.data.scale}
	return data.args()
}

// printNote prints what there is to say of requests to label, if there is anything.
func (a *app) printNote(note string) error {
	if note == "" {
		return nil
	}
	_, err := fmt.Fprint(a.stdout, "\n", note)
	return err
}

// keepGrades refuses to write over a sheet that holds grades, which took somebody hours, and over a CSV file that is no sheet.
// flag named the file, data are the flags that name the traffic.
func keepGrades(flag, path, data string) error {
	grades, err := gradesIn(path)
	switch {
	case err != nil:
		return fmt.Errorf("%s %s: the file is there, and is no sheet that can be written anew: remove it, or name another file (%w)", flag, path, err)
	case grades > 0:
		return fmt.Errorf("%s %s: it holds %s, which would be lost: put them into the traffic first (tierwise import labels %s %s -o labeled.parquet) and remove it, or name another file",
			flag, path, howMany(grades, "grade"), shellQuote(path), data)
	}
	return nil
}

// sparesGrades refuses to write other rows over a sheet that holds grades.
func sparesGrades(path string) error {
	if grades, err := gradesIn(path); err == nil && grades > 0 {
		return fmt.Errorf("-o %s: it holds %s, which would be lost: name another file", path, howMany(grades, "grade"))
	}
	return nil
}

// gradesIn returns how many grades a sheet holds, 0 if there is no file or an empty one. The error says why the file is no
// sheet that can be read.
func gradesIn(path string) (int, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return 0, nil
	case err != nil:
		return 0, err
	case !info.Mode().IsRegular() || info.Size() == 0:
		return 0, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	sheet, err := labels.Read(path, f)
	if err != nil {
		return 0, err
	}
	return len(sheet.Labels), nil
}
