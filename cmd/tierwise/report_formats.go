package main

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/reports"
	"github.com/tierwise/tierwise/reports/html"
	"github.com/tierwise/tierwise/reports/junit"
	"github.com/tierwise/tierwise/reports/markdown"
	"github.com/tierwise/tierwise/reports/text"
)

// A fullReport is a report to be written: the document, what it was made of, and where its rows are.
type fullReport struct {
	doc  *reports.Document
	in   *reports.FullInput
	rows string // decisions.parquet; "": there is none
}

func newFullReport(in *reports.FullInput) *fullReport {
	return &fullReport{doc: reports.Full(in), in: in}
}

// A reportFormat writes a full report.
type reportFormat func(w io.Writer, r *fullReport) error

// reportFormats are the formats of full reports, by the end of the file's name.
var reportFormats = map[string]reportFormat{
	".html": func(w io.Writer, r *fullReport) error { return html.Write(w, r.doc) },
	".md":   func(w io.Writer, r *fullReport) error { return markdown.Write(w, r.doc, nil) },
	".txt":  func(w io.Writer, r *fullReport) error { return text.Write(w, r.doc) },
	".xlsx": writeWorkbook,
	".xml":  func(w io.Writer, r *fullReport) error { return junit.Write(w, r.doc) },
}

// pageFormats are those that other commands than report write, too.
var pageFormats = []string{".html", ".xlsx"}

// reportEnds returns the ends of files that full reports are written to.
func reportEnds() []string {
	out := make([]string, 0, len(reportFormats))
	for end := range reportFormats {
		out = append(out, end)
	}
	return sorted(out)
}

// isPage reports whether a path is one for a page or a workbook of the whole report.
func isPage(path string) bool {
	end := filepath.Ext(path)
	return slices.Contains(pageFormats, end) && reportFormats[end] != nil
}

// pageEnds returns the ends of pages that can be written.
func pageEnds() []string {
	return slices.DeleteFunc(slices.Clone(pageFormats), func(end string) bool { return reportFormats[end] == nil })
}

// withPages adds the pages to the formats of a comparison. What else they tell is as in more.
func withPages(formats map[string]format, more reports.FullInput) map[string]format {
	for _, end := range pageEnds() {
		formats[end] = func(path string, c *eval.Comparison) error {
			in := more
			in.Comparison = c
			return writeReport(path, newFullReport(&in))
		}
	}
	return formats
}

// writeReport writes a full report to a file: all of it, or nothing.
func writeReport(path string, r *fullReport) error {
	write := reportFormats[filepath.Ext(path)]
	if write == nil {
		return fmt.Errorf("-o %s: cannot write that format; known are %s", path, strings.Join(reportEnds(), " "))
	}
	return replaceFile(path, func(w io.Writer) error { return write(w, r) })
}
