package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"iter"
	"os"
	"slices"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/reports"
	"github.com/tierwise/tierwise/reports/excel"
)

// writeWorkbook writes a full report as a workbook, with a sheet of all decisions where their file is known.
func writeWorkbook(w io.Writer, r *fullReport) error {
	doc := *r.doc
	if r.rows != "" && r.in.Comparison != nil && len(r.in.Comparison.Candidates) > 0 {
		label := cmp.Or(r.in.Candidate, reports.Speaker(r.in.Comparison).Label)
		rows := reports.RowsSection(label, r.in.Comparison.Baseline, decisionsOf(r.rows, label))
		doc.Sections = append(slices.Clip(doc.Sections), rows)
	}
	return excel.Write(w, &doc, &excel.Options{Tool: "tierwise " + version()})
}

// errEnough ends the reading of decisions that nobody wants any more.
var errEnough = errors.New("enough")

// decisionsOf yields the decisions of one candidate.
func decisionsOf(path, label string) iter.Seq2[*eval.Record, error] {
	return func(yield func(*eval.Record, error) bool) {
		file, err := os.Open(path)
		if err != nil {
			yield(nil, err)
			return
		}
		defer file.Close()
		info, err := file.Stat()
		if err != nil {
			yield(nil, err)
			return
		}
		err = eval.ReadDecisions(context.Background(), file, info.Size(), func(r *eval.Record) error {
			if r.Candidate == label && !yield(r, nil) {
				return errEnough
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			yield(nil, err)
		}
	}
}
