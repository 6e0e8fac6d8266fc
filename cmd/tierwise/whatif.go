package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/pflag"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/whatif"
	"github.com/tierwise/tierwise/routing"
)

// whatIfFlags are what eval supposes besides: other prices and outages.
type whatIfFlags struct {
	prices  []string
	list    string
	date    string
	outages []string
}

func (f *whatIfFlags) register(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.prices, "price", nil, "what if a model cost otherwise: MODEL=x1.4 (a factor on all its known costs), or MODEL=0.40/1.60[/0.04], dollars per million tokens in/out[/cached]; repeatable")
	flags.StringVar(&f.list, "prices", "", "what if models cost what this price list (TOML) says")
	flags.StringVar(&f.date, "price-date", "", "the day whose prices --prices takes, as in 2026-12-01 (default: today)")
	flags.StringArrayVar(&f.outages, "outage", nil, "what if a provider or model did not answer: its calls fail at once, at no cost and in no time (one that hangs costs its time-out besides); a,b: both at once; repeatable, each is a case of its own")
}

func (f *whatIfFlags) scenarios(candidates []eval.Candidate, baseline string) ([]eval.Scenario, error) {
	for _, flag := range []struct {
		name string
		set  bool
	}{{"--price", len(f.prices) > 0}, {"--prices", f.list != ""}, {"--price-date", f.date != ""}, {"--outage", len(f.outages) > 0}} {
		if flag.set && len(candidates) == 0 {
			return nil, fmt.Errorf("%s asks what would become of a dispatch config: name one, as in  tierwise eval router.toml -d FILE", flag.name)
		}
	}
	if f.date != "" && f.list == "" {
		return nil, errors.New("--price-date is the day whose prices --prices takes: name a price list with --prices")
	}
	opts := &whatif.Options{Prices: f.prices, PriceDate: f.date, Outages: f.outages, Baseline: baseline}
	if f.list != "" {
		if f.date == "" {
			opts.PriceDate = time.Now().Format(time.DateOnly)
		}
		if err := whatif.CheckDate(opts.PriceDate); err != nil {
			return nil, err
		}
		var err error
		if opts.List, err = readPriceList(f.list); err != nil {
			return nil, err
		}
	}
	configs := make([]*routing.Config, 0, len(candidates))
	for i := range candidates {
		configs = append(configs, candidates[i].Config)
	}
	return whatif.Scenarios(configs, opts)
}

func readPriceList(path string) (*whatif.PriceList, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("--prices %s: no such file", path)
	}
	if err != nil {
		return nil, err
	}
	return whatif.ParsePriceList(path, data)
}
