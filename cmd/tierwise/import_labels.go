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

	"github.com/tierwise/tierwise/datasets/labels"
)

type importLabelsFlags struct {
	data      dataFlags
	output    string
	overwrite bool
	json      bool
}

func (a *app) newImportLabels() *cobra.Command {
	f := &importLabelsFlags{}
	cmd := &cobra.Command{
		Use:   "labels SHEET… -d FILE -o labeled.parquet",
		Short: "Put grades that people filled in back into the traffic",
		Long: `Put the grades of a sheet into the traffic that it was drawn from. A sheet is CSV with the
columns id, model and quality, as  tierwise eval … -o label-next.csv  writes it; quality is a
number from 0 to 1, yes or no, true or false. Rows left empty are skipped. Everything else of
the traffic stays as it is; it is written in the canonical layout (datasets/labels/LABELS.md).

Refused, with the line: an id or an answer that the traffic does not have, a quality out of
range, and an answer that has another grade already (--overwrite replaces it).`,
		Example: `  tierwise eval router.toml -d traffic.parquet -o label-next.csv
  tierwise import labels label-next.csv -d traffic.parquet -o labeled.parquet
  tierwise eval router.toml -d labeled.parquet`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("which sheet? tierwise import labels label-next.csv -d traffic.parquet -o labeled.parquet")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.importLabels(cmd.Context(), f, args) },
	}
	flags := cmd.Flags()
	flags.StringArrayVarP(&f.data.data, "data", "d", nil, "labeled traffic: a Parquet file, a folder or a glob (repeatable)")
	flags.StringVar(&f.data.mapping, "mapping", "", "TOML file that maps other column names and layouts")
	flags.StringVar(&f.data.scale, "scale", "", "scale of quality in the data, such as 0:100; grades in the sheet are from 0 to 1")
	flags.StringVarP(&f.output, "output", "o", "", "the Parquet file to write")
	flags.BoolVar(&f.overwrite, "overwrite", false, "replace grades that differ")
	flags.BoolVar(&f.json, "json", false, "print the report as JSON")
	f.data.workers = 1
	return cmd
}

func (a *app) importLabels(ctx context.Context, f *importLabelsFlags, files []string) error {
	switch {
	case f.output == "":
		return errors.New("nowhere to write to: name a file with -o labeled.parquet")
	case filepath.Ext(f.output) != ".parquet":
		return fmt.Errorf("-o %s: traffic is written as Parquet; name a .parquet file", f.output)
	}
	if err := checkPlace(f.output); err != nil {
		return err
	}
	sheets, err := readSheets(files)
	if err != nil {
		return err
	}
	d, names, err := f.data.open(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := keepInputs(f.output, slices.Concat(names, files, []string{f.data.mapping})...); err != nil {
		return err
	}
	var r *labels.Report
	progress, end := a.progress("copying")
	defer end()
	err = replaceFile(f.output, func(w io.Writer) (err error) {
		r, err = labels.Fill(ctx, w, d, sheets, &labels.FillOptions{Overwrite: f.overwrite, Progress: progress})
		return err
	})
	if err != nil {
		return collapse(err)
	}
	end()
	if f.json {
		return printJSON(a.stdout, r)
	}
	_, err = io.WriteString(a.stdout, labelsReport(r, f))
	return err
}

func readSheets(files []string) ([]*labels.Sheet, error) {
	var sheets []*labels.Sheet
	var errs []error
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		sheet, err := labels.Read(name, file)
		_ = file.Close() // it was only read
		sheets, errs = append(sheets, sheet), append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return sheets, checkGraded(files, sheets)
}

// checkGraded refuses sheets that nobody filled in: all that could be written is a copy of the traffic.
func checkGraded(files []string, sheets []*labels.Sheet) error {
	for _, sheet := range sheets {
		if len(sheet.Labels) > 0 {
			return nil
		}
	}
	return fmt.Errorf("%s: no answer is graded: fill in the column quality (0 to 1, yes or no), and import again", strings.Join(files, ", "))
}

// labelsReport says what became of the labels.
func labelsReport(r *labels.Report, f *importLabelsFlags) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s of %s graded", howMany(r.Filled+r.Overwritten, "answer"), howMany(r.Requests, "request"))
	for _, part := range []struct {
		n    int
		text string
	}{
		{r.Overwritten, " of them in place of another grade"}, {r.Unchanged, " had that grade already"}, {r.Empty, " left empty"},
	} {
		if part.n > 0 {
			b.WriteString("; " + thousands(part.n) + part.text)
		}
	}
	fmt.Fprintf(&b, " → %s\n", f.output)
	if len(r.LeftOut) > 0 {
		fmt.Fprintf(&b, "Columns that the canonical layout does not have are not in it, and --where cannot ask for them: %s\n", strings.Join(r.LeftOut, ", "))
	}
	fmt.Fprintf(&b, "Next:  tierwise eval CONFIG -d %s\n", shellQuote(f.output))
	return b.String()
}
