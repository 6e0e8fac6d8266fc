package routing

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path"
	"strings"
)

// Options of a Router. The zero value is usable.
type Options struct {
	// Logger is told which config was opened; nil: nobody is.
	Logger *slog.Logger
}

// A Router decides for a service what becomes of requests, by one dispatch config. It is safe for concurrent use.
type Router struct {
	config *Config
	table  *Table
	names  []string       // of the tasks
	chains [][]sizedChain // by task
}

// Open returns a router by the dispatch config in the file at path, and the files that it refers to, whose paths are
// relative to its own folder. opts may be nil.
func Open(path string, opts *Options) (*Router, error) {
	c, err := ReadConfig(path)
	if err != nil {
		return nil, err
	}
	return newRouter(c, opts)
}

// New is Open for a file system, such as an embed.FS: the config is at path, slashes between the folders, and what it
// refers to must be in its own folder or below. opts may be nil.
func New(fsys fs.FS, path string, opts *Options) (*Router, error) {
	data, err := fs.ReadFile(fsys, path)
	if err != nil {
		return nil, err
	}
	c, err := ParseConfig(path, data, func(name string) ([]byte, error) { return readBeside(fsys, path, name) })
	if err != nil {
		return nil, err
	}
	return newRouter(c, opts)
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

func newRouter(c *Config, opts *Options) (*Router, error) {
	table, err := Compile(c)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Source, err)
	}
	r := &Router{config: c, table: table}
	for task := range TaskID(table.NumTasks()) {
		r.names = append(r.names, table.TaskName(task))
		r.chains = append(r.chains, table.planChains(c, task))
	}
	if opts != nil && opts.Logger != nil {
		opts.Logger.Info("dispatch config opened", slog.String("file", c.Source), slog.String("name", c.Name), slog.String("decision_hash", c.DecisionHash()))
	}
	return r, nil
}

// Config returns the config that the router decides by. It is the router's: read it only.
func (r *Router) Config() *Config { return r.config }

// Table returns the compiled config, which Decide asks for the task and which walks chains.
func (r *Router) Table() *Table { return r.table }

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
	d := decider{table: r.table, features: q.Features()}
	route := r.table.Route(ctx, &d.features, &d)
	p := Plan{
		Task: r.names[route.Task], Layer: route.Layer, Confidence: route.Confidence, RuleNumber: route.Rule + 1,
		Tokens: Tokens(d.features.Chars, d.features.MaxTokens),
	}
	for _, c := range r.chains[route.Task] {
		if p.Chain = c.steps; p.Tokens <= c.most {
			break
		}
	}
	if route.Rule >= 0 {
		p.Rule = r.table.RuleName(route.Rule)
	}
	if route.Unknown && q.Task != "" {
		p.UnknownTask = q.Task
		p.NearestTask, _ = nearest(q.Task, r.names)
	}
	if from := route.Found(); r.table.tasks[from].split != nil {
		p.Split = &PlannedSplit{From: r.names[from], Gain: route.Gain, Below: r.table.tasks[from].split.below, Sent: route.Split}
	}
	if route.Unrouted {
		p.LLMRouter = r.table.ModelName(r.table.router.llmModel)
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
