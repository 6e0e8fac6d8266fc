package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
)

type lintFlags struct {
	data      dataFlags
	goldTasks bool
	json      bool
	list      bool
}

func (a *app) newLint() *cobra.Command {
	f := &lintFlags{}
	cmd := &cobra.Command{
		Use:   "lint CONFIG… [-d FILE]",
		Short: "Look for common mistakes in dispatch configs",
		Long: `Look for what is valid in a dispatch config and still probably a mistake: rules that never
decide, a router as dear as what it chooses between, a cheap tier without a fallback, checks that
check nothing, and more: see --list. With -d it also replays labeled traffic, and finds what does not fit
it: rules that are wrong more often than their confidence says or never decide, checks whose signal
the outcomes do not carry, or which refuse all answers or none.

Exit codes: 0 clean (infos do not count), 1 warnings or errors, 2 could not run.`,
		Example: `  tierwise lint dispatch.toml
  tierwise lint dispatch.toml -d traffic.parquet
  tierwise lint configs/*.toml --json
  tierwise lint --list`,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case f.list && len(args) > 0:
				return errors.New("--list takes no config: it says what lint looks for")
			case !f.list && len(args) == 0:
				return errors.New("which config? tierwise lint CONFIG…")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.list {
				return a.listLints(f)
			}
			return a.lint(cmd.Context(), f, args)
		},
	}
	flags := cmd.Flags()
	f.data.register(flags)
	flags.BoolVar(&f.goldTasks, "gold-tasks", false, "with -d: replay as if callers named the gold task of each request")
	flags.BoolVar(&f.json, "json", false, "print the findings as JSON")
	flags.BoolVar(&f.list, "list", false, "say what lint looks for, and how bad that is")
	return cmd
}

// A lintFinding is a finding and the config that it is about.
type lintFinding struct {
	File     string           `json:"file"`
	Line     int              `json:"line"`
	Column   int              `json:"column"`
	Path     string           `json:"path"`
	ID       string           `json:"id"`
	Severity routing.Severity `json:"severity"`
	Message  string           `json:"message"`
	Fix      string           `json:"fix"`
}

func (a *app) lint(ctx context.Context, f *lintFlags, paths []string) error {
	configs := make([]*routing.Config, len(paths))
	var errs []error
	for i, path := range paths {
		var err error
		configs[i], err = readConfig(path)
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	var traffic *trafficLinter
	if len(f.data.data) > 0 {
		var err error
		if traffic, err = a.openLintTraffic(ctx, f); err != nil {
			return err
		}
		defer traffic.data.Close()
	}
	findings := []lintFinding{}
	for i, c := range configs {
		found := routing.Lint(c)
		if traffic != nil {
			more, err := traffic.lint(ctx, c)
			if err != nil {
				return err
			}
			found = append(found, more...)
			slices.SortStableFunc(found, func(a, b routing.Finding) int { return a.Position.Compare(b.Position) })
		}
		for _, n := range found {
			findings = append(findings, lintFinding{paths[i], n.Position.Line, n.Position.Column, n.Path, n.ID, n.Severity, n.Message, n.Fix})
		}
	}
	show := showFindings
	if f.json {
		show = func(w io.Writer, findings []lintFinding) error { return printJSON(w, findings) }
	}
	if err := show(a.stdout, findings); err != nil {
		return err
	}
	for i := range findings {
		if findings[i].Severity > routing.Info {
			return exitError{exitFails}
		}
	}
	return nil
}

// showFindings writes findings in the form that editors and CI systems turn into links, and how many there are.
func showFindings(w io.Writer, findings []lintFinding) error {
	var b strings.Builder
	var counts [3]int
	for i := range findings {
		n := &findings[i]
		counts[n.Severity]++
		fmt.Fprintf(&b, "%s:%d:%d: %s: %s (%s)\n    %s\n", n.File, n.Line, n.Column, n.Severity, n.Message, n.ID, n.Fix)
	}
	var parts []string
	for s := routing.Error; ; s-- {
		if n := counts[s]; n == 1 {
			parts = append(parts, "1 "+s.String())
		} else if n > 1 {
			parts = append(parts, fmt.Sprintf("%d %ss", n, s))
		}
		if s == routing.Info {
			break
		}
	}
	if len(parts) == 0 {
		parts = []string{"nothing found"}
	}
	fmt.Fprintln(&b, strings.Join(parts, ", "))
	_, err := io.WriteString(w, b.String())
	return err
}

// listLints says what lint looks for.
func (a *app) listLints(f *lintFlags) error {
	checks := append(routing.LintChecks(), eval.LintChecks()...)
	if f.json {
		type lint struct {
			ID       string           `json:"id"`
			Severity routing.Severity `json:"severity"`
			Doc      string           `json:"doc"`
		}
		lints := make([]lint, len(checks))
		for i, c := range checks {
			lints[i] = lint{c.ID, c.Severity, c.Doc}
		}
		return printJSON(a.stdout, lints)
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for _, c := range checks {
		fmt.Fprintf(w, "%s\t%s\t%s\n", c.ID, c.Severity, c.Doc)
	}
	return w.Flush()
}
