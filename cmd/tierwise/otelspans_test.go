package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/otelspans"
	"github.com/tierwise/tierwise/routing/routingtest/faultserver"
)

// The spans of package otelspans are tested here, with the SDK, so that the SDK is no concern of who imports routing.

const spanPrompt = "what is the secret of good management"

// spanned sends a request through a router of three tiers, whose models are scripts of a fault server, and returns the spans
// in the order in which they began. The first is the caller's.
func spanned(t *testing.T, opts *otelspans.Options, stream bool, scripts ...string) ([]tracetest.SpanStub, error) {
	t.Helper()
	server, err := faultserver.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	var b strings.Builder
	fmt.Fprintf(&b, "version = 1\nname = \"support\"\nbaseline = \"m1\"\n[providers.main]\nkind = \"openai\"\nbase_url = %q\napi_key_env = \"KEY\"\n", server.URL())
	var chain []string
	for i, script := range scripts {
		fmt.Fprintf(&b, "[models.m%d]\nprovider = \"main\"\nid = %q\nprice = { input = 1, cached_input = 0.5, output = 2 }\n", i+1, script)
		chain = append(chain, fmt.Sprintf("%q", fmt.Sprintf("t%d", i+1)))
	}
	b.WriteString("[tiers]\n")
	for i := range scripts {
		fmt.Fprintf(&b, "t%d = \"m%d\"\n", i+1, i+1)
	}
	fmt.Fprintf(&b, "[tasks.reply]\nchain = [%s]\naccept = [{ check = \"chars\", min = { t1 = 100_000 } }]\n[router]\ndefault = \"reply\"\n", strings.Join(chain, ", "))

	exporter := tracetest.NewInMemoryExporter()
	provider := sdk.NewTracerProvider(sdk.WithSyncer(exporter))
	router, err := routing.New(fstest.MapFS{"dispatch.toml": {Data: []byte(b.String())}}, "dispatch.toml", &routing.Options{
		Getenv: func(string) string { return "sk-secret" }, Observer: otelspans.New(provider, opts),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer router.Close()
	ctx, caller := provider.Tracer("test").Start(t.Context(), "caller")
	q := &routing.Request{ID: "r1", Tenant: "acme", Request: llm.Request{MaxTokens: 100, Messages: []llm.Message{{Role: "user", Text: spanPrompt}}}}
	if stream {
		for _, e := range router.Stream(ctx, q) {
			err = e
		}
	} else {
		_, err = router.Do(ctx, q)
	}
	caller.End()
	spans := exporter.GetSpans()
	slices.SortStableFunc(spans, func(a, b tracetest.SpanStub) int { return a.StartTime.Compare(b.StartTime) })
	return spans, err
}

// checkAttributes checks attributes of a span, nil for one that it must not have.
func checkAttributes(t *testing.T, s *tracetest.SpanStub, want map[attribute.Key]any) {
	t.Helper()
	got := make(map[attribute.Key]any)
	for _, kv := range s.Attributes {
		got[kv.Key] = kv.Value.AsInterface()
	}
	for key, v := range want {
		if fmt.Sprint(got[key]) != fmt.Sprint(v) {
			t.Errorf("%s: %s is %v, want %v", s.Name, key, got[key], v)
		}
	}
}

func TestSpans(t *testing.T) {
	// The first tier's answer is refused, the second fails, the third answers after a retry.
	spans, err := spanned(t, nil, false, "ok", "context-length", "error-500,ok")
	if err != nil || len(spans) != 5 {
		t.Fatalf("%d spans, error %v", len(spans), err)
	}
	caller, request, first, second, third := &spans[0], &spans[1], &spans[2], &spans[3], &spans[4]
	if request.Parent.SpanID() != caller.SpanContext.SpanID() || request.Name != "route reply" || request.SpanKind != trace.SpanKindInternal || request.Status.Code != codes.Unset {
		t.Errorf("the request's span: %+v", request)
	}
	const each = (60*1 + 40*0.5 + 60*2) / 1e6 // 60 uncached and 40 cached input tokens, 60 of output
	checkAttributes(t, request, map[attribute.Key]any{
		"tierwise.request.id": "r1", "tierwise.tenant": "acme", "tierwise.config": "support", "tierwise.task": "reply", "tierwise.layer": "default", "tierwise.tier": "t3",
		"tierwise.model": "m3", "tierwise.ended": "accepted", "tierwise.attempts": 3, "tierwise.escalations": 1, "tierwise.failovers": 1,
		"tierwise.cost_usd": 2 * each, "error.type": nil, "gen_ai.usage.input_tokens": nil,
	})
	for i, s := range spans[2:] {
		if s.Parent.SpanID() != request.SpanContext.SpanID() || s.SpanKind != trace.SpanKindClient || s.EndTime.Before(s.StartTime) || s.EndTime.After(request.EndTime) {
			t.Errorf("the span of an attempt: %+v", s)
		}
		if i > 0 && s.StartTime.Before(spans[1+i].EndTime) {
			t.Errorf("attempt %d begins before the one before has ended", i+1)
		}
		checkAttributes(t, &s, map[attribute.Key]any{
			"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.stream": false, "gen_ai.request.max_tokens": 100,
			"tierwise.provider": "main", "tierwise.tier": fmt.Sprintf("t%d", i+1), "tierwise.purpose": "attempt",
		})
	}
	checkAttributes(t, first, map[attribute.Key]any{
		"gen_ai.request.model": "ok", "gen_ai.response.model": "fault-1", "gen_ai.response.finish_reasons": []string{"stop"},
		"gen_ai.usage.input_tokens": faultserver.InputTokens, "gen_ai.usage.cache_read.input_tokens": faultserver.CachedInput, "gen_ai.usage.output_tokens": faultserver.Tokens,
		"tierwise.cost_usd": each, "tierwise.check.failed": "chars", "tierwise.check.min": 100_000, "tierwise.check.signal": len(faultserver.Text()), "error.type": nil,
	})
	if first.Name != "chat ok" || first.Status.Code != codes.Unset {
		t.Errorf("a refused answer is no error: %+v", first)
	}
	checkAttributes(t, second, map[attribute.Key]any{"error.type": "context_length", "http.response.status_code": 400, "gen_ai.response.model": nil})
	if second.Status.Code != codes.Error || second.Status.Description != "context_length" {
		t.Errorf("status %+v", second.Status)
	}
	checkAttributes(t, third, map[attribute.Key]any{"tierwise.retries": 1, "error.type": nil, "tierwise.check.failed": nil})
	if len(third.Events) != 1 || third.Events[0].Name != "tierwise.retry" || third.Events[0].Time.Before(third.StartTime) || third.Events[0].Time.After(third.EndTime) {
		t.Errorf("events %+v", third.Events)
	}
	if shown := fmt.Sprintf("%+v", spans); strings.Contains(shown, spanPrompt) || strings.Contains(shown, faultserver.Text()) || strings.Contains(shown, "sk-secret") || strings.Contains(shown, "127.0.0.1") {
		t.Errorf("a text, a key or an address is shown: %s", shown)
	}
}

// TestSpansOfFailure: a stream that is cut after a part of it has left is an error of the attempt and of the request.
func TestSpansOfFailure(t *testing.T) {
	spans, err := spanned(t, nil, true, "content-filter", "cut")
	if e, ok := errors.AsType[*llm.Error](err); !ok || e.Cause != llm.ContentFilter || len(spans) != 3 {
		t.Fatalf("%d spans, error %v", len(spans), err)
	}
	if spans[1].Status.Code != codes.Error {
		t.Errorf("status %+v", spans[1].Status)
	}
	checkAttributes(t, &spans[1], map[attribute.Key]any{"error.type": "content_filter", "tierwise.ended": "aborted", "tierwise.stream": "buffered", "tierwise.failovers": 0})
	spans, err = spanned(t, nil, true, "ok", "cut")
	if e, ok := errors.AsType[*llm.Error](err); !ok || e.Cause != llm.Connection || len(spans) != 4 {
		t.Fatalf("%d spans, error %v", len(spans), err)
	}
	checkAttributes(t, &spans[1], map[attribute.Key]any{"error.type": "connection", "tierwise.stream": "through"})
	checkAttributes(t, &spans[3], map[attribute.Key]any{"error.type": "connection", "gen_ai.request.stream": true})
	if !slices.ContainsFunc(spans[3].Attributes, func(kv attribute.KeyValue) bool {
		return kv.Key == "gen_ai.response.time_to_first_chunk" && kv.Value.AsFloat64() > 0 && kv.Value.AsFloat64() < 10
	}) {
		t.Errorf("no time to the first chunk: %v", spans[3].Attributes)
	}
}

// TestSpansWithText: what was said is in the spans of the calls if that is wanted.
func TestSpansWithText(t *testing.T) {
	spans, err := spanned(t, &otelspans.Options{Text: true}, false, "ok", "ok")
	if err != nil {
		t.Fatal(err)
	}
	checkAttributes(t, &spans[2], map[attribute.Key]any{
		"gen_ai.input.messages":  `[{"role":"user","parts":[{"type":"text","content":"` + spanPrompt + `"}]}]`,
		"gen_ai.output.messages": `[{"role":"assistant","parts":[{"type":"text","content":"` + faultserver.Text() + `"}],"finish_reason":"stop"}]`,
	})
	checkAttributes(t, &spans[1], map[attribute.Key]any{"gen_ai.input.messages": nil, "gen_ai.output.messages": nil})
}

// TestSpansOfContext: without a provider, spans go where that of the caller goes, and nowhere if there is none.
func TestSpansOfContext(t *testing.T) {
	exporter := tracetest.NewInMemoryExporter()
	provider := sdk.NewTracerProvider(sdk.WithSyncer(exporter))
	observer := otelspans.New(nil, nil)
	_, observation := observer.Begin(t.Context(), &routing.Request{})
	_, done := observation.Ask(t.Context(), &routing.ObservedCall{Purpose: routing.PurposeJudge, ID: "m", Request: new(llm.Request)})
	done(nil, &llm.Error{Cause: llm.Timeout})
	ctx, caller := provider.Tracer("test").Start(context.Background(), "caller")
	ctx, observation = observer.Begin(ctx, &routing.Request{})
	_, done = observation.Ask(ctx, &routing.ObservedCall{Purpose: routing.PurposeJudge, ID: "judge", Request: new(llm.Request)})
	time.Sleep(time.Millisecond)
	done(nil, &llm.Error{Cause: llm.Timeout})
	spans := exporter.GetSpans()
	if len(spans) != 1 || spans[0].Name != "chat judge" || spans[0].Status.Description != "timeout" || spans[0].SpanContext.TraceID() != caller.SpanContext().TraceID() {
		t.Errorf("spans %+v", spans)
	}
	checkAttributes(t, &spans[0], map[attribute.Key]any{"tierwise.purpose": "judge", "error.type": "timeout"})
}
