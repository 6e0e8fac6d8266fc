package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/tierwise/tierwise/datasets/labels"
)

// keepGrades refuses to write over a sheet that holds grades, which took somebody hours, and over a CSV file that is no
// sheet. data are the flags that name the traffic.
func keepGrades(path, data string) error {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("-o %s: %w", path, err)
		}
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("-o %s: %w", path, err)
	}
	defer f.Close()
	sheet, err := labels.Read(path, f)
	switch {
	case err != nil:
		return fmt.Errorf("-o %s: the file is there, and is no sheet without grades that could be written anew: remove it, or name another file (%w)", path, err)
	case len(sheet.Labels) > 0:
		return fmt.Errorf("-o %s: it holds %s, which would be lost: put them into the traffic first (tierwise import labels %s %s -o labeled.parquet) and remove it, or name another file",
			path, howMany(len(sheet.Labels), "grade"), shellQuote(path), data)
	}
	return nil
}
