package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/train"
	"github.com/tierwise/tierwise/reports"
	"github.com/tierwise/tierwise/routing"
)

// maxDraftTiers is how many models a config that is made on the fly makes tiers of.
const maxDraftTiers = 24

// longTraining is of how many requests on whoever waits is told beforehand that training takes long.
const longTraining = 5000

// bundledClassifier is the name of the classifier in a bundle.
const bundledClassifier = "classifier.bin"

// tunable returns what is tuned: the config that is named, or one that is made on the fly.
func (a *app) tunable(ctx context.Context, f *tuneFlags, args []string) (*eval.Candidate, error) {
	if len(args) > 0 {
		candidates, err := readCandidates(args)
		if err != nil {
			return nil, err
		}
		return &candidates[0], nil
	}
	x, err := a.inspectData(ctx, &f.data, &eval.InspectOptions{Baseline: f.baseline})
	if err != nil {
		return nil, err
	}
	// All models that are cheaper, whatever the labels say of them: to choose by the labels is tune's own work.
	models := []string{}
	for i := range x.Models {
		m := &x.Models[i]
		if base := x.Model(x.Baseline); base != nil && m.CostPer1000 < base.CostPer1000 {
			models = append(models, m.Model)
		}
	}
	if len(models) > maxDraftTiers {
		return nil, fmt.Errorf("the data has %d models that are cheaper than the baseline %s, and without a config at most %d are tried: "+
			"write one with tierwise init --models A,B,… %s -o dispatch.toml", len(models), x.Baseline, maxDraftTiers, f.data.args())
	}
	// With a classifier, requests that it is not sure of are judged as those of the default task; callers who name no task are not.
	draft, err := x.Draft(&eval.DraftOptions{Models: models, Blind: true, OwnDefault: f.goldTasks})
	if err != nil {
		return nil, err
	}
	config, err := routing.ParseConfig("dispatch.toml", reports.Draft(x, draft, "tierwise tune dispatch.toml "+f.data.args()+" -o bundle/"), nil)
	if err != nil {
		return nil, fmt.Errorf("the names in the data make no valid config: %w", err)
	}
	return &eval.Candidate{Label: "draft", Config: config}, nil
}

// needsClassifier reports whether a config has no way to find the tasks of requests.
func needsClassifier(f *tuneFlags, c *routing.Config) bool {
	r := &c.Router
	return !f.goldTasks && len(c.Tasks) > 1 && len(r.Rules) == 0 && r.Embedding == nil && r.LLM == nil
}

// trained trains the classifier that a config lacks and returns the candidate that has it, with its out-of-fold predictions,
// and the file of these.
func (a *app) trained(ctx context.Context, f *tuneFlags, d *datasets.Dataset, c *eval.Candidate) (*eval.Candidate, []byte, error) {
	if d.NumRows() >= longTraining && d.Has("task") && !progressHidden() {
		fmt.Fprint(a.stderr, "The config has neither rules nor a classifier: training one first, which takes a minute or two for 10,000 prompts\n"+
			"(--gold-tasks certifies for callers who name the task, and needs none)\n")
	}
	t := &trainFlags{data: f.data, baseline: f.baseline, maxRows: train.DefaultMaxRows, seed: f.seed}
	result, err := a.fit(ctx, t, d, c.Config)
	if errors.Is(err, train.ErrNoTasks) {
		err = fmt.Errorf("the config has neither rules nor a classifier, and %w", err)
	}
	if err != nil {
		return nil, nil, err
	}
	artifact, err := result.Classifier.MarshalBinary()
	if err != nil {
		return nil, nil, err
	}
	digest := sha256.Sum256(artifact)
	var sidecar bytes.Buffer
	if err := result.OutOfFold.Write(&sidecar, hex.EncodeToString(digest[:])); err != nil {
		return nil, nil, err
	}
	predictions, err := train.ReadOutOfFold(bytes.NewReader(sidecar.Bytes()), int64(sidecar.Len()))
	if err != nil {
		return nil, nil, err
	}
	sum := sha256.Sum256(sidecar.Bytes())
	config := *c.Config
	config.Router.Embedding = &routing.EmbeddingRouter{Artifact: bundledClassifier}
	config.Files = maps.Clone(config.Files)
	if config.Files == nil {
		config.Files = map[string][]byte{}
	}
	config.Files[bundledClassifier] = artifact
	return &eval.Candidate{
		Label: c.Label, Config: &config, OutOfFold: predictions, OutOfFoldSum: hex.EncodeToString(sum[:]),
	}, sidecar.Bytes(), nil
}
