package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/reports"
)

func (a *app) newMerge() *cobra.Command {
	var outs []string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "merge PARTS…",
		Short: "Put the parts of a sharded evaluation together",
		Long: `Add up what the processes of  tierwise eval --shard i/n -o part.json  found, and compare with
the baseline: the same bytes as one process would have come to. Refused: a part that is
missing, twice there, or of another job or other data.`,
		Example: `  tierwise merge parts/*.json -o results.json`,
		Args:    cobra.MinimumNArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return a.merge(args, outs, asJSON) },
	}
	cmd.Flags().StringArrayVarP(&outs, "output", "o", nil, "also write the results (.json) or a report ("+strings.Join(pageEnds(), ", ")+") to this file; repeatable")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the results as JSON")
	return cmd
}

func (a *app) merge(paths, outs []string, asJSON bool) error {
	writers, err := outputs(outs, withPages(map[string]format{".json": writeResults}, reports.FullInput{}))
	if err != nil {
		return err
	}
	for _, out := range outs {
		if err := keepInputs(out, paths...); err != nil {
			return err
		}
	}
	var parts []*eval.Part
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var kind struct {
			Format string `json:"format"`
		}
		if err := json.Unmarshal(data, &kind); err == nil && kind.Format != eval.PartFormat {
			return fmt.Errorf("%s: not a part (eval --shard writes parts), but %q", path, kind.Format)
		}
		part := &eval.Part{}
		if err := json.Unmarshal(data, part); err != nil {
			return fmt.Errorf("%s: not a part: %w", path, err)
		}
		parts = append(parts, part)
	}
	job, sums, err := eval.MergeParts(parts, paths)
	if err != nil {
		return err
	}
	c := job.Finish(sums)
	c.Data.Files, c.Tool = slices.Clone(parts[0].Files), version()
	return a.show(c, writers, asJSON)
}
