package eval

import (
	"context"
	"slices"

	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/accept"
	"github.com/tierwise/tierwise/routing/llm"
)

// A world is the world of recorded outcomes: the routing.Models and routing.Classifier of one request of a block.
type world struct {
	block *block
	view  *tableView
	llm   string // the table's LLM router
	row   int

	features    *routing.Features // of the request, while it is routed
	predictions *predictions      // of the table's classifier; nil: it has none
	gains       []gainPredictions // by splitter

	// What a walk of the chain at hand meets, laid out by place, so that a call is a few loads.
	columns []*variantColumns
	signals [][]float64 // by place × checks + check
	checks  int         // of the task

	cost, latency         float64 // of the walk so far; NaN: unknown
	checkCost, routerCost float64 // parts of cost
	routerLatency         float64
	unclassified          bool // the classifier was asked and had no answer
	unpriced              bool // it was asked about an embedding of unknown cost
	unbilled              int64

	checkSpent []spent // checkCost by check; empty if none costs

	// Of the LLM router, for a scenario.
	llmFactor float64
	llmDown   bool
	llmSpent  spent // part of routerCost

	log *walkLog // nil: nobody wants to know

	asked    int32     // the check that was made last since the last call, by place × checks + check; −1: none
	answered int32     // the place of the last call
	refusals []refusal // what checks refused so far, of answers that another call followed
}

// A refusal is a check's no that led to another call.
type refusal struct {
	check, place int32   // place in the chain × checks + check; place
	cost         float64 // of the walk up to there
}

// enter lays out what walks of a task meet.
func (w *world) enter(view *tableView, task routing.TaskID) {
	w.view = view
	checks := view.table.Checks(task)
	w.checks = len(checks)
	w.columns, w.signals = w.columns[:0], w.signals[:0]
	w.checkSpent = w.checkSpent[:0]
	if slices.ContainsFunc(checks, func(c routing.Check) bool { return c.Kind == accept.SelfCheck }) {
		w.checkSpent = resize(w.checkSpent, len(checks))
	}
	for _, step := range view.table.Chain(task) {
		w.columns = append(w.columns, &w.block.variants[view.variants[step.Model]])
		for i := range checks {
			var signal []float64
			if s := view.signals[checks[i].Signal][step.Model]; s >= 0 {
				signal = w.block.signals[s]
			}
			w.signals = append(w.signals, signal)
		}
	}
}

// begin starts the walk of a request.
func (w *world) begin(row int) {
	w.row = row
	w.cost, w.latency, w.checkCost, w.unbilled = 0, 0, 0, 0
	clear(w.checkSpent)
	w.asked, w.refusals = -1, w.refusals[:0]
}

// Call implements routing.Models: it is what the model did back then.
func (w *world) Call(_ context.Context, s *routing.Step) llm.Cause {
	if w.asked >= 0 { // had it passed, the walk would be over
		w.refusals = append(w.refusals, refusal{w.asked, w.answered, w.cost})
		w.asked = -1
	}
	w.answered = int32(s.Position)
	c := w.columns[s.Position]
	cause := c.cause[w.row]
	if cause == llm.Unrecorded {
		return cause
	}
	w.cost += c.cost[w.row]
	w.latency += c.latency[w.row]
	if cause != llm.OK && c.unbilled[w.row] {
		w.unbilled++
	}
	if w.log != nil {
		w.log.called(w, s, c)
	}
	return cause
}

// Measure implements routing.Models: signals were measured when the block was loaded. A self-check is a call and has
// its own cost and latency.
func (w *world) Measure(_ context.Context, s *routing.Step, c *routing.Check) (float64, bool) {
	w.asked = int32(s.Position*w.checks + c.Index)
	signal := w.signals[w.asked][w.row]
	if c.Kind == accept.SelfCheck {
		signal = w.selfCheck(s, c, signal)
	}
	if w.log != nil {
		w.log.measured(s, c, signal)
	}
	return signal, signal == signal
}

// Classify implements routing.Classifier: it is what the classifier says, and what the LLM router said back then, if that
// was the one asked now.
func (w *world) Classify(_ context.Context, layer routing.Layer) (task string, confidence float64, ok bool) {
	t := w.block.traffic
	if layer == routing.LayerEmbedding {
		return w.classify()
	}
	if w.llmDown {
		return "", 0, false
	}
	cost := w.llmFactor * at(t.RouterCostUSD, w.row)
	w.routerCost += cost
	w.llmSpent.add(cost)
	w.routerLatency += at(t.RouterLatencyMS, w.row)
	if model, recorded := t.RouterModel.At(w.row); recorded && model != w.llm {
		w.routerCost, w.routerLatency = nan, nan
		return "", 0, false
	}
	task, ok = t.RouterTask.At(w.row)
	return task, at(t.RouterConfidence, w.row), ok
}

// Gain implements routing.Classifier.
func (w *world) Gain(_ context.Context, task routing.TaskID) float64 {
	return w.gain(w.view, task, w.row)
}

// classify asks the table's classifier. One that wants the request's own embedding costs what that did; the time that it
// took is not recorded and counts as none, as the built-in embedder's microseconds do.
func (w *world) classify() (task string, confidence float64, ok bool) {
	task, confidence, ok = w.predictions.of(w.row, w.view.table, w.features)
	w.unclassified = !ok
	if w.block.job.classifiers[w.view.classifier].external {
		cost := at(w.block.traffic.EmbeddingCostUSD, w.row)
		w.routerCost += cost
		w.unpriced = cost != cost
	}
	return task, confidence, ok
}

// at returns entry i of a column that the file may lack.
func at(column []float64, i int) float64 {
	if column == nil {
		return nan
	}
	return column[i]
}
