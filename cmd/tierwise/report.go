package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/gate"
	"github.com/tierwise/tierwise/reports"
	"github.com/tierwise/tierwise/reports/text"
)

type reportFlags struct {
	data      dataFlags
	results   string // the file of results
	rows      string
	candidate string
	volume    volume
	charts    string
	noText    bool
	outputs   []string
}

func (a *app) newReport() *cobra.Command {
	f := &reportFlags{}
	cmd := &cobra.Command{
		Use:   "report results.json [-o report.html]",
		Short: "Lay results out for people: a page, Markdown, JUnit",
		Long: `Lay out what eval, diff or check wrote with -o results.json: a summary of one sentence, and all
figures behind it. Without -o it is printed.

--rows decisions.parquet, which eval writes, adds the worst requests of all, with cost and latency;
-d, the traffic that was evaluated, adds their prompts and answers. Both are read row by row.`,
		Example: `  tierwise report results.json
  tierwise report results.json -o report.html -o report.md --volume 2.5M
  tierwise report results.json --rows decisions.parquet -d traffic.parquet -o report.html
  tierwise report results.json --charts slides/`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fmt.Errorf("want one file of results, not %d: tierwise report results.json", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.report(cmd.Context(), f, args[0]) },
	}
	flags := cmd.Flags()
	f.data.register(flags)
	flags.StringVar(&f.rows, "rows", "", "decisions that eval wrote (.parquet): the worst requests and the distribution of latencies come from there")
	flags.StringVar(&f.candidate, "candidate", "", "`label` of the table to speak of (default: the one that saves most among those with the best verdict)")
	flags.Var(&f.volume, "volume", "requests a month, such as 2.5M: gives dollars a month")
	flags.StringVar(&f.charts, "charts", "", "write the charts to this `folder`, an SVG file each, for slides")
	flags.BoolVar(&f.noText, "no-text", false, "leave out prompts and answers")
	flags.StringArrayVarP(&f.outputs, "output", "o", nil, "write to this file ("+strings.Join(reportEnds(), ", ")+"); repeatable")
	return cmd
}

func (a *app) report(ctx context.Context, f *reportFlags, path string) error {
	if err := f.check(path); err != nil {
		return err
	}
	in, err := readResults(path)
	if err != nil {
		return err
	}
	f.results = path
	in.Volume, in.NoText, in.Candidate = float64(f.volume), f.noText, f.candidate
	if err := f.checkCandidate(in); err != nil {
		return err
	}
	if err := a.readRows(ctx, f, in); err != nil {
		return err
	}
	r := newFullReport(in)
	r.rows = f.rows
	for _, out := range f.outputs {
		if err := writeReport(out, r); err != nil {
			return err
		}
	}
	if f.charts != "" {
		if err := writeCharts(f.charts, r.doc); err != nil {
			return err
		}
	}
	if len(f.outputs) > 0 || f.charts != "" {
		return nil
	}
	return text.WriteWidth(a.stdout, r.doc, a.width())
}

// check looks at the flags before anything is read.
func (f *reportFlags) check(path string) error {
	inputs := append([]string{path, f.rows, f.data.mapping}, f.data.data...)
	for i, out := range f.outputs {
		if slices.ContainsFunc(f.outputs[:i], func(o string) bool { return filepath.Clean(o) == filepath.Clean(out) }) {
			return fmt.Errorf("-o %s is there twice: name another file, or leave one out", out)
		}
		if reportFormats[filepath.Ext(out)] == nil {
			return fmt.Errorf("-o %s: cannot write that format; known are %s", out, strings.Join(reportEnds(), " "))
		}
		if err := checkPlace(out); err != nil {
			return err
		}
		if err := keepInputs(out, inputs...); err != nil {
			return err
		}
	}
	return nil
}

func (f *reportFlags) checkCandidate(in *reports.FullInput) error {
	if f.candidate == "" {
		return nil
	}
	if in.Comparison == nil {
		return errors.New("--candidate is for results of eval: others speak of one table")
	}
	var labels []string
	for i := range in.Comparison.Candidates {
		if in.Comparison.Candidates[i].Label == f.candidate {
			return nil
		}
		labels = append(labels, in.Comparison.Candidates[i].Label)
	}
	if near := eval.NearName(f.candidate, labels); near != "" {
		return fmt.Errorf("--candidate %s: the results have none of that label; did you mean %q?", f.candidate, near)
	}
	return fmt.Errorf("--candidate %s: the results have none of that label; they have %s", f.candidate, strings.Join(labels, ", "))
}

// readResults reads what eval, diff or check wrote.
func readResults(path string) (*reports.FullInput, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	in := &reports.FullInput{}
	kind, err := kindOf(path, data)
	if err != nil {
		return nil, err
	}
	switch kind.Format {
	case eval.DiffFormat:
		if err = kind.Check(eval.DiffFormat, eval.DiffVersion); err == nil {
			in.Diff, err = eval.ReadDiff(bytes.NewReader(data))
		}
	case gate.ResultFormat:
		if err = kind.Check(gate.ResultFormat, gate.ResultVersion); err == nil {
			in.Gate, err = gate.ReadResult(bytes.NewReader(data))
		}
	case eval.PartFormat:
		err = errors.New("a part of an evaluation: put the parts together first (tierwise merge parts/*.json -o results.json)")
	default:
		if err = kind.Check(eval.ResultsFormat, eval.ResultsVersion); err == nil {
			in.Comparison, err = eval.ReadComparison(bytes.NewReader(data))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return in, nil
}

// kindOf says what a file of results is, and of one that is none what it looks like.
func kindOf(path string, data []byte) (kind eval.FileKind, err error) {
	const advice = "name the JSON file that eval, diff or check wrote with -o results.json"
	var object map[string]json.RawMessage
	switch err := json.Unmarshal(data, &object); {
	case bytes.HasPrefix(data, []byte("PAR1")):
		return kind, fmt.Errorf("%s: no results but a Parquet file, of traffic (-d) or of decisions (--rows): %s", path, advice)
	case len(bytes.TrimSpace(data)) == 0:
		return kind, fmt.Errorf("%s: no results: the file is empty; %s", path, advice)
	case err != nil && filepath.Ext(path) == ".json":
		return kind, fmt.Errorf("%s: no results: the JSON is damaged or cut off, or no object; %s", path, advice)
	case err != nil:
		return kind, fmt.Errorf("%s: no results: it is not JSON; %s", path, advice)
	}
	if err := json.Unmarshal(data, &kind); err != nil {
		return kind, fmt.Errorf("%s: no results: its \"format\" and \"version\" are not those of a file of tierwise; %s", path, advice)
	}
	return kind, nil
}

// A volume is a flag of requests a month: "2.5M", "400k", "1,200,000".
type volume float64

// String implements pflag.Value.
func (v *volume) String() string {
	if *v == 0 {
		return ""
	}
	return strconv.FormatFloat(float64(*v), 'f', -1, 64)
}

// Type implements pflag.Value.
func (v *volume) Type() string { return "REQUESTS" }

// Set implements pflag.Value.
func (v *volume) Set(s string) error {
	number := strings.ReplaceAll(strings.TrimSpace(s), ",", "")
	scale := 1.0
	for suffix, by := range map[string]float64{"k": 1e3, "K": 1e3, "M": 1e6, "B": 1e9} {
		if cut, ok := strings.CutSuffix(number, suffix); ok {
			number, scale = strings.TrimSpace(cut), by
			break
		}
	}
	x, err := strconv.ParseFloat(number, 64)
	if x *= scale; err != nil || !(x >= 1) || x > 1e15 || math.IsInf(x, 0) {
		return errors.New("want requests a month, such as 2.5M, 400k or 1200000")
	}
	*v = volume(x)
	return nil
}
