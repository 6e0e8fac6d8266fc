package imports

import (
	"context"
	"errors"
	"hash/maphash"
	"iter"

	"github.com/tierwise/tierwise/datasets"
)

// An Import is one import: its rows are read once, then its report is complete.
type Import struct {
	format format
	files  []string
	opts   Options
	report Report
}

// Open prepares an import of files, or of the files of the format in folders. It fails on what can be told without
// reading any: an unknown format, options that contradict each other, a file that is not there.
func Open(name string, files []string, opts *Options) (*Import, error) {
	f, err := lookup(name)
	if err != nil {
		return nil, err
	}
	im := &Import{format: f, report: Report{Format: f.name}}
	if opts != nil {
		im.opts = *opts
	}
	if err := im.opts.validate(f); err != nil {
		return nil, err
	}
	if im.files, err = expand(f, files); err != nil {
		return nil, err
	}
	return im, nil
}

// Rows reads the rows. jsonl of the canonical and csv and jsonl of the wide shape are streamed; the others join
// several files and hold all rows in memory. An error ends the sequence: a *datasets.Problems if it is of the data.
// Rows that came before it are to be thrown away. The sequence can be read once.
func (im *Import) Rows(ctx context.Context) iter.Seq2[datasets.Row, error] {
	return func(yield func(datasets.Row, error) bool) {
		im.report = Report{Format: im.format.name}
		r := &run{opts: &im.opts, report: &im.report, tally: newTally(), ids: map[uint64]seenAt{}, seed: maphash.MakeSeed(),
			renamed: map[string]bool{}, found: map[string]bool{}, yield: yield}
		err := im.format.read(ctx, r, im.files)
		if errors.Is(err, errStopped) {
			r.tally.close(r.report)
			return
		}
		whole := place{file: im.files[0]}
		if err == nil && len(r.problems.List) == 0 && r.report.Requests == 0 {
			err = r.add(whole, "no requests in it", "")
		}
		if err == nil && len(r.problems.List) == 0 {
			err = r.unused(whole)
		}
		if err == nil && len(r.problems.List) == 0 {
			err = r.checkScale(whole)
		}
		r.tally.close(r.report)
		if err == nil || errors.Is(err, errTooMany) {
			err = r.problemsErr()
		}
		if err != nil {
			yield(datasets.Row{}, err)
		}
	}
}

// Report is what the import found; complete when the rows have been read to their end. It must not be changed.
func (im *Import) Report() *Report { return &im.report }

// A Result is a whole import in memory.
type Result struct {
	Rows   []datasets.Row
	Report Report
}

// Read imports files into memory. After an error of the data, a *datasets.Problems, the report of the result says
// what was seen until then.
func Read(ctx context.Context, format string, files []string, opts *Options) (Result, error) {
	im, err := Open(format, files, opts)
	if err != nil {
		return Result{}, err
	}
	var rows []datasets.Row
	for row, err := range im.Rows(ctx) {
		if err != nil {
			return Result{Report: im.report}, err
		}
		rows = append(rows, row)
	}
	return Result{Rows: rows, Report: im.report}, nil
}
