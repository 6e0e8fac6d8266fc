package train

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/routing/classify"
)

// Options of Train. The zero value chooses everything.
type Options struct {
	Head      string  // Logistic, Prototypes or Average; "": the best of them
	L2        float64 // λ × number of requests of the penalty; 0: the best of a few
	Precision float64 // that Result.Model.MinConfidence is to reach; 0: 0.80
	Tool      string  // version of the tool, for the artifact

	Workers  int                                 // 0: 1
	Progress func(stage string, done, total int) // models fitted: "search", "folds", "fit"; from several goroutines; may be nil
}

// A Result is what training makes.
type Result struct {
	// Model is what Classifier was made of, with the min_confidence that the report recommends. To ship another, set it
	// and make a classifier anew.
	Model      *classify.Model
	Classifier *classify.Classifier
	Report     *Report
	OutOfFold  *OutOfFold
}

// Train makes a classifier. Its artifact depends on the requests, the options and the seed that the requests were read
// with, and on nothing else: not on the number of workers. It fails if ctx ends or the options make no sense.
func Train(ctx context.Context, r *Requests, opts *Options) (*Result, error) {
	if opts == nil {
		opts = &Options{}
	}
	if err := opts.check(); err != nil {
		return nil, err
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	v, embedder, err := embed(ctx, r, opts.Workers)
	if err != nil {
		return nil, err
	}
	p := newProblem(r, v, embedder, opts)
	trials, err := p.search(ctx, p.progress("search", searchGroups*(len(p.descents())+1)))
	if err != nil {
		return nil, err
	}
	s := chosen(trials).spec
	s.epochs = epochs(len(r.Train))
	h, err := p.outOfFold(ctx, s, p.progress("folds", datasets.FoldCount))
	if err != nil {
		return nil, err
	}
	m := p.fit(p.rows, s, 0)
	p.progress("fit", 1)()
	c := h.calibrate(p.rows)
	c.apply(m)
	m.Seen = seen(r.Train)
	m.Tool = opts.Tool
	m.Training = classify.Training{
		Requests: len(r.Train), DataHash: r.DataHash, Seed: r.Seed, Folds: datasets.FoldCount, L2: s.l2, Reject: r.Reject,
	}
	return p.finish(ctx, m, h, trials)
}

// finish adds what is known of the model to it.
func (p *problem) finish(ctx context.Context, m *classify.Model, h *held, trials []Trial) (*Result, error) {
	opinions, calibrations, err := p.crossFit(ctx, h)
	if err != nil {
		return nil, err
	}
	report := p.report(m, trials, newFigures(p.requests, h, opinions))
	report.Suspects = p.suspects(h, calibrations)
	m.MinConfidence, m.Why = report.MinConfidence, report.Why
	classifier, err := classifierOf(m)
	if err != nil {
		return nil, err
	}
	if len(p.requests.Verify) > 0 {
		if report.Verify, err = p.verify(ctx, classifier, m); err != nil {
			return nil, err
		}
	}
	return &Result{Model: m, Classifier: classifier, Report: report, OutOfFold: p.predictions(h, opinions)}, nil
}

// crossFit returns what each request is given by the calibration of the other folds' requests, and these calibrations, by fold.
func (p *problem) crossFit(ctx context.Context, h *held) ([]opinion, []*calibration, error) {
	out := make([]opinion, len(h.requests))
	calibrations := make([]*calibration, datasets.FoldCount)
	err := parallel(ctx, datasets.FoldCount, p.opts.Workers, func(fold int) error {
		var others []int
		for i := range h.requests {
			if h.requests[i].Fold != fold {
				others = append(others, i)
			}
		}
		calibrations[fold] = h.calibrate(others)
		for i := range h.requests {
			if h.requests[i].Fold == fold {
				out[i] = h.opinion(i, calibrations[fold])
			}
		}
		return nil
	})
	return out, calibrations, err
}

// progress returns a function that counts the models fitted at a stage.
func (p *problem) progress(stage string, total int) func() {
	var n atomic.Int64
	return func() {
		if p.opts.Progress != nil {
			p.opts.Progress(stage, min(int(n.Add(1)), total), total)
		}
	}
}

func (o *Options) check() error {
	heads := []string{"", Logistic, Prototypes, Average}
	switch {
	case !slices.Contains(heads, o.Head):
		return fmt.Errorf("head %q: want %s, %s or %s", o.Head, Logistic, Prototypes, Average)
	case !(o.L2 >= 0) || o.L2 > 100:
		return fmt.Errorf("l2 %v: want 0 to 100", o.L2)
	case !(o.Precision >= 0 && o.Precision < 1):
		return fmt.Errorf("precision %v: want at least 0 and less than 1", o.Precision)
	}
	return nil
}

// precision is what MinConfidence is to reach.
func (o *Options) precision() float64 { return cmp.Or(o.Precision, 0.80) }

func (r *Requests) check() error {
	folds, tasks := map[int]bool{}, map[int]bool{}
	for i := range r.Train {
		folds[r.Train[i].Fold] = true
		tasks[r.Train[i].Task] = true
	}
	names := make([]string, 0, len(tasks))
	for _, task := range slices.Sorted(maps.Keys(tasks)) {
		names = append(names, strconv.Quote(r.taskName(task)))
	}
	switch {
	case len(r.Tasks) < 2:
		return errors.New("there are fewer than two tasks to tell apart")
	case len(tasks) < 2:
		return errors.New("the requests to train on are all of one task: there is nothing to tell apart")
	case len(folds) < 2:
		return fmt.Errorf("nothing can be held out: each task (%s) has requests of one group or prompt alone; label requests of other groups",
			strings.Join(names, ", "))
	case weightless(r.Train):
		return errors.New("all weights of the requests to train on are 0: want some that are positive, or no weight column")
	case len(r.Verify) > 0 && weightless(r.Verify):
		return errors.New("all weights of the requests to verify on are 0: want some that are positive, or no weight column")
	}
	return nil
}

// weightless reports whether requests stand for no traffic at all, so that shares of it mean nothing.
func weightless(requests []Request) bool {
	return !slices.ContainsFunc(requests, func(r Request) bool { return r.Weight > 0 })
}
