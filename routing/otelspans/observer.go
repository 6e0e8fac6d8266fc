package otelspans

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/llm"
	record "github.com/tierwise/tierwise/routing/trace"
)

// Options of an Observer. The zero value is usable.
type Options struct {
	// Text puts what callers and models said into the spans of the calls: gen_ai.input.messages, gen_ai.output.messages.
	Text bool
}

// New returns an observer for [routing.Options] that makes spans with tracers of the provider; nil: that of the span in the
// context of each request, so that a request without one has none. opts may be nil.
func New(provider trace.TracerProvider, opts *Options) routing.Observer {
	o := new(observer)
	if opts != nil {
		o.opts = *opts
	}
	if provider != nil {
		o.tracer = provider.Tracer(scope)
	}
	return o
}

// An observer implements routing.Observer.
type observer struct {
	opts   Options
	tracer trace.Tracer // nil: that of the context
}

// Begin implements routing.Observer.
func (o *observer) Begin(ctx context.Context, _ *routing.Request) (context.Context, routing.Observation) {
	tracer := o.tracer
	if tracer == nil {
		tracer = trace.SpanFromContext(ctx).TracerProvider().Tracer(scope)
	}
	r := &request{observer: o, tracer: tracer}
	ctx, r.span = tracer.Start(ctx, "route")
	return ctx, r
}

// A request is the span of a request. Those of its attempts end when it does, though with the time at which they were over:
// what checks say of an answer is known only then.
type request struct {
	observer *observer
	tracer   trace.Tracer
	span     trace.Span
	attempts []attempt
}

// An attempt is the span of a tier that was asked.
type attempt struct {
	span       trace.Span
	begun, end time.Time
}

// Ask implements routing.Observation.
func (r *request) Ask(ctx context.Context, c *routing.ObservedCall) (context.Context, func(*llm.Response, *llm.Error)) {
	begun := time.Now()
	ctx, span := r.tracer.Start(ctx, operationChat+" "+c.ID, trace.WithSpanKind(trace.SpanKindClient), trace.WithTimestamp(begun),
		trace.WithAttributes(callAttributes(c)...))
	if c.Purpose != routing.PurposeAttempt {
		return ctx, func(resp *llm.Response, e *llm.Error) {
			r.answered(span, c, resp, e)
			span.End()
		}
	}
	i := len(r.attempts)
	r.attempts = append(r.attempts, attempt{span: span, begun: begun})
	return ctx, func(resp *llm.Response, e *llm.Error) {
		r.attempts[i].end = time.Now()
		r.answered(span, c, resp, e)
	}
}

// answered puts what came of a call into its span.
func (r *request) answered(span trace.Span, c *routing.ObservedCall, resp *llm.Response, e *llm.Error) {
	if !span.IsRecording() {
		return
	}
	if e != nil {
		fail(span, e.Cause.String())
	}
	span.SetAttributes(outcomeAttributes(resp, e)...)
	if r.observer.opts.Text {
		span.SetAttributes(textAttributes(c.Request, resp)...)
	}
}

// End implements routing.Observation.
func (r *request) End(rec *record.Record) {
	for i := range r.attempts {
		a := &r.attempts[i]
		if i < len(rec.Attempts) && a.span.IsRecording() {
			a.finish(&rec.Attempts[i])
		}
		a.span.End(trace.WithTimestamp(a.end))
	}
	if r.span.IsRecording() {
		r.span.SetName("route " + rec.Task)
		r.span.SetAttributes(requestAttributes(rec)...)
		if rec.Error != "" {
			fail(r.span, rec.Error)
		}
	}
	r.span.End()
}

// finish puts what the record has of the attempt into its span. Retries have the times that their waits and calls add up to.
func (a *attempt) finish(rec *record.Attempt) {
	a.span.SetAttributes(attemptAttributes(rec)...)
	at := a.begun
	for i := range rec.Retries {
		retry := &rec.Retries[i]
		at = at.Add(duration(retry.LatencyMS))
		attrs := []attribute.KeyValue{errorType.String(retry.Error)}
		attrs = appendNumber(attrs, ownWait, retry.WaitMS)
		attrs = appendText(attrs, ownReason, retry.Reason)
		if retry.Status != 0 {
			attrs = append(attrs, httpStatus.Int(retry.Status))
		}
		a.span.AddEvent(eventRetry, trace.WithTimestamp(at), trace.WithAttributes(attrs...))
		at = at.Add(duration(retry.WaitMS))
	}
}

func duration(ms record.Number) time.Duration {
	v, _ := ms.Value()
	return time.Duration(v * float64(time.Millisecond))
}

// fail marks a span as failed, for a cause in one word.
func fail(span trace.Span, cause string) {
	span.SetStatus(codes.Error, cause)
	span.SetAttributes(errorType.String(cause))
}
