package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tierwise/tierwise/datasets/demo"
	"github.com/tierwise/tierwise/reports"
	"github.com/tierwise/tierwise/reports/text"
)

func (a *app) newDemo() *cobra.Command {
	var seed uint64
	cmd := &cobra.Command{
		Use:   "demo [DIR]",
		Short: "Make synthetic traffic and candidates, evaluate them and tune one",
		Long: `Make labeled traffic from a seed, with five tasks and four invented models, and three
candidate dispatch configs; evaluate them; tune one of them, and write the bundle that ships
it; say what was saved and what that cost.

Everything is written to DIR (default tierwise-demo), to look at and to change.`,
		Example: `  tierwise demo
  tierwise demo --seed 7 /tmp/demo`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return fmt.Errorf("want one folder, not %d: tierwise demo [DIR]", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := "tierwise-demo"
			if len(args) > 0 {
				dir = args[0]
			}
			return a.demo(cmd.Context(), dir, seed)
		},
	}
	cmd.Flags().Uint64Var(&seed, "seed", 1, "seed of the traffic")
	return cmd
}

func (a *app) demo(ctx context.Context, dir string, seed uint64) error {
	files, err := demo.Files(&demo.Options{Seed: seed})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, f := range files {
		path := filepath.Join(dir, f.Name)
		if there, err := os.ReadFile(path); err == nil && !bytes.Equal(there, f.Data) {
			return fmt.Errorf("%s is there already and is not what this demo writes: name another folder, tierwise demo DIR", path)
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, f := range files {
		if err := writeFile(filepath.Join(dir, f.Name), f.Data); err != nil {
			return err
		}
	}
	err = a.demoLoop(ctx, dir, seed)
	if errors.Is(err, context.Canceled) {
		return stoppedError{dir + " has the traffic and the configs, and no results"}
	}
	return err
}

// demoLoop evaluates what the demo wrote.
func (a *app) demoLoop(ctx context.Context, dir string, seed uint64) error {
	f := &evalFlags{tolerance: 0.01, taskTolerance: 0.05, seed: seed, outputs: []string{filepath.Join(dir, "results.json")}}
	f.data.data = []string{filepath.Join(dir, "traffic.parquet")}
	f.data.workers = runtime.NumCPU()
	d, names, err := f.data.open(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	fmt.Fprintf(a.stdout, "Synthetic traffic (seed %d, nothing in it is real): %s requests → %s\n\n",
		seed, reports.FormatNumber(reports.Count, float64(d.NumRows())), names[0])
	var configs []string
	for _, c := range demo.Configs() {
		configs = append(configs, filepath.Join(dir, c.Name+".toml"))
	}
	candidates, err := readCandidates(configs)
	if err != nil {
		return err
	}
	c, err := a.compare(ctx, f, d, candidates)
	if err != nil {
		return err
	}
	c.Data.Files, c.Tool = names, version()
	if err := writeResults(f.outputs[0], c); err != nil {
		return err
	}
	if err := text.Write(a.stdout, reports.Candidates(c)); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "\n%s\nAll of it:  tierwise eval %s %s\n\nTuning %[4]s by what the labels prove:\n\n",
		reports.Sentence(c, reports.Speaker(c)), strings.Join(configs, " "), f.data.args(), configs[1])
	if err != nil {
		return err
	}
	t := newTuneFlags()
	t.data, t.seed, t.outputs = f.data, seed, []string{filepath.Join(dir, "bundle") + "/"}
	var pages []string
	for _, end := range pageEnds() {
		pages = append(pages, "report"+end)
		t.outputs = append(t.outputs, filepath.Join(dir, "report"+end))
	}
	if err := a.tune(ctx, t, configs[1:2]); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "\nWrote %s: traffic.parquet, three configs, results.json, %s, bundle/\n"+
		"Yours:  tierwise eval -d my.parquet  ·  tierwise tune -d my.parquet -o bundle/\n", dir, strings.Join(pages, ", "))
	return err
}
