package routing

import (
	"context"
	"fmt"
	"regexp"
)

// A Layer is what decided a request's task.
type Layer uint8

// The layers, in the order in which they are asked.
const (
	LayerCaller    Layer = iota // the caller named the task
	LayerRule                   // a rule matched
	LayerEmbedding              // the trained classifier was sure
	LayerLLM                    // the LLM router was sure
	LayerDefault                // nobody was sure
)

var layerNames = [...]string{"caller", "rule", "embedding", "llm", "default"}

// String returns the word for l in traces.
func (l Layer) String() string { return layerNames[l] }

// MarshalText returns the word for l.
func (l Layer) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// Features are what routing looks at.
type Features struct {
	Task      string // named by the caller, "" if not: then no layer is asked
	TaskNamed bool   // true: the caller is taken to know the task, even if Task is "" or unknown
	Prompt    string // the last user turn
	Endpoint  string
	Tenant    string

	Chars      int  // code points of all messages; 0: those of Prompt
	MaxTokens  int  // how long an answer the request allows, 0 if it does not say; part of its tokens, see Tokens
	Messages   int  // of the chat; 0 counts as 1
	Tools      bool // the request offers tools
	Schema     bool // the request asks for JSON by a schema
	Attachment bool // the request carries something that is not text

	Embedding []float32 // what an embedder made of the request, for classifiers that want it; nil: nothing
}

// A Classifier answers for the layers that cost something, and for the splits of tasks. Route asks a layer at most once,
// and only if the layers before it were not sure, and then the split of the task that was found, if it has one.
type Classifier interface {
	// Classify returns the task that the layer gives the request and how sure it is, in [0, 1]; NaN if it does not
	// say. ok is false if it has no answer at all.
	Classify(ctx context.Context, layer Layer) (task string, confidence float64, ok bool)
	// Gain returns what a stronger model would gain on the request, in [−1, 1], as the split of the task predicts it, see
	// [Table.PredictGain]; NaN if that is not known: then the request stays.
	Gain(ctx context.Context, task TaskID) float64
}

// A Route is the decision of a request's task.
type Route struct {
	Task       TaskID
	Layer      Layer
	Rule       int     // which rule matched, from 0; −1 if none did
	Confidence float64 // of the layer that decided; 1 for the caller, 0 for the default
	Unrouted   bool    // the LLM router was asked and had no answer
	// Unclassified: the classifier was asked and had no answer, since the request lacks the embedding that it wants.
	Unclassified bool
	// Unknown: the caller or the LLM router named a task that the table lacks, so the request goes to the default.
	Unknown bool

	// Split: the request was found to be of the task From, whose split sent it on to Task. Layer, Rule and Confidence are of
	// what found From.
	Split bool
	From  TaskID
	Gain  float64 // that a stronger model is predicted to have, if the task that was found has a split; else 0
}

// Found returns the task that the layers came to, before any split.
func (r *Route) Found() TaskID {
	if r.Split {
		return r.From
	}
	return r.Task
}

type tableRouter struct {
	fallback   TaskID
	rules      []tableRule
	classifier *tableClassifier // nil: none
	llm        bool
	llmModel   ModelID
	llmMin     float64
}

func compilePattern(p string) (*regexp.Regexp, error) {
	re, err := regexp.Compile(p)
	if err != nil {
		return nil, fmt.Errorf("pattern %q: %w", p, err)
	}
	return re, nil
}

func (t *Table) compileRouter(c *Config) error {
	r := &c.Router
	var ok bool
	if t.router.fallback, ok = t.taskIDs[r.Default]; !ok {
		return fmt.Errorf("default: no task %q", r.Default)
	}
	for i := range r.Rules {
		rule, err := t.compileRule(&r.Rules[i], i)
		if err != nil {
			return fmt.Errorf("rules[%d]: %w", i, err)
		}
		t.router.rules = append(t.router.rules, rule)
	}
	if r.Embedding != nil {
		if err := t.compileClassifier(c); err != nil {
			return fmt.Errorf("embedding: %w", err)
		}
	}
	if r.LLM != nil {
		t.router.llm = true
		t.router.llmMin = r.LLM.MinConfidence
		if t.router.llmModel, ok = t.modelIDs[r.LLM.Model]; !ok {
			return fmt.Errorf("llm: no model %q", r.LLM.Model)
		}
	}
	return nil
}

// Route decides the task of a request: as the caller says, else by the first rule that matches, else by the
// classifier layers that the table has, each asked only if nobody was sure before it, else the default. If that task has
// a split, it may send the request on. c may be nil for a table whose router has rules only and which has no splits.
func (t *Table) Route(ctx context.Context, f *Features, c Classifier) Route {
	return t.splitRoute(ctx, t.find(ctx, f, c), c)
}

// find is Route before any split.
func (t *Table) find(ctx context.Context, f *Features, c Classifier) Route {
	if f.TaskNamed || f.Task != "" {
		id, ok := t.taskIDs[f.Task]
		if !ok {
			return Route{Task: t.router.fallback, Layer: LayerDefault, Rule: -1, Unknown: true}
		}
		return Route{Task: id, Layer: LayerCaller, Rule: -1, Confidence: 1}
	}
	return t.findMatched(ctx, t.router.matchRules(f), c)
}

// RouteMatched is Route from where it is known which rule matched, from 0, −1 if none did: it needs no text.
func (t *Table) RouteMatched(ctx context.Context, rule int, c Classifier) Route {
	return t.splitRoute(ctx, t.findMatched(ctx, rule, c), c)
}

// findMatched is RouteMatched before any split.
func (t *Table) findMatched(ctx context.Context, rule int, c Classifier) Route {
	if rule >= 0 {
		r := &t.router.rules[rule]
		return Route{Task: r.task, Layer: LayerRule, Rule: rule, Confidence: r.confidence}
	}
	fallback := Route{Task: t.router.fallback, Layer: LayerDefault, Rule: -1}
	if t.router.classifier != nil {
		if r, ok := t.ask(ctx, c, LayerEmbedding, t.router.classifier.min, &fallback); ok {
			return r
		}
	}
	if t.router.llm {
		if r, ok := t.ask(ctx, c, LayerLLM, t.router.llmMin, &fallback); ok {
			return r
		}
	}
	return fallback
}

// ask asks a layer that costs something. If it is not sure, ok is false and the fallback says what it lacked.
func (t *Table) ask(ctx context.Context, c Classifier, layer Layer, least float64, fallback *Route) (r Route, ok bool) {
	name, confidence, ok := c.Classify(ctx, layer)
	if !ok {
		fallback.Unrouted = layer == LayerLLM
		fallback.Unclassified = layer == LayerEmbedding || fallback.Unclassified
		return r, false
	}
	id, ok := t.taskIDs[name]
	if !ok {
		fallback.Unknown = true
		return r, false
	}
	// An answer that does not say how sure it is (NaN) is taken only where any answer is.
	if confidence >= least || least == 0 {
		return Route{Task: id, Layer: layer, Rule: -1, Confidence: confidence}, true
	}
	return r, false
}

// LLMRouter returns the model of the LLM router, false if the table has none.
func (t *Table) LLMRouter() (ModelID, bool) { return t.router.llmModel, t.router.llm }
