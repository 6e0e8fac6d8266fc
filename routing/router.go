package routing

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/tierwise/tierwise/routing/judge"
)

// A Router decides for a service what becomes of requests, by one dispatch config, and makes it so. It is safe for
// concurrent use.
type Router struct {
	opts    Options
	source  func() (*Config, error)
	serving atomic.Pointer[serving]
	closed  atomic.Bool
	labels  *judge.Cache // of the LLM router
	vectors breaker      // of the embedder

	reloading sync.Mutex // held while the config is exchanged
}

// Open returns a router by the dispatch config in the file at path, and the files that it refers to, whose paths are
// relative to its own folder. opts may be nil. That a key is not set is no error here, see [Router.Ready].
func Open(path string, opts *Options) (*Router, error) {
	return open(func() (*Config, error) { return ReadConfig(path) }, opts)
}

// New is Open for a file system, such as an embed.FS: the config is at path, slashes between the folders, and what it
// refers to must be in its own folder or below. opts may be nil.
func New(fsys fs.FS, path string, opts *Options) (*Router, error) {
	return open(func() (*Config, error) {
		data, err := fs.ReadFile(fsys, path)
		if err != nil {
			return nil, err
		}
		return ParseConfig(path, data, func(name string) ([]byte, error) { return readBeside(fsys, path, name) })
	}, opts)
}

var errOutside = errors.New("only files in the config's own folder or below can be read here, so no .. and no absolute path")

// readBeside reads the file of that name in the folder of the config.
func readBeside(fsys fs.FS, config, name string) ([]byte, error) {
	name = path.Clean(strings.ReplaceAll(name, `\`, "/"))
	if !fs.ValidPath(name) || strings.Contains(name, ":") {
		return nil, errOutside
	}
	return fs.ReadFile(fsys, path.Join(path.Dir(config), name))
}

func open(source func() (*Config, error), opts *Options) (*Router, error) {
	r := &Router{opts: opts.withDefaults(), source: source, labels: judge.NewCache(labelsKept)}
	s, err := r.read(nil)
	if err != nil {
		return nil, err
	}
	r.serving.Store(s)
	r.opts.Logger.Info("dispatch config opened", s.logAttrs()...)
	return r, nil
}

// Reload reads the config again from where it was opened. If it is not valid, or lacks a key and the one before did not,
// the router goes on with the one that it has. Requests that are under way end by the config that they began with. What is
// known of providers and models that both configs name the same way stays: who fails, how fast, how much they may be asked.
// So do cached answers, each for configs that decide as the one did under which it was given.
func (r *Router) Reload() error {
	r.reloading.Lock()
	defer r.reloading.Unlock()
	if r.closed.Load() {
		return ErrClosed
	}
	old := r.serving.Load()
	s, err := r.read(old)
	if err != nil {
		return err
	}
	if err := s.ready(); err != nil && old.ready() == nil {
		if s.answers != old.answers {
			err = errors.Join(err, s.answers.close())
		}
		return err
	}
	s.setLimits()
	r.serving.Store(s)
	r.opts.Logger.Info("dispatch config reloaded", s.logAttrs()...)
	return old.closeUnlessIn(s)
}

// ErrClosed is what a router returns after Close.
var ErrClosed = errors.New("the router is closed")

// Close closes the connections that the router keeps open. Calls that are under way go on; later ones are refused. Clients
// that the service supplied, and the sink of traces, are the service's to close.
func (r *Router) Close() error {
	r.reloading.Lock()
	defer r.reloading.Unlock()
	if r.closed.Swap(true) {
		return nil
	}
	return r.serving.Load().closeUnlessIn(nil)
}

// Ready reports whether each model that the config may ask can be asked, for its provider is named and its key is set,
// whether each function that it measures by is in [Options.Checks], and whether its cache has an address: without one every
// request is a miss. The error names all that is missing. A router that only decides need not be ready.
func (r *Router) Ready() error { return r.serving.Load().ready() }

// Config returns the config that the router decides by. It is the router's: read it only.
func (r *Router) Config() *Config { return r.serving.Load().config }

// Table returns the compiled config, which Decide asks for the task and which walks chains.
func (r *Router) Table() *Table { return r.serving.Load().table }

var errNoText = errors.New("the request has nothing to route: give it messages, a prompt or a task")

// Decide says what the router means to do with a request, and does none of it: it calls no model. So it also serves as a
// dry run beside another service. It asks the rules and the trained classifier exactly as a replay does; where the LLM
// router would come next, the plan says so in LLMRouter and goes to the default. It fails if the context is done or the
// request is empty; a task that the config lacks is no failure, it goes to the default.
func (r *Router) Decide(ctx context.Context, q *Request) (Plan, error) {
	if err := ctx.Err(); err != nil {
		return Plan{}, err
	}
	if q.Task == "" && q.Prompt == "" && len(q.Messages) == 0 {
		return Plan{}, errNoText
	}
	s := r.serving.Load()
	d := decider{table: s.table, features: q.Features()}
	route := s.table.Route(ctx, &d.features, &d)
	p := Plan{
		Task: s.names[route.Task], Layer: route.Layer, Confidence: route.Confidence, RuleNumber: route.Rule + 1,
		Tokens: Tokens(d.features.Chars, d.features.MaxTokens),
	}
	for _, c := range s.chains[route.Task] {
		if p.Chain = c.steps; p.Tokens <= c.most {
			break
		}
	}
	if route.Rule >= 0 {
		p.Rule = s.table.RuleName(route.Rule)
	}
	if route.Unknown && q.Task != "" {
		p.UnknownTask = q.Task
		p.NearestTask, _ = nearest(q.Task, s.names)
	}
	if from := route.Found(); s.table.tasks[from].split != nil {
		p.Split = &PlannedSplit{From: s.names[from], Gain: route.Gain, Below: s.table.tasks[from].split.below, Sent: route.Split}
	}
	if route.Unrouted {
		p.LLMRouter = s.table.ModelName(s.table.router.llmModel)
	}
	if d.err != nil {
		p.Unclassified = d.err.Error()
	}
	return p, nil
}

// A decider is the Classifier of a decision: the layers that make no call.
type decider struct {
	table    *Table
	features Features
	err      error // why the trained classifier had no answer
}

// Classify implements Classifier.
func (d *decider) Classify(_ context.Context, layer Layer) (task string, confidence float64, ok bool) {
	if layer != LayerEmbedding {
		return "", 0, false
	}
	task, confidence, d.err = d.table.Predict(&d.features)
	return task, confidence, d.err == nil
}

// Gain implements Classifier.
func (d *decider) Gain(_ context.Context, task TaskID) float64 {
	return d.table.PredictGain(task, &d.features)
}
