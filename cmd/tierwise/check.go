package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tierwise/tierwise/eval/gate"
)

type checkFlags struct {
	data        dataFlags
	policy      string
	against     string
	certificate string
	goldTasks   bool
	reprice     bool
	github      bool
	json        bool
	outputs     []string

	labels    string // the output that takes the requests to label next, "" if none
	labelNote string // what there is to say of them
}

func (a *app) newCheck() *cobra.Command {
	f := &checkFlags{}
	cmd := &cobra.Command{
		Use:   "check CONFIG --policy policy.toml",
		Short: "Hold a dispatch config to a policy, in CI",
		Long: `Hold a dispatch config to the rules of a policy: what it may lose against the baseline, and
against the config of the main branch; what it must save; how slow it may be; how much evidence
there must be. The evidence is labeled traffic that is replayed (-d), or a certificate
(--certificate), which needs no data; tierwise tune writes one.
A policy with [vs_main] wants --against, the config of the main branch in a folder with all that
it names; one without takes none.

-o label-next.csv draws the requests whose labels would settle the rules that are inconclusive,
at the policy's limits and confidence, against the baseline and against the other config.

Results go to the terminal and, in one run, to JUnit XML, Markdown and JSON (-o). In GitHub Actions
there are also annotations at the lines of the config that are to blame, and a job summary.

Exit codes: 0 holds, 1 fails, 2 could not run, 3 inconclusive. A gate does not run through
"go run", which turns them all into 1.`,
		Example: `  tierwise check router.toml --policy policy.toml -d traffic.parquet --against main/router.toml
  tierwise check router.toml --policy policy.toml -d traffic.parquet --against main/router.toml -o check.junit.xml -o check.md
  tierwise check router.toml --policy policy.toml -d traffic.parquet --against main/router.toml -o label-next.csv

 where the policy has no [vs_main]:
  tierwise check router.toml --policy policy.toml -d traffic.parquet
  tierwise check router.toml --policy policy.toml --certificate certificate.json`,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) == 0:
				return errors.New("which config? tierwise check CONFIG --policy policy.toml")
			case len(args) > 1:
				return fmt.Errorf("one config is checked at a time, not %d: name the one to compare with by --against", len(args))
			case f.policy == "":
				return errors.New("which policy? name it with --policy; a small one is: version = 1, [vs_baseline], tolerance = \"1pp\"")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.check(cmd.Context(), f, args[0]) },
	}
	flags := cmd.Flags()
	f.data.register(flags)
	flags.StringVar(&f.policy, "policy", "", "the policy (TOML)")
	flags.StringVar(&f.against, "against", "", "config to compare with: a policy with [vs_main] wants it")
	flags.StringVar(&f.certificate, "certificate", "", "certificate of the config (JSON)")
	flags.BoolVar(&f.goldTasks, "gold-tasks", false, "replay as if callers named the gold task of each request")
	flags.BoolVar(&f.reprice, "reprice", false, "take costs from tokens and the config's prices, not as recorded")
	flags.BoolVar(&f.github, "github", false, "write annotations and the job summary of GitHub Actions (default: where GITHUB_ACTIONS is true)")
	flags.BoolVar(&f.json, "json", false, "print the result as JSON")
	flags.StringArrayVarP(&f.outputs, "output", "o", nil, "also write to this file: the result (.junit.xml, .md or .json), a report ("+strings.Join(pageEnds(), ", ")+"), requests to label next (.csv); repeatable")
	return cmd
}

// check runs the gate. What keeps it from running is reported in all forms too, so that a typing mistake in a config is
// seen where it is.
func (a *app) check(ctx context.Context, f *checkFlags, path string) error {
	f.github = f.github || os.Getenv("GITHUB_ACTIONS") == "true"
	writers, err := f.writers(path)
	if err != nil {
		return err
	}
	r, failure := a.judge(ctx, f, path)
	if failure != nil {
		if ctx.Err() != nil {
			return failure
		}
		r = gate.CouldNotRun(failure)
		r.Config, r.Policy, r.Against, r.Certificate = path, f.policy, f.against, f.certificate
	}
	r.Tool = version()
	for _, write := range writers {
		if err := write(r); err != nil {
			return err
		}
	}
	if f.github && !f.json { // they share stdout
		if err := a.annotate(r); err != nil {
			return err
		}
	}
	if failure != nil {
		if f.json {
			return errors.Join(failure, printJSON(a.stdout, r))
		}
		return failure
	}
	if err := a.showCheck(f, r); err != nil {
		return err
	}
	if !f.json {
		if err := a.printNote(f.labelNote); err != nil {
			return err
		}
	}
	if r.ExitCode != exitDone {
		return exitError{r.ExitCode}
	}
	return nil
}

// judge reads all that there is to judge and judges it.
func (a *app) judge(ctx context.Context, f *checkFlags, path string) (*gate.Result, error) {
	in, err := f.read(path)
	if err != nil {
		return nil, err
	}
	if err := in.Validate(len(f.data.data) > 0); err != nil {
		return nil, err
	}
	if len(f.data.data) > 0 {
		if err := a.replay(ctx, f, in); err != nil {
			return nil, err
		}
	}
	f.setCommands(in, path)
	return gate.Judge(in)
}

// read reads the configs, the policy and the certificate, and tells what is wrong with all of them at once.
func (f *checkFlags) read(path string) (*gate.Input, error) {
	in := &gate.Input{Now: time.Now(), CertificateFile: f.certificate}
	var errs []error
	keep := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	var err error
	in.Config, err = readConfig(path)
	keep(err)
	if f.against != "" {
		in.Against, err = readConfig(f.against)
		keep(err)
	}
	data, err := os.ReadFile(f.policy)
	keep(err)
	if err == nil {
		in.Policy, err = gate.ParsePolicy(f.policy, data)
		keep(err)
	}
	if f.certificate != "" {
		data, err := os.ReadFile(f.certificate)
		keep(err)
		if err == nil {
			in.Certificate, err = gate.ReadCertificate(f.certificate, data)
			keep(err)
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return in, nil
}

// setCommands says what helps with an inconclusive rule.
func (f *checkFlags) setCommands(in *gate.Input, path string) {
	data := f.data.args()
	if data == "" {
		data = "-d FILE"
	}
	in.CheckCommand = "tierwise check " + shellQuote(path) + " --policy " + shellQuote(f.policy)
	if f.against != "" {
		in.CheckCommand += " --against " + shellQuote(f.against)
	}
	if f.certificate != "" && len(f.data.data) > 0 {
		in.CheckCommand += " --certificate " + shellQuote(f.certificate)
	}
	in.InspectCommand = "tierwise inspect --baseline " + shellQuote(in.Config.Baseline)
	if s := in.Policy.VsBaseline; s != nil {
		in.InspectCommand += toleranceFlags(s)
	}
	// What the certificate stands for is to be replayed as it was claimed.
	claimed := in.Certificate != nil && len(f.data.data) == 0
	goldTasks := f.goldTasks || claimed && in.Certificate.GoldTasks
	reprice := f.reprice || claimed && strings.HasPrefix(in.Certificate.CostsHash, costsPriced)
	for _, flag := range []struct {
		set  bool
		name string
	}{{goldTasks, " --gold-tasks"}, {reprice, " --reprice"}} {
		if flag.set {
			in.CheckCommand += flag.name
		}
	}
	in.CheckCommand += " " + data
	in.LabelCommand = in.CheckCommand + " -o " + labelFile
	in.InspectCommand += " " + data
}

func toleranceFlags(s *gate.Section) string {
	var out strings.Builder
	for _, rule := range []struct{ name, flag string }{{gate.Tolerance, "--tolerance"}, {gate.TaskTolerance, "--task-tolerance"}} {
		if limit := s.Limit(rule.name); limit > 0 {
			out.WriteString(" " + rule.flag + " " + strconv.FormatFloat(100*limit, 'g', 6, 64) + "pp")
		}
	}
	return out.String()
}
