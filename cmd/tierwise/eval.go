package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/reports"
	"github.com/tierwise/tierwise/reports/text"
	"github.com/tierwise/tierwise/routing"
)

type evalFlags struct {
	data          dataFlags
	baseline      string
	goldTasks     bool
	reprice       bool
	tolerance     points
	taskTolerance points
	seed          uint64
	json          bool
	noText        bool
	volume        volume
	outputs       []string
	decisions     string // the output that takes a row for each decision, "" if none
	shard         shardFlag
	whatIf        whatIfFlags
	scenarios     []eval.Scenario // what whatIf comes to

	caches   bool
	sweep    bool    // print what the semantic caches would do at other thresholds
	maxFalse percent // that the sweep looks for

	mix       string // "" if there is none
	labels    string // the output that takes the requests to label next, "" if none
	labelNote string // what was said of them
}

const (
	defaultTolerance     points = 0.01
	defaultTaskTolerance points = 0.05
	defaultSeed                 = 1
)

// keepInputs refuses outputs that would overwrite what is read.
func (f *evalFlags) keepInputs(names []string, candidates []eval.Candidate) error {
	inputs := append(slices.Clone(names), f.data.mapping, f.whatIf.list)
	for _, c := range candidates {
		inputs = append(inputs, c.Config.Source)
		if c.Config.Router.Embedding != nil {
			artifact := artifactPath(c.Config)
			inputs = append(inputs, artifact, eval.OutOfFoldPath(artifact))
		}
		for _, artifact := range splitArtifacts(c.Config) {
			artifact = besideConfig(c.Config, artifact)
			inputs = append(inputs, artifact, eval.OutOfFoldPath(artifact))
		}
	}
	for _, output := range append(slices.Clone(f.outputs), f.labels) {
		if err := keepInputs(output, inputs...); err != nil {
			return err
		}
	}
	return nil
}

// writers checks the outputs. Decisions and requests to label are not made from results, so they are set apart.
func (f *evalFlags) writers() ([]func(*eval.Comparison) error, error) {
	var results []string
	for _, path := range f.outputs {
		if filepath.Ext(path) == ".parquet" {
			if err := checkPlace(path); err != nil {
				return nil, err
			}
			f.decisions = path
			continue
		}
		if filepath.Ext(path) == ".csv" {
			if err := checkPlace(path); err != nil {
				return nil, err
			}
			if err := keepGrades("-o", path, f.data.args()); err != nil {
				return nil, err
			}
			f.labels = path
			continue
		}
		results = append(results, path)
	}
	return outputs(results, withPages(map[string]format{".json": writeResults, ".parquet": nil, ".csv": nil}, reports.FullInput{NoText: f.noText, Volume: float64(f.volume)}))
}

func (a *app) newEval() *cobra.Command {
	f := &evalFlags{tolerance: defaultTolerance, taskTolerance: defaultTaskTolerance, maxFalse: defaultMaxFalse}
	cmd := &cobra.Command{
		Use:   "eval [[LABEL=]CONFIG…] -d FILE",
		Short: "Replay traffic against dispatch configs and compare with the baseline",
		Long: `Replay labeled traffic against each dispatch config, and compare quality, cost and
latency with the single-model baseline on the same requests.

Without a config: every single model alone, the best model of each task, and what a
router could save. It needs nothing but the file.

-o label-next.csv draws the requests to label so that inconclusive verdicts tell, a row for each
answer to grade: at random from all requests of a task whose answers are recorded and lack a
grade. Those on which config and baseline give the same answer are among them, for a verdict
goes by all requests of a task: grade that answer once. tierwise import labels brings the
grades back. Cells that a spreadsheet would run as a formula start with an apostrophe.

--mix weighs the tasks as production sends requests to them, not as the data does: by a TOML
file (version = 1, and below [shares] task = number), or by production's own traffic, which
needs no outcomes and is routed as each config does.

--caches replays the configs' caches in the order of time: every request needs a time, and the
same weight. A semantic hit counts as right only where group or expected proves it.
--semantic-sweep shows hits and false hits at other thresholds, and the loosest one that keeps
false hits below --max-false-hits, or "off".`,
		Example: `  tierwise eval -d traffic.parquet
  tierwise eval router.toml -d traffic.parquet
  tierwise eval today=main.toml new=branch.toml -d 'traffic/*.parquet' -o results.json -o report.html
  tierwise eval router.toml -d traffic.parquet --gold-tasks --where lang=en
  tierwise eval router.toml -d traffic.parquet -o decisions.parquet
  tierwise eval router.toml -d traffic.parquet --price gpt-mid=x1.4 --outage gpt-mid
  tierwise eval router.toml -d traffic.parquet -o label-next.csv
  tierwise eval router.toml -d traffic.parquet --mix production.parquet
  tierwise eval router.toml -d traffic.parquet --caches
  tierwise eval router.toml -d traffic.parquet --semantic-sweep
  tierwise eval router.toml -d 'traffic/*.parquet' --shard 3/64 -o parts/3.json`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.eval(cmd.Context(), f, args) },
	}
	flags := cmd.Flags()
	f.data.register(flags)
	flags.StringVar(&f.baseline, "baseline", "", "model to compare with (default: the configs', else the best with 95 % coverage)")
	flags.BoolVar(&f.goldTasks, "gold-tasks", false, "replay as if callers named the gold task of each request")
	flags.BoolVar(&f.reprice, "reprice", false, "take costs from tokens and the configs' prices, not as recorded")
	flags.Var(&f.tolerance, "tolerance", "what the whole table may lose")
	flags.Var(&f.taskTolerance, "task-tolerance", "what each task may lose")
	flags.Uint64Var(&f.seed, "seed", defaultSeed, "seed of what is sampled")
	flags.BoolVar(&f.json, "json", false, "print the results as JSON")
	flags.BoolVar(&f.noText, "no-text", false, "leave prompts and responses out of the results")
	flags.StringArrayVarP(&f.outputs, "output", "o", nil, "also write to this file: results (.json), a report ("+strings.Join(pageEnds(), ", ")+"), a row for each decision (.parquet), requests to label next (.csv); repeatable")
	f.whatIf.register(flags)
	flags.StringVar(&f.mix, "mix", "", "production: shares of its tasks (.toml), or its traffic (Parquet file, folder or glob)")
	f.registerCaches(flags)
	flags.Var(&f.volume, "volume", "requests a month, such as 2.5M: gives dollars a month in reports")
	flags.Var(&f.shard, "shard", "evaluate only part i of n (i from 0) and write it to -o, for tierwise merge")
	return cmd
}

func (a *app) eval(ctx context.Context, f *evalFlags, args []string) error {
	writers, err := f.writers()
	if err != nil {
		return err
	}
	candidates, err := readCandidates(args)
	if err != nil {
		return err
	}
	if f.scenarios, err = f.whatIf.scenarios(candidates, f.baseline); err != nil {
		return err
	}
	if f.reprice && len(candidates) == 0 {
		return errors.New("--reprice takes prices from a config: name one")
	}
	if f.decisions != "" && len(candidates) == 0 {
		return fmt.Errorf("-o %s: decisions need a config to decide by", f.decisions)
	}
	if f.labels != "" && len(candidates) == 0 {
		return fmt.Errorf("-o %s: which requests to label depends on a config: name one", f.labels)
	}
	if err := f.checkCaches(candidates); err != nil {
		return err
	}
	if f.shard.of > 0 {
		return a.evalShard(ctx, f, candidates)
	}
	d, names, err := f.data.open(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := f.keepInputs(names, candidates); err != nil {
		return err
	}
	if f.sweep {
		return a.sweepSemantic(ctx, f, d, candidates)
	}
	c, err := a.compare(ctx, f, d, candidates)
	if err != nil {
		return err
	}
	c.Data.Files, c.Tool = names, version()
	if f.labels == "" {
		c.LabelCommand = f.labelCommand("eval", args, "-o")
	}
	if err := a.show(c, writers, f.json); err != nil {
		return err
	}
	if !f.json {
		if err := a.printNote(f.labelNote); err != nil {
			return err
		}
	}
	if len(candidates) == 0 && !f.json {
		_, err = fmt.Fprintf(a.stdout, `
Next:  tierwise inspect %[1]s    (what these labels can prove)
       tierwise init %[1]s -o dispatch.toml    (a first dispatch config)
       tierwise eval dispatch.toml %[1]s
       tierwise tune dispatch.toml %[1]s -o bundle/    (the cheapest table that these labels prove)
`, f.data.args())
	}
	return err
}

// show writes the results to all places where they are wanted.
func (a *app) show(c *eval.Comparison, writers []func(*eval.Comparison) error, asJSON bool) error {
	for _, write := range writers {
		if err := write(c); err != nil {
			return err
		}
	}
	if asJSON {
		return printJSON(a.stdout, c)
	}
	return text.Write(a.stdout, reports.Comparison(c))
}

// compare runs the evaluation.
func (a *app) compare(ctx context.Context, f *evalFlags, d *datasets.Dataset, candidates []eval.Candidate) (*eval.Comparison, error) {
	opts := f.options(d)
	if len(candidates) == 0 || f.baseline != "" {
		if err := a.surveyModels(ctx, f, d, opts, len(candidates) == 0); err != nil {
			return nil, err
		}
	}
	mixFiles, err := a.readMix(ctx, f, candidates, opts)
	if err != nil {
		return nil, err
	}
	if err := f.keepInputs(mixFiles, nil); err != nil {
		return nil, err
	}
	job, err := eval.NewJob(candidates, opts)
	if err != nil {
		return nil, err
	}
	report, end := a.progress("replaying")
	defer end()
	sums, err := job.Run(ctx, d, d.Shards(), &eval.RunOptions{Workers: f.data.workers, Progress: report})
	if err != nil {
		return nil, collapse(err)
	}
	end()
	if sums.Rows.N == 0 {
		return nil, errNoRequests
	}
	if err := f.fetchTexts(ctx, job, d, sums); err != nil {
		return nil, err
	}
	c := job.Finish(sums)
	if f.noText {
		c.DropCacheTexts()
	}
	if err := checkModels(ctx, f, d, c, candidates); err != nil {
		return nil, err
	}
	for i := range c.References {
		if r := &c.References[i]; r.Model == c.Baseline && r.Whole.Requests == r.Whole.Unevaluable {
			return nil, fmt.Errorf("the data has no outcome of the baseline %s: there is nothing to compare with (--baseline names another)", c.Baseline)
		}
	}
	if f.decisions != "" { // last, so that bad data leaves no file
		if err := a.writeDecisions(ctx, f, job, d); err != nil {
			return nil, err
		}
	}
	if f.labels != "" {
		err := a.drawLabels(ctx, f, job, d, c)
		if errors.Is(err, context.Canceled) && f.decisions != "" {
			err = stoppedError{"only " + f.decisions + " was written"}
		}
		return c, err
	}
	return c, nil
}

// fetchTexts reads the texts of the examples, if there are any and they are wanted.
func (f *evalFlags) fetchTexts(ctx context.Context, job *eval.Job, d *datasets.Dataset, sums *eval.Sums) error {
	if f.noText {
		return nil
	}
	return job.FetchTexts(ctx, d, sums)
}

func (f *evalFlags) options(d *datasets.Dataset) *eval.Options {
	return &eval.Options{
		Baseline: f.baseline, GoldTasks: f.goldTasks, Reprice: f.reprice,
		Tolerance: float64(f.tolerance), TaskTolerance: float64(f.taskTolerance), Seed: f.seed, TotalRows: d.NumRows(),
		Details: f.json || len(f.outputs) > 0, Scenarios: f.scenarios,
		Caches: f.caches || f.sweep,
	}
}

var errNoRequests = errors.New("no request is left: the data is empty, or --where leaves nothing")

// surveyModels finds out which models the traffic has: to choose or to check the baseline, and to show all of them
// where no config says which matter.
func (a *app) surveyModels(ctx context.Context, f *evalFlags, d *datasets.Dataset, opts *eval.Options, all bool) error {
	report, end := a.progress("surveying")
	defer end()
	s, err := eval.SurveyData(ctx, d, &eval.RunOptions{Workers: f.data.workers, Progress: report})
	if err != nil {
		return collapse(err)
	}
	if s.Rows.N == 0 {
		return errNoRequests
	}
	if f.baseline != "" && s.Models[f.baseline] == nil {
		return fmt.Errorf("--baseline %s: the data has no outcome of it; it has %s", f.baseline, strings.Join(s.ByCost(), ", "))
	}
	if opts.Baseline == "" {
		if opts.Baseline, err = s.BestModel(); err != nil {
			return err
		}
	}
	if all {
		opts.Models = s.ByCost()
	}
	return nil
}

// readCandidates reads the configs that the arguments name.
func readCandidates(args []string) ([]eval.Candidate, error) {
	var out []eval.Candidate
	for _, arg := range args {
		label, path := cutLabel(arg)
		config, err := readConfig(path)
		if err != nil {
			return nil, err
		}
		if label == "" {
			label = strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
		}
		for _, c := range out {
			if c.Label == label {
				return nil, fmt.Errorf("two configs are called %q: label them, as in a=%s", label, path)
			}
		}
		candidate := eval.Candidate{Label: label, Config: config}
		if err := readOutOfFold(&candidate); err != nil {
			return nil, err
		}
		out = append(out, candidate)
	}
	return out, nil
}

// cutLabel cuts the label off an argument that names a config; "": it has none.
func cutLabel(arg string) (label, path string) {
	if l, p, ok := strings.Cut(arg, "="); ok && !strings.ContainsAny(l, `/\`) {
		return l, p
	}
	return "", arg
}

func readConfig(path string) (*routing.Config, error) {
	if info, err := os.Stat(path); filepath.Ext(path) == ".parquet" || err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s is no dispatch config: name traffic with -d", path)
	}
	config, err := routing.ReadConfig(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("config %s: no such file (traffic is named with -d)", path)
	}
	return config, err
}

// points is a flag of a difference of quality: it takes points, "1pp", and nothing else, since "1 %" could mean two
// things.
type points float64

// String implements pflag.Value.
func (p *points) String() string { return strconv.FormatFloat(100*float64(*p), 'g', -1, 64) + "pp" }

// Type implements pflag.Value.
func (p *points) Type() string { return "POINTS" }

// Set implements pflag.Value.
func (p *points) Set(s string) error {
	number, ok := strings.CutSuffix(strings.TrimSpace(s), "pp")
	x, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if !ok || err != nil || !(x > 0) || x >= 100 {
		return fmt.Errorf("want more than 0pp and less than 100pp, such as 1pp")
	}
	*p = points(x / 100)
	return nil
}
