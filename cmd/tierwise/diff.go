package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/reports"
	"github.com/tierwise/tierwise/reports/text"
	"github.com/tierwise/tierwise/routing"
)

// Requests of each list: as many as one reads, in a file as many as one looks through.
const (
	diffShow     = 5
	diffShowJSON = 20
	diffShowMost = 200
)

type diffFlags struct {
	evalFlags
	show    int
	shown   bool // --show was given
	wins    bool
	changed bool
	task    string
}

func (a *app) newDiff() *cobra.Command {
	f := &diffFlags{evalFlags: evalFlags{tolerance: defaultTolerance, taskTolerance: defaultTaskTolerance}}
	var flags *pflag.FlagSet
	cmd := &cobra.Command{
		Use:   "diff OLD NEW [-d FILE]",
		Short: "Show what a change of the dispatch config does",
		Long: `Show how two dispatch configs differ: in what they decide, in prices, and in what decides
nothing. With labeled traffic (-d) also what that does: which requests another task, another
model gets; which win and lose, the worst of them with both answers side by side; and dollars.

--label-next label-next.csv draws the requests whose labels would settle inconclusive verdicts
of NEW against OLD, a row for each answer to grade, as tierwise eval -o label-next.csv does
for those against the baseline.

The exit code is 0 whatever is found: tierwise check is the gate.`,
		Example: `  tierwise diff main.toml branch.toml
  tierwise diff main.toml branch.toml -d traffic.parquet
  tierwise diff main.toml branch.toml -d traffic.parquet --show 20 --wins --task reply
  tierwise diff main.toml branch.toml -d traffic.parquet --label-next label-next.csv
  tierwise diff today=main.toml next=branch.toml -d traffic.parquet -o diff.md -o diff.json -o rows.csv`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return fmt.Errorf("two configs are compared, not %d: tierwise diff OLD NEW -d FILE", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			f.shown = flags.Changed("show")
			if err := f.validate(flags); err != nil {
				return err
			}
			return a.diff(cmd.Context(), f, args)
		},
	}
	flags = cmd.Flags()
	f.data.register(flags)
	flags.StringVar(&f.baseline, "baseline", "", "model that both are compared with besides (default: the configs')")
	flags.BoolVar(&f.goldTasks, "gold-tasks", false, "replay as if callers named the gold task of each request")
	flags.BoolVar(&f.reprice, "reprice", false, "take costs from tokens and the configs' prices, not as recorded")
	flags.Var(&f.tolerance, "tolerance", "what the whole table may lose")
	flags.Var(&f.taskTolerance, "task-tolerance", "what each task may lose")
	flags.Uint64Var(&f.seed, "seed", 1, "seed of what is sampled, and of which requests are shown among equals")
	flags.IntVar(&f.show, "show", diffShow, "how many requests of each list are shown, 200 at most (files of results have 20 unless this says otherwise)")
	flags.BoolVar(&f.wins, "wins", false, "list the best wins too")
	flags.BoolVar(&f.changed, "changed", false, "list changed answers that no label judges too")
	flags.StringVar(&f.task, "task", "", "list only requests that one of the two dispatches to this task")
	flags.BoolVar(&f.json, "json", false, "print the result as JSON")
	flags.BoolVar(&f.noText, "no-text", false, "leave out prompts and responses")
	flags.StringVar(&f.labels, "label-next", "", "draw the requests to label next, so that inconclusive verdicts of NEW against OLD tell, into this `file.csv`")
	flags.StringArrayVarP(&f.outputs, "output", "o", nil, "also write to this file: a report (.md, "+strings.Join(pageEnds(), ", ")+"), the result (.json), a row for each changed request (.csv); repeatable")
	return cmd
}

// validate refuses what has no effect: whoever asks for requests and names no traffic has forgotten it.
func (f *diffFlags) validate(flags *pflag.FlagSet) error {
	if f.show < 0 || f.show > diffShowMost {
		return fmt.Errorf("--show %d: want 0 to %d", f.show, diffShowMost)
	}
	if len(f.data.data) > 0 {
		return nil
	}
	for _, name := range []string{
		"where", "mapping", "scale", "split-map", "baseline", "gold-tasks", "reprice", "tolerance", "task-tolerance", "show", "wins", "changed", "task", "label-next",
	} {
		if flags.Changed(name) {
			return fmt.Errorf("--%s is about requests: name traffic with -d", name)
		}
	}
	for _, path := range f.outputs {
		if strings.HasSuffix(path, ".csv") {
			return fmt.Errorf("-o %s: its rows are requests: name traffic with -d", path)
		}
	}
	return nil
}

func (a *app) diff(ctx context.Context, f *diffFlags, args []string) error {
	if err := f.checkOutputs(); err != nil {
		return err
	}
	candidates, err := readCandidates([]string{withLabel("old", args[0]), withLabel("new", args[1])})
	if err != nil {
		return err
	}
	old, fresh := &candidates[0], &candidates[1]
	if err := f.checkTask(old.Config, fresh.Config); err != nil {
		return err
	}
	result := eval.NewDiff(old, fresh)
	result.Tool = version()
	if len(f.data.data) == 0 {
		if err := f.keepInputs(nil, candidates); err != nil {
			return err
		}
		return a.showDiff(f, result, nil, nil)
	}
	d, names, err := f.data.open(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := f.keepInputs(names, candidates); err != nil {
		return err
	}
	job, err := a.diffTraffic(ctx, f, d, candidates, result)
	if err != nil {
		return err
	}
	if err := a.drawDiff(ctx, f, job, d, result.Traffic.Versus); err != nil {
		return err
	}
	result.Traffic.Data.Files = names
	rows := func(path string) error { return a.writeChanges(ctx, f, job, d, candidates, path) }
	return a.showDiff(f, result, f.goOn(args, result), rows)
}

// withLabel labels a config that has no label.
func withLabel(label, arg string) string {
	if own, _ := cutLabel(arg); own != "" {
		return arg
	}
	return label + "=" + arg
}

// checkTask finds a misspelt --task.
func (f *diffFlags) checkTask(configs ...*routing.Config) error {
	if f.task == "" {
		return nil
	}
	var names []string
	for _, c := range configs {
		for i := range c.Tasks {
			names = append(names, c.Tasks[i].Name)
		}
	}
	if slices.Contains(names, f.task) {
		return nil
	}
	if near := eval.NearName(f.task, names); near != "" {
		return fmt.Errorf("--task %s: no task of the two configs; did you mean %q?", f.task, near)
	}
	return fmt.Errorf("--task %s: no task of the two configs; they have %s", f.task, strings.Join(slices.Compact(sorted(names)), ", "))
}

// diffTraffic replays the traffic under both configs: against the baseline, and against each other.
func (a *app) diffTraffic(ctx context.Context, f *diffFlags, d *datasets.Dataset, candidates []eval.Candidate, result *eval.Diff) (*eval.Job, error) {
	opts := f.options(d)
	opts.Details = false
	if f.baseline != "" {
		if err := a.surveyModels(ctx, &f.evalFlags, d, opts, false); err != nil {
			return nil, err
		}
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
	c := job.Finish(sums)
	if err := checkModels(ctx, &f.evalFlags, d, c, candidates); err != nil {
		return nil, err
	}
	report, end = a.progress("comparing")
	defer end()
	result.Traffic, err = job.Diff(ctx, d, c, candidates[1].Label, candidates[0].Label,
		&eval.DiffOptions{Show: f.kept(), Task: f.task, NoText: f.noText}, &eval.RunOptions{Workers: f.data.workers, Progress: report})
	return job, err
}

// kept is how many requests of each list are wanted by anybody.
func (f *diffFlags) kept() int {
	files := slices.ContainsFunc(f.outputs, func(path string) bool { return strings.HasSuffix(path, ".json") || isPage(path) })
	if !f.shown && (f.json || files) {
		return diffShowJSON
	}
	return f.show
}

// goOn says how to go on: by labels where they would tell, and with the worst regression.
func (f *diffFlags) goOn(args []string, d *eval.Diff) []string {
	pair := shellQuote(withLabel("old", args[0])) + " " + shellQuote(withLabel("new", args[1]))
	var out []string
	wants := func(t eval.TaskDiff) bool { return t.LabelNext > 0 && t.Gradable > 0 }
	if f.labels == "" && slices.ContainsFunc(d.Traffic.Tasks, wants) {
		out = append(out, f.labelCommand("diff", args, "--label-next"))
	}
	for _, list := range [][]eval.RequestChange{d.Traffic.Regressions, d.Traffic.Unjudged} {
		if len(list) > 0 {
			out = append(out, "tierwise explain "+shellQuote(list[0].ID)+" "+pair+f.replayFlags()+" "+f.data.args())
			break
		}
	}
	return out
}

// width is how wide a line may be: that of the terminal, else the usual one.
func (a *app) width() int {
	if file, ok := a.stdout.(*os.File); ok {
		if w, _, err := term.GetSize(int(file.Fd())); err == nil && w > 0 {
			return w
		}
	}
	return text.DefaultWidth
}

// report makes the document of the result.
func (f *diffFlags) report(d *eval.Diff, next []string) *reports.Document {
	return reports.Diff(d, &reports.DiffOptions{Show: f.show, Wins: f.wins, Unjudged: f.changed, Next: next})
}
