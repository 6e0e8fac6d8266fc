package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/pflag"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/bundle"
	"github.com/tierwise/tierwise/eval/tune"
	"github.com/tierwise/tierwise/reports"
	"github.com/tierwise/tierwise/routing"
)

// frontierFlags ask for what quality could be had for what money, beside what is certified.
type frontierFlags struct {
	budget     float64 // USD per 1,000 requests
	minQuality share
	show       bool

	config string // the output that takes the table that was asked for; "": none
	file   string // the output that takes the curve; "": none
}

func (f *frontierFlags) register(flags *pflag.FlagSet) {
	flags.Float64Var(&f.budget, "budget", 0, "also show the best table for so many dollars per 1,000 requests, not certified")
	flags.Var(&f.minQuality, "min-quality", "also show the cheapest table of that mean quality, such as 88%, not certified")
	flags.BoolVar(&f.show, "frontier", false, "also show what quality can be had for what money, not certified")
}

// output takes an output that is a frontier's, and says whether it did.
func (f *frontierFlags) output(path string) (bool, error) {
	to := map[string]*string{".toml": &f.config, ".json": &f.file}[filepath.Ext(path)]
	if to == nil {
		return false, nil
	}
	if *to != "" {
		return true, fmt.Errorf("-o %s: there is one such output, and it goes to %s", path, *to)
	}
	*to = path
	return true, checkPlace(path)
}

// check looks at the flags once all outputs are known.
func (f *frontierFlags) check(t *tuneFlags) error {
	switch {
	case f.budget < 0:
		return fmt.Errorf("--budget %v: want dollars per 1,000 requests, such as 2.50", f.budget)
	case f.budget > 0 && f.minQuality > 0:
		return errors.New("--budget and --min-quality: one of them decides the other; ask for one")
	case f.config != "" && !f.asks():
		return fmt.Errorf("-o %s: takes the table that --budget or --min-quality asks for; what is certified goes into a bundle, -o bundle/, and the curve into -o frontier.json", f.config)
	case f.wanted() && (t.maxP95 > 0 || t.maxEscalation > 0):
		return errors.New("--budget, --min-quality and --frontier look at cost and quality alone: leave out --max-p95 and --max-escalation, and see what eval says of the table")
	}
	return nil
}

func (f *frontierFlags) asks() bool   { return f.budget > 0 || f.minQuality > 0 }
func (f *frontierFlags) wanted() bool { return f.show || f.asks() || f.file != "" }

func (f *frontierFlags) ask() tune.FrontierAsk {
	return tune.FrontierAsk{Budget: f.budget / 1000, Quality: float64(f.minQuality)}
}

// keepInputs refuses an output that is one of the files that are read.
func (f *frontierFlags) keepInputs(t *tuneFlags, names []string, c *eval.Candidate) error {
	e := t.evalFlags()
	for _, path := range []string{f.config, f.file} {
		if path != "" {
			e.outputs = append(e.outputs, path)
		}
	}
	return e.keepInputs(names, []eval.Candidate{*c})
}

// searchFrontier adds to a tuning what quality could be had for what money, and writes what was asked for of it.
func (a *app) searchFrontier(ctx context.Context, s *shipment, search *tune.Search, d *datasets.Dataset) error {
	f := &s.flags.frontier
	limited := s.flags.maxP95 > 0 || s.flags.maxEscalation > 0
	if !f.wanted() && (len(s.flags.pages) == 0 || limited) {
		return nil
	}
	show, end := a.stages()
	defer end()
	run := &tune.RunOptions{Workers: s.flags.data.workers, Progress: show}
	found, err := search.Frontier(ctx, d, run, s.tuning.Tuned)
	if err != nil {
		return collapse(err)
	}
	if !f.wanted() {
		s.drawn = &reports.Frontier{Frontier: found}
		return nil
	}
	ask := f.ask()
	answer, err := found.Answer(ask)
	if err != nil {
		return err
	}
	switch {
	case answer == nil || answer.Reached:
	case ask.Budget > 0:
		return fmt.Errorf("--budget %v: the cheapest table costs %s per 1,000 requests", f.budget, reports.FormatNumber(reports.USD, 1000*answer.Cost))
	default:
		return fmt.Errorf("--min-quality %s: the best table has a quality of %s on these labels", f.minQuality.String(), reports.FormatNumber(reports.Share, answer.Quality))
	}
	s.tuning.Frontier = &reports.Frontier{Frontier: found, Ask: ask, Answer: answer, Written: f.config}
	if answer != nil {
		if s.tuning.Frontier.Halves, err = search.Halves(ctx, d, run, s.tuning.Tuned, found, ask); err != nil {
			return collapse(err)
		}
	}
	if f.config != "" {
		if err := s.writeAnswer(search.Candidate.Config); err != nil {
			return err
		}
	}
	if f.file == "" {
		return nil
	}
	file := found.File(ask, answer, s.tuning.Frontier.Halves)
	file.ToolVersion, file.DataHash = version(), s.tuning.DataHash
	var text bytes.Buffer
	if err := file.Write(&text); err != nil {
		return err
	}
	return writeFile(f.file, text.Bytes())
}

// writePages writes the reports. They draw what quality costs whether or not that was asked for.
func (s *shipment) writePages() error {
	if len(s.flags.pages) == 0 {
		return nil
	}
	tuning := *s.tuning
	if tuning.Frontier == nil {
		tuning.Frontier = s.drawn
	}
	r := newFullReport(&reports.FullInput{Tuning: &tuning, NoText: s.flags.noText, Volume: float64(s.flags.volume)})
	for _, path := range s.flags.pages {
		if err := writeReport(path, r); err != nil {
			return err
		}
	}
	return nil
}

// writeAnswer writes the config with the table that was asked for, and the files that it takes beside it.
func (s *shipment) writeAnswer(from *routing.Config) error {
	f := s.tuning.Frontier
	_, files, err := s.edited(f.Config(from, f.Answer), f.Head(), f.Evidence)
	if err != nil {
		return err
	}
	dir := filepath.Dir(f.Written)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if name == bundle.ConfigFile {
			continue
		}
		switch there, err := os.ReadFile(path); {
		case err == nil && bytes.Equal(there, files[name]):
			continue
		case err == nil:
			return fmt.Errorf("-o %s: the table takes a file %s, and another one is there; name another folder", f.Written, path)
		case !errors.Is(err, fs.ErrNotExist):
			return err
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := writeFile(path, files[name]); err != nil {
			return err
		}
	}
	return writeFile(f.Written, files[bundle.ConfigFile])
}
