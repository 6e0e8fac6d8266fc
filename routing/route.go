package routing

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
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
}

// A Classifier answers for the layers that cost something. Route asks a layer at most once, and only if the layers
// before it were not sure.
type Classifier interface {
	// Classify returns the task that the layer gives the request and how sure it is, in [0, 1]; NaN if it does not
	// say. ok is false if it has no answer at all.
	Classify(ctx context.Context, layer Layer) (task string, confidence float64, ok bool)
}

// A Route is the decision of a request's task.
type Route struct {
	Task       TaskID
	Layer      Layer
	Rule       int     // which rule matched, from 0; −1 if none did
	Confidence float64 // of the layer that decided; 1 for the caller, 0 for the default
	Unrouted   bool    // the LLM router was asked and had no answer
	// Unknown: the caller or the LLM router named a task that the table lacks, so the request goes to the default.
	Unknown bool
}

type tableRouter struct {
	fallback TaskID
	rules    []tableRule
	llm      bool
	llmModel ModelID
	llmMin   float64
}

type tableRule struct {
	name               string
	task               TaskID
	confidence         float64
	minChars, maxChars int // maxChars < 0: no limit
	match              *regexp.Regexp
	keywords           []string // lower case
	endpoints          []string
}

func compilePattern(p string) (*regexp.Regexp, error) {
	re, err := regexp.Compile(p)
	if err != nil {
		return nil, fmt.Errorf("pattern %q: %w", p, err)
	}
	return re, nil
}

func (t *Table) compileRouter(r *Router) error {
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
	if r.LLM != nil {
		t.router.llm = true
		t.router.llmMin = r.LLM.MinConfidence
		if t.router.llmModel, ok = t.modelIDs[r.LLM.Model]; !ok {
			return fmt.Errorf("llm: no model %q", r.LLM.Model)
		}
	}
	return nil
}

func (t *Table) compileRule(r *Rule, index int) (tableRule, error) {
	out := tableRule{name: r.Name, confidence: r.Confidence, maxChars: -1, endpoints: slices.Clone(r.Endpoints)}
	if out.name == "" {
		out.name = fmt.Sprintf("#%d", index+1)
	}
	if out.confidence == 0 {
		out.confidence = 1
	}
	var ok bool
	if out.task, ok = t.taskIDs[r.Task]; !ok {
		return out, fmt.Errorf("no task %q", r.Task)
	}
	if r.MinChars != nil {
		out.minChars = *r.MinChars
	}
	if r.MaxChars != nil {
		out.maxChars = *r.MaxChars
	}
	for _, k := range r.Keywords {
		out.keywords = append(out.keywords, strings.ToLower(k))
	}
	if r.Match == "" {
		return out, nil
	}
	var err error
	out.match, err = compilePattern(r.Match)
	return out, err
}

// Route decides the task of a request: as the caller says, else by the first rule that matches, else by the
// classifier layers that the table has, each asked only if nobody was sure before it, else the default. c may be
// nil for a table whose router has rules only.
func (t *Table) Route(ctx context.Context, f *Features, c Classifier) Route {
	if f.TaskNamed || f.Task != "" {
		id, ok := t.taskIDs[f.Task]
		if !ok {
			return Route{Task: t.router.fallback, Layer: LayerDefault, Rule: -1, Unknown: true}
		}
		return Route{Task: id, Layer: LayerCaller, Rule: -1, Confidence: 1}
	}
	if i := t.matchRules(f); i >= 0 {
		r := &t.router.rules[i]
		return Route{Task: r.task, Layer: LayerRule, Rule: i, Confidence: r.confidence}
	}
	route := Route{Task: t.router.fallback, Layer: LayerDefault, Rule: -1}
	if !t.router.llm {
		return route
	}
	name, confidence, ok := c.Classify(ctx, LayerLLM)
	if !ok {
		route.Unrouted = true
		return route
	}
	id, ok := t.taskIDs[name]
	if !ok {
		route.Unknown = true
		return route
	}
	// An answer that does not say how sure it is (NaN) is taken only where any answer is.
	if confidence >= t.router.llmMin || t.router.llmMin == 0 {
		return Route{Task: id, Layer: LayerLLM, Rule: -1, Confidence: confidence}
	}
	return route
}

// matchRules returns the index of the first rule that matches, −1 if none does.
func (t *Table) matchRules(f *Features) int {
	chars, lower := -1, ""
	for i := range t.router.rules {
		r := &t.router.rules[i]
		if len(r.endpoints) > 0 && !slices.Contains(r.endpoints, f.Endpoint) {
			continue
		}
		if r.minChars > 0 || r.maxChars >= 0 {
			if chars < 0 {
				chars = utf8.RuneCountInString(f.Prompt)
			}
			if chars < r.minChars || r.maxChars >= 0 && chars > r.maxChars {
				continue
			}
		}
		if len(r.keywords) > 0 {
			if lower == "" {
				lower = strings.ToLower(f.Prompt)
			}
			if !slices.ContainsFunc(r.keywords, func(k string) bool { return strings.Contains(lower, k) }) {
				continue
			}
		}
		if r.match != nil && !r.match.MatchString(f.Prompt) {
			continue
		}
		return i
	}
	return -1
}

// RuleName returns the name of a rule, "#2" for the second if it has none.
func (t *Table) RuleName(rule int) string { return t.router.rules[rule].name }

// NeedsPrompt reports whether a rule looks at the prompt.
func (t *Table) NeedsPrompt() bool {
	return slices.ContainsFunc(t.router.rules, func(r tableRule) bool {
		return r.match != nil || len(r.keywords) > 0 || r.minChars > 0 || r.maxChars >= 0
	})
}

// LLMRouter returns the model of the LLM router, false if the table has none.
func (t *Table) LLMRouter() (ModelID, bool) { return t.router.llmModel, t.router.llm }
