package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/bundle"
	"github.com/tierwise/tierwise/eval/gate"
	"github.com/tierwise/tierwise/eval/stats"
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
	mix            string
	tolerance      points
	taskTolerance  points
	confidence     float64
	family         bool
	split          bool
	looks          int
	maxP95         float64
	maxEscalation  share
	pins           []string
	exclude        []string
	requireSavings share
	seed           uint64
	json           bool
	noText         bool
	volume         volume
	packageName    string
	ledger         string
	exports        []string
	frontier       frontierFlags

	bundle string // the output that is the bundle's folder; "": none is written
	labels string // the output that takes the requests to label next; "": none
	pages  []string
}

const defaultConfidence = 95.0

// What --export knows.
const (
	exportLiteLLM    = "litellm"
	exportCheapFirst = "litellm:cheap-first"
	exportJSON       = "json"
)

func newTuneFlags() *tuneFlags {
	return &tuneFlags{tolerance: defaultTolerance, taskTolerance: defaultTaskTolerance, confidence: defaultConfidence, looks: 1, seed: 1}
}

func (a *app) newTune() *cobra.Command {
	f := newTuneFlags()
	cmd := &cobra.Command{
		Use:   "tune [CONFIG] -d FILE -o bundle/",
		Short: "Choose the cheapest table that provably holds, and write the bundle that ships it",
		Long: `Move each task to a cheaper tier, or behind an acceptance check, as far as the labels prove that
quality holds, and write the table with its evidence.

A fifth of the labels, the pilot, picks two chains per task; the rest certify along each chain
from its safest step, mostly escalating to the baseline, towards the cheap tier alone. A task is
moved if it loses less than --task-tolerance; the whole table, judged on labels that did not
choose it, must lose less than --tolerance. What is not proved stays on the baseline.

Requests find their task as the config says. If it has neither rules nor a classifier, one is
trained on the traffic's gold tasks and goes into the bundle. Without a config the models of the
traffic are the tiers.

Labels whose results a search has seen only choose for another one, never certify: the ledger
beside the config, NAME.ledger.jsonl, remembers them (without a config dispatch.ledger.jsonl in
the current folder). The same search again is no new one, and gives the same bytes. On more
labels it goes on, with the same chains, at half the level; three looks that are declared
beforehand, --looks 3, have 0.7, 0.2 and 0.1 of it.

Labels are seldom spread over the tasks as production is. With --mix the whole, its claim and what it
saves, is weighted as production sends requests to the tasks; what is claimed of a task is the same.

--split also looks for tasks of 300 labels or more that mix easy and hard requests: on the pilot it
learns from prompts what the baseline gains over a cheap model, and tunes the requests of small gain
as a task of their own where that promises more. Each half is certified by itself.

--budget, --min-quality and --frontier also show what could be had for what money, by chains of up
to four tiers under every threshold. None of that is certified: it is chosen on the labels that
judge it. Write such a table with -o frontier.toml and evaluate it on new labels; -o frontier.json
takes the whole curve.`,
		Example: `  tierwise tune dispatch.toml -d traffic.parquet -o bundle/
  tierwise tune dispatch.toml -d traffic.parquet -o bundle/ --gold-tasks
  tierwise tune dispatch.toml -d traffic.parquet -o bundle/ --pin legal=frontier --exclude gpt-nano
  tierwise tune dispatch.toml -d traffic.parquet -o bundle/ --max-p95 4000 --require-savings 20%
  tierwise tune dispatch.toml -d traffic.parquet -o bundle/ --mix production.parquet
  tierwise tune dispatch.toml -d traffic.parquet --budget 2.50 -o frontier.toml`,
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
	flags.StringArrayVarP(&f.outputs, "output", "o", nil, "write the bundle to this folder, or to a file: a report ("+strings.Join(pageEnds(), ", ")+"), requests to label next (.csv), the table of --budget or --min-quality (.toml), the frontier (.json); repeatable")
	flags.StringVar(&f.baseline, "baseline", "", "model to compare with (default: the config's, else the best with 95 % coverage)")
	flags.BoolVar(&f.goldTasks, "gold-tasks", false, "certify for callers who name the task of each request")
	flags.BoolVar(&f.reprice, "reprice", false, "take costs from tokens and the config's prices, not as recorded")
	flags.Var(once{&f.mix, "say all of it in one file"}, "mix", "production, which weighs the whole: shares of its tasks (.toml), or its traffic (Parquet file, folder or glob)")
	flags.Var(&f.tolerance, "tolerance", "what the whole table may lose")
	flags.Var(&f.taskTolerance, "task-tolerance", "what each task that is moved may lose")
	flags.Float64Var(&f.confidence, "confidence", defaultConfidence, "of each claim, in percent: 90 saves more and errs more often")
	flags.BoolVar(&f.family, "family", false, "share the error rate among the tasks, so that none is wrong with that confidence")
	flags.BoolVar(&f.split, "split", false, "split tasks that mix easy and hard requests, as far as prompts tell them apart")
	flags.IntVar(&f.looks, "looks", 1, "how often this search will be made on growing data, declared beforehand: 1 or 3")
	flags.Float64Var(&f.maxP95, "max-p95", 0, "highest p95 latency of a task that is moved, in ms")
	flags.Var(&f.maxEscalation, "max-escalation", "largest share of a task's requests that may escalate, such as 30%")
	flags.StringArrayVar(&f.pins, "pin", nil, "`task=tier` that serves it whatever the labels say (repeatable)")
	flags.StringArrayVar(&f.exclude, "exclude", nil, "`model` that takes no part (repeatable)")
	flags.Var(&f.requireSavings, "require-savings", "exit with 1 unless so much of the bill is saved and the whole holds, with 3 if that is inconclusive")
	flags.Uint64Var(&f.seed, "seed", 1, "seed of the folds")
	flags.StringVar(&f.packageName, "package-name", "", "`name` of the bundle's Go package (default dispatch)")
	flags.StringVar(&f.ledger, "ledger", "", "`file` that keeps which labels searches have seen (default: NAME.ledger.jsonl beside the config)")
	flags.StringSliceVar(&f.exports, "export", nil, "also write the table for other gateways into the bundle: `litellm` (tasks with checks start at their last tier), litellm:cheap-first (at their first, unchecked), json")
	f.frontier.register(flags)
	flags.Var(&f.volume, "volume", "requests a month, such as 2.5M: gives dollars a month in reports")
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

// check looks at the flags before any work is done.
func (f *tuneFlags) check() error {
	for _, path := range f.outputs {
		if taken, err := f.frontier.output(path); err != nil {
			return err
		} else if taken {
			continue
		}
		switch ext := filepath.Ext(strings.TrimSuffix(path, "/")); {
		case isPage(path):
			if err := checkPlace(path); err != nil {
				return err
			}
			f.pages = append(f.pages, path)
		case ext == ".csv":
			if err := checkPlace(path); err != nil {
				return err
			}
			f.labels = path
		case ext == "" || strings.HasSuffix(path, "/"):
			if f.bundle != "" {
				return fmt.Errorf("-o %s: there is one bundle, and it goes to %s", path, f.bundle)
			}
			if err := checkBundle(path); err != nil {
				return err
			}
			f.bundle = path
		default:
			return fmt.Errorf("-o %s: tune writes a bundle, to a folder such as bundle/, requests to label, to a .csv, and reports (%s)", path, strings.Join(pageEnds(), ", "))
		}
	}
	for _, export := range f.exports {
		if export != exportLiteLLM && export != exportCheapFirst && export != exportJSON {
			return fmt.Errorf("--export %s: known are %s, %s and %s", export, exportLiteLLM, exportCheapFirst, exportJSON)
		}
	}
	if slices.Contains(f.exports, exportLiteLLM) && slices.Contains(f.exports, exportCheapFirst) {
		return fmt.Errorf("--export %s and %s: both are %s; name one of them", exportLiteLLM, exportCheapFirst, liteLLMFile)
	}
	if len(f.exports) > 0 && f.bundle == "" {
		return errors.New("--export writes into the bundle: name its folder with -o, such as -o bundle/")
	}
	if f.packageName != "" {
		if f.bundle == "" {
			return errors.New("--package-name is of the bundle's Go package: name the bundle's folder with -o, such as -o bundle/")
		}
		if err := bundle.CheckPackageName(f.packageName); err != nil {
			return fmt.Errorf("--package-name: %w", err)
		}
	}
	return f.frontier.check(f)
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
		Split: f.split, Exclude: f.exclude, MaxP95: f.maxP95, MaxEscalation: float64(f.maxEscalation),
	}
	var err error
	s.Pins, err = f.pinned(c.Config)
	return s, err
}

func (a *app) tune(ctx context.Context, f *tuneFlags, args []string) error {
	if err := f.check(); err != nil {
		return err
	}
	if err := f.keepChanges(args); err != nil {
		return err
	}
	candidate, err := a.tunable(ctx, f, args)
	if err != nil {
		return err
	}
	d, names, err := f.data.open(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := f.frontier.keepInputs(f, names, candidate); err != nil {
		return err
	}
	ship, given := &shipment{flags: f, source: candidate.Config.Text}, candidate
	if candidate, err = a.withClassifier(ctx, f, d, candidate, ship); err != nil {
		return err
	}
	search, err := f.search(*candidate)
	if err != nil {
		return err
	}
	mixed, err := a.readMix(ctx, f.evalFlags(), []eval.Candidate{*candidate}, &search.Options)
	if err != nil {
		return err
	}
	if err := f.frontier.keepInputs(f, mixed, candidate); err != nil {
		return err
	}
	ship.mix = search.Options.Mix
	looking, err := f.openLedger(args, given, ship.mix)
	if err != nil {
		return err
	}
	search.Look = looking.ask
	defer lean()()
	show, end := a.stages()
	tuned, err := search.Run(ctx, d, &tune.RunOptions{Workers: f.data.workers, Progress: show, Memo: &ship.memo})
	end()
	if err != nil {
		return f.sayGrades(collapse(err), args)
	}
	ship.mix, search.Options.Mix = tuned.Mix, tuned.Mix
	candidate, search.Candidate = &tuned.Candidate, tuned.Candidate // with the halves of tasks that are split
	ship.tuning = &reports.Tuning{Tuned: tuned, LabelCommand: f.labelCommand(args), Notes: looking.notes(),
		Pinned: slices.Sorted(maps.Keys(search.Pins)), Excluded: f.exclude}
	if err := a.replayTuned(ctx, ship, d, candidate); err != nil {
		return err
	}
	ship.tuning.Replay.Data.Files, ship.tuning.Replay.Tool = slices.Clone(names), version()
	ship.certify(looking)
	if err := a.searchFrontier(ctx, ship, search, d); err != nil {
		return err
	}
	return a.showTuning(ctx, d, candidate, ship, looking)
}

// withClassifier returns the candidate with the classifier that it lacks, if it has no way to find the tasks of requests,
// and the out-of-fold predictions that belong to the one it has.
func (a *app) withClassifier(ctx context.Context, f *tuneFlags, d *datasets.Dataset, c *eval.Candidate, ship *shipment) (*eval.Candidate, error) {
	if needsClassifier(f, c.Config) {
		trained, sidecar, err := a.trained(ctx, f, d, c)
		ship.outOfFold = sidecar
		return trained, err
	}
	if c.OutOfFold != nil {
		var err error
		ship.outOfFold, err = os.ReadFile(eval.OutOfFoldPath(artifactPath(c.Config)))
		return c, err
	}
	return c, nil
}

// replayTuned evaluates the table that was chosen, as eval would.
func (a *app) replayTuned(ctx context.Context, s *shipment, d *datasets.Dataset, from *eval.Candidate) error {
	tuned := *from
	tuned.Label, tuned.Config = "tuned", s.tuning.Config
	opts := s.flags.evalFlags().options(d)
	opts.Mix = s.mix
	opts.Details = true // tokens, for a certificate that can be priced anew
	job, err := eval.NewJob([]eval.Candidate{tuned}, opts)
	if err != nil {
		return err
	}
	show, end := a.stages()
	defer end()
	sums, err := job.Run(ctx, d, d.Shards(), &eval.RunOptions{Workers: s.flags.data.workers, Progress: show("replaying the table"), Memo: &s.memo})
	if err != nil {
		return collapse(err)
	}
	if len(s.flags.pages) > 0 && !s.flags.noText {
		if err := job.FetchTexts(ctx, d, sums); err != nil {
			return err
		}
	}
	s.tuning.Replay = job.Finish(sums)
	s.input = &bundle.CertificateInput{Replay: &s.tuning.Replay.Candidates[0], Usage: job.Usage(0, sums)}
	if s.flags.bundle != "" {
		s.requests, err = job.Golden(ctx, d, 0, &eval.RunOptions{Workers: s.flags.data.workers, Progress: show("choosing golden requests"), Memo: &s.memo})
		if err == nil && len(s.requests) == 0 && s.flags.goldTasks {
			err = errors.New("--gold-tasks: no request names its task, so that there is none to test the bundle's package with; leave the flag out, or give the traffic a column task")
		}
	}
	return err
}

// certify fills in what the certificate is made of.
func (s *shipment) certify(l *looking) {
	t, f := s.tuning, s.flags
	s.input.Config, s.input.Tool, s.input.DataHash = t.Config, version(), t.DataHash
	s.input.CostsHash, s.input.Salt, s.input.Recipe, s.input.Options, s.input.Seed = l.look.Costs, l.look.Salt, l.look.Recipe, l.look.Options, f.seed
	s.input.GoldTasks, s.input.Result, s.input.Menu = f.goldTasks, t.Result, &t.Menu
	s.input.Splits = t.Splits
	s.input.Grouped, s.input.Weighted, s.input.Plan = t.Grouped, t.Weighted, l.plan
	s.input.Mix = s.mix
}

// showTuning writes what was asked for, prints what was found, and returns the exit code that was asked for. The ledger has
// the look before anybody sees what it found, and after all of that is made: a search that fails spends no labels.
func (a *app) showTuning(ctx context.Context, d *datasets.Dataset, c *eval.Candidate, s *shipment, l *looking) error {
	f := s.flags
	var names, left []string
	var err error
	note := func() error { return l.note(s.tuning.Tuned) }
	if f.bundle != "" {
		names, left, err = s.write(ctx, note)
	} else {
		err = note()
	}
	if err != nil {
		return err
	}
	if err := s.writePages(); err != nil {
		return err
	}
	drawn := ""
	if f.labels != "" {
		if drawn, err = a.drawTuneLabels(ctx, f, d, c, s); err != nil {
			return err
		}
	}
	if f.json {
		certificate, err := bundle.Certificate(s.input)
		if err != nil {
			return err
		}
		if err := gate.WriteCertificate(a.stdout, certificate); err != nil {
			return err
		}
		return f.exit(s.tuning)
	}
	if err := text.Write(a.stdout, s.tuning.Document()); err != nil {
		return err
	}
	if drawn != "" {
		fmt.Fprint(a.stdout, "\n", drawn)
	}
	if f.bundle != "" {
		dir := strings.TrimSuffix(f.bundle, "/")
		fmt.Fprintf(a.stdout, "\nWrote %s/: %s\n", dir, strings.Join(names, ", "))
		for _, line := range left {
			fmt.Fprintf(a.stdout, "  not in the export: %s\n", line)
		}
		fmt.Fprintf(a.stdout, "Next:  tierwise eval %s %s    (the table, request by request)\n"+
			"       tierwise check %[1]s --certificate %[3]s --policy policy.toml    (in CI, without data)\n",
			shellQuote(dir+"/"+bundle.ConfigFile), strings.Join(f.replayArgs(), " "), shellQuote(dir+"/"+certificateFile))
	}
	return f.exit(s.tuning)
}

// exit is the exit code of --require-savings.
func (f *tuneFlags) exit(t *reports.Tuning) error {
	if f.requireSavings == 0 {
		return nil
	}
	whole, want := &t.Tables[t.Table], float64(f.requireSavings)
	r := &t.Replay.Candidates[0].Whole
	switch {
	case !whole.Changed, t.Verdict == stats.Fails, float64(r.SavingsUpper) < want:
		return exitError{exitFails}
	case t.Verdict == stats.Inconclusive, !(float64(r.SavingsBound) >= want):
		return exitError{exitInconclusive}
	}
	return nil
}

// labelCommand is the command line that draws the requests to label next.
func (f *tuneFlags) labelCommand(args []string) string {
	parts := []string{"tierwise tune"}
	for _, arg := range args {
		parts = append(parts, shellQuote(arg))
	}
	parts = append(parts, f.replayArgs()...)
	add := func(set bool, name, value string) {
		if set {
			parts = append(parts, strings.TrimSpace(name+" "+value))
		}
	}
	add(f.tolerance != defaultTolerance, "--tolerance", f.tolerance.String())
	add(f.taskTolerance != defaultTaskTolerance, "--task-tolerance", f.taskTolerance.String())
	add(f.confidence != defaultConfidence, "--confidence", fmt.Sprint(f.confidence))
	add(f.family, "--family", "")
	add(f.split, "--split", "")
	add(f.looks != 1, "--looks", fmt.Sprint(f.looks))
	add(f.maxP95 != 0, "--max-p95", fmt.Sprint(f.maxP95))
	add(f.maxEscalation != 0, "--max-escalation", f.maxEscalation.String())
	for _, pin := range f.pins {
		add(true, "--pin", shellQuote(pin))
	}
	for _, model := range f.exclude {
		add(true, "--exclude", shellQuote(model))
	}
	add(f.seed != 1, "--seed", fmt.Sprint(f.seed))
	return strings.Join(parts, " ") + " -o " + labelFile
}

// sayGrades adds to an error for want of grades how to come by some.
func (f *tuneFlags) sayGrades(err error, args []string) error {
	switch {
	case !errors.Is(err, tune.ErrNoGrades):
		return err
	case len(args) == 0:
		return fmt.Errorf("%w, in a sheet with the columns id, model and quality, and take it in by  tierwise import labels SHEET.csv %s -o labeled.parquet", err, f.data.args())
	}
	return fmt.Errorf("%w; which, draws  tierwise eval %s %s -o %s", err, shellQuote(args[0]), strings.Join(f.replayArgs(), " "), labelFile)
}

// replayArgs are the flags that an eval of the same traffic takes too, as a shell takes them.
func (f *tuneFlags) replayArgs() []string {
	out := []string{f.data.args()}
	if f.baseline != "" {
		out = append(out, "--baseline "+shellQuote(f.baseline))
	}
	if f.goldTasks {
		out = append(out, "--gold-tasks")
	}
	if f.reprice {
		out = append(out, "--reprice")
	}
	if f.mix != "" {
		out = append(out, "--mix "+shellQuote(f.mix))
	}
	return out
}

// evalFlags are the flags of an eval of the same traffic.
func (f *tuneFlags) evalFlags() *evalFlags {
	return &evalFlags{
		data: f.data, baseline: f.baseline, goldTasks: f.goldTasks, reprice: f.reprice, mix: f.mix,
		tolerance: f.tolerance, taskTolerance: f.taskTolerance, seed: f.seed, noText: f.noText,
	}
}
