package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/reports"
	"github.com/tierwise/tierwise/reports/text"
)

type inspectFlags struct {
	data          dataFlags
	baseline      string
	tolerance     points
	taskTolerance points
	all           bool
	json          bool
}

func (a *app) newInspect() *cobra.Command {
	f := &inspectFlags{tolerance: 0.01, taskTolerance: 0.05}
	cmd := &cobra.Command{
		Use:   "inspect FILE…",
		Short: "Say what is in labeled traffic, what is wrong with it, and what it can prove",
		Long: `Read labeled traffic (Parquet files, folders, globs) and say what it holds: models, tasks,
quality, cost, latency; which acceptance checks can be replayed; and the smallest loss of quality
that its labels could rule out, task by task, with how many labels are missing.

Bad data ends with exit code 2 and all that is wrong with it, up to a limit. What is valid but odd
stands under FINDINGS.`,
		Example: `  tierwise inspect traffic.parquet
  tierwise inspect 'traffic/*.parquet' --where lang=en
  tierwise inspect traffic.parquet --all
  tierwise inspect traffic.parquet --json`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.inspect(cmd.Context(), f, args) },
	}
	flags := cmd.Flags()
	f.data.register(flags)
	flags.StringVar(&f.baseline, "baseline", "", "model to compare with (default: the best with 95 % coverage)")
	flags.Var(&f.tolerance, "tolerance", "what a whole table may lose")
	flags.Var(&f.taskTolerance, "task-tolerance", "what each task may lose")
	flags.BoolVar(&f.all, "all", false, "show every model and task, and every model on every task")
	flags.BoolVar(&f.json, "json", false, "print all of it as JSON")
	return cmd
}

func (a *app) inspect(ctx context.Context, f *inspectFlags, args []string) error {
	f.data.data = append(f.data.data, args...)
	x, err := a.inspectData(ctx, &f.data, &eval.InspectOptions{
		Baseline: f.baseline, Tolerance: float64(f.tolerance), TaskTolerance: float64(f.taskTolerance),
	})
	if err != nil {
		return err
	}
	if f.json {
		return printJSON(a.stdout, x)
	}
	if err := text.Write(a.stdout, reports.Inspection(x, &reports.InspectionOptions{All: f.all})); err != nil {
		return err
	}
	return a.nextSteps(x, &f.data)
}

// inspectData opens the traffic and inspects it.
func (a *app) inspectData(ctx context.Context, data *dataFlags, opts *eval.InspectOptions) (*eval.Inspection, error) {
	d, names, err := data.open(ctx)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	report, end := a.progress("inspecting")
	defer end()
	opts.RunOptions = eval.RunOptions{Workers: data.workers, Progress: report}
	x, err := eval.Inspect(ctx, d, opts)
	if err != nil {
		return nil, collapse(err)
	}
	end()
	x.Data.Files, x.Tool = names, version()
	return x, nil
}

// collapse says once what is wrong with many rows in the same way.
func collapse(err error) error {
	problems, ok := errors.AsType[*datasets.Problems](err)
	if !ok {
		return err
	}
	var firsts []datasets.Problem
	rows := map[datasets.Problem]int{} // by problem without row
	for _, p := range problems.List {
		kind := p
		kind.Row = 0
		if rows[kind]++; rows[kind] == 1 {
			firsts = append(firsts, p)
		}
	}
	var lines []string
	for _, p := range firsts {
		kind := p
		kind.Row = 0
		if more := rows[kind] - 1; more > 0 {
			p.Message += fmt.Sprintf(" (and so in %d more rows)", more)
		}
		lines = append(lines, p.String())
	}
	if problems.More {
		lines = append(lines, fmt.Sprintf("and more: reading stopped after %d problems", len(problems.List)))
	}
	return errors.New(strings.Join(lines, "\n"))
}

// nextSteps says what to do with the data.
func (a *app) nextSteps(x *eval.Inspection, data *dataFlags) error {
	if x.Baseline == "" {
		return nil // the findings say what is missing
	}
	_, err := fmt.Fprintf(a.stdout, `
Next:  tierwise eval %[1]s    (every single model, and what a router could save)
       tierwise init %[1]s -o dispatch.toml    (a first dispatch config)
`, data.args())
	return err
}

// args are the flags as a shell takes them.
func (f *dataFlags) args() string {
	var out []string
	add := func(flag string, values ...string) {
		for _, v := range values {
			if v != "" {
				out = append(out, flag, shellQuote(v))
			}
		}
	}
	add("-d", f.data...)
	add("--where", f.where...)
	add("--mapping", f.mapping)
	add("--scale", f.scale)
	add("--split-map", f.splitMap...)
	return strings.Join(out, " ")
}

// shellQuote quotes a word if a shell would take it for anything else.
func shellQuote(s string) string {
	safe := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:,+@%=", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !safe(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
