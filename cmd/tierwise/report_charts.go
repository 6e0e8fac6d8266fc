package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/tierwise/tierwise/reports"
	"github.com/tierwise/tierwise/reports/svg"
)

// writeCharts writes each chart of a document to a file of its own, ID.svg.
func writeCharts(dir string, d *reports.Document) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("--charts %s: %w", dir, err)
	}
	for _, c := range d.Charts() {
		path := filepath.Join(dir, c.ID+".svg")
		err := replaceFile(path, func(w io.Writer) error { return svg.Write(w, c, &svg.Options{Alone: true}) })
		if err != nil {
			return err
		}
	}
	return nil
}
