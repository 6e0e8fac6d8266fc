package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/tierwise/tierwise/eval/gate"
	"github.com/tierwise/tierwise/reports"
	"github.com/tierwise/tierwise/reports/github"
	"github.com/tierwise/tierwise/reports/junit"
	"github.com/tierwise/tierwise/reports/markdown"
	"github.com/tierwise/tierwise/reports/text"
)

// checkFormats are the forms of a result, by the end of the file's name.
var checkFormats = []struct {
	suffix string
	write  func(w io.Writer, r *gate.Result) error
}{
	{".junit.xml", func(w io.Writer, r *gate.Result) error { return junit.Write(w, reports.Gate(r)) }},
	{".md", func(w io.Writer, r *gate.Result) error {
		return markdown.Write(w, reports.Gate(r), &markdown.Options{Marker: checkMarker(r)})
	}},
	{".json", func(w io.Writer, r *gate.Result) error { return printJSON(w, r) }},
}

// checkMarker lets a bot find the comment about a config again.
func checkMarker(r *gate.Result) string { return "tierwise check " + r.Config }

// writers checks the outputs before any work is done.
func (f *checkFlags) writers(config string) ([]func(*gate.Result) error, error) {
	var out []func(*gate.Result) error
	for _, path := range f.outputs {
		if filepath.Ext(path) == ".csv" {
			if err := f.drawTo(path, config); err != nil {
				return nil, err
			}
			continue
		}
		write := checkFormat(path)
		if write == nil {
			return nil, fmt.Errorf("-o %s: cannot write that format; known are .junit.xml .md .json .csv %s", path, strings.Join(pageEnds(), " "))
		}
		if err := checkPlace(path); err != nil {
			return nil, err
		}
		if err := keepInputs(path, config, f.policy, f.against, f.certificate, f.data.mapping); err != nil {
			return nil, err
		}
		out = append(out, func(r *gate.Result) error {
			return replaceFile(path, func(w io.Writer) error { return write(w, r) })
		})
	}
	return append(out, f.githubWriters()...), nil
}

func checkFormat(path string) func(io.Writer, *gate.Result) error {
	if isPage(path) {
		write := reportFormats[filepath.Ext(path)]
		return func(w io.Writer, r *gate.Result) error { return write(w, newFullReport(&reports.FullInput{Gate: r})) }
	}
	for _, format := range checkFormats {
		if strings.HasSuffix(path, format.suffix) {
			return format.write
		}
	}
	return nil
}

// showCheck prints the result.
func (a *app) showCheck(f *checkFlags, r *gate.Result) error {
	if f.json {
		return printJSON(a.stdout, r)
	}
	return text.Write(a.stdout, reports.Gate(r))
}

// githubWriters append to the job summary.
func (f *checkFlags) githubWriters() []func(*gate.Result) error {
	path := os.Getenv("GITHUB_STEP_SUMMARY")
	if !f.github || path == "" {
		return nil
	}
	return []func(*gate.Result) error{func(r *gate.Result) error { return appendSummary(path, r) }}
}

// appendSummary appends to the summary of the step, which other commands may have written to.
func appendSummary(path string, r *gate.Result) error {
	written := 0
	if info, err := os.Stat(path); err == nil {
		written = int(min(info.Size(), markdown.SummaryLimit))
	}
	var b bytes.Buffer
	if err := markdown.Write(&b, reports.Gate(r), &markdown.Options{Limit: max(markdown.SummaryLimit-written, 1)}); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("GITHUB_STEP_SUMMARY: %w", err)
	}
	_, err = file.Write(b.Bytes())
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	return err
}

// annotate writes annotations, their files as GitHub knows them: from the root of the repository.
func (a *app) annotate(r *gate.Result) error {
	d := reports.Gate(r)
	root := os.Getenv("GITHUB_WORKSPACE")
	for i := range d.Checks {
		d.Checks[i].File = repositoryPath(root, d.Checks[i].File)
	}
	return github.Write(a.stdout, d)
}

// repositoryPath returns path from root, and path itself if it is not below it.
func repositoryPath(root, path string) string {
	if root == "" || path == "" {
		return filepath.ToSlash(path)
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return filepath.ToSlash(path)
	}
	below, err := filepath.Rel(root, absolute)
	if err != nil || !filepath.IsLocal(below) {
		return filepath.ToSlash(path)
	}
	return filepath.ToSlash(below)
}
