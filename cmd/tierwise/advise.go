package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/reports"
	"github.com/tierwise/tierwise/reports/text"
)

type adviseFlags struct {
	data          dataFlags
	plan          eval.Plan
	baseline      string
	prices        string
	reprice       bool
	tolerance     points
	taskTolerance points
	json          bool
}

func (a *app) newAdvise() *cobra.Command {
	f := &adviseFlags{plan: eval.DefaultPlan(0), tolerance: 0.01, taskTolerance: 0.05}
	cmd := &cobra.Command{
		Use:   "advise -d FILE --requests-per-day N",
		Short: "Say whether a router is worth building at all, at your volume",
		Long: `Compare what labeled traffic says could be saved with what building a router costs: today's
bill, the savings from what is proven to perfect foresight, how much of the traffic is simple
enough, and from which volume a router pays. The verdict is one of

  build         what the labels prove pays for a router within the months given
  do not build  not even perfect foresight pays, or there are only a few hundred requests a day
  not yet       it could pay, and the data does not tell; what would tell comes with it

A cheaper model that holds for everything needs no router: it is named first, and only what a
router saves beyond it counts. The costs of a router are assumptions: set yours.`,
		Example: `  tierwise advise -d traffic.parquet --requests-per-day 300
  tierwise advise -d traffic.parquet --requests-per-day 50000 --baseline gpt-large
  tierwise advise -d traffic.parquet --requests-per-day 50000 --engineering-usd 40000 --upkeep-usd 1500
  tierwise advise -d traffic.parquet --requests-per-day 50000 --prices dispatch.toml --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.advise(cmd.Context(), f) },
	}
	flags := cmd.Flags()
	f.data.register(flags)
	flags.Float64Var(&f.plan.RequestsPerDay, "requests-per-day", 0, "`requests` of a day in production (required)")
	flags.Float64Var(&f.plan.EngineeringUSD, "engineering-usd", f.plan.EngineeringUSD, "`dollars` that building a router costs, once")
	flags.Float64Var(&f.plan.UpkeepUSD, "upkeep-usd", f.plan.UpkeepUSD, "`dollars` that keeping it costs a month")
	flags.Float64Var(&f.plan.RouterPer1000, "router-usd-per-1000", f.plan.RouterPer1000, "`dollars` that 1,000 routing decisions cost (rules and the built-in classifier: none)")
	flags.Float64Var(&f.plan.Realized, "realized", f.plan.Realized, "`share` of what a table by task adds in hindsight that is counted")
	flags.IntVar(&f.plan.Months, "months", f.plan.Months, "by when it must have paid")
	flags.Float64Var(&f.plan.MinRequestsPerDay, "min-requests-per-day", f.plan.MinRequestsPerDay, "with fewer `requests` a day the verdict is: do not build")
	flags.StringVar(&f.baseline, "baseline", "", "model that everything goes to today (default: that of --prices, else the best with 95 % coverage)")
	flags.StringVar(&f.prices, "prices", "", "dispatch config whose prices make costs from tokens where none are recorded")
	flags.BoolVar(&f.reprice, "reprice", false, "take costs from tokens and --prices, not as recorded")
	flags.Var(&f.tolerance, "tolerance", "what the whole may lose")
	flags.Var(&f.taskTolerance, "task-tolerance", "what each task may lose")
	flags.BoolVar(&f.json, "json", false, "print all of it as JSON")
	return cmd
}

func (a *app) advise(ctx context.Context, f *adviseFlags) error {
	if f.plan.RequestsPerDay == 0 {
		return errors.New("how much traffic? say how many requests a day there are in production (--requests-per-day N)")
	}
	opts, err := f.options()
	if err != nil {
		return err
	}
	d, names, err := f.data.open(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	report, end := a.progress("replaying")
	defer end()
	opts.RunOptions = eval.RunOptions{Workers: f.data.workers, Progress: report}
	advice, err := eval.Advise(ctx, d, opts)
	if err != nil {
		return collapse(err)
	}
	end()
	advice.Data.Files, advice.Tool = names, version()
	if f.json {
		return printJSON(a.stdout, advice)
	}
	if err := text.Write(a.stdout, reports.Advice(advice)); err != nil {
		return err
	}
	return a.afterAdvice(advice, &f.data)
}

func (f *adviseFlags) options() (*eval.AdviseOptions, error) {
	opts := &eval.AdviseOptions{
		Plan: f.plan, Baseline: f.baseline, Reprice: f.reprice,
		Tolerance: float64(f.tolerance), TaskTolerance: float64(f.taskTolerance),
	}
	if f.prices == "" {
		if f.reprice {
			return nil, errors.New("--reprice takes prices from a config: name one with --prices")
		}
		return opts, nil
	}
	config, err := readConfig(f.prices)
	if err != nil {
		return nil, err
	}
	opts.Prices = config.Models
	if opts.Baseline == "" {
		opts.Baseline = config.Baseline
	}
	return opts, nil
}

// afterAdvice says what to do next.
func (a *app) afterAdvice(x *eval.Advice, data *dataFlags) error {
	var next string
	switch x.Why {
	case eval.WhyFewRequests, eval.WhyNothingToSave, eval.WhyDoesNotPay, eval.WhyNoOutcomes:
		return nil
	case eval.WhyNoLabels, eval.WhyMoreLabels, eval.WhyNoTasks:
		next = "tierwise inspect %[1]s    (how many labels are missing, task by task)"
	case eval.WhyPays, eval.WhyChecks:
		next = "tierwise init %[1]s -o dispatch.toml    (a first dispatch config)\n       tierwise eval dispatch.toml %[1]s --gold-tasks"
	}
	_, err := fmt.Fprintf(a.stdout, "\nNext:  "+next+"\n", data.args())
	return err
}
