package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/reports"
	"github.com/tierwise/tierwise/reports/text"
)

func (a *app) newExplain() *cobra.Command {
	f := &evalFlags{tolerance: 0.01, taskTolerance: 0.05, seed: 1}
	cmd := &cobra.Command{
		Use:   "explain ID [[LABEL=]CONFIG…] -d FILE",
		Short: "Show one request's path under each config",
		Long: `Show what happens to one request under each dispatch config: how its task is found, every
call with its cost, every signal against its threshold, and why it ends. Without a config:
what each model did.`,
		Example: `  tierwise explain r-000123 router.toml -d traffic.parquet
  tierwise explain r-000123 today=main.toml new=branch.toml -d traffic.parquet --gold-tasks`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("which request? tierwise explain ID [CONFIG…] -d FILE")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.explain(cmd.Context(), f, args[0], args[1:]) },
	}
	flags := cmd.Flags()
	f.data.register(flags)
	flags.StringVar(&f.baseline, "baseline", "", "model to compare with (default: the configs')")
	flags.BoolVar(&f.goldTasks, "gold-tasks", false, "as if the caller named the gold task")
	flags.BoolVar(&f.reprice, "reprice", false, "take costs from tokens and the configs' prices, not as recorded")
	flags.BoolVar(&f.json, "json", false, "print the path as JSON")
	return cmd
}

func (a *app) explain(ctx context.Context, f *evalFlags, id string, args []string) error {
	candidates, err := readCandidates(args)
	if err != nil {
		return err
	}
	d, _, err := f.data.open(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	row, ref, err := findRow(ctx, d, id)
	if err != nil {
		return err
	}
	if len(candidates) == 0 {
		return a.explainOutcomes(f, row)
	}
	job, err := eval.NewJob(candidates, &eval.Options{Baseline: f.baseline, GoldTasks: f.goldTasks, Reprice: f.reprice})
	if err != nil {
		return err
	}
	traffic, err := datasets.FromRows([]datasets.Row{*row}, job.Columns())
	if err != nil {
		return err
	}
	doc := &reports.Document{Sections: []reports.Section{requestSection(row)}}
	var records []*eval.Record
	err = job.NewReplayer().Records(ctx, traffic, func(r *eval.Record) error {
		r.File, r.Row = ref.File, ref.Row
		records = append(records, r)
		doc.Sections = append(doc.Sections, reports.Path(r))
		return nil
	})
	if err != nil {
		return err
	}
	if f.json {
		return printJSON(a.stdout, records)
	}
	return text.Write(a.stdout, doc)
}

// findRow returns the request with that id, and where it stands.
func findRow(ctx context.Context, d *datasets.Dataset, id string) (*datasets.Row, datasets.RowRef, error) {
	reader := d.NewReader(datasets.Columns{Models: []string{}})
	for _, shard := range d.Shards() {
		for t, err := range reader.Read(ctx, shard) {
			if err != nil {
				return nil, datasets.RowRef{}, err
			}
			for i := range t.Len {
				if got, _ := t.ID.At(i); string(got) == id {
					ref := datasets.RowRef{File: t.File, Row: t.Rows[i]}
					rows, err := d.Fetch(ctx, []datasets.RowRef{ref})
					if err != nil {
						return nil, ref, err
					}
					return &rows[0], ref, nil
				}
			}
		}
	}
	return nil, datasets.RowRef{}, fmt.Errorf("no request has the id %q (ids stand in the column %q; --where may leave it out)", id, "id")
}

func requestSection(r *datasets.Row) reports.Section {
	head := "request " + r.ID
	if r.Task != "" {
		head += ", gold task " + r.Task
	}
	prompt := strings.Join(strings.Fields(r.Prompt), " ")
	if runes := []rune(prompt); len(runes) > 300 {
		prompt = string(runes[:300]) + "…"
	}
	return reports.Section{Lines: []string{head, "  " + prompt}}
}

// explainOutcomes shows what each model did.
func (a *app) explainOutcomes(f *evalFlags, r *datasets.Row) error {
	if f.json {
		return printJSON(a.stdout, r)
	}
	if len(r.Outcomes) == 0 {
		return errors.New("the request has no outcomes")
	}
	t := &reports.Table{Columns: []reports.Column{
		{Title: "", Unit: reports.Text}, {Title: "quality", Unit: reports.Decimals}, {Title: "cost", Unit: reports.USD},
		{Title: "latency", Unit: reports.Millis}, {Title: "", Unit: reports.Text},
	}}
	for i := range r.Outcomes {
		o := &r.Outcomes[i]
		t.Rows = append(t.Rows, []reports.Cell{
			reports.T(o.Model), reports.N(orNaN(o.Quality)), reports.N(orNaN(o.CostUSD)), reports.N(orNaN(o.LatencyMS)), reports.T(o.Error),
		})
	}
	return text.Write(a.stdout, &reports.Document{Sections: []reports.Section{requestSection(r), {Title: "MODELS", Table: t}}})
}

func orNaN(x *float64) float64 {
	if x == nil {
		return math.NaN()
	}
	return *x
}
