package eval

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval/stats"
)

// A SemanticSweep is what the semantic cache of a candidate would do at other least similarities.
type SemanticSweep struct {
	Label      string              `json:"label"`
	Embedder   string              `json:"embedder"`
	MaxFalse   float64             `json:"max_false_rate"`
	Alpha      float64             `json:"alpha"`   // of all thresholds together: each is judged at Alpha ÷ their number
	Loosest    *float64            `json:"loosest"` // threshold whose false_upper is at most MaxFalse, and that of all tighter ones with hits, too; nil: off
	Need       int64               `json:"need"`    // hits, without a false one, that it takes to show it
	Thresholds []SemanticThreshold `json:"thresholds"`
	FalseHits  []FalseHit          `json:"false_hits,omitempty"` // at the loosest threshold of all
}

// A SemanticThreshold is a row of a sweep.
type SemanticThreshold struct {
	MinSimilarity float64          `json:"min_similarity"`
	Semantic      CacheHits        `json:"semantic"`
	Exact         CacheHits        `json:"exact"`
	Guarded       map[string]int64 `json:"guarded,omitempty"`
}

// DefaultThresholds are the least similarities of a sweep, loosest first.
func DefaultThresholds() []float64 {
	return []float64{0.70, 0.75, 0.80, 0.85, 0.90, 0.925, 0.95, 0.97, 0.98, 0.99, 1}
}

var errNoSemantic = errors.New("no config has a semantic cache: add [cache.semantic] with any min_similarity")

// SweepSemantic replays the semantic caches of the candidates at each of the thresholds, loosest first: each from an empty
// cache, for what is kept depends on what hits.
func (j *Job) SweepSemantic(ctx context.Context, d *datasets.Dataset, thresholds []float64, maxFalse float64, opts *RunOptions) ([]SemanticSweep, error) {
	semantic := func(c Candidate) bool { return c.Config.Cache.Semantic != nil }
	if !j.opts.Caches || !slices.ContainsFunc(j.candidates, semantic) {
		return nil, errNoSemantic
	}
	traffic, err := j.collectCaches(ctx, d, d.Shards(), opts)
	if err != nil {
		return nil, err
	}
	if traffic.off != "" {
		return nil, fmt.Errorf("caches cannot be replayed on this traffic: %s; all requests need a time, and the same weight", traffic.off)
	}
	var out []SemanticSweep
	for v := range j.candidates {
		if semantic(j.candidates[v]) {
			sweep, err := traffic.sweep(ctx, v, thresholds, maxFalse)
			if err != nil {
				return nil, err
			}
			out = append(out, *sweep)
		}
	}
	return out, nil
}

func (t *CacheTraffic) sweep(ctx context.Context, v int, thresholds []float64, maxFalse float64) (*SemanticSweep, error) {
	j := t.job
	alpha := j.opts.Alpha / float64(len(thresholds))
	out := &SemanticSweep{
		Label: j.candidates[v].Label, Embedder: j.embedder(v).Name(), MaxFalse: maxFalse, Alpha: j.opts.Alpha,
		Need: int64(stats.FloorLabels(maxFalse, alpha)),
	}
	for i, least := range thresholds {
		run := t.newRun(v, &least)
		if err := run.all(ctx); err != nil {
			return nil, err
		}
		r := run.finish(alpha)
		if i == 0 {
			out.FalseHits = r.FalseHits
		}
		out.Thresholds = append(out.Thresholds, SemanticThreshold{least, r.Semantic, r.Exact, r.Guarded})
	}
	out.choose()
	return out, nil
}

// choose finds the loosest threshold that keeps the rate. A tighter one that breaks it would make no sense of that; one with
// too few hits to tell is no objection.
func (s *SemanticSweep) choose() {
	for i := len(s.Thresholds) - 1; i >= 0; i-- {
		t := &s.Thresholds[i]
		switch {
		case t.Semantic.Hits > 0 && float64(t.Semantic.FalseUpper) <= s.MaxFalse:
			s.Loosest = &t.MinSimilarity
		case t.Semantic.Hits > 0 && float64(t.Semantic.FalseRate) > s.MaxFalse:
			return
		}
	}
}

// DropTexts leaves the texts of false hits out.
func (s *SemanticSweep) DropTexts() { dropTexts(s.FalseHits) }
