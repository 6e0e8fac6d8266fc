package routing

import (
	"context"
	"errors"
	"time"

	"github.com/tierwise/tierwise/routing/llm"
)

// An Answer is what became of a request that was answered.
type Answer struct {
	*llm.Response

	ID      string // of the request, also in its trace
	Task    string // that the request was dispatched to
	Layer   Layer  // that decided the task
	Tier    string // that answered
	ByModel string // the config's name for the model that answered
	// Exhausted: the chain's end was reached and a check said no to the answer. It is the last one that there was.
	Exhausted   bool
	Escalations int // answers that a check refused with a tier left to ask
	Failovers   int // tiers that failed with a tier left to ask
	// CostUSD is what the request cost, the calls included whose answers were not taken, the LLM router and checks; NaN:
	// a part is unknown.
	CostUSD float64
	Latency time.Duration // from the request to the answer
	// Hit says to whom the answer was given first; nil: it was made for this request. CostUSD is then what finding the task
	// cost, and Usage is that of the first time.
	Hit *Hit
}

// Do answers a request: it decides the task and walks its chain until an answer passes its checks, as [Table.Route] and
// [Table.Dispatch] have it, unless a cache of the config has the answer. Of those who ask the same at the same time, one is
// answered and the others wait for that, each as long as its own ctx lasts. It makes no call after ctx is done, and ends those that are under way.
//
// If no model answered, the error is an [*AllModelsFailedError]; if the last answer was not accepted and the task wants
// that to be an error, an [*ExhaustedError]. What ends a walk before its end, a refusal for the content, a bad request, a
// caller who left, is the [*llm.Error] of that call. None of their texts has a key, a prompt or an address in it.
func (r *Router) Do(ctx context.Context, q *Request) (*Answer, error) {
	w, ctx, err := r.begin(ctx, q)
	if err != nil {
		return nil, err
	}
	defer w.close()
	if w.looksUp() {
		return w.doCached(ctx)
	}
	w.run(ctx)
	return w.finish()
}

// begin starts on a request.
func (r *Router) begin(ctx context.Context, q *Request) (*walk, context.Context, error) {
	if r.closed.Load() {
		return nil, nil, ErrClosed
	}
	if q.Prompt == "" && len(q.Messages) == 0 {
		return nil, nil, errNothingAsked
	}
	w := &walk{router: r, serving: r.serving.Load(), q: q, request: &q.Request, begun: r.opts.Now(), cancel: func() {}}
	if len(q.Messages) == 0 {
		asked := q.Request
		asked.Messages = []llm.Message{{Role: "user", Text: q.Prompt}}
		w.request = &asked
	}
	w.decider = decider{table: w.serving.table, features: q.Features()}
	if r.opts.Observer != nil {
		ctx, w.observation = r.opts.Observer.Begin(ctx, q)
	}
	if r.opts.Timeout > 0 {
		ctx, w.cancel = context.WithTimeout(ctx, r.opts.Timeout)
	}
	w.deadline, w.limited = ctx.Deadline()
	w.record.ID = q.ID
	if q.ID == "" {
		w.record.ID = newID()
	}
	if c := w.serving.caching; c != nil {
		w.lookup = c.newLookup(w)
	}
	return w, ctx, nil
}

var errNothingAsked = errors.New("the request asks nothing: give it messages or a prompt")

// run decides the task and walks the chain.
func (w *walk) run(ctx context.Context) {
	t := w.serving.table
	w.route = t.Route(ctx, &w.features, w)
	w.tokens = Tokens(w.features.Chars, w.features.MaxTokens)
	w.task = &t.tasks[w.route.Task]
	if w.near(ctx) {
		return
	}
	w.skipped, w.last = w.task.misfits(w.tokens)
	t.DispatchInto(ctx, w.route.Task, w.tokens, w, &w.decision)
	if w.broken != nil {
		w.decision.Ended, w.decision.Cause, w.decision.Answer = Aborted, w.broken.Cause, -1
	}
	w.keep(ctx)
}

// finish returns what the walk came to, and has it traced.
func (w *walk) finish() (*Answer, error) {
	w.took = w.router.opts.Now().Sub(w.begun)
	answer, err := w.outcome()
	w.trace(answer, err)
	return answer, err
}

// outcome returns the answer or the error that the caller gets.
func (w *walk) outcome() (*Answer, error) {
	t, d := w.serving.table, &w.decision
	switch {
	case w.isHit():
		return w.cachedAnswer(), nil
	case w.left:
		return nil, w.errs[len(w.errs)-1]
	}
	if d.Returned() {
		s := &w.task.chain[d.Answer]
		return &Answer{
			Response: w.answer, ID: w.record.ID, Task: w.task.name, Layer: w.route.Layer,
			Tier: t.TierName(s.Tier), ByModel: t.ModelName(s.Model),
			Exhausted: d.Ended == Exhausted, Escalations: int(d.Escalations), Failovers: int(d.Failovers),
			CostUSD: w.routerCost + w.cost, Latency: w.took,
		}, nil
	}
	switch {
	case w.broken != nil:
		return nil, w.broken
	case d.Ended == Aborted:
		return nil, w.errs[len(w.errs)-1]
	case d.Ended == Exhausted:
		return nil, &ExhaustedError{Task: w.task.name, Attempts: w.errs}
	}
	return nil, &AllModelsFailedError{Task: w.task.name, Tokens: w.tokens, Attempts: w.errs}
}
