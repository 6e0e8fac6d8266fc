package eval

import (
	"context"
	"math"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/routing"
)

// A routed request: its task, and what finding it cost.
type routed struct {
	routing.Route         // Task is leftOut if the candidate is not judged on the request
	cost, latency float64 // NaN: unknown
	unpriced      bool    // an embedding of unknown cost is part of cost
	llm           spent   // the LLM router's part of cost
}

// free reports whether finding the task cost neither money nor time.
func (r *routed) free() bool { return r.cost == 0 && r.latency == 0 && r.llm.calls == 0 }

// leftOut is the task of requests that a candidate's classifier or split was trained on and of which there is no out-of-fold
// prediction. They are left out of all figures of the candidate whether or not a rule would have caught them: else those
// that rules catch would weigh more than in production.
const leftOut routing.TaskID = -1

// unjudgedRoute is the route of a request that is left out.
var unjudgedRoute = routed{Route: routing.Route{Task: leftOut, Rule: -1, Confidence: nan}, cost: nan, latency: nan}

// route decides the task of every request of the block, once for all candidates that share the router.
func (r *Replayer) route(ctx context.Context, index int) {
	spec, t := &r.job.routers[index], r.block.traffic
	view := &r.job.tables[spec.view]
	routes := resize(r.routes[index], t.Len)
	r.routes[index] = routes
	r.costly[index] = false
	w := &r.world
	var f routing.Features
	r.enterRouter(index, &f)
	if r.job.opts.GoldTasks {
		w.routeGold(ctx, routes)
		return
	}
	for i := range routes {
		if w.leavesOut(view, i) {
			routes[i] = unjudgedRoute
			continue
		}
		w.row, w.routerCost, w.routerLatency, w.unclassified, w.unpriced = i, 0, 0, false, false
		w.llmSpent = spent{}
		setFeatures(&f, t, i)
		routes[i] = routed{view.table.Route(ctx, &f, w), w.routerCost, w.routerLatency, w.unpriced, w.llmSpent}
		routes[i].Unclassified = w.unclassified
		r.costly[index] = r.costly[index] || !routes[i].free()
	}
}

// enterRouter lays out what the layers of a router look at, for requests whose features are set in f.
func (r *Replayer) enterRouter(index int, f *routing.Features) {
	spec, w := &r.job.routers[index], &r.world
	view := &r.job.tables[spec.view]
	w.view, w.llm, w.features, w.predictions = view, spec.llm, f, nil
	w.llmFactor, w.llmDown = spec.factor, spec.down
	if view.classifier >= 0 {
		w.predictions = &r.predictions[view.classifier]
	}
}

// setFeatures sets what routing looks at of request i. What the traffic does not have, or nobody asked for, is as of a
// request that does not say.
func setFeatures(f *routing.Features, t *datasets.Traffic, i int) {
	prompt, _ := t.Prompt.At(i)
	f.Prompt = text(prompt)
	f.Endpoint, _ = t.Endpoint.At(i)
	f.Tenant, _ = t.Tenant.At(i)
	f.MaxTokens = maxTokens(t, i)
	if t.Chars != nil {
		f.Chars = int(t.Chars[i])
	}
	if t.MessageCount != nil {
		f.Messages, f.Tools, f.Schema, f.Attachment = int(t.MessageCount[i]), t.Tools[i], t.Schema[i], t.Attachment[i]
	}
	f.Embedding, _ = t.Embedding.At(i)
}

// maxTokens returns how long an answer request i allows, 0 if it does not say.
func maxTokens(t *datasets.Traffic, i int) int {
	if n := at(t.MaxTokens, i); n == n {
		return int(min(n, math.MaxInt32/2))
	}
	return 0
}

// routeGold routes as if callers named the gold task: one decision for each name, but for those of split tasks.
func (w *world) routeGold(ctx context.Context, routes []routed) {
	table, t := w.view.table, w.block.traffic
	if table.HasSplits() {
		for i := range routes {
			if w.leavesOut(w.view, i) {
				routes[i] = unjudgedRoute
				continue
			}
			w.row = i
			name, _ := t.Task.At(i)
			routes[i] = routed{Route: table.Route(ctx, &routing.Features{Task: name, TaskNamed: true}, w)}
		}
		return
	}
	byName := make([]routed, len(t.Task.Names))
	for i, name := range t.Task.Names {
		byName[i].Route = table.Route(ctx, &routing.Features{Task: name, TaskNamed: true}, nil)
	}
	none := routed{Route: table.Route(ctx, &routing.Features{TaskNamed: true}, nil)}
	for i := range routes {
		routes[i] = none
		if t.Task.Index != nil && t.Task.Index[i] >= 0 {
			routes[i] = byName[t.Task.Index[i]]
		}
	}
}

// goldTasks returns where a table sends callers who name their gold task, by index in the names of the block, plus one:
// to that task, or the default if the table lacks it, before any split. Entry 0 is for requests without.
func goldTasks(table *routing.Table, names []string) []routing.TaskID {
	out := make([]routing.TaskID, 1, len(names)+1)
	out[0] = -1
	for _, name := range names {
		id, ok := table.Task(name)
		if !ok {
			id = table.Default()
		}
		out = append(out, id)
	}
	return out
}
