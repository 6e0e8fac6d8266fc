package routing_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/routingtest/faultserver"
	"github.com/tierwise/tierwise/routing/trace"
)

const (
	faultKey    = "sk-secret"
	faultPrompt = "tell me a secret"
)

// A faultTier is a tier of a chain whose model is a script of the fault server, at a provider of its own.
type faultTier struct {
	script   string
	provider string // further lines of the provider
}

// A bench is a router in front of a provider that fails on purpose.
type bench struct {
	server *faultserver.Server
	router *routing.Router
	sink   *records
}

// records keeps the records of all requests.
type records struct {
	mu  sync.Mutex
	all []trace.Record
}

// Write implements trace.Sink.
func (r *records) Write(rec *trace.Record) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, *rec)
	return nil
}

func (r *records) last(t *testing.T) *trace.Record {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.all) == 0 {
		t.Fatal("no record was written")
	}
	return &r.all[len(r.all)-1]
}

// newBench returns a bench whose task has a chain of these tiers. accept is what stands in the task's accept.
func newBench(t testing.TB, kind, accept string, tiers ...faultTier) *bench {
	t.Helper()
	server, err := faultserver.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	server.Slow = 3 * time.Second
	var b strings.Builder
	fmt.Fprintf(&b, "version = 1\nbaseline = \"m1\"\n")
	var names []string
	for i, tier := range tiers {
		n := i + 1
		fmt.Fprintf(&b, "[providers.p%d]\nkind = %q\nbase_url = %q\napi_key_env = \"KEY\"\n%s\n", n, kind, server.URL(), tier.provider)
		fmt.Fprintf(&b, "[models.m%d]\nprovider = \"p%d\"\nid = %q\nprice = { input = 1, cached_input = 0.5, output = 2 }\n", n, n, tier.script)
		names = append(names, fmt.Sprintf("%q", fmt.Sprintf("t%d", n)))
	}
	b.WriteString("[tiers]\n")
	for i := range tiers {
		fmt.Fprintf(&b, "t%d = \"m%d\"\n", i+1, i+1)
	}
	fmt.Fprintf(&b, "[tasks.t]\nchain = [%s]\naccept = [%s]\n[router]\ndefault = \"t\"\n", strings.Join(names, ", "), accept)
	out := &bench{server: server, sink: new(records)}
	out.router, err = routing.New(fstest.MapFS{"dispatch.toml": {Data: []byte(b.String())}}, "dispatch.toml", &routing.Options{
		Getenv: func(string) string { return faultKey }, Trace: out.sink,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { out.router.Close() })
	return out
}

// calls returns how often a model was asked.
func (b *bench) calls(script string) int {
	n := 0
	for _, c := range b.server.Calls() {
		if c.Model == script {
			n++
		}
	}
	return n
}

// got is what a caller got.
type got struct {
	answer *routing.Answer
	err    error
	text   string // of the pieces, or of the answer
	events int
	took   time.Duration
}

func faultRequest() *routing.Request {
	return &routing.Request{Request: llm.Request{Messages: []llm.Message{{Role: "user", Text: faultPrompt}}, MaxTokens: 100}}
}

func (b *bench) send(ctx context.Context, stream bool) got {
	begun := time.Now()
	var g got
	if stream {
		for ev, err := range b.router.Stream(ctx, faultRequest()) {
			g.events++
			g.text += ev.Text
			g.answer, g.err = ev.Answer, err
		}
	} else if g.answer, g.err = b.router.Do(ctx, faultRequest()); g.err == nil {
		g.text = g.answer.Text
	}
	g.took = time.Since(begun)
	return g
}

// answeredBy checks that the caller got the whole answer, of that tier, and so says the trace.
func (b *bench) answeredBy(t *testing.T, g *got, tier string) {
	t.Helper()
	if g.err != nil || g.answer == nil {
		t.Fatalf("no answer: %v", g.err)
	}
	if g.answer.Tier != tier || g.answer.Text != faultserver.Text() || g.text != faultserver.Text() {
		t.Errorf("answer of %s: %q, pieces %q, want %s's", g.answer.Tier, g.answer.Text, g.text, tier)
	}
	if r := b.sink.last(t); r.Tier != tier || r.Ended != "accepted" && r.Ended != "exhausted" || r.Error != "" {
		t.Errorf("record %+v", r)
	}
}

// checkText checks that neither an error nor the trace gives away what they must not.
func (b *bench) checkText(t *testing.T, err error) {
	t.Helper()
	shown := fmt.Sprintf("%v %+v %+v", err, err, b.sink.last(t))
	for _, secret := range []string{faultKey, faultPrompt, "127.0.0.1", "management policy"} {
		if strings.Contains(shown, secret) {
			t.Errorf("%q is shown: %s", secret, shown)
		}
	}
}

// again reports whether a tier that fails so is asked a second time before the next one is.
func again(f *faultserver.Fault, cause llm.Cause) bool {
	return f.RetryAfter < 2*time.Second && (cause == llm.RateLimit || cause == llm.Server || cause == llm.Connection)
}

// TestFaults has a provider fail in every way, with another behind it, for answers in one piece, streams that are held back
// for a check and streams that are passed through, in both dialects.
func TestFaults(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Run("all", func(t *testing.T) {
		for _, kind := range []string{llm.OpenAI, llm.Anthropic} {
			for _, f := range faultserver.Faults() {
				for _, how := range []string{"whole", "buffered", "through"} {
					if kind == llm.Anthropic && (how == "buffered" || testing.Short()) {
						continue // the router does not see the dialect
					}
					t.Run(kind+"/"+f.Name+"/"+how, func(t *testing.T) {
						t.Parallel()
						testFault(t, kind, &f, how)
					})
				}
			}
		}
	})
	checkGoroutines(t, before)
}

func testFault(t *testing.T, kind string, f *faultserver.Fault, how string) {
	accept, cause := `{ check = "chars", min = 3 }`, f.Stream
	if how == "whole" {
		cause = f.Whole
	}
	if how == "through" {
		accept = ""
	}
	retries := 1
	if kind == llm.Anthropic || how == "through" { // it was seen that the router waits
		retries = 0
	}
	provider := fmt.Sprintf("retries = %d", retries)
	if f.Slow {
		provider += "\ntimeout = \"400ms\""
	}
	b := newBench(t, kind, accept, faultTier{f.Name, provider}, faultTier{script: "ok"})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	g := b.send(ctx, how != "whole")
	b.checkText(t, g.err)
	calls := 1
	if again(f, cause) {
		calls += retries
	}
	half := how == "through" && cause != llm.OK && f.Tokens != 0
	if half {
		calls = 1
	}
	if n := b.calls(f.Name); n != calls {
		t.Errorf("%s was asked %d times, want %d; %+v", f.Name, n, calls, b.sink.last(t))
	}
	r := b.sink.last(t)
	switch {
	case half:
		var e *llm.Error
		if !errors.As(g.err, &e) || e.Cause != cause || g.answer != nil || r.Error != cause.String() || r.Ended != "aborted" || r.Stream != "through" {
			t.Errorf("half an answer, %q, ended with %v, answer %v; %+v", g.text, g.err, g.answer, r)
		}
		if b.calls("ok") != 0 {
			t.Error("another model was asked for the other half")
		}
	case cause == llm.OK:
		b.answeredBy(t, &g, "t1")
	case cause.Ends():
		var e *llm.Error
		if !errors.As(g.err, &e) || e.Cause != cause || r.Error != cause.String() || r.Ended != "aborted" {
			t.Errorf("error %v, want %v; %+v", g.err, cause, r)
		}
		if cause == llm.ContentFilter && f.Whole == f.Stream && f.Status != 0 && !strings.Contains(e.Detail.Reveal(), "policy") {
			t.Errorf("the provider's reason does not reach the caller: %q", e.Detail.Reveal())
		}
		if b.calls("ok") != 0 {
			t.Error("another model was asked")
		}
	default:
		b.answeredBy(t, &g, "t2")
		if a := r.Attempts[0]; a.Error != cause.String() || f.Status != 0 && a.Status != f.Status || len(a.Retries) != b.calls(f.Name)-1 {
			t.Errorf("attempt %+v", a)
		}
		if _, billed := r.PossibleCostUSD.Value(); billed == f.Unbilled {
			t.Errorf("possible cost %+v of a call that was unbilled: %v", r.PossibleCostUSD, f.Unbilled)
		}
		if b.calls("ok") != 1 {
			t.Errorf("the second was asked %d times", b.calls("ok"))
		}
	}
}

func checkGoroutines(t *testing.T, before int) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for runtime.NumGoroutine() > before {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<20)
			t.Errorf("%d goroutines are left, %d were there before:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}
