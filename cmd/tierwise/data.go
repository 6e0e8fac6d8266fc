package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/tierwise/tierwise/datasets"
)

// dataFlags are the flags of every command that reads labeled traffic.
type dataFlags struct {
	data     []string
	where    []string
	mapping  string
	scale    string
	splitMap []string
	workers  int

	mappingText string // what the mapping file holds, once open has read it
}

func (f *dataFlags) register(flags *pflag.FlagSet) {
	flags.StringArrayVarP(&f.data, "data", "d", nil, "labeled traffic: a Parquet file, a folder or a glob (repeatable)")
	flags.StringArrayVar(&f.where, "where", nil, "only requests with column=value or column!=value (repeatable: all must hold)")
	flags.StringVar(&f.mapping, "mapping", "", "TOML file that maps other column names and layouts")
	flags.StringVar(&f.scale, "scale", "", "scale of quality in the data, such as 0:100")
	flags.StringArrayVar(&f.splitMap, "split-map", nil, "rename a split: test=verify (repeatable)")
	flags.IntVar(&f.workers, "workers", runtime.NumCPU(), "how many shards are read at a time")
}

// open opens the traffic.
func (f *dataFlags) open(ctx context.Context) (*datasets.Dataset, []string, error) {
	if f.workers < 1 {
		return nil, nil, fmt.Errorf("--workers %d: want at least 1", f.workers)
	}
	if len(f.data) == 0 {
		return nil, nil, errors.New("no traffic: name a Parquet file with -d (or see how it goes with: tierwise demo)")
	}
	opts := &datasets.Options{}
	for _, s := range f.where {
		c, err := datasets.ParseCondition(s)
		if err != nil {
			return nil, nil, fmt.Errorf("--where %s: %w", s, err)
		}
		opts.Where = append(opts.Where, c)
	}
	if f.scale != "" {
		scale, err := datasets.ParseScale(f.scale)
		if err != nil {
			return nil, nil, fmt.Errorf("--scale %s: %w", f.scale, err)
		}
		opts.Scale = scale
	}
	if f.mapping != "" {
		data, err := os.ReadFile(f.mapping)
		if err != nil {
			return nil, nil, fmt.Errorf("--mapping: %w", err)
		}
		f.mappingText = string(data)
		if opts.Mapping, err = datasets.ParseMapping(f.mapping, data); err != nil {
			return nil, nil, err
		}
	}
	var err error
	if opts.SplitMap, err = parseSplitMap(f.splitMap); err != nil {
		return nil, nil, err
	}
	names, err := datasets.Expand(f.data)
	if err != nil {
		return nil, nil, err
	}
	d, err := datasets.Open(ctx, names, opts)
	if err != nil {
		return nil, nil, err
	}
	if err := d.CheckScale(ctx); err != nil {
		_ = d.Close() // it was only read
		if ctx.Err() == nil {
			err = fmt.Errorf("--scale %w", err)
		}
		return nil, nil, err
	}
	return d, names, nil
}

func parseSplitMap(args []string) (map[string]string, error) {
	if len(args) == 0 {
		return nil, nil
	}
	out := map[string]string{}
	for _, arg := range args {
		from, to, ok := strings.Cut(arg, "=")
		if !ok || to != "tune" && to != "verify" {
			return nil, fmt.Errorf("--split-map %s: want NAME=tune or NAME=verify", arg)
		}
		out[from] = to
	}
	return out, nil
}

// sorted returns s in order.
func sorted(s []string) []string {
	slices.Sort(s)
	return s
}
