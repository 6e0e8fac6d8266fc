package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// Exit codes; no flag changes them.
const (
	exitDone         = 0 // done; for gates: holds, clean
	exitFails        = 1 // gates only; for lint: findings
	exitCouldNotRun  = 2 // usage, config, unreadable input
	exitInconclusive = 3 // gates only
)

// An app is what every command needs: where to read and write.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer

	log logProgress // where stderr is no terminal
}

// An exitError ends a command with an exit code and without a message: what there is to say has been printed.
type exitError struct{ code int }

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", e.code) }

// run runs the command line and returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr}
	root := a.newRoot()
	root.SetArgs(args)
	err := checkCommand(root, args)
	if err == nil {
		err = root.ExecuteContext(ctx)
	}
	ended, silent := errors.AsType[exitError](err)
	switch {
	case err == nil:
		return exitDone
	case silent:
		return ended.code
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		fmt.Fprintln(stderr, "tierwise: stopped; "+whatIsThere(err))
	default:
		fmt.Fprintln(stderr, "tierwise: "+strings.TrimRight(err.Error(), "\n"))
	}
	return exitCouldNotRun
}

// A stoppedError is an interrupt after which there are files.
type stoppedError struct{ there string }

func (e stoppedError) Error() string { return e.there }

func (e stoppedError) Unwrap() error { return context.Canceled }

// whatIsThere says what an interrupt left behind.
func whatIsThere(err error) string {
	if e, ok := errors.AsType[stoppedError](err); ok {
		return e.there
	}
	return "nothing was written"
}

// checkCommand finds a misspelt command before its flags are taken for the root's.
func checkCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return nil
	}
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd(args...)
	for _, c := range root.Commands() {
		if c.Name() == args[0] || c.HasAlias(args[0]) || strings.HasPrefix(args[0], "__complete") {
			return nil
		}
	}
	msg := fmt.Sprintf("unknown command %q", args[0])
	if near := root.SuggestionsFor(args[0]); len(near) > 0 {
		msg += "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return errors.New(msg + "\nrun \"tierwise --help\" for the commands")
}

func (a *app) newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "tierwise",
		Short: "Evaluate and tune multi-LLM routing, with proof that quality held",
		Long: `Tierwise replays labeled traffic against candidate dispatch configs and measures
quality and cost against the single model that everything goes to today.

Exit codes: 0 done, 2 could not run (usage, config, unreadable input); lint: 1 if it finds
mistakes; check, and tune --require-savings: 0 holds, 1 fails, 3 inconclusive.

Progress is shown on stderr: TIERWISE_PROGRESS=none hides it.`,
		Example: `  tierwise demo                              # synthetic traffic, the whole loop
  tierwise eval -d traffic.parquet           # every single model, and what a router could save
  tierwise tune -d traffic.parquet -o bundle/   # the cheapest table that provably holds
  tierwise eval router.toml -d traffic.parquet`,
		Version:                    version(),
		SilenceUsage:               true,
		SuggestionsMinimumDistance: 2,
		SilenceErrors:              true,
		Args:                       cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cmd.Help()
		},
	}
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w\nrun %q for the flags", plainFlagError(err), cmd.CommandPath()+" --help")
	})
	root.AddCommand(a.newInspect(), a.newInit(), a.newEval(), a.newTune(), a.newDiff(), a.newExplain(), a.newAdvise(), a.newTrain(), a.newEmbed(), a.newCheck(), a.newReport(), a.newLint(), a.newMerge(), a.newImport(), a.newDemo())
	return root
}

// version is the module's version, as the build knows it.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
