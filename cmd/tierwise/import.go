package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/datasets/imports"
	"github.com/tierwise/tierwise/reports"
	"github.com/tierwise/tierwise/reports/text"
)

type importFlags struct {
	opts    imports.Options
	scale   string
	mapping string
	rename  []string
	output  string
	json    bool
}

func (a *app) newImport() *cobra.Command {
	f := &importFlags{}
	cmd := &cobra.Command{
		Use:   "import FORMAT FILE… -o traffic.parquet",
		Short: "Turn other tools' outputs into labeled traffic",
		Long: `Turn what other tools recorded into labeled traffic in the canonical layout. Give all files
of one comparison at once: requests of several files are joined.

Formats: ` + strings.Join(imports.Formats(), ", ") + ` (datasets/imports/FORMATS.md documents them).`,
		Example: `  tierwise import promptfoo run.jsonl -o traffic.parquet
  tierwise import inspect_ai logs/small.eval logs/large.eval -o traffic.parquet
  tierwise import lm_eval results/ --metric exact_match -o traffic.parquet
  tierwise import csv labels.csv --mapping mapping.toml -o traffic.parquet`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 2 {
				return fmt.Errorf("want a format (%s) and files", strings.Join(imports.Formats(), ", "))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.importFiles(cmd.Context(), f, args[0], args[1:])
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.output, "output", "o", "", "the Parquet file to write")
	flags.StringVar(&f.opts.Metric, "metric", "", "score that becomes the quality, where the source has several")
	flags.StringVar(&f.opts.Quality, "quality", "", "promptfoo: score (default) or pass")
	flags.StringVar(&f.opts.Repeats, "repeats", "", "repeated outcomes: keep (requests of one group), mean or first")
	flags.StringVar(&f.opts.Prompt, "prompt", "", "promptfoo: label of the one prompt to take")
	flags.StringVar(&f.opts.Filter, "filter", "", "lm_eval: the filter to take")
	flags.BoolVar(&f.opts.Partial, "partial", false, "inspect_ai: take logs of runs that did not end well")
	flags.StringVar(&f.opts.Task, "task", "", "task class of requests for which the source states none")
	flags.StringArrayVar(&f.rename, "rename", nil, "rename a model: old=new (repeatable)")
	flags.StringVar(&f.scale, "scale", "", "scale of the scores, such as 0:100")
	flags.StringVar(&f.mapping, "mapping", "", "TOML file that says which columns or keys are what")
	flags.BoolVar(&f.json, "json", false, "print the report as JSON")
	cmd.AddCommand(a.newImportLabels())
	return cmd
}

func (f *importFlags) parse() (err error) {
	switch {
	case f.output == "":
		return errors.New("nowhere to write to: name a file with -o traffic.parquet")
	case filepath.Ext(f.output) != ".parquet":
		return fmt.Errorf("-o %s: traffic is written as Parquet; name a .parquet file", f.output)
	}
	if err := checkPlace(f.output); err != nil {
		return err
	}
	if f.scale != "" {
		if f.opts.Scale, err = datasets.ParseScale(f.scale); err != nil {
			return fmt.Errorf("--scale %s: %w", f.scale, err)
		}
	}
	if f.mapping != "" {
		data, err := os.ReadFile(f.mapping)
		if err != nil {
			return err
		}
		if f.opts.Mapping, err = datasets.ParseMapping(f.mapping, data); err != nil {
			return err
		}
	}
	for _, r := range f.rename {
		from, to, ok := strings.Cut(r, "=")
		if !ok || from == "" || to == "" {
			return fmt.Errorf("--rename %s: want old=new", r)
		}
		if f.opts.Rename == nil {
			f.opts.Rename = map[string]string{}
		}
		f.opts.Rename[from] = to
	}
	return nil
}

func (a *app) importFiles(ctx context.Context, f *importFlags, format string, files []string) error {
	if err := f.parse(); err != nil {
		return err
	}
	if err := keepInputs(f.output, append(slices.Clone(files), f.mapping)...); err != nil {
		return err
	}
	in, err := imports.Open(format, files, &f.opts)
	if err != nil {
		return err
	}
	err = replaceFile(f.output, func(w io.Writer) error {
		out := datasets.NewWriter(w)
		for row, err := range in.Rows(ctx) {
			if err != nil {
				return err
			}
			if err := out.Write(row); err != nil {
				return err
			}
		}
		return out.Close()
	})
	if err != nil {
		return err
	}
	report := in.Report()
	if f.json {
		return printJSON(a.stdout, report)
	}
	return text.Write(a.stdout, importDocument(report, f.output))
}

// importDocument is the report of an import as a person reads it.
func importDocument(r *imports.Report, output string) *reports.Document {
	t := &reports.Table{Columns: []reports.Column{
		{Title: "", Unit: reports.Text}, {Title: "requests", Unit: reports.Count}, {Title: "labeled", Unit: reports.Count},
		{Title: "quality", Unit: reports.Share}, {Title: "failed", Unit: reports.Count}, {Title: "cost known", Unit: reports.Count},
		{Title: "tokens", Unit: reports.Count}, {Title: "latency", Unit: reports.Count},
	}}
	for i := range r.Models {
		m := &r.Models[i]
		t.Rows = append(t.Rows, []reports.Cell{
			reports.T(m.Name), reports.N(m.Requests), reports.N(m.Labeled), reports.N(orNaN(m.QualityMean)), reports.N(m.Errors),
			reports.N(m.CostKnown), reports.N(m.TokensKnown), reports.N(m.LatencyKnown),
		})
	}
	var lines []string
	for _, e := range r.Errors {
		lines = append(lines, fmt.Sprintf("- %s: %d calls failed with %s (first: %s)", e.Model, e.Count, e.Error, e.First))
	}
	for _, w := range r.Warnings {
		lines = append(lines, fmt.Sprintf("- %s (%d, first: %s)", w.Message, w.Count, w.First))
	}
	lines = append(lines, fmt.Sprintf("%d requests, %d of them with an outcome of every model → %s", r.Requests, r.Complete, output),
		"Next:  tierwise inspect "+output+"  ·  tierwise eval -d "+output)
	return &reports.Document{Sections: []reports.Section{{Title: "MODELS", Table: t, Lines: lines}}}
}
