package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/tierwise/tierwise/eval/vectors"
	"github.com/tierwise/tierwise/routing/embed"
	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/llm/openai"
)

type embedFlags struct {
	data       dataFlags
	model      string
	url        string
	keyEnv     string
	dimensions int
	price      float64
	batch      int
	calls      int
	retries    int
	cache      string
	output     string
	json       bool
}

func (a *app) newEmbed() *cobra.Command {
	f := &embedFlags{}
	cmd := &cobra.Command{
		Use:   "embed -d FILE --model MODEL -o embedded.parquet",
		Short: "Have an endpoint turn prompts into vectors, for train, eval and tune",
		Long: `Write a copy of the traffic with the columns embedding and embedding_cost_usd, from an endpoint
of the form of OpenAI's /v1/embeddings, which local servers speak too. Requests that have an embedding
keep it. The copy is in the canonical layout, quality from 0 to 1: columns that it does not know, and
requests that --where leaves out, are not in it.

Every vector is kept in a folder, so that no prompt is paid for twice and an interrupted run goes on
where it was. The folder holds no prompts; delete it whenever you like.

A live router gets its vectors from the same endpoint: routing.Options.Embedder.`,
		Example: `  tierwise embed -d traffic.parquet --model text-embedding-3-small --key-env OPENAI_API_KEY --price 0.02 -o embedded.parquet
  tierwise train -d embedded.parquet --embedder text-embedding-3-small -o classifier.bin
  tierwise embed -d traffic.parquet --model bge-m3 --url http://localhost:8080/v1 --price 0 -o embedded.parquet`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.embed(cmd.Context(), f) },
	}
	flags := cmd.Flags()
	f.data.register(flags)
	flags.StringVar(&f.model, "model", "", "the embedding model, as the endpoint names it")
	flags.StringVar(&f.url, "url", "", "base URL of the endpoint, such as http://localhost:8080/v1 (default OpenAI's)")
	flags.StringVar(&f.keyEnv, "key-env", "", "environment `variable` that holds the API key (default: no key is sent)")
	flags.IntVar(&f.dimensions, "dimensions", 0, "length of the vectors, for models that can choose (default the model's own)")
	flags.Float64Var(&f.price, "price", math.NaN(), "USD per million tokens; 0 for a model of your own (default unknown, and so is embedding_cost_usd)")
	flags.IntVar(&f.batch, "batch", 64, "prompts in a call")
	flags.IntVar(&f.calls, "calls", 4, "calls under way at once")
	flags.IntVar(&f.retries, "retries", 5, "how often a call is made again after an error that may pass")
	flags.StringVar(&f.cache, "cache", "", "folder that keeps vectors (default .tierwise-embeddings beside the output)")
	flags.StringVarP(&f.output, "output", "o", "", "the Parquet file to write")
	flags.BoolVar(&f.json, "json", false, "print the report as JSON")
	flags.Lookup("price").DefValue = "" // not "NaN"
	return cmd
}

func (f *embedFlags) check() error {
	switch {
	case f.model == "":
		return errors.New("which model? name it with --model, such as --model text-embedding-3-small")
	case f.output == "":
		return errors.New("nowhere to write to: name a file with -o embedded.parquet")
	case filepath.Ext(f.output) != ".parquet":
		return fmt.Errorf("-o %s: traffic is written as Parquet; name a .parquet file", f.output)
	case f.batch < 1 || f.batch > 2048:
		return fmt.Errorf("--batch %d: want 1 to 2048 prompts", f.batch)
	case f.calls < 1:
		return fmt.Errorf("--calls %d: want at least 1", f.calls)
	case f.retries < 0:
		return fmt.Errorf("--retries %d: want 0 or more", f.retries)
	case f.dimensions < 0:
		return fmt.Errorf("--dimensions %d: want a length, or 0 for the model's own", f.dimensions)
	case f.price < 0 || math.IsInf(f.price, 0):
		return fmt.Errorf("--price %v: want USD per million tokens, 0 or more", f.price)
	}
	return checkPlace(f.output)
}

// stored is the model's name in the store: vectors of another length are others.
func (f *embedFlags) stored() string {
	name := f.url + " " + f.model
	if f.dimensions > 0 {
		name += fmt.Sprint(" ", f.dimensions)
	}
	return name
}

func (a *app) embed(ctx context.Context, f *embedFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	endpoint, err := openai.NewEmbeddings(f.model, f.dimensions, &openai.Options{BaseURL: f.url, KeyEnv: f.keyEnv, MaxBytes: 1 << 28, Limits: llm.Limits{Header: time.Minute, Idle: time.Minute}})
	if err != nil {
		return err
	}
	defer func() { _ = endpoint.Close() }() // of connections that nobody uses any more
	d, names, err := f.data.open(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := keepInputs(f.output, append(names, f.data.mapping)...); err != nil {
		return err
	}
	if f.cache == "" {
		f.cache = filepath.Join(filepath.Dir(f.output), ".tierwise-embeddings")
	}
	store := embed.OpenStore(f.cache)
	progress, end := a.progress("embedding")
	defer end()
	opts := &vectors.Options{
		Client: embed.New(endpoint, &embed.Options{Model: f.stored(), Store: store, Batch: f.batch, Retries: f.retries, PriceUSD: f.price}),
		Store:  store, Model: f.stored(), Batch: f.batch, Workers: f.calls, Progress: progress,
	}
	var report *vectors.Report
	err = replaceFile(f.output, func(w io.Writer) error {
		report, err = vectors.Fill(ctx, w, d, opts)
		return err
	})
	if err != nil {
		return err
	}
	if f.json {
		return printJSON(a.stdout, report)
	}
	cost := "at an unknown price (--price)"
	if report.CostUSD != nil {
		cost = fmt.Sprintf("for $%.6f", *report.CostUSD)
	}
	fmt.Fprintf(a.stdout, "%d requests: %d had an embedding, %d prompts were known, %d calls %s; %d dimensions → %s\n",
		report.Requests, report.Had, report.Stored, report.Calls, cost, report.Dimensions, f.output)
	fmt.Fprintf(a.stdout, "Next:  tierwise train -d %s --embedder %s -o classifier.bin\n", f.output, f.model)
	return nil
}
