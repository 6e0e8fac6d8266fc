package routing_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"log/slog"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/trace"
)

// A funcClient answers by a function.
type funcClient func(ctx context.Context, c *llm.Call) (*llm.Response, error)

// Do implements llm.Client.
func (f funcClient) Do(ctx context.Context, c *llm.Call) (*llm.Response, error) { return f(ctx, c) }

// Stream implements llm.Client: the text comes word by word.
func (f funcClient) Stream(ctx context.Context, c *llm.Call) iter.Seq2[llm.Event, error] {
	return func(yield func(llm.Event, error) bool) {
		r, err := f(ctx, c)
		if err != nil {
			yield(llm.Event{}, err)
			return
		}
		for word := range strings.SplitAfterSeq(r.Text, " ") {
			if !yield(llm.Event{Text: word}, nil) {
				return
			}
		}
		yield(llm.Event{Response: r}, nil)
	}
}

const oneModel = `version = 1
name = "one"
baseline = "m"
[providers.p]
kind = "openai"
api_key_env = "KEY"
[models.m]
provider = "p"
id = "m-1"
[tiers]
t = "m"
[tasks.t]
chain = ["t"]
[router]
default = "t"
`

func mustOpen(t testing.TB, config string, opts *routing.Options) *routing.Router {
	t.Helper()
	router, err := routing.New(fstest.MapFS{"dispatch.toml": {Data: []byte(config)}}, "dispatch.toml", opts)
	if err != nil {
		t.Fatal(err)
	}
	return router
}

func says(text string) funcClient {
	return func(context.Context, *llm.Call) (*llm.Response, error) { return &llm.Response{Text: text}, nil }
}

func TestDoAsksWhatWasAsked(t *testing.T) {
	var asked *llm.Call
	client := funcClient(func(_ context.Context, c *llm.Call) (*llm.Response, error) {
		asked = c
		return &llm.Response{Text: "fine", Logprobs: []llm.Logprob{{Logprob: -0.25}}}, nil
	})
	opts := routing.Options{Clients: map[string]llm.Client{"p": client}}
	router := mustOpen(t, oneModel, &opts)
	q := &routing.Request{Prompt: "hello", Request: llm.Request{MaxTokens: 7}}
	answer, err := router.Do(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	if m := asked.Request.Messages; asked.Model != "m-1" || len(m) != 1 || m[0].Role != "user" || m[0].Text != "hello" || asked.Request.MaxTokens != 7 || asked.Request.Logprobs {
		t.Errorf("asked %+v", asked.Request)
	}
	if len(q.Messages) != 0 {
		t.Error("the caller's request was changed")
	}
	if answer.Text != "fine" || answer.Task != "t" || answer.Layer != routing.LayerDefault || answer.Tier != "t" || answer.ByModel != "m" || answer.ID == "" || !math.IsNaN(answer.CostUSD) {
		t.Errorf("answer %+v", answer)
	}

	// A check of log-probabilities needs them, whether or not the caller wants to see them.
	router = mustOpen(t, strings.Replace(oneModel, "chain = [\"t\"]", "chain = [\"t\"]\naccept = [{ check = \"logprob_mean\", min = -0.2 }]", 1), &opts)
	if answer, err := router.Do(t.Context(), q); err != nil || !answer.Exhausted || !asked.Request.Logprobs || q.Logprobs {
		t.Errorf("answer %+v, error %v, logprobs asked %v", answer, err, asked.Request.Logprobs)
	}
	if _, err := router.Do(t.Context(), &routing.Request{Task: "t"}); err == nil {
		t.Error("a request that asks nothing was answered")
	}
}

func TestExhaustedIsAnErrorIfTheTaskWantsThat(t *testing.T) {
	config := strings.Replace(oneModel, "chain = [\"t\"]", "chain = [\"t\"]\non_exhausted = \"error\"\naccept = [{ check = \"chars\", min = 5 }]", 1)
	sink := new(records)
	router := mustOpen(t, config, &routing.Options{Clients: map[string]llm.Client{"p": says("fine")}, Trace: sink})
	for _, stream := range []bool{false, true} {
		b := bench{router: router}
		g := b.send(t.Context(), stream)
		if _, ok := errors.AsType[*routing.ExhaustedError](g.err); !ok || g.text != "" {
			t.Errorf("error %v, text %q", g.err, g.text)
		}
		if r := sink.last(t); r.Ended != "exhausted" || r.Error != "exhausted" || r.Model != "" {
			t.Errorf("record %+v", r)
		}
	}
}

func TestTooLargeForEveryModel(t *testing.T) {
	router := mustOpen(t, strings.Replace(oneModel, "id = \"m-1\"", "context = 10", 1), &routing.Options{Clients: map[string]llm.Client{"p": says("fine")}})
	_, err := router.Do(t.Context(), &routing.Request{Prompt: strings.Repeat("long ", 100)})
	if all, ok := errors.AsType[*routing.AllModelsFailedError](err); !ok || all.Cause() != llm.ContextLength || !strings.Contains(err.Error(), "125 tokens") {
		t.Errorf("error %v", err)
	}
}

// TestStreamHoldsBack: where a check can still send the request on, nothing leaves before it was made; elsewhere pieces leave
// as they come, and nothing before the first content.
func TestStreamHoldsBack(t *testing.T) {
	const config = `version = 1
baseline = "M"
[providers.p]
kind = "openai"
[models.S]
provider = "p"
[models.M]
provider = "p"
[tiers]
s = "S"
m = "M"
[tasks.t]
chain = ["s", "m"]
accept = [{ check = "chars", min = 10 }]
[router]
default = "t"
`
	client := funcClient(func(_ context.Context, c *llm.Call) (*llm.Response, error) {
		if c.Model == "S" {
			return &llm.Response{Text: "too short"}, nil
		}
		return &llm.Response{Text: "now it is long enough"}, nil
	})
	sink := new(records)
	b := bench{router: mustOpen(t, config, &routing.Options{Clients: map[string]llm.Client{"p": client}, Trace: sink})}
	g := b.send(t.Context(), true)
	if g.err != nil || g.text != "now it is long enough" || g.events != 6 || g.answer.Escalations != 1 {
		t.Errorf("text %q in %d events, answer %+v, error %v", g.text, g.events, g.answer, g.err)
	}
	if r := sink.last(t); r.Stream != "through" {
		t.Errorf("stream %q", r.Stream)
	}
	b.router = mustOpen(t, strings.Replace(config, "min = 10", "min = 5", 1), &routing.Options{Clients: map[string]llm.Client{"p": client}, Trace: sink})
	g = b.send(t.Context(), true)
	if g.err != nil || g.text != "too short" || g.events != 1 || g.answer.Exhausted {
		t.Errorf("text %q in %d events, answer %+v, error %v", g.text, g.events, g.answer, g.err)
	}
	if r := sink.last(t); r.Stream != "buffered" {
		t.Errorf("stream %q", r.Stream)
	}
}

// TestStaleConnection: a kept connection that the provider has closed is no failure: the call is made again at once.
func TestStaleConnection(t *testing.T) {
	b := newBench(t, llm.OpenAI, "", faultTier{"ok,reset-before,ok", "retries = 0"})
	g := b.send(t.Context(), false)
	b.answeredBy(t, &g, "t1")
	g = b.send(t.Context(), false)
	b.answeredBy(t, &g, "t1")
	if r := b.sink.last(t); b.calls("ok,reset-before,ok") != 3 || len(r.Attempts[0].Retries) != 1 || r.Attempts[0].Retries[0].WaitMS.Float() != 0 {
		t.Errorf("%d calls, record %+v", b.calls("ok,reset-before,ok"), r)
	}
}

// TestRetryAfterHolds: what a provider asks of one request holds for all of them.
func TestRetryAfterHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		a := &flakyClient{down: func() error {
			if time.Since(begun) < 20*time.Second {
				return &llm.Error{Cause: llm.RateLimit, Unbilled: true, RetryAfter: 20 * time.Second}
			}
			return nil
		}}
		router := twoTiers(t, a, &flakyClient{}, "", routing.Options{})
		for i := range 30 {
			answer, err := router.Do(t.Context(), faultRequest())
			if err != nil {
				t.Fatal(err)
			}
			if want := map[bool]string{true: "a", false: "b"}[time.Since(begun) >= 20*time.Second]; answer.Tier != want {
				t.Errorf("request %d after %v: %s", i, time.Since(begun), answer.Tier)
			}
			time.Sleep(time.Second)
		}
		// Nobody waits for a: b is known to be faster.
		if n := a.calls.Load(); n != 1+10 {
			t.Errorf("%d calls, want one before the time and ten after it", n)
		}
	})
}

func TestMaxConcurrent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int64
		client := funcClient(func(ctx context.Context, _ *llm.Call) (*llm.Response, error) {
			n := now.Add(1)
			defer now.Add(-1)
			for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
			}
			time.Sleep(900 * time.Millisecond)
			return &llm.Response{}, ctx.Err()
		})
		b := &flakyClient{takes: 3 * time.Second}
		router := twoTiers(t, client, b, "max_concurrent = 2", routing.Options{})
		begun := time.Now()
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				if _, err := router.Do(context.Background(), faultRequest()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		// Two at once, and who would wait longer than 2 s, which is what a tier of unknown pace is taken to need, goes on to b.
		if most.Load() != 2 || b.calls.Load() != 4 || time.Since(begun) != 5*time.Second {
			t.Errorf("%d at once, %d calls of b, in %v", most.Load(), b.calls.Load(), time.Since(begun))
		}
	})
}

func TestMaxRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := &flakyClient{}, &flakyClient{takes: 3 * time.Second}
		router := twoTiers(t, a, b, "max_rate = 2", routing.Options{})
		begun := time.Now()
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if _, err := router.Do(context.Background(), faultRequest()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		// A burst of two, then one every half second for as long as that is faster than b.
		if n := a.calls.Load(); n != 6 || b.calls.Load() != 14 || time.Since(begun) != 3*time.Second {
			t.Errorf("%d calls of a, %d of b, in %v", n, b.calls.Load(), time.Since(begun))
		}
	})
}

// TestWaitingForASlotEnds: who waits for a slot leaves when the caller does.
func TestWaitingForASlotEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &flakyClient{takes: time.Hour}
		router := twoTiers(t, a, &flakyClient{}, "max_concurrent = 1", routing.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		errs := make(chan error, 2)
		for range 2 {
			go func() {
				_, err := router.Do(ctx, faultRequest())
				errs <- err
			}()
		}
		synctest.Wait()
		cancel()
		for range 2 {
			if err := <-errs; !errors.Is(err, context.Canceled) {
				t.Errorf("error %v", err)
			}
		}
	})
}

// TestReload: a config that is not valid changes nothing, requests under way end by the config that they began with, and what
// is known of a provider stays.
func TestReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		files := fstest.MapFS{"dispatch.toml": {Data: []byte(oneModel)}}
		a := &flakyClient{takes: time.Second}
		sink := new(records)
		router, err := routing.New(files, "dispatch.toml", &routing.Options{Clients: map[string]llm.Client{"p": a}, Trace: sink})
		if err != nil {
			t.Fatal(err)
		}
		before := router.Config()
		files["dispatch.toml"].Data = []byte(strings.Replace(oneModel, "chain", "chian", 1))
		if err := router.Reload(); err == nil || router.Config() != before {
			t.Errorf("error %v; another config: %v", err, router.Config() != before)
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			if answer, err := router.Do(context.Background(), faultRequest()); err != nil || answer.Task != "t" {
				t.Errorf("answer %+v, error %v", answer, err)
			}
		})
		synctest.Wait()
		files["dispatch.toml"].Data = []byte(strings.NewReplacer("tasks.t]", "tasks.u]", `default = "t"`, `default = "u"`).Replace(oneModel))
		if err := router.Reload(); err != nil {
			t.Fatal(err)
		}
		wg.Wait()
		if answer, err := router.Do(t.Context(), faultRequest()); err != nil || answer.Task != "u" {
			t.Errorf("answer %+v, error %v", answer, err)
		}
		// A breaker that is open stays open.
		a.takes, a.down = 0, down(llm.Quota)
		if _, err := router.Do(t.Context(), faultRequest()); err == nil {
			t.Error("an answer")
		}
		calls := a.calls.Load()
		files["dispatch.toml"].Data = []byte(strings.Replace(twoProviders, "QUERY", "", 1))
		if err := router.Reload(); err == nil || !strings.Contains(err.Error(), "KEY2") {
			t.Errorf("a config whose key is not set was taken: %v", err)
		}
		if _, err := router.Do(t.Context(), faultRequest()); err == nil || a.calls.Load() != calls+1 {
			t.Errorf("error %v, %d calls: the only tier is asked anyway", err, a.calls.Load()-calls)
		}
	})
}

// twoProviders tries p, then q, whose key is in KEY2.
const twoProviders = `version = 1
baseline = "m"
[providers.p]
kind = "openai"
api_key_env = "KEY"
[providers.q]
kind = "anthropic"
api_key_env = "KEY2"
[models.m]
provider = "p"
id = "m-1"
[models.n]
provider = "q"
[tiers]
t = "m"
u = "n"
[tasks.t]
chain = ["t", "u"]
[router]
default = "t"
`

func TestReloadKeepsBreakers(t *testing.T) {
	a, b := &flakyClient{down: down(llm.Quota)}, &flakyClient{}
	files := fstest.MapFS{"dispatch.toml": {Data: []byte(twoProviders)}}
	router, err := routing.New(files, "dispatch.toml", &routing.Options{Clients: map[string]llm.Client{"p": a, "q": b}})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := router.Do(t.Context(), faultRequest()); err != nil {
			t.Fatal(err)
		}
		files["dispatch.toml"].Data = append(files["dispatch.toml"].Data, "# a comment\n"...)
		if err := router.Reload(); err != nil {
			t.Fatal(err)
		}
	}
	if a.calls.Load() != 1 || b.calls.Load() != 3 {
		t.Errorf("%d calls of a, whose account is empty, %d of b", a.calls.Load(), b.calls.Load())
	}
}

func TestReady(t *testing.T) {
	none := func(string) string { return "" }
	router := mustOpen(t, twoProviders, &routing.Options{Getenv: none})
	err := router.Ready()
	if err == nil || !strings.Contains(err.Error(), "KEY,") || !strings.Contains(err.Error(), "KEY2,") {
		t.Errorf("error %v, want both keys named", err)
	}
	if _, err := router.Decide(t.Context(), faultRequest()); err != nil {
		t.Errorf("a router without keys does not decide: %v", err)
	}
	_, err = router.Do(t.Context(), faultRequest())
	if all, ok := errors.AsType[*routing.AllModelsFailedError](err); !ok || all.Cause() != llm.Auth || !strings.Contains(err.Error(), "KEY2") {
		t.Errorf("error %v", err)
	}
	router = mustOpen(t, oneModel, &routing.Options{Getenv: func(string) string { return "sk" }})
	if err := router.Ready(); err != nil {
		t.Error(err)
	}
	router = mustOpen(t, strings.Replace(oneModel, "provider = \"p\"\n", "", 1), nil)
	if err := router.Ready(); err == nil || !strings.Contains(err.Error(), "models.m") {
		t.Errorf("error %v", err)
	}
}

func TestClose(t *testing.T) {
	router := mustOpen(t, oneModel, &routing.Options{Clients: map[string]llm.Client{"p": says("fine")}})
	for range 2 {
		if err := router.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := router.Do(t.Context(), faultRequest()); !errors.Is(err, routing.ErrClosed) {
		t.Errorf("error %v", err)
	}
	for _, err := range router.Stream(t.Context(), faultRequest()) {
		if !errors.Is(err, routing.ErrClosed) {
			t.Errorf("error %v", err)
		}
	}
	if err := router.Reload(); !errors.Is(err, routing.ErrClosed) {
		t.Errorf("error %v", err)
	}
}

// TestTexts: prompts and answers are in the record only if that was asked for, and in the log never.
func TestTexts(t *testing.T) {
	for _, wanted := range []bool{false, true} {
		var log bytes.Buffer
		sink := new(records)
		router := mustOpen(t, oneModel, &routing.Options{
			Clients: map[string]llm.Client{"p": says("the answer")}, Trace: sink, TraceText: wanted, Logger: slog.New(slog.NewJSONHandler(&log, nil)),
		})
		q := faultRequest()
		q.ID, q.Tenant, q.Endpoint = "r1", "acme", "/v1/chat"
		if _, err := router.Do(t.Context(), q); err != nil {
			t.Fatal(err)
		}
		r := sink.last(t)
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if shown := strings.Contains(string(text), faultPrompt) && strings.Contains(string(text), "the answer"); shown != wanted || strings.Contains(log.String(), faultPrompt) || strings.Contains(log.String(), "the answer") {
			t.Errorf("texts wanted: %v; record %s, log %s", wanted, text, log.String())
		}
		if r.ID != "r1" || r.Tenant != "acme" || r.Endpoint != "/v1/chat" || r.Config != "one" || r.DecisionHash != router.Config().DecisionHash() || r.Time.IsZero() {
			t.Errorf("record %+v", r)
		}
		if n := strings.Count(log.String(), `"msg":"request"`); n != 1 || !strings.Contains(log.String(), `"id":"r1"`) {
			t.Errorf("log %s", log.String())
		}
	}
}

// A brokenSink takes nothing.
type brokenSink struct{}

// Write implements trace.Sink.
func (brokenSink) Write(*trace.Record) error { return errors.New("the disk is full") }

func TestBrokenSinkFailsNoRequest(t *testing.T) {
	var log bytes.Buffer
	router := mustOpen(t, oneModel, &routing.Options{
		Clients: map[string]llm.Client{"p": says("fine")}, Trace: brokenSink{}, Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	if _, err := router.Do(t.Context(), faultRequest()); err != nil || !strings.Contains(log.String(), "the disk is full") {
		t.Errorf("error %v, log %s", err, log.String())
	}
}

// TestOddClients: a client of the service's that breaks the rules makes an error and no panic.
func TestOddClients(t *testing.T) {
	for name, client := range map[string]funcClient{
		"neither answer nor error": func(context.Context, *llm.Call) (*llm.Response, error) { return nil, nil },
		"another kind of error": func(context.Context, *llm.Call) (*llm.Response, error) {
			return nil, errors.New("dial tcp 10.0.0.7:443")
		},
	} {
		router := mustOpen(t, oneModel, &routing.Options{Clients: map[string]llm.Client{"p": client}})
		_, err := router.Do(t.Context(), faultRequest())
		if all, ok := errors.AsType[*routing.AllModelsFailedError](err); !ok || all.Cause() != llm.Other || strings.Contains(err.Error(), "10.0.0.7") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// TestConcurrentUse has many callers, reloads and readers at once, for the race detector.
func TestConcurrentUse(t *testing.T) {
	files := fstest.MapFS{"dispatch.toml": {Data: []byte(twoProviders)}}
	var n atomic.Int64
	client := funcClient(func(context.Context, *llm.Call) (*llm.Response, error) {
		if n.Add(1)%3 == 0 {
			return nil, &llm.Error{Cause: llm.ContextLength, Unbilled: true}
		}
		return &llm.Response{Text: "fine words", Usage: &llm.Usage{Output: 3}}, nil
	})
	router, err := routing.New(files, "dispatch.toml", &routing.Options{Clients: map[string]llm.Client{"p": client, "q": says("fine")}, Trace: new(records)})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 200 {
				if g := (&bench{router: router}).send(context.Background(), i%2 == 0); g.err != nil {
					t.Error(g.err)
				}
			}
		})
	}
	wg.Go(func() {
		for range 50 {
			if err := router.Reload(); err != nil {
				t.Error(err)
			}
			router.Ready()
			router.Decide(context.Background(), faultRequest())
		}
	})
	wg.Wait()
}
