package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/reports"
	"github.com/tierwise/tierwise/routing"
)

type initFlags struct {
	data     dataFlags
	baseline string
	tiers    int
	models   []string
	output   string
	force    bool
}

func (a *app) newInit() *cobra.Command {
	f := &initFlags{}
	cmd := &cobra.Command{
		Use:   "init -d FILE",
		Short: "Write a first dispatch config from what traffic holds",
		Long: `Write a dispatch config to start from: its tiers are the models that are worth routing
between, its tasks the gold tasks of the traffic. A task goes to a cheaper tier where the labels
say that it does as well, or behind an acceptance check where the answers carry a signal; else it
stays on the baseline. Prices are written where recorded costs and tokens tell them. What was
left out, and why, stands in comments.

It is chosen by the very labels that will judge it: a start, not a result.`,
		Example: `  tierwise init -d traffic.parquet
  tierwise init -d traffic.parquet -o dispatch.toml
  tierwise init -d traffic.parquet --models gpt-nano,gpt-mid --baseline gpt-large -o dispatch.toml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.init(cmd.Context(), f) },
	}
	flags := cmd.Flags()
	f.data.register(flags)
	flags.StringVar(&f.baseline, "baseline", "", "the model that everything goes to today (default: the best with 95 % coverage)")
	flags.IntVar(&f.tiers, "tiers", 3, "how many tiers at most, the baseline's included")
	flags.StringSliceVar(&f.models, "models", nil, "models to make tiers of, instead of choosing; the baseline is added")
	flags.StringVarP(&f.output, "output", "o", "", "write to this file (default: print)")
	flags.BoolVar(&f.force, "force", false, "overwrite the file if it is there")
	cmd.MarkFlagsMutuallyExclusive("tiers", "models")
	return cmd
}

func (a *app) init(ctx context.Context, f *initFlags) error {
	if f.tiers < 1 || f.tiers > routing.MaxChain {
		return fmt.Errorf("--tiers %d: want 1 to %d", f.tiers, routing.MaxChain)
	}
	if err := f.mayWrite(); err != nil {
		return err
	}
	x, err := a.inspectData(ctx, &f.data, &eval.InspectOptions{Baseline: f.baseline})
	if err != nil {
		return err
	}
	draft, err := x.Draft(&eval.DraftOptions{Tiers: f.tiers, Models: f.models})
	if err != nil {
		return err
	}
	path := f.output
	if path == "" {
		path = "dispatch.toml"
	}
	next := fmt.Sprintf("tierwise eval %s %s --gold-tasks", shellQuote(path), f.data.args())
	config := reports.Draft(x, draft, next)
	if _, err := routing.ParseConfig(path, config, nil); err != nil {
		return fmt.Errorf("the names in the data make no valid config: %w", err)
	}
	if f.output == "" {
		_, err := a.stdout.Write(config)
		return err
	}
	if err := writeFile(f.output, config); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "Wrote %s: %s\nNext:  %s\n       tierwise tune %s %s -o bundle/\n", f.output, reports.DraftSummary(draft), next,
		shellQuote(path), f.data.args())
	return err
}

// mayWrite refuses to overwrite a file, before any work is done.
func (f *initFlags) mayWrite() error {
	if f.output == "" {
		return nil
	}
	if err := checkPlace(f.output); err != nil {
		return err
	}
	if f.force {
		return keepInputs(f.output, f.data.data...)
	}
	switch _, err := os.Stat(f.output); {
	case err == nil:
		return fmt.Errorf("%s is there already: --force overwrites it", f.output)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	return nil
}
