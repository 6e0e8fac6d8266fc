package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/train"
	"github.com/tierwise/tierwise/reports"
	"github.com/tierwise/tierwise/reports/text"
	"github.com/tierwise/tierwise/routing"
)

type trainFlags struct {
	data      dataFlags
	output    string
	reject    string
	precision float64
	config    string
	baseline  string
	embedder  string
	maxRows   int
	seed      uint64
	json      bool
	discover  discoverFlags
	given     func(flag string) bool
}

func (a *app) newTrain() *cobra.Command {
	f := &trainFlags{}
	cmd := &cobra.Command{
		Use:   "train -d FILE -o classifier.bin",
		Short: "Train the request classifier, layer 2 of the router, on labeled traffic",
		Long: `Train a classifier that tells the task of a request from its prompt, on the requests with a
gold task: with a split column on those of "tune", and those of "verify" are reported beside.
All figures are out of fold: each request is judged by a model that was not trained on it. These
predictions are written beside the classifier, where eval finds them.

What a mistake costs comes from the outcomes in the traffic, if there are any: each task is treated
by its chain in --config, else by the cheapest model that seems to hold. The min_confidence that
the classifier recommends is the threshold where that costs least; without outcomes, or with
--precision, the lowest where so many of its answers are right, 0.80 unless told.

Prompts are the same if they differ in case and white space alone, and the same prompt is never
both trained on and judged. Near-duplicates that differ in more, such as a full stop, and prompts
from one template are not seen: give them a group, or the figures come out too good.

It takes half a minute for ten thousand requests of a few tasks, a minute or two for twenty
thousand of 150 tasks, and as long for ten thousand long prompts of 60 tasks. Where stderr is no
terminal it gets a line a minute.

` + discoverHelp,
		Example: `  tierwise train -d traffic.parquet -o classifier.bin
  tierwise train -d traffic.parquet -o classifier.bin --config dispatch.toml
  tierwise train -d traffic.parquet -o classifier.bin --precision 0.95
  tierwise train -d traffic.parquet -o classifier.bin --reject other --split-map test=verify
  tierwise train -d traffic.parquet -o classifier.bin --embedder text-embedding-3-small
` + discoverExample,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.discover.asked() {
				return a.discover(cmd.Context(), f)
			}
			return a.train(cmd.Context(), f)
		},
	}
	flags := cmd.Flags()
	f.given = flags.Changed
	f.data.register(flags)
	flags.StringVarP(&f.output, "output", "o", "", "write the classifier to this `file`, and out-of-fold predictions beside it")
	flags.StringVar(&f.reject, "reject", "", "`task` whose requests are out of scope: they train the rejection, not a class")
	flags.Float64Var(&f.precision, "precision", 0, "recommend the lowest min_confidence with this `share` right, whatever mistakes cost (default, where costs do not tell: 0.80)")
	flags.StringVar(&f.config, "config", "", "dispatch `config` whose chains mistakes are priced with; it must have the traffic's tasks")
	flags.StringVar(&f.baseline, "baseline", "", "`model` that everything goes to today (default: that of --config, else the best with 95 % coverage)")
	flags.StringVar(&f.embedder, "embedder", "", "train on the traffic's embedding column, which the embedder of this `name` made (default: on the prompts)")
	flags.IntVar(&f.maxRows, "max-rows", train.DefaultMaxRows, fmt.Sprintf("`requests` to train on at most: of more a sample is drawn, task by task, but no fewer than %d of each task", train.MinSampled))
	flags.Uint64Var(&f.seed, "seed", 1, "seed of the folds and of what is drawn")
	f.discover.register(flags)
	flags.BoolVar(&f.json, "json", false, "print all of it as JSON")
	return cmd
}

// check looks at the flags before any work is done.
func (f *trainFlags) check() error {
	switch {
	case f.output == "":
		return errors.New("where to? name the file for the classifier with -o, such as -o classifier.bin")
	case strings.EqualFold(filepath.Ext(f.output), ".parquet"):
		return fmt.Errorf("-o %s: a classifier is no Parquet file; name it such as classifier.bin", f.output)
	case f.given("precision") && !(f.precision > 0 && f.precision < 1):
		return fmt.Errorf("--precision %v: want a share between 0 and 1, such as 0.95", f.precision)
	case f.maxRows < 1:
		return fmt.Errorf("--max-rows %d: want a positive number", f.maxRows)
	}
	if err := f.checkEmbedder(); err != nil {
		return err
	}
	return errors.Join(checkPlace(f.output), checkPlace(eval.OutOfFoldPath(f.output)))
}

// checkEmbedder refuses the names that are reserved for the built-in embedder.
func (f *trainFlags) checkEmbedder() error {
	if strings.HasPrefix(f.embedder, "ngrams") {
		return fmt.Errorf("--embedder %s: names that begin with ngrams are reserved for the built-in embedder; leave --embedder out to use that", f.embedder)
	}
	return nil
}

func (a *app) train(ctx context.Context, f *trainFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	var config *routing.Config
	if f.config != "" {
		var err error
		if config, err = readConfig(f.config); err != nil {
			return err
		}
	}
	d, names, err := f.data.open(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	sidecar := eval.OutOfFoldPath(f.output)
	for _, path := range []string{f.output, sidecar} {
		if err := keepInputs(path, append(names, f.data.mapping, f.config)...); err != nil {
			return err
		}
	}
	result, err := a.fit(ctx, f, d, config)
	if err != nil {
		return err
	}
	r := result.Report
	r.Tool, r.Files = version(), names
	if err := writeClassifier(result, f.output, sidecar); err != nil {
		return err
	}
	if f.json {
		return printJSON(a.stdout, r)
	}
	if err := text.Write(a.stdout, reports.Training(r)); err != nil {
		return err
	}
	return a.afterTraining(f)
}

// trainingStages say what is being done at the stages of train.Train, which count models.
var trainingStages = map[string]string{
	"search": "comparing ways to train", "folds": "training without each fold", "fit": "training on all requests",
}

// fit reads the traffic, prices mistakes, trains the classifier and recommends its min_confidence.
func (a *app) fit(ctx context.Context, f *trainFlags, d *datasets.Dataset, config *routing.Config) (*train.Result, error) {
	defer lean()()
	show, end := a.stages()
	defer end()
	requests, err := train.Read(ctx, d, &train.ReadOptions{
		Embedder: f.embedder, Reject: f.reject, MaxRows: f.maxRows, Seed: f.seed, Workers: f.data.workers, Progress: show("reading prompts"),
	})
	switch {
	case errors.Is(err, train.ErrNoTasks):
		return nil, fmt.Errorf("%w (tierwise train --discover K proposes tasks)", err)
	case err != nil:
		return nil, collapse(err)
	}
	prices, reason, err := train.Price(ctx, d, requests, &train.PriceOptions{
		Config: config, Baseline: f.baseline, Workers: f.data.workers, Progress: show("pricing mistakes"),
	})
	if err != nil {
		return nil, collapse(err)
	}
	result, err := train.Train(ctx, requests, &train.Options{
		Precision: f.precision, Tool: version(), Workers: f.data.workers,
		Progress: func(stage string, done, total int) { show(trainingStages[stage])(int64(done), int64(total)) },
	})
	if err != nil {
		return nil, err
	}
	if prices == nil {
		result.Unpriced(reason)
		return result, nil
	}
	return result, result.Price(requests, prices, f.precision == 0)
}

// stages returns a function that shows how far each stage of a longer work has come, one bar after the other, and one
// that ends the show.
func (a *app) stages() (show func(stage string) func(done, total int64), end func()) {
	var mu sync.Mutex
	current, report, stop := "", (func(done, total int64))(nil), func() {}
	show = func(stage string) func(done, total int64) {
		return func(done, total int64) {
			mu.Lock()
			defer mu.Unlock()
			if stage != current {
				stop()
				current = stage
				report, stop = a.progress(stage)
			}
			if report != nil {
				report(done, total)
			}
		}
	}
	return show, func() {
		mu.Lock()
		defer mu.Unlock()
		stop()
	}
}

// writeClassifier writes the classifier and its out-of-fold predictions: both, or neither.
func writeClassifier(result *train.Result, path, sidecar string) error {
	artifact, err := result.Classifier.MarshalBinary()
	if err != nil {
		return err
	}
	digest := sha256.Sum256(artifact)
	sum := hex.EncodeToString(digest[:])
	result.Report.Artifact = train.Artifact{Path: path, Bytes: len(artifact), SHA256: sum, OutOfFold: sidecar}
	written := false
	err = replaceFile(path, func(w io.Writer) error {
		if _, err := w.Write(artifact); err != nil {
			return err
		}
		err := replaceFile(sidecar, func(w io.Writer) error { return result.OutOfFold.Write(w, sum) })
		written = err == nil
		return err
	})
	if err != nil && written {
		return errors.Join(err, os.Remove(sidecar)) // it belongs to a classifier that is not there
	}
	return err
}

// afterTraining says what to do next.
func (a *app) afterTraining(f *trainFlags) error {
	config := f.config
	if config == "" {
		config = "dispatch.toml"
	}
	artifact := f.output
	if rel, err := filepath.Rel(filepath.Dir(config), f.output); err == nil {
		artifact = filepath.ToSlash(rel)
	}
	lines := []string{"[router.embedding]", fmt.Sprintf("artifact = %q", artifact)}
	if f.embedder != "" {
		lines = append(lines, fmt.Sprintf("embedder = %q", f.embedder))
	}
	first := "\nNext:  "
	if _, err := os.Stat(config); errors.Is(err, fs.ErrNotExist) {
		first += fmt.Sprintf("tierwise init %s -o %s\n       ", f.data.args(), config)
	}
	_, err := fmt.Fprintf(a.stdout, "%sput these lines into %s\n           %s\n       tierwise eval %[2]s %[4]s\n"+
		"       keep %s and %s together: eval needs both\n",
		first, config, strings.Join(lines, "\n           "), f.data.args(), f.output, eval.OutOfFoldPath(f.output))
	return err
}
