package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/reports"
	"github.com/tierwise/tierwise/reports/markdown"
	"github.com/tierwise/tierwise/reports/text"
)

// diffFormats are the forms that a diff can be written in.
var diffFormats = []string{".csv", ".json", ".md"}

// checkOutputs checks the -o flags before any work is done.
func (f *diffFlags) checkOutputs() error {
	for _, path := range f.outputs {
		if known := sorted(append(pageEnds(), diffFormats...)); !slices.Contains(known, filepath.Ext(path)) {
			return fmt.Errorf("-o %s: cannot write that format; known are %s", path, strings.Join(known, " "))
		}
		if err := checkPlace(path); err != nil {
			return err
		}
		if filepath.Ext(path) == ".csv" {
			if filepath.Base(path) == labelFile {
				return fmt.Errorf("-o %s: that takes a row for each changed request; the requests to label next go to --label-next %s", path, path)
			}
			if err := sparesGrades(path); err != nil {
				return err
			}
		}
	}
	return f.checkNext()
}

// checkNext checks --label-next.
func (f *diffFlags) checkNext() error {
	switch {
	case f.labels == "":
		return nil
	case filepath.Ext(f.labels) != ".csv":
		return fmt.Errorf("--label-next %s: requests to label are written as .csv", f.labels)
	}
	if err := checkPlace(f.labels); err != nil {
		return err
	}
	return keepGrades("--label-next", f.labels, f.data.args())
}

// drawDiff writes the requests to label next, if they are wanted.
func (a *app) drawDiff(ctx context.Context, f *diffFlags, job *eval.Job, d *datasets.Dataset, v *eval.Versus) error {
	if f.labels == "" {
		return nil
	}
	report, end := a.progress("drawing requests to label")
	defer end()
	list, err := job.LabelNextVersus(ctx, d, v, &eval.RunOptions{Workers: f.data.workers, Progress: report})
	if err != nil {
		return collapse(err)
	}
	sheet := labelSheet{flag: "--label-next", path: f.labels, data: f.data, noText: f.noText}
	f.labelNote, err = sheet.write(ctx, d, list)
	return err
}

// showDiff writes the result to all places where it is wanted; rows writes the changed requests.
func (a *app) showDiff(f *diffFlags, d *eval.Diff, next []string, rows func(path string) error) error {
	for _, path := range f.outputs { // first what still reads the traffic, and may fail at it
		if filepath.Ext(path) == ".csv" {
			if err := rows(path); err != nil {
				return err
			}
		}
	}
	for _, path := range f.outputs {
		var err error
		switch {
		case isPage(path):
			err = writeReport(path, newFullReport(&reports.FullInput{Diff: d, Next: next, NoText: f.noText}))
		case filepath.Ext(path) == ".json":
			err = replaceFile(path, func(w io.Writer) error { return printJSON(w, d) })
		case filepath.Ext(path) == ".md":
			err = replaceFile(path, func(w io.Writer) error {
				return markdown.Write(w, f.report(d, next), &markdown.Options{Marker: "tierwise diff " + d.New.File})
			})
		}
		if err != nil {
			return err
		}
	}
	if f.json {
		return printJSON(a.stdout, d)
	}
	if err := text.WriteWidth(a.stdout, f.report(d, next), a.width()); err != nil {
		return err
	}
	return a.printNote(f.labelNote)
}

// writeChanges writes a row for each changed request.
func (a *app) writeChanges(ctx context.Context, f *diffFlags, job *eval.Job, d *datasets.Dataset, candidates []eval.Candidate, path string) error {
	report, end := a.progress("writing rows")
	defer end()
	return replaceFile(path, func(w io.Writer) error {
		return job.WriteChanges(ctx, w, d, candidates[1].Label, candidates[0].Label, f.task, &eval.RunOptions{Progress: report})
	})
}
