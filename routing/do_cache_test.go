package routing_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/cache"
	"github.com/tierwise/tierwise/routing/llm"
)

const cachedConfig = `version = 1
name = "cached"
baseline = "large"
[providers.p]
kind = "openai"
[models.small]
provider = "p"
price = { input = 1, output = 2 }
[models.large]
provider = "p"
price = { input = 10, output = 20 }
[tiers]
s = "small"
l = "large"
[tasks.reply]
chain = ["s", "l"]
accept = [{ check = "chars", min = 3 }]
[tasks.live]
chain = ["l"]
cache = false
[tasks.other]
chain = ["l"]
[router]
default = "reply"
[[router.rules]]
name = "of today"
task = "live"
keywords = ["today"]
[[router.rules]]
name = "of others"
task = "other"
keywords = ["other"]
[cache.exact]
ttl = "1h"
`

// A countingClient answers with the number of the call.
type countingClient struct {
	funcClient
	calls atomic.Int64
}

func counting(takes time.Duration) *countingClient {
	c := new(countingClient)
	c.funcClient = func(ctx context.Context, call *llm.Call) (*llm.Response, error) {
		n := c.calls.Add(1)
		if takes > 0 {
			select {
			case <-time.After(takes):
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		return &llm.Response{Text: fmt.Sprintf("answer %d", n), Model: call.Model, FinishReason: llm.FinishStop, Usage: &llm.Usage{Input: 1e6, Output: 1e6}}, nil
	}
	return c
}

// ask sends a request, in one piece or streamed, and returns the answer with its text as it came.
func ask(ctx context.Context, r *routing.Router, q *routing.Request, stream bool) (a *routing.Answer, text string, err error) {
	if !stream {
		if a, err = r.Do(ctx, q); err == nil {
			text = a.Text
		}
		return a, text, err
	}
	for ev, e := range r.Stream(ctx, q) {
		text += ev.Text
		a, err = ev.Answer, e
	}
	return a, text, err
}

func TestExactHit(t *testing.T) {
	for _, stream := range []bool{false, true} {
		client, sink := counting(0), new(records)
		router := mustOpen(t, cachedConfig, &routing.Options{Clients: map[string]llm.Client{"p": client}, Trace: sink})
		defer router.Close()
		prompt := "where is my other parcel"
		first, _, err := ask(t.Context(), router, &routing.Request{ID: "first", Prompt: prompt, Tenant: "a"}, stream)
		if err != nil || first.Hit != nil || first.CostUSD != 30 {
			t.Fatalf("first: %+v, %v", first, err)
		}
		if r := sink.last(t); r.CacheMiss != "absent" || r.NotKept != "" || r.Cache != nil {
			t.Errorf("record of the first: %+v", r)
		}
		// In the other form than the first.
		again, text, err := ask(t.Context(), router, &routing.Request{ID: "again", Prompt: " where is  my other parcel\n", Tenant: "a"}, !stream)
		if err != nil || text != "answer 1" || again.Text != "answer 1" || again.CostUSD != 0 || again.Task != "other" || again.Tier != "l" || again.ByModel != "large" ||
			again.Layer != routing.LayerRule || again.FinishReason != llm.FinishStop || again.Usage == nil || again.Usage.Output != 1e6 {
			t.Fatalf("again: %+v, %q, %v", again, text, err)
		}
		if h := again.Hit; h == nil || *h != (routing.Hit{Kind: "exact", ID: "first", Similarity: 1, SavedUSD: 30}) {
			t.Errorf("hit: %+v", h)
		}
		r := sink.last(t)
		if r.Ended != "cached" || r.Cache == nil || r.Cache.Kind != "exact" || r.Cache.ID != "first" || r.Cache.SavedUSD.Float() != 30 || r.CostUSD.Float() != 0 || len(r.Attempts) != 0 ||
			r.Task != "other" || r.Layer != "rule" || r.Rule != "of others" || r.Model != "large" || r.Tier != "l" || (r.Stream == "") != stream {
			t.Errorf("record of the hit: %+v", r)
		}
		for name, q := range map[string]*routing.Request{
			"another tenant":   {Prompt: prompt, Tenant: "b"},
			"another endpoint": {Prompt: prompt, Tenant: "a", Endpoint: "/v1/x"},
			"the task is told": {Prompt: prompt, Tenant: "a", Task: "other"},
			"max_tokens":       {Prompt: prompt, Tenant: "a", Request: llm.Request{MaxTokens: 10}},
			"no-store":         {Prompt: prompt, Tenant: "a", NoStore: true},
			"tools":            {Prompt: prompt, Tenant: "a", Request: llm.Request{Tools: []byte(`[{}]`)}},
			"an unknown field": {Prompt: prompt, Tenant: "a", Request: llm.Request{Extra: map[string]json.RawMessage{"top_k": json.RawMessage("1")}}},
		} {
			calls := client.calls.Load()
			if a, _, err := ask(t.Context(), router, q, stream); err != nil || a.Hit != nil || client.calls.Load() != calls+1 {
				t.Errorf("%s: %+v, %v", name, a, err)
			}
		}
		if client.calls.Load() != 8 {
			t.Errorf("%d calls, want 8", client.calls.Load())
		}
	}
}

// TestNotKept has what must not be given to the next who asks.
func TestNotKept(t *testing.T) {
	fine := func() (*llm.Response, error) { return &llm.Response{Text: "fine", FinishReason: llm.FinishStop}, nil }
	user := func(m llm.Message) *routing.Request {
		return &routing.Request{Request: llm.Request{Messages: []llm.Message{m}}}
	}
	for want, test := range map[string]struct {
		q      *routing.Request
		answer func() (*llm.Response, error)
	}{
		"":         {&routing.Request{Prompt: "hello"}, fine},
		"no_store": {&routing.Request{Prompt: "hello", NoStore: true}, fine},
		"no_store of its task, which the router finds": {&routing.Request{Prompt: "news of today"}, fine},
		"no_store of its task, which the caller knows": {&routing.Request{Prompt: "hello", Task: "live"}, fine},
		"attachment": {user(llm.Message{Role: "user", Parts: []llm.Part{{Text: "what is it"}, {Type: "image_url", Raw: []byte(`{"type":"image_url"}`)}}}), fine},
		"tool_turn":  {user(llm.Message{Role: "tool", ToolCallID: "c1", Text: "20°"}), fine},
		"error": {&routing.Request{Prompt: "hello"}, func() (*llm.Response, error) {
			return nil, &llm.Error{Cause: llm.BadRequest}
		}},
		"unaccepted": {&routing.Request{Prompt: "hello"}, func() (*llm.Response, error) { return &llm.Response{Text: "no"}, nil }},
		"length": {&routing.Request{Prompt: "hello"}, func() (*llm.Response, error) {
			return &llm.Response{Text: "half an ans", FinishReason: llm.FinishLength}, nil
		}},
		"refused": {&routing.Request{Prompt: "hello"}, func() (*llm.Response, error) {
			return &llm.Response{Text: "never", Refusal: "never", FinishReason: llm.FinishStop}, nil
		}},
		"tool_call": {&routing.Request{Prompt: "hello"}, func() (*llm.Response, error) {
			return &llm.Response{Text: "I ask", ToolCalls: []llm.ToolCall{{ID: "1", Name: "f"}}, FinishReason: llm.FinishStop}, nil
		}},
	} {
		t.Run(want, func(t *testing.T) {
			sink := new(records)
			client := funcClient(func(context.Context, *llm.Call) (*llm.Response, error) { return test.answer() })
			router := mustOpen(t, cachedConfig, &routing.Options{Clients: map[string]llm.Client{"p": client}, Trace: sink})
			defer router.Close()
			word, _, _ := strings.Cut(want, " ")
			for i := range 4 {
				a, _, err := ask(t.Context(), router, test.q, i >= 2)
				r := sink.last(t)
				if hit := want == "" && i > 0; r.NotKept != word || (r.Cache != nil) != hit || err == nil && (a.Hit != nil) != hit {
					t.Errorf("time %d: %+v, error %v, record %+v", i, a, err, r)
				}
			}
		})
	}
}

func TestCacheExpires(t *testing.T) {
	now := time.Unix(1_790_000_000, 0)
	client := counting(0)
	router := mustOpen(t, cachedConfig, &routing.Options{Clients: map[string]llm.Client{"p": client}, Now: func() time.Time { return now }})
	for _, test := range []struct {
		after time.Duration
		calls int64
	}{{0, 1}, {time.Hour - 1, 1}, {1, 2}, {time.Minute, 2}} { // a hit does not make it live longer
		now = now.Add(test.after)
		if _, err := router.Do(t.Context(), &routing.Request{Prompt: "hello"}); err != nil || client.calls.Load() != test.calls {
			t.Errorf("%v later: %d calls, want %d; %v", test.after, client.calls.Load(), test.calls, err)
		}
	}
}

// TestStampede: a thousand who ask the same at the same time cost one call.
func TestStampede(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, sink := counting(time.Second), new(records)
		router := mustOpen(t, cachedConfig, &routing.Options{Clients: map[string]llm.Client{"p": client}, Trace: sink})
		defer router.Close()
		var wg sync.WaitGroup
		var hits atomic.Int64
		for i := range 1000 {
			wg.Go(func() {
				a, text, err := ask(t.Context(), router, &routing.Request{Prompt: "hello"}, i%2 == 0)
				if err != nil || text != "answer 1" {
					t.Errorf("%q, %v", text, err)
					return
				}
				if a.Hit != nil {
					hits.Add(1)
				}
			})
		}
		wg.Wait()
		if client.calls.Load() != 1 || hits.Load() != 999 {
			t.Errorf("%d calls, %d hits; want 1, 999", client.calls.Load(), hits.Load())
		}
		ids, cost := map[string]int{}, 0.0
		for i := range sink.all {
			cost += sink.all[i].CostUSD.Float()
			if c := sink.all[i].Cache; c != nil {
				ids[c.ID]++
			} else {
				ids[sink.all[i].ID] += 1000
			}
		}
		if len(sink.all) != 1000 || cost != 3 || len(ids) != 1 {
			t.Errorf("%d records, cost %v, answers of %v; want 1000, 3, one", len(sink.all), cost, ids)
		}
	})
}

// TestStampedeLeaves: whoever leaves, by deadline, cancel or as the reader of a stream, leaves alone. The last one ends the call.
func TestStampedeLeaves(t *testing.T) {
	for _, stream := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			client, sink := counting(10*time.Second), new(records)
			router := mustOpen(t, cachedConfig, &routing.Options{Clients: map[string]llm.Client{"p": client}, Trace: sink})
			defer router.Close()
			type outcome struct {
				text  string
				err   error
				after time.Duration
			}
			start := time.Now()
			begin := func(ctx context.Context, id string) chan outcome {
				out := make(chan outcome, 1)
				go func() {
					_, text, err := ask(ctx, router, &routing.Request{ID: id, Prompt: "hello"}, stream)
					out <- outcome{text, err, time.Since(start)}
				}()
				synctest.Wait()
				return out
			}
			leaderCtx, cancel := context.WithCancel(t.Context())
			hastyCtx, done := context.WithTimeout(t.Context(), 2*time.Second)
			defer done()
			leader, hasty, patient := begin(leaderCtx, "leader"), begin(hastyCtx, "hasty"), begin(t.Context(), "patient")
			time.Sleep(time.Second)
			cancel()
			if o := <-leader; !errors.Is(o.err, context.Canceled) || o.after != time.Second {
				t.Errorf("leader: %+v", o)
			}
			if o := <-hasty; !errors.Is(o.err, context.DeadlineExceeded) || o.after != 2*time.Second {
				t.Errorf("hasty: %+v", o)
			}
			if o := <-patient; o.err != nil || o.text != "answer 1" || o.after != 10*time.Second {
				t.Errorf("patient: %+v", o)
			}
			words := map[string]string{}
			for i := range sink.all {
				words[sink.all[i].ID] += sink.all[i].Ended + " " + sink.all[i].Error
			}
			if len(words) != 3 || words["leader"] != "accepted " || words["hasty"] != "aborted timeout" || words["patient"] != "cached " || client.calls.Load() != 1 {
				t.Errorf("records %v, %d calls", words, client.calls.Load())
			}

			// Alone.
			ctx, cancel := context.WithCancel(t.Context())
			alone := make(chan error)
			go func() {
				_, _, err := ask(ctx, router, &routing.Request{ID: "alone", Prompt: "something else"}, stream)
				alone <- err
			}()
			synctest.Wait()
			cancel()
			if err := <-alone; !errors.Is(err, context.Canceled) {
				t.Errorf("alone: %v", err)
			}
			synctest.Wait()
			if r := sink.last(t); r.ID != "alone" || r.Ended != "aborted" || r.Error != "canceled" {
				t.Errorf("record %+v", r)
			}
		})
	}
}

// TestStampedeReaderLeaves: the reader of a stream stops after the first word, and who waits for the whole gets it.
func TestStampedeReaderLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := counting(time.Second)
		router := mustOpen(t, cachedConfig, &routing.Options{Clients: map[string]llm.Client{"p": client}})
		defer router.Close()
		q := &routing.Request{Prompt: "the other one"} // its task has no checks, so that words leave as they come
		left := make(chan string, 1)
		go func() {
			for ev := range router.Stream(t.Context(), q) {
				left <- ev.Text
				return
			}
		}()
		synctest.Wait()
		a, err := router.Do(t.Context(), q)
		if word := <-left; err != nil || a.Text != "answer 1" || a.Hit == nil || word != "answer " || client.calls.Load() != 1 {
			t.Errorf("%+v, %v, %q, %d calls", a, err, word, client.calls.Load())
		}
		// Nobody waits for this one.
		q.Prompt = "yet another other one"
		for range router.Stream(t.Context(), q) {
			break
		}
		synctest.Wait()
		if a, err := router.Do(t.Context(), q); err != nil || a.Hit != nil && a.Text != "answer 2" {
			t.Errorf("%+v, %v", a, err)
		}
	})
}

// TestStampedeNotShared: what is not shared is not waited for, once that is known.
func TestStampedeNotShared(t *testing.T) {
	for name, test := range map[string]struct {
		prompt string
		least  int64
		most   time.Duration
	}{
		"a task without a cache": {"news of today", 10, time.Second},
		"answers that fail":      {"fail", 20, 2 * time.Second}, // both tiers are asked by the first, then by all others
	} {
		synctest.Test(t, func(t *testing.T) {
			var calls atomic.Int64
			client := funcClient(func(_ context.Context, c *llm.Call) (*llm.Response, error) {
				calls.Add(1)
				if c.Request.Messages[0].Text == "fail" {
					time.Sleep(time.Second / 2)
					return nil, &llm.Error{Cause: llm.ContextLength, Unbilled: true}
				}
				time.Sleep(time.Second)
				return &llm.Response{Text: "fine"}, nil
			})
			router := mustOpen(t, cachedConfig, &routing.Options{Clients: map[string]llm.Client{"p": client}})
			defer router.Close()
			start := time.Now()
			var wg sync.WaitGroup
			for range 10 {
				wg.Go(func() {
					_, err := router.Do(t.Context(), &routing.Request{Prompt: test.prompt})
					if _, ok := errors.AsType[*routing.AllModelsFailedError](err); ok != (test.prompt == "fail") {
						t.Errorf("%s: %v", name, err)
					}
				})
			}
			wg.Wait()
			if calls.Load() != test.least || time.Since(start) > test.most {
				t.Errorf("%s: %d calls in %v; want %d in %v", name, calls.Load(), time.Since(start), test.least, test.most)
			}
		})
	}
}

const nearConfig = cachedConfig + `[cache.semantic]
min_similarity = 0.75
[cache.semantic.tasks.other]
min_similarity = 0.999
ttl = "1m"
`

func TestSemanticHit(t *testing.T) {
	for _, config := range []string{nearConfig, strings.Replace(nearConfig, "[cache.exact]\nttl = \"1h\"\n", "", 1)} {
		client, sink := counting(0), new(records)
		router := mustOpen(t, config, &routing.Options{Clients: map[string]llm.Client{"p": client}, Trace: sink})
		defer router.Close()
		for i, test := range []struct {
			prompt, tenant, source, miss string
		}{
			{prompt: "How long does the delivery of a parcel take?", miss: "far"},
			{prompt: "How long does delivery of a parcel take?", source: "q0"},
			{prompt: "How long does the delivery of 2 parcels take?", miss: "number"},
			{prompt: "How long does delivery of a parcel take?", tenant: "b", miss: "far"},
			{prompt: "How long does the delivery of the other parcel take?", miss: "far"}, // another task
			{prompt: "How long does delivery of the other parcel take?", miss: "far"},     // its threshold is higher
			{prompt: "How long does the delivery of a parcel take today?", miss: "no_store"},
			{prompt: "How long does the delivery of a parcel take today?", miss: "no_store"},
		} {
			for _, stream := range []bool{false, true} {
				if stream && test.source == "" { // it was kept, unless its task forbids that
					continue
				}
				a, text, err := ask(t.Context(), router, &routing.Request{ID: fmt.Sprint("q", i), Prompt: test.prompt, Tenant: test.tenant}, stream)
				r := sink.last(t)
				if err != nil || text != a.Text || r.CacheMiss != test.miss {
					t.Errorf("%d: %+v, %v, %+v", i, a, err, r)
				}
				if test.source == "" {
					if a.Hit != nil || r.Cache != nil {
						t.Errorf("%d: hit %+v", i, a.Hit)
					}
				} else if h := a.Hit; h == nil || h.Kind != "semantic" || h.ID != test.source || !(h.Similarity > 0.75 && h.Similarity < 1) || h.SavedUSD != 3 ||
					a.CostUSD != 0 || a.Text != "answer 1" || r.Ended != "cached" || r.Cache.Kind != "semantic" || r.Layer != "default" || r.Cache.Similarity.Float() != h.Similarity {
					t.Errorf("%d: hit %+v of %+v, record %+v", i, h, a, r)
				}
			}
		}
	}
}

// TestReloadKeepsAnswers: a reload leaves answers where the config decides as before, and nowhere else.
func TestReloadKeepsAnswers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dispatch.toml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(cachedConfig)
	client := counting(0)
	router, err := routing.Open(path, &routing.Options{Clients: map[string]llm.Client{"p": client}})
	if err != nil {
		t.Fatal(err)
	}
	defer router.Close()
	dearer := strings.Replace(cachedConfig, "input = 10", "input = 11", 1)
	stricter := strings.Replace(cachedConfig, "min = 3", "min = 4", 1)
	for i, test := range []struct {
		config string
		calls  int64
	}{
		{cachedConfig, 1}, {cachedConfig, 1}, {dearer, 1}, {stricter, 2}, {cachedConfig, 2},
		{strings.Replace(cachedConfig, "[cache.exact]\nttl = \"1h\"\n", "", 1), 3}, {cachedConfig, 4}, // a cache that was off is empty
	} {
		write(test.config)
		if err := router.Reload(); err != nil {
			t.Fatal(err)
		}
		if _, err := router.Do(t.Context(), &routing.Request{Prompt: "hello"}); err != nil || client.calls.Load() != test.calls {
			t.Errorf("%d: %d calls, want %d; %v", i, client.calls.Load(), test.calls, err)
		}
	}
}

const redisConfig = cachedConfig + "backend = \"redis\"\nurl_env = \"REDIS_URL\"\n"

// A deadStore fails, or says nothing at all.
type deadStore struct{ hangs bool }

func (s deadStore) Get(ctx context.Context, _ string) ([]byte, error) {
	if s.hangs {
		<-ctx.Done()
	}
	return nil, errors.New("connection refused")
}

func (s deadStore) Set(ctx context.Context, key string, _ []byte, _ time.Duration) error {
	_, err := s.Get(ctx, key)
	return err
}

func (deadStore) Close() error { return nil }

// TestCacheOutage: a store that fails or hangs is a miss, and soon costs no time.
func TestCacheOutage(t *testing.T) {
	for _, hangs := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			client := counting(0)
			router := mustOpen(t, redisConfig, &routing.Options{
				Clients: map[string]llm.Client{"p": client}, Getenv: func(string) string { return "redis://nowhere" },
				Stores: map[string]cache.Opener{"redis": func(string) (cache.Store, error) { return deadStore{hangs}, nil }},
			})
			defer router.Close()
			start := time.Now()
			for i := range 100 {
				if a, _, err := ask(t.Context(), router, &routing.Request{Prompt: "hello"}, i%2 == 0); err != nil || a.Hit != nil {
					t.Fatalf("%+v, %v", a, err)
				}
			}
			if took := time.Since(start); took > 5*cache.DefaultTimeout || client.calls.Load() != 100 {
				t.Errorf("%d calls, %v", client.calls.Load(), took)
			}
		})
	}
}

func TestCacheBackend(t *testing.T) {
	open := func(opts *routing.Options) error {
		path := filepath.Join(t.TempDir(), "dispatch.toml")
		if err := os.WriteFile(path, []byte(redisConfig), 0o600); err != nil {
			t.Fatal(err)
		}
		router, err := routing.Open(path, opts)
		if err == nil {
			defer router.Close()
			err = router.Ready()
			if a, e := router.Do(t.Context(), &routing.Request{Prompt: "hello"}); e != nil || a.Text != "fine" {
				t.Errorf("%+v, %v", a, e)
			}
		}
		return err
	}
	clients := map[string]llm.Client{"p": says("fine")}
	stores := map[string]cache.Opener{"redis": cache.OpenMemory}
	for want, opts := range map[string]*routing.Options{
		`import "github.com/tierwise/tierwise/routing/cache/redisstore" and set routing.Options{Stores: map[string]cache.Opener{"redis": redisstore.Open}}`: nil,
		"REDIS_URL": {Clients: clients, Stores: stores, Getenv: func(string) string { return "" }},
		"no such address": {Clients: clients, Getenv: func(string) string { return "x" }, Stores: map[string]cache.Opener{
			"redis": func(string) (cache.Store, error) { return nil, errors.New("no such address") },
		}},
		"": {Clients: clients, Stores: stores, Getenv: func(string) string { return "redis://somewhere" }},
	} {
		if err := open(opts); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// TestHitsAreTheCallersOwn: what one caller does to an answer is not seen by the next.
func TestHitsAreTheCallersOwn(t *testing.T) {
	client := funcClient(func(context.Context, *llm.Call) (*llm.Response, error) {
		return &llm.Response{
			Text: "fine", Raw: []byte(`{"a":1}`), Unsent: []string{"x"}, Usage: &llm.Usage{Input: 1, CachedInput: math.NaN()}, FinishReason: "stop",
			Logprobs: []llm.Logprob{{Token: "fine", Logprob: -1, Top: []llm.Logprob{{Token: "good", Logprob: -2}}}},
		}, nil
	})
	router := mustOpen(t, cachedConfig, &routing.Options{Clients: map[string]llm.Client{"p": client}})
	for i := range 4 {
		a, err := router.Do(t.Context(), &routing.Request{Prompt: "hello", Request: llm.Request{Logprobs: true}})
		if err != nil || (a.Hit != nil) != (i > 0) || string(a.Raw) != `{"a":1}` || len(a.Unsent) != 1 || a.Unsent[0] != "x" || a.Usage.Input != 1 || !math.IsNaN(a.Usage.CachedInput) ||
			len(a.Logprobs) != 1 || a.Logprobs[0].Logprob != -1 || a.Logprobs[0].Top[0].Token != "good" {
			t.Fatalf("time %d: %+v of %+v, %v", i, a, a.Response, err)
		}
		a.Raw[0], a.Unsent[0], a.Usage.Input, a.Logprobs[0].Logprob = 'x', "y", 2, 0
		a.Text = "changed"
	}
	synctest.Test(t, func(t *testing.T) { // of those who wait for the same, too: the race detector looks on
		router := mustOpen(t, cachedConfig, &routing.Options{Clients: map[string]llm.Client{"p": counting(time.Second)}})
		defer router.Close()
		var wg sync.WaitGroup
		for i := range 10 {
			wg.Go(func() {
				a, err := router.Do(t.Context(), &routing.Request{Prompt: "hello"})
				if err != nil || a.Usage.Input != 1e6 {
					t.Errorf("%+v, %v", a, err)
					return
				}
				a.Usage.Input = float64(i)
			})
		}
		wg.Wait()
	})
}
