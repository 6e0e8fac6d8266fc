package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/tune"
	"github.com/tierwise/tierwise/reports"
	"github.com/tierwise/tierwise/reports/text"
)

type tuneFlags struct {
	data           dataFlags
	outputs        []string
	baseline       string
	goldTasks      bool
	reprice        bool
	tolerance      points
	taskTolerance  points
	confidence     float64
	family         bool
	looks          int
	maxP95         float64
	maxEscalation  share
	pins           []string
	exclude        []string
	requireSavings share
	seed           uint64
	json           bool
	noText         bool

	bundle string // the output that is the bundle's folder; "": none is written
	labels string // the output that takes the requests to label next; "": none
}

func (a *app) newTune() *cobra.Command {
	f := &tuneFlags{tolerance: defaultTolerance, taskTolerance: defaultTaskTolerance}
	cmd := &cobra.Command{
		Use:   "tune [CONFIG] -d FILE -o bundle/",
		Short: "Choose the cheapest table that provably holds, and write the bundle that ships it",
		Long: `Move each task to a cheaper tier, or behind an acceptance check, as far as the labels prove that
quality holds, and write the table with its evidence.

A fifth of the labels, the pilot, picks two chains per task; the rest certify along each chain
from its safest step, mostly escalating to the baseline, towards the cheap tier alone. A task is
moved if it loses less than --task-tolerance; the whole table, judged on labels that did not
choose it, must lose less than --tolerance. What is not proved stays on the baseline.`,
		Example: `  tierwise tune dispatch.toml -d traffic.parquet -o bundle/
  tierwise tune dispatch.toml -d traffic.parquet -o bundle/ --gold-tasks
  tierwise tune dispatch.toml -d traffic.parquet -o bundle/ --pin legal=frontier --exclude gpt-nano
  tierwise tune dispatch.toml -d traffic.parquet -o bundle/ --max-p95 4000 --require-savings 20%`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return fmt.Errorf("want one config, not %d: tierwise tune [CONFIG] -d FILE -o bundle/", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.tune(cmd.Context(), f, args) },
	}
	flags := cmd.Flags()
	f.data.register(flags)
	flags.StringArrayVarP(&f.outputs, "output", "o", nil, "write the bundle to this folder")
	flags.StringVar(&f.baseline, "baseline", "", "model to compare with (default: the config's, else the best with 95 % coverage)")
	flags.BoolVar(&f.goldTasks, "gold-tasks", false, "certify for callers who name the task of each request")
	flags.BoolVar(&f.reprice, "reprice", false, "take costs from tokens and the config's prices, not as recorded")
	flags.Var(&f.tolerance, "tolerance", "what the whole table may lose")
	flags.Var(&f.taskTolerance, "task-tolerance", "what each task that is moved may lose")
	flags.Float64Var(&f.confidence, "confidence", 95, "of each claim, in percent: 90 saves more and errs more often")
	flags.BoolVar(&f.family, "family", false, "share the error rate among the tasks, so that none is wrong with that confidence")
	flags.IntVar(&f.looks, "looks", 1, "how often this search will be made on growing data, declared beforehand: 1 or 3")
	flags.Float64Var(&f.maxP95, "max-p95", 0, "highest p95 latency of a task that is moved, in ms")
	flags.Var(&f.maxEscalation, "max-escalation", "largest share of a task's requests that may escalate, such as 30%")
	flags.StringArrayVar(&f.pins, "pin", nil, "`task=tier` that serves it whatever the labels say (repeatable)")
	flags.StringSliceVar(&f.exclude, "exclude", nil, "`models` that take no part")
	flags.Var(&f.requireSavings, "require-savings", "exit with 1 unless so much of the bill is saved and the whole holds, with 3 if that is inconclusive")
	flags.Uint64Var(&f.seed, "seed", 1, "seed of the folds")
	flags.BoolVar(&f.noText, "no-text", false, "leave prompts and responses out of everything that is written")
	flags.BoolVar(&f.json, "json", false, "print the certificate")
	return cmd
}

// share is a flag that takes a percentage, "30%".
type share float64

// String implements pflag.Value.
func (s *share) String() string {
	if *s == 0 {
		return ""
	}
	return strconv.FormatFloat(100*float64(*s), 'g', -1, 64) + "%"
}

// Type implements pflag.Value.
func (s *share) Type() string { return "PERCENT" }

// Set implements pflag.Value.
func (s *share) Set(text string) error {
	number, ok := strings.CutSuffix(strings.TrimSpace(text), "%")
	x, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if !ok || err != nil || !(x > 0) || x > 100 {
		return errors.New("want a percentage above 0 and up to 100, such as 20%")
	}
	*s = share(x / 100)
	return nil
}

func (f *tuneFlags) search(c eval.Candidate) (*tune.Search, error) {
	switch {
	case !(f.confidence >= 50 && f.confidence < 100):
		return nil, fmt.Errorf("--confidence %v: want percent from 50 to below 100, such as 95", f.confidence)
	case f.looks != 1 && f.looks != 3:
		return nil, fmt.Errorf("--looks %d: want 1, or 3 that are declared beforehand", f.looks)
	case f.maxP95 < 0:
		return nil, fmt.Errorf("--max-p95 %v: want milliseconds", f.maxP95)
	}
	s := &tune.Search{
		Candidate: c,
		Options:   eval.Options{Baseline: f.baseline, GoldTasks: f.goldTasks, Reprice: f.reprice, Seed: f.seed},
		Settings: tune.Settings{
			Tolerance: float64(f.tolerance), TaskTolerance: float64(f.taskTolerance), Alpha: (100 - f.confidence) / 100, Family: f.family,
		},
		Exclude: f.exclude, Pins: map[string]string{}, MaxP95: f.maxP95, MaxEscalation: float64(f.maxEscalation),
	}
	for _, pin := range f.pins {
		task, tier, ok := strings.Cut(pin, "=")
		if !ok || task == "" || tier == "" {
			return nil, fmt.Errorf("--pin %s: want task=tier", pin)
		}
		s.Pins[task] = tier
	}
	return s, nil
}

func (a *app) tune(ctx context.Context, f *tuneFlags, args []string) error {
	candidate, err := a.tunable(ctx, f, args)
	if err != nil {
		return err
	}
	d, names, err := f.data.open(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	if needsClassifier(f, candidate.Config) {
		if candidate, _, _, err = a.trained(ctx, f, d, candidate); err != nil {
			return err
		}
	}
	search, err := f.search(*candidate)
	if err != nil {
		return err
	}
	show, end := a.stages()
	tuned, err := search.Run(ctx, d, &tune.RunOptions{Workers: f.data.workers, Progress: show})
	end()
	if err != nil {
		return collapse(err)
	}
	c, err := a.replayTuned(ctx, f, d, candidate, tuned)
	if err != nil {
		return err
	}
	c.Data.Files, c.Tool = slices.Clone(names), version()
	t := &reports.Tuning{Tuned: tuned, Replay: c}
	return text.Write(a.stdout, t.Document())
}

// evalFlags are the flags of an eval of the same traffic.
func (f *tuneFlags) evalFlags() *evalFlags {
	return &evalFlags{
		data: f.data, baseline: f.baseline, goldTasks: f.goldTasks, reprice: f.reprice,
		tolerance: f.tolerance, taskTolerance: f.taskTolerance, seed: f.seed, noText: f.noText,
	}
}

// replayTuned evaluates the table that was chosen, as eval would.
func (a *app) replayTuned(ctx context.Context, f *tuneFlags, d *datasets.Dataset, from *eval.Candidate, t *tune.Tuned) (*eval.Comparison, error) {
	tuned := *from
	tuned.Label, tuned.Config = "tuned", t.Config
	return a.compare(ctx, f.evalFlags(), d, []eval.Candidate{tuned})
}
