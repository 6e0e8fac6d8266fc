package golden

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/llm"
)

// A Difference is something that came out otherwise than recorded.
type Difference struct {
	ID        string // of the request; "": it is about the file as a whole
	Field     string // as in the file: "want.task", "decides.layer", "decision_hash"
	Got, Want string
}

// String returns the difference in one line.
func (d Difference) String() string {
	where := d.Field
	if d.ID != "" {
		where = "request " + d.ID + ": " + d.Field
	}
	return fmt.Sprintf("%s: got %s, want %s", where, d.Got, d.Want)
}

// Check puts the requests to the router and returns what comes out otherwise than recorded, in their order. Of a request
// with its text, the router's own decision is compared; of each, the decision that follows from what the layers said in the
// evaluation, the chain with its skipped tiers, and the walk over what the models did there.
func Check(ctx context.Context, router *routing.Router, f *File) ([]Difference, error) {
	c := checker{table: router.Table()}
	c.compare("decision_hash", router.Config().DecisionHash(), f.DecisionHash)
	for i := range f.Requests {
		r := &f.Requests[i]
		c.id, c.start = r.ID, len(c.differences)
		if r.Input != nil {
			if err := c.decision(ctx, router, r); err != nil {
				return nil, fmt.Errorf("request %s: %w", r.ID, err)
			}
		}
		if route, ok := c.route(ctx, r); ok {
			c.walk(ctx, r, route)
		}
	}
	return c.differences, nil
}

type checker struct {
	table       *routing.Table
	id          string
	differences []Difference
	start       int // of this request's among them
}

func (c *checker) compare(field string, got, want any) {
	d := Difference{c.id, field, show(got), show(want)}
	if d.Got == d.Want || slices.Contains(c.differences[c.start:], d) {
		return
	}
	c.differences = append(c.differences, d)
}

func show(v any) string {
	switch v := v.(type) {
	case string:
		return fmt.Sprintf("%q", v)
	case []string:
		return "[" + strings.Join(v, " ") + "]"
	}
	return fmt.Sprint(v)
}

// tolerance is how far a confidence that the classifier computes may be off: another processor rounds its sums of 32-bit
// floats otherwise.
const tolerance = 1e-4

func (c *checker) compareConfidence(field string, got float64, want *float64) {
	switch {
	case want == nil && math.IsNaN(got), want != nil && math.Abs(got-*want) <= tolerance:
	case want == nil:
		c.compare(field, got, "none")
	default:
		c.compare(field, got, *want)
	}
}

func (c *checker) compareRoute(field string, got *Route, confidence float64, want *Route) {
	c.compare(field+".task", got.Task, want.Task)
	c.compare(field+".split", got.Split, want.Split)
	c.compare(field+".layer", got.Layer, want.Layer)
	c.compare(field+".rule", got.Rule, want.Rule)
	c.compareConfidence(field+".confidence", confidence, want.Confidence)
}

// decision compares what the router decides by itself.
func (c *checker) decision(ctx context.Context, router *routing.Router, r *Request) error {
	plan, err := decide(ctx, router, r)
	if err != nil {
		return err
	}
	c.compare("tokens", plan.Tokens, r.Tokens)
	want, field := r.Decides, "decides"
	if want == nil {
		want, field = &r.Want.Route, "want"
	}
	c.compareRoute(field, planned(plan), plan.Confidence, want)
	if plan.Task == r.Want.Task {
		var chain []Step
		for _, s := range plan.Chain {
			chain = append(chain, Step{s.Tier, s.Model, s.Skipped})
		}
		c.compare("want.chain", showChain(chain), showChain(r.Want.Chain))
	}
	return nil
}

// decide puts a request with its text to the router.
func decide(ctx context.Context, router *routing.Router, r *Request) (*routing.Plan, error) {
	q, err := r.request()
	if err != nil {
		return nil, err
	}
	plan, err := router.Decide(ctx, q)
	return &plan, err
}

func planned(p *routing.Plan) *Route {
	out := &Route{Task: p.Task, Layer: p.Layer.String(), Rule: p.RuleNumber, Confidence: &p.Confidence}
	if p.Split != nil && p.Split.Sent {
		out.Split = p.Split.From
	}
	return out
}

// Complete fills in Decides for the requests with text that the router by itself decides otherwise than the evaluation did.
func (f *File) Complete(ctx context.Context, router *routing.Router) error {
	for i := range f.Requests {
		r := &f.Requests[i]
		if r.Input == nil {
			continue
		}
		plan, err := decide(ctx, router, r)
		if err != nil {
			return fmt.Errorf("request %s: %w", r.ID, err)
		}
		var c checker
		c.compareRoute("", planned(plan), plan.Confidence, &r.Want.Route)
		if len(c.differences) > 0 {
			r.Decides = planned(plan)
		}
	}
	return nil
}

// route compares what follows from what the layers said in the evaluation.
func (c *checker) route(ctx context.Context, r *Request) (routing.Route, bool) {
	var route routing.Route
	switch rule := r.Want.Rule - 1; {
	case r.Task != "":
		route = c.table.Route(ctx, &routing.Features{Task: r.Task}, said{r})
	case rule >= c.table.NumRules():
		c.compare("want.rule", fmt.Sprintf("%d rules", c.table.NumRules()), fmt.Sprintf("rule %d", r.Want.Rule))
		return route, false
	default:
		route = c.table.RouteMatched(ctx, rule, said{r})
	}
	got := Route{Task: c.table.TaskName(route.Task), Layer: route.Layer.String(), Rule: route.Rule + 1}
	if route.Split {
		got.Split = c.table.TaskName(route.From)
	}
	c.compareRoute("want", &got, route.Confidence, &r.Want.Route)
	return route, got.Task == r.Want.Task
}

// said answers as the layers did in the evaluation.
type said struct{ request *Request }

// Classify implements routing.Classifier.
func (s said) Classify(_ context.Context, layer routing.Layer) (task string, confidence float64, ok bool) {
	a := s.request.Classifier
	if layer == routing.LayerLLM {
		a = s.request.LLM
	}
	if a == nil {
		return "", 0, false
	}
	if a.Confidence == nil {
		return a.Task, math.NaN(), true
	}
	return a.Task, *a.Confidence, true
}

// Gain implements routing.Classifier.
func (s said) Gain(context.Context, routing.TaskID) float64 {
	if s.request.Gain == nil {
		return math.NaN()
	}
	return *s.request.Gain
}

// walk compares the walk over what the models did in the evaluation.
func (c *checker) walk(ctx context.Context, r *Request, route routing.Route) {
	w := recorded{request: r, table: c.table}
	d := c.table.Dispatch(ctx, route.Task, r.Tokens, &w)
	var chain []Step
	for i, step := range c.table.Chain(route.Task) {
		chain = append(chain, Step{c.table.TierName(step.Tier), c.table.ModelName(step.Model), d.Skipped&(1<<i) != 0})
	}
	got, want := Want{Calls: w.calls, Ended: d.Reason()}, &r.Want
	if d.Returned() {
		got.Answer = chain[d.Answer].Model
	}
	c.compare("want.chain", showChain(chain), showChain(want.Chain))
	c.compare("want.calls", got.Calls, want.Calls)
	c.compare("want.ended", got.Ended, want.Ended)
	c.compare("want.answer", got.Answer, want.Answer)
	c.compare("want.escalations", int(d.Escalations), want.Escalations)
	c.compare("want.failovers", int(d.Failovers), want.Failovers)
}

func showChain(chain []Step) []string {
	var out []string
	for _, s := range chain {
		text := s.Tier + "=" + s.Model
		if s.Skipped {
			text += " (skipped)"
		}
		out = append(out, text)
	}
	return out
}

// recorded are the models as they were in the evaluation. It implements routing.Models.
type recorded struct {
	request *Request
	table   *routing.Table
	calls   []string
}

func (w *recorded) outcome(s *routing.Step) *Outcome {
	name := w.table.ModelName(s.Model)
	i := slices.IndexFunc(w.request.Outcomes, func(o Outcome) bool { return o.Model == name })
	if i < 0 {
		return nil
	}
	return &w.request.Outcomes[i]
}

// Call implements routing.Models.
func (w *recorded) Call(_ context.Context, s *routing.Step) llm.Cause {
	w.calls = append(w.calls, w.table.ModelName(s.Model))
	o := w.outcome(s)
	if o == nil {
		return llm.Unrecorded
	}
	return llm.ParseCause(o.Error)
}

// Measure implements routing.Models.
func (w *recorded) Measure(_ context.Context, s *routing.Step, c *routing.Check) (float64, bool) {
	signals := w.outcome(s).Signals
	if c.Index >= len(signals) || signals[c.Index].Check != c.Word() || signals[c.Index].Signal == nil {
		return 0, false
	}
	return *signals[c.Index].Signal, true
}
