package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
)

// shardFlag is which part of an evaluation this process does.
type shardFlag struct{ index, of int }

// String implements pflag.Value.
func (s *shardFlag) String() string {
	if s.of == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d", s.index, s.of)
}

// Type implements pflag.Value.
func (s *shardFlag) Type() string { return "i/n" }

// Set implements pflag.Value.
func (s *shardFlag) Set(text string) error {
	i, n, ok := strings.Cut(text, "/")
	index, err := strconv.Atoi(i)
	of, errOf := strconv.Atoi(n)
	if !ok || err != nil || errOf != nil || index < 0 || index >= of {
		return errors.New("want i/n with i from 0 to n−1, such as 0/64")
	}
	*s = shardFlag{index, of}
	return nil
}

// evalShard evaluates one part and writes it.
func (a *app) evalShard(ctx context.Context, f *evalFlags, candidates []eval.Candidate) error {
	switch {
	case len(candidates) == 0:
		return errors.New("--shard needs a config: without one all the data is read to choose the models")
	case len(f.outputs) != 1 || f.decisions != "" || f.labels != "" || f.json:
		return errors.New("--shard writes one part: name it with -o part.json, and leave the other outputs to tierwise merge")
	}
	d, names, err := f.data.open(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := f.keepInputs(names, candidates); err != nil {
		return err
	}
	opts := f.options(d)
	mixFiles, err := a.readMix(ctx, f, candidates, opts)
	if err != nil {
		return err
	}
	if err := f.keepInputs(mixFiles, nil); err != nil {
		return err
	}
	job, err := eval.NewJob(candidates, opts)
	if err != nil {
		return err
	}
	report, end := a.progress("replaying")
	defer end()
	all := d.Shards()
	sums, err := job.Run(ctx, d, eval.SelectShards(all, f.shard.index, f.shard.of), &eval.RunOptions{Workers: f.data.workers, Progress: report})
	if err != nil {
		return err
	}
	if err := f.fetchTexts(ctx, job, d, sums); err != nil {
		return err
	}
	part := eval.NewPart(job, f.data.reading(), names, all, f.shard.index, f.shard.of, sums)
	part.Tool = version()
	data, err := json.Marshal(part)
	if err != nil {
		return err
	}
	return writeFile(f.outputs[0], append(data, '\n'))
}

// reading spells out how the data is read: parts that read it differently do not belong together.
func (f *dataFlags) reading() string {
	return fmt.Sprintf("where %q mapping %q scale %q split-map %q", f.where, f.mappingText, f.scale, f.splitMap)
}

// writeDecisions writes a row for each request and candidate.
func (a *app) writeDecisions(ctx context.Context, f *evalFlags, job *eval.Job, d *datasets.Dataset) error {
	report, end := a.progress("writing decisions")
	defer end()
	return replaceFile(f.decisions, func(w io.Writer) error {
		return job.WriteDecisions(ctx, w, d, &eval.RunOptions{Workers: f.data.workers, Progress: report})
	})
}
