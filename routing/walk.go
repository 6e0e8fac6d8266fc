package routing

import (
	"context"
	"math"
	"time"

	"github.com/tierwise/tierwise/routing/accept"
	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/price"
	"github.com/tierwise/tierwise/routing/trace"
)

// A walk is a request on its way: the Models and the Classifier of live providers.
type walk struct {
	decider // the layers that make no call
	router  *Router
	serving *serving
	q       *Request
	request *llm.Request // what models are asked

	begun    time.Time
	took     time.Duration
	deadline time.Time
	limited  bool   // there is a deadline
	cancel   func() // ends what the router put around the caller's context

	route    Route
	task     *tableTask
	tokens   int
	skipped  uint64
	last     int // place of the last tier that the request fits
	decision Decision

	answer   *llm.Response // that was given last
	measured accept.Answer // of it
	errs     []error       // of the tiers that gave none

	cost       float64 // of calls and checks, USD; NaN: a part is unknown
	routerCost float64 // of the LLM router
	possible   float64 // what calls without an answer may have cost besides

	out        *stream       // nil: the answer is wanted in one piece
	firstToken time.Duration // since the request came, of a stream that was passed through; 0: none was
	broken     *llm.Error    // what came after a part of the answer had left

	record      trace.Record
	observation Observation // nil: there is no observer
	lookup      *lookup     // nil: there are no caches
	left        bool        // the caller, while another was asked the same
}

// close gives back what the walk holds.
func (w *walk) close() { w.cancel() }

// Classify implements Classifier.
func (w *walk) Classify(ctx context.Context, layer Layer) (task string, confidence float64, ok bool) {
	if layer != LayerLLM {
		if layer == LayerEmbedding {
			w.embed(ctx)
		}
		return w.decider.Classify(ctx, layer)
	}
	model := w.serving.table.router.llmModel
	w.record.RouterModel = w.serving.table.ModelName(model)
	begun := w.router.opts.Now()
	var spent float64
	task, confidence, err := w.label(ctx, model, &spent)
	w.routerCost += spent
	w.record.RouterCostUSD = trace.Known(spent)
	w.record.RouterLatencyMS = milliseconds(w.router.opts.Now().Sub(begun))
	if err != nil {
		w.record.RouterError, w.record.RouterReason = causeOf(err).String(), reasonOf(err)
		return "", 0, false
	}
	w.record.RouterTask, w.record.RouterConfidence = task, trace.Known(confidence)
	return task, confidence, true
}

// Call implements Models.
func (w *walk) Call(ctx context.Context, s *Step) llm.Cause {
	if w.broken != nil { // a part of the answer has left, so that no other can follow
		return llm.Canceled
	}
	t := w.serving.table
	u := &w.serving.upstreams[s.Model]
	w.record.Attempts = append(w.record.Attempts, trace.Attempt{Tier: t.TierName(s.Tier), Model: u.name})
	a := attempt{walk: w, step: s, upstream: u, record: &w.record.Attempts[len(w.record.Attempts)-1], price: t.ModelPrice(s.Model)}
	resp, e := a.run(ctx)
	if e == nil {
		w.answer, w.measured = resp, accept.Answer{}
		return llm.OK
	}
	w.errs = append(w.errs, e)
	if w.out != nil && w.out.committed {
		w.broken = e
		return llm.Canceled
	}
	return e.Cause
}

// Measure implements Models.
func (w *walk) Measure(ctx context.Context, s *Step, c *Check) (signal float64, ok bool) {
	record := trace.Check{Check: c.Word(), Model: c.Model, MarksOnly: !w.task.decides(s.Position == w.last)}
	record.Min, _ = c.Threshold(s.Position)
	switch c.Kind {
	case accept.SelfCheck:
		signal, ok = w.selfCheck(ctx, c, &record)
	case accept.Func:
		signal, ok = w.function(ctx, c, &record)
	default:
		if !w.measured.HasText {
			w.measured = measurable(w.answer)
		}
		signal, ok = c.Measure(&w.measured)
	}
	if ok {
		record.Signal = trace.Known(signal)
	}
	record.Passed = c.Passes(s.Position, signal, ok)
	a := &w.record.Attempts[len(w.record.Attempts)-1]
	a.Checks = append(a.Checks, record)
	return signal, ok
}

// measurable returns an answer as checks look at it.
func measurable(r *llm.Response) accept.Answer {
	a := accept.Answer{
		Text: []byte(r.Text), HasText: true, FinishReason: r.FinishReason, LogprobMean: math.NaN(), LogprobMin: math.NaN(), SelfCheck: math.NaN(),
	}
	if mean, least, ok := r.LogprobMeanMin(); ok {
		a.LogprobMean, a.LogprobMin = mean, least
	}
	return a
}

// selfCheck has a model say how sure it is of the answer.
func (w *walk) selfCheck(ctx context.Context, c *Check, record *trace.Check) (signal float64, ok bool) {
	model, known := w.serving.table.Model(c.Model)
	if !known {
		return math.NaN(), false
	}
	begun := w.router.opts.Now()
	var spent float64
	signal, err := w.opinion(ctx, model, &spent)
	w.cost += spent
	record.CostUSD = trace.Known(spent)
	record.LatencyMS = milliseconds(w.router.opts.Now().Sub(begun))
	if err != nil {
		record.Reason = reasonOf(err)
	}
	return signal, err == nil && !math.IsNaN(signal)
}

// ask returns what a Judge asks a model by. It adds what that costs to spent.
func (w *walk) ask(id ModelID, spent *float64) Ask {
	return func(ctx context.Context, q *llm.Request) (*llm.Response, error) {
		u := &w.serving.upstreams[id]
		if e := u.absent(); e != nil {
			return nil, e
		}
		ctx, curtailed, cancel := w.limitQuestion(ctx, u.timeout)
		defer cancel()
		now := w.router.opts.Now()
		if _, cause := u.enter(now); cause != llm.OK {
			return nil, &llm.Error{Cause: cause, Unbilled: true, Provider: u.account.id.kind, Model: u.id, Reason: reasonOpen, Err: errNotNow}
		}
		slot, e := u.account.take(ctx, now, longestWait)
		if e != nil {
			u.leave(now, silent, llm.OK, 0)
			return nil, e
		}
		defer slot.release()
		called, over := w.router.opts.Now(), false
		defer func() {
			if !over { // the client panicked
				u.leave(w.router.opts.Now(), silent, llm.OK, 0)
			}
		}()
		ctx, observed := w.observe(ctx, u, ObservedCall{Purpose: PurposeJudge, Request: q})
		resp, err := u.account.client.Do(ctx, &llm.Call{Model: u.id, Request: q})
		e = u.errorOf(ctx, resp, err)
		observed(resp, e)
		done := w.router.opts.Now()
		u.judge(done, e, curtailed && done.Sub(called) < u.suspicious())
		over = true
		usage := usageOf(resp, e)
		if cost := w.serving.table.ModelPrice(id).USD(usage); e == nil || !math.IsNaN(cost) {
			*spent += cost
		}
		if e != nil {
			return nil, e
		}
		return resp, nil
	}
}

// usageOf returns the tokens that an answer or an error tells of.
func usageOf(r *llm.Response, e *llm.Error) price.Usage {
	if e == nil && r.Usage != nil {
		return *r.Usage
	}
	if e != nil && e.Usage != nil {
		return *e.Usage
	}
	n := math.NaN()
	return price.Usage{Input: n, CachedInput: n, Output: n, Reasoning: n, CacheWrite: n}
}

func milliseconds(d time.Duration) trace.Number {
	return trace.Known(float64(d) / float64(time.Millisecond))
}
