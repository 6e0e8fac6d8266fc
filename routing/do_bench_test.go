package routing_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/routingtest/faultserver"
)

// TestFailover has the sixteen faults of a public yardstick for gateways, Failover Bench (September 2026; the best gateway
// passes eleven), judged as it does: by what the caller got and by what the provider saw.
func TestFailover(t *testing.T) {
	const check = `{ check = "chars", min = 3 }` // so that the router may still ask another tier
	for _, test := range []struct {
		name   string
		accept string
		tiers  []faultTier
		stream bool
		tier   string    // whose answer the caller gets; "": an error
		cause  llm.Cause // of the error
		calls  int       // that the first provider sees
		within time.Duration
		least  time.Duration
	}{
		{name: "429 with Retry-After, another tier", tiers: []faultTier{{"rate-limit-seconds,ok", ""}, {"ok", ""}}, tier: "t2", calls: 1, within: time.Second},
		{name: "429 with Retry-After, no other tier", tiers: []faultTier{{"rate-limit-seconds,ok", ""}}, tier: "t1", calls: 2, least: 2 * time.Second, within: 4 * time.Second},
		{name: "429 that stays", tiers: []faultTier{{"rate-limit", ""}, {"ok", ""}}, tier: "t2", calls: 3, within: 3 * time.Second},
		{name: "503 that stays", tiers: []faultTier{{"unavailable-503", ""}, {"ok", ""}}, tier: "t2", calls: 3, within: 3 * time.Second},
		{name: "one 500", tiers: []faultTier{{"error-500,ok", ""}, {"ok", ""}}, tier: "t1", calls: 2, within: 2 * time.Second},
		{name: "reset before the header", tiers: []faultTier{{"reset-before", ""}, {"ok", ""}}, tier: "t2", calls: 2, within: 2 * time.Second},
		{name: "silent", tiers: []faultTier{{"silent", `timeout = "300ms"`}, {"ok", ""}}, tier: "t2", calls: 1, least: 300 * time.Millisecond, within: time.Second},
		{name: "late first token", stream: true, tiers: []faultTier{{"slow-first-token", `first_token = "300ms"`}, {"ok", ""}}, tier: "t2", calls: 1, least: 300 * time.Millisecond, within: time.Second},
		{name: "late first token of the last tier", stream: true, tiers: []faultTier{{"error-500", "retries = 0"}, {"slow-first-token", `first_token = "300ms"`}}, tier: "t2", calls: 1, least: 2 * time.Second, within: 5 * time.Second},
		{name: "cut stream, held back", accept: check, stream: true, tiers: []faultTier{{"cut", "retries = 0"}, {"ok", ""}}, tier: "t2", calls: 1, within: time.Second},
		{name: "cut stream, passed through", stream: true, tiers: []faultTier{{"cut", ""}, {"ok", ""}}, cause: llm.Connection, calls: 1, within: time.Second},
		{name: "stalled stream, held back", accept: check, stream: true, tiers: []faultTier{{"stall", `idle = "300ms"`}, {"ok", ""}}, tier: "t2", calls: 1, within: time.Second},
		{name: "stalled stream, passed through", stream: true, tiers: []faultTier{{"stall", `idle = "300ms"`}, {"ok", ""}}, cause: llm.Timeout, calls: 1, within: time.Second},
		{name: "content filter", tiers: []faultTier{{"content-filter", ""}, {"ok", ""}}, cause: llm.ContentFilter, calls: 1, within: time.Second},
		{name: "context length", tiers: []faultTier{{"context-length", ""}, {"ok", ""}}, tier: "t2", calls: 1, within: time.Second},
		{name: "malformed chunk", tiers: []faultTier{{"bad-chunk", "retries = 0"}, {"ok", ""}}, tier: "t2", calls: 1, within: time.Second},
		{name: "no [DONE]", stream: true, tiers: []faultTier{{"ok-no-done", ""}, {"ok", ""}}, tier: "t1", calls: 1, within: time.Second},
		// The second tier is asked what the first was, and not to go on with half of its answer.
		{name: "prefill", accept: check, stream: true, tiers: []faultTier{{"cut", "retries = 0"}, {"no-prefill", ""}}, tier: "t2", calls: 1, within: time.Second},
		{name: "529", tiers: []faultTier{{"overloaded-529,ok", ""}, {"ok", ""}}, tier: "t1", calls: 2, within: 2 * time.Second},
		{name: "empty account", tiers: []faultTier{{"quota", ""}, {"ok", ""}}, tier: "t2", calls: 1, within: time.Second},
		{name: "Retry-After in a fraction", tiers: []faultTier{{"rate-limit-fraction,ok", ""}}, tier: "t1", calls: 2, least: 1500 * time.Millisecond, within: 3 * time.Second},
		{name: "Retry-After as a date", tiers: []faultTier{{"rate-limit-date,ok", ""}, {"ok", ""}}, tier: "t2", calls: 1, within: time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, llm.OpenAI, test.accept, test.tiers...)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			g := b.send(ctx, test.stream)
			if n := b.calls(test.tiers[0].script); n != test.calls {
				t.Errorf("the first provider saw %d calls, want %d", n, test.calls)
			}
			if g.took < test.least || g.took > test.within+2*time.Second { // the machine may be busy
				t.Errorf("it took %v, want %v to %v", g.took, test.least, test.within)
			}
			if test.tier != "" {
				b.answeredBy(t, &g, test.tier)
				return
			}
			if e, ok := errors.AsType[*llm.Error](g.err); !ok || e.Cause != test.cause {
				t.Errorf("error %v, want %v", g.err, test.cause)
			}
		})
	}
}

// TestAccounting: the trace has the tokens that the provider said, priced, of each attempt.
func TestAccounting(t *testing.T) {
	b := newBench(t, llm.Anthropic, `{ check = "chars", min = { t1 = 100_000 } }`, faultTier{"ok-gzip", ""}, faultTier{"ok", ""})
	g := b.send(t.Context(), false)
	b.answeredBy(t, &g, "t2")
	// 60 uncached and 40 cached input tokens at $1 and $0.50 a million, 60 output tokens at $2.
	const each = (60*1 + 40*0.5 + 60*2) / 1e6
	r := b.sink.last(t)
	if d := r.CostUSD.Float() - 2*each; d > 1e-15 || d < -1e-15 || g.answer.CostUSD != r.CostUSD.Float() || g.answer.Escalations != 1 {
		t.Errorf("cost %v, answer's %v, want %v", r.CostUSD.Float(), g.answer.CostUSD, 2*each)
	}
	for _, a := range r.Attempts {
		if a.InputTokens.Float() != faultserver.InputTokens || a.CachedInputTokens.Float() != faultserver.CachedInput || a.OutputTokens.Float() != faultserver.Tokens {
			t.Errorf("attempt %+v", a)
		}
	}
}

// A flakyClient is a provider in memory that can be down.
type flakyClient struct {
	down  func() error // nil: it is up
	takes time.Duration
	calls atomic.Int64
}

// Do implements llm.Client.
func (c *flakyClient) Do(ctx context.Context, call *llm.Call) (*llm.Response, error) {
	c.calls.Add(1)
	if c.takes > 0 {
		t := time.NewTimer(c.takes)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if c.down != nil {
		if err := c.down(); err != nil {
			return nil, err
		}
	}
	return &llm.Response{Text: "fine", Model: call.Model, FinishReason: llm.FinishStop, Usage: &llm.Usage{Input: 10, Output: 5}}, nil
}

// Stream implements llm.Client.
func (c *flakyClient) Stream(ctx context.Context, call *llm.Call) iter.Seq2[llm.Event, error] {
	return func(yield func(llm.Event, error) bool) {
		r, err := c.Do(ctx, call)
		if err != nil {
			yield(llm.Event{}, err)
			return
		}
		yield(llm.Event{Text: r.Text, Response: r}, nil)
	}
}

func down(cause llm.Cause) func() error {
	return func() error { return &llm.Error{Cause: cause, Unbilled: cause != llm.Timeout} }
}

// twoTiers returns a router whose task tries a, then b. provider is what else stands in a's provider.
func twoTiers(t testing.TB, a, b llm.Client, provider string, opts routing.Options) *routing.Router {
	t.Helper()
	opts.Clients = map[string]llm.Client{"a": a, "b": b}
	router, err := routing.New(fstest.MapFS{"dispatch.toml": {Data: []byte(fmt.Sprintf(`version = 1
baseline = "B"
[providers.a]
kind = "openai"
%s
[providers.b]
kind = "openai"
[models.A]
provider = "a"
[models.B]
provider = "b"
[tiers]
a = "A"
b = "B"
[tasks.t]
chain = ["a", "b"]
[router]
default = "t"
`, provider))}}, "dispatch.toml", &opts)
	if err != nil {
		t.Fatal(err)
	}
	return router
}

// TestOutage: during an outage of a minute, with 20 requests, all are served, the provider that is down sees few probes,
// and it serves again within half a minute of its return.
func TestOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		a := &flakyClient{takes: 100 * time.Millisecond, down: func() error {
			if time.Since(begun) < time.Minute {
				return &llm.Error{Cause: llm.Server, Status: 503, Unbilled: true}
			}
			return nil
		}}
		b := &flakyClient{takes: 100 * time.Millisecond}
		router := twoTiers(t, a, b, "", routing.Options{})
		for range 20 {
			if _, err := router.Do(t.Context(), faultRequest()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(3 * time.Second)
		}
		if n := a.calls.Load(); n > 15 {
			t.Errorf("the provider that is down was asked %d times for 20 requests", n)
		}
		time.Sleep(time.Until(begun.Add(90 * time.Second)))
		if answer, err := router.Do(t.Context(), faultRequest()); err != nil || answer.Tier != "a" {
			t.Errorf("half a minute after its return: answer %+v, error %v", answer, err)
		}
	})
}

// TestDeadProvider: with one provider dead, no request of ten thousand fails, and few calls go to waste.
func TestDeadProvider(t *testing.T) {
	const requests, workers = 10_000, 20
	for _, cause := range []llm.Cause{llm.Server, llm.Connection, llm.Quota, llm.Auth, llm.RateLimit, llm.Other} {
		synctest.Test(t, func(t *testing.T) {
			a, b := &flakyClient{down: down(cause)}, &flakyClient{takes: 10 * time.Millisecond}
			router := twoTiers(t, a, b, "", routing.Options{})
			var wg sync.WaitGroup
			var failed atomic.Int64
			for range workers {
				wg.Go(func() {
					for range requests / workers {
						if _, err := router.Do(context.Background(), faultRequest()); err != nil {
							failed.Add(1)
						}
					}
				})
			}
			wg.Wait()
			if n := failed.Load(); n > 0 {
				t.Errorf("%v: %d of %d requests failed", cause, n, requests)
			}
			if n := a.calls.Load(); n > requests/100 {
				t.Errorf("%v: the dead provider was asked %d times", cause, n)
			}
		})
	}
}

// TestDeadServer is TestDeadProvider with a real port where nobody listens.
func TestDeadServer(t *testing.T) {
	if testing.Short() {
		t.Skip("ten thousand requests over HTTP")
	}
	b := newBench(t, llm.OpenAI, "", faultTier{"reset-before", "retries = 0"}, faultTier{"ok", ""})
	var wg sync.WaitGroup
	var failed atomic.Int64
	for range 8 {
		wg.Go(func() {
			for range 10_000 / 8 {
				if _, err := b.router.Do(context.Background(), faultRequest()); err != nil {
					failed.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if n := failed.Load(); n > 0 {
		t.Errorf("%d of 10,000 requests failed", n)
	}
	if n := b.calls("reset-before"); n > 100 {
		t.Errorf("the dead provider was asked %d times", n)
	}
}

// TestLastTierIsAsked: with every breaker open, the last tier is asked anyway.
func TestLastTierIsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := &flakyClient{down: down(llm.Server)}, &flakyClient{down: down(llm.Server)}
		router := twoTiers(t, a, b, "", routing.Options{})
		for range 10 {
			if _, err := router.Do(t.Context(), faultRequest()); err == nil {
				t.Fatal("an answer")
			}
		}
		asked := b.calls.Load()
		b.down = nil
		if answer, err := router.Do(t.Context(), faultRequest()); err != nil || answer.Tier != "b" || b.calls.Load() != asked+1 {
			t.Errorf("answer %+v, error %v, calls %d after %d", answer, err, b.calls.Load(), asked)
		}
	})
}

// TestAllModelsFailed: the error has the cause of each attempt, in words without secrets.
func TestAllModelsFailed(t *testing.T) {
	b := newBench(t, llm.OpenAI, "", faultTier{"auth-401", ""}, faultTier{"silent", `timeout = "200ms"`}, faultTier{"short-body", "retries = 0"})
	g := b.send(t.Context(), false)
	var all *routing.AllModelsFailedError
	if !errors.As(g.err, &all) || len(all.Attempts) != 3 || all.Cause() != llm.Connection {
		t.Fatalf("error %T %v", g.err, g.err)
	}
	for i, want := range []llm.Cause{llm.Auth, llm.Timeout, llm.Connection} {
		if e, ok := errors.AsType[*llm.Error](all.Attempts[i]); !ok || e.Cause != want || e.Provider == "" || e.Model == "" {
			t.Errorf("attempt %d: %v, want %v", i, all.Attempts[i], want)
		}
	}
	if !errors.Is(g.err, context.DeadlineExceeded) || !errors.Is(g.err, io.ErrUnexpectedEOF) {
		t.Errorf("%v does not unwrap to its causes", g.err)
	}
	b.checkText(t, g.err)
	for _, word := range []string{"task t", "401", "timeout", "connection"} {
		if !strings.Contains(g.err.Error(), word) {
			t.Errorf("%q is not in %q", word, g.err)
		}
	}
}

// TestDeadline: the time that is left is split over the chain, so that a slow tier leaves the next enough.
func TestDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := &flakyClient{takes: time.Hour}, &flakyClient{takes: time.Second}
		sink := new(records)
		router := twoTiers(t, a, b, "", routing.Options{Timeout: 10 * time.Second, Trace: sink})
		timed := func() time.Duration {
			begun := time.Now()
			if answer, err := router.Do(t.Context(), faultRequest()); err != nil || answer.Tier != "b" {
				t.Fatalf("answer %+v, error %v", answer, err)
			}
			return time.Since(begun)
		}
		if took := timed(); took != 5*time.Second+b.takes {
			t.Errorf("it took %v: half of the time is a's", took)
		}
		// Once b's pace is known, a may take all that b does not need.
		a.takes, a.down = 0, down(llm.ContextLength)
		for range 5 {
			timed()
		}
		a.takes, a.down = time.Hour, nil
		if took := timed(); took != 8*time.Second+b.takes {
			t.Errorf("it took %v: b needs twice its second at most", took)
		}
		// What cannot be answered in time is not asked.
		calls := b.calls.Load()
		ctx, cancel := context.WithTimeout(t.Context(), 900*time.Millisecond)
		defer cancel()
		_, err := router.Do(ctx, faultRequest())
		if !errors.Is(err, context.DeadlineExceeded) || b.calls.Load() != calls {
			t.Errorf("error %v, %d calls of b", err, b.calls.Load()-calls)
		}
		if r := sink.last(t); !strings.HasPrefix(r.Attempts[1].Reason, "not asked: too little time") || !r.Attempts[1].NotAsked || r.Attempts[0].NotAsked {
			t.Errorf("record %+v", r)
		}
	})
}

// TestHasty: callers in a hurry do not make a provider look dead to the others.
func TestHasty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := &flakyClient{takes: time.Second}, &flakyClient{takes: time.Second}
		router := twoTiers(t, a, b, "", routing.Options{})
		for range 50 {
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			if _, err := router.Do(ctx, faultRequest()); err == nil {
				t.Error("an answer")
			}
			cancel()
		}
		if answer, err := router.Do(t.Context(), faultRequest()); err != nil || answer.Tier != "a" {
			t.Errorf("answer %+v, error %v", answer, err)
		}
	})
}

// TestLeaving: when the caller leaves, the call ends, no other is made, and the record is written.
func TestLeaving(t *testing.T) {
	for _, stream := range []bool{false, true} {
		b := newBench(t, llm.OpenAI, "", faultTier{"silent", ""}, faultTier{"ok", ""})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		g := b.send(ctx, stream)
		if !errors.Is(g.err, context.Canceled) || g.took > 2*time.Second || b.calls("ok") != 0 {
			t.Errorf("error %v after %v, %d calls of the second", g.err, g.took, b.calls("ok"))
		}
		if r := b.sink.last(t); r.Error != "canceled" || r.Ended != "aborted" || len(r.Attempts) != 1 {
			t.Errorf("record %+v", r)
		}
	}
}

// TestReaderStops: who stops reading a stream ends the call.
func TestReaderStops(t *testing.T) {
	b := newBench(t, llm.OpenAI, "", faultTier{"stall", ""}, faultTier{"ok", ""})
	begun := time.Now()
	for range b.router.Stream(t.Context(), faultRequest()) {
		break
	}
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
	if r := b.sink.last(t); r.Error != "canceled" || r.Stream != "through" || b.calls("ok") != 0 {
		t.Errorf("record %+v", r)
	}
}
