package routingtest

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/accept"
	"github.com/tierwise/tierwise/routing/llm"
)

// A World is the plain world: it does what the script says and notes every step. It implements routing.Models and
// routing.Classifier.
type World struct {
	Table   *routing.Table
	Request *Request
	Steps   []string
}

// Call implements routing.Models.
func (w *World) Call(_ context.Context, s *routing.Step) llm.Cause {
	model := w.Table.ModelName(s.Model)
	o, ok := w.Request.Outcomes[model]
	if !ok {
		return llm.Unrecorded
	}
	cause := llm.ParseCause(o.Error)
	w.Steps = append(w.Steps, CallStep(model, cause))
	return cause
}

// Measure implements routing.Models.
func (w *World) Measure(_ context.Context, s *routing.Step, c *routing.Check) (float64, bool) {
	model := w.Table.ModelName(s.Model)
	o := w.Request.Outcomes[model]
	a := accept.Answer{
		FinishReason: o.FinishReason, LogprobMean: orNaN(o.LogprobMean), LogprobMin: orNaN(o.LogprobMin), SelfCheck: orNaN(o.SelfCheck),
	}
	if o.Response != nil {
		a.Text, a.HasText = []byte(*o.Response), true
	}
	signal, ok := c.Measure(&a)
	if !ok {
		signal = math.NaN()
	}
	w.Steps = append(w.Steps, MeasureStep(model, c.Word(), signal))
	return signal, ok
}

// Classify implements routing.Classifier.
func (w *World) Classify(_ context.Context, layer routing.Layer) (task string, confidence float64, ok bool) {
	if layer == routing.LayerEmbedding {
		f := w.Request.Features()
		task, confidence, err := w.Table.Predict(&f)
		return task, confidence, err == nil
	}
	return w.Request.RouterTask, orNaN(w.Request.RouterConfidence), w.Request.RouterTask != ""
}

// Gain implements routing.Classifier.
func (w *World) Gain(_ context.Context, task routing.TaskID) float64 {
	f := w.Request.Features()
	return w.Table.PredictGain(task, &f)
}

func orNaN(x *float64) float64 {
	if x == nil {
		return math.NaN()
	}
	return *x
}

// RouteStep, SplitStep, CallStep, MeasureStep and EndStep are how steps are written in scripts.
func RouteStep(task string, layer routing.Layer) string {
	return "route " + task + " " + layer.String()
}

// SplitStep is the step after the route of a request that the split of a task sent there.
func SplitStep(from string) string { return "split " + from }

// CallStep is the step of a call.
func CallStep(model string, cause llm.Cause) string {
	if cause == llm.OK {
		return "call " + model
	}
	return "call " + model + " " + cause.String()
}

// MeasureStep is the step of a measurement; NaN for a signal that is not available.
func MeasureStep(model, check string, signal float64) string {
	if math.IsNaN(signal) {
		return "measure " + model + " " + check + " none"
	}
	return fmt.Sprintf("measure %s %s %v", model, check, signal)
}

// EndStep is the last step: how the walk ended, and whose answer is returned, "" if nobody's.
func EndStep(reason, answer string) string {
	if answer == "" {
		return reason
	}
	return reason + " " + answer
}

// Walk takes the request through the table in the plain world and returns the steps. A walk that a replay could not
// have told the end of ends with "unevaluable" alone.
func Walk(table *routing.Table, r *Request) []string {
	w := &World{Table: table, Request: r}
	f := r.Features()
	route := table.Route(context.Background(), &f, w)
	w.Steps = append(w.Steps, RouteStep(table.TaskName(route.Task), route.Layer))
	if route.Split {
		w.Steps = append(w.Steps, SplitStep(table.TaskName(route.From)))
	}
	d := table.Dispatch(context.Background(), route.Task, r.Tokens, w)
	if d.Ended == routing.Unevaluable || d.Unmeasured > 0 {
		return append(w.Steps, EndStep(routing.Unevaluable.String(), ""))
	}
	answer := ""
	if d.Returned() {
		answer = table.ModelName(table.Chain(route.Task)[d.Answer].Model)
	}
	return append(w.Steps, EndStep(d.Reason(), answer))
}

// Run runs the built-in scripts against a world: walk takes a request of a script through it and returns the steps.
func Run(t *testing.T, walk func(t *testing.T, s *Script, r *Request) []string) {
	scripts, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range scripts {
		t.Run(s.Name, func(t *testing.T) {
			for i := range s.Requests {
				r := &s.Requests[i]
				if got := walk(t, s, r); !slices.Equal(got, r.Want) {
					t.Errorf("%s:%d:\n got %q\nwant %q", s.Name, r.Line, got, r.Want)
				}
			}
		})
	}
}
