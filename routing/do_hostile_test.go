package routing_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net/http"
	"net/http/httptest"
	"runtime"
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

// TestAbsurdRetryAfter: a provider that names an absurd time to wait is asked no more often than one that names none, and
// is not left alone for ever.
func TestAbsurdRetryAfter(t *testing.T) {
	for _, test := range []struct {
		cause llm.Cause
		after time.Duration
		calls int64 // of one request
		back  time.Duration
	}{
		{llm.RateLimit, math.MaxInt64, 1, 2 * time.Minute},
		{llm.RateLimit, -time.Hour, 3, time.Minute},
		{llm.Server, math.MaxInt64, 1, 2 * time.Minute},
		{llm.Server, math.MinInt64, 3, time.Minute},
		{llm.Quota, math.MaxInt64, 1, 2 * time.Hour},
		{llm.Quota, -1, 1, 10 * time.Minute},
	} {
		synctest.Test(t, func(t *testing.T) {
			a := &flakyClient{down: func() error { return &llm.Error{Cause: test.cause, Unbilled: true, RetryAfter: test.after} }}
			router := twoTiers(t, a, &flakyClient{}, "", routing.Options{})
			begun := time.Now()
			if answer, err := router.Do(t.Context(), faultRequest()); err != nil || answer.Tier != "b" {
				t.Fatalf("%v after %v: answer %+v, error %v", test.cause, test.after, answer, err)
			}
			if n := a.calls.Load(); n != test.calls || time.Since(begun) > 5*time.Second {
				t.Errorf("%v after %v: %d calls in %v, want %d", test.cause, test.after, n, time.Since(begun), test.calls)
			}
			a.down = nil
			time.Sleep(test.back)
			if answer, err := router.Do(t.Context(), faultRequest()); err != nil || answer.Tier != "a" {
				t.Errorf("%v after %v: %v later: answer %+v, error %v", test.cause, test.after, test.back, answer, err)
			}
		})
	}
}

// TestAbsurdRetryAfterOfTheOnlyTier: there is nobody else to ask, and still no reason to ask again at once.
func TestAbsurdRetryAfterOfTheOnlyTier(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &flakyClient{down: func() error { return &llm.Error{Cause: llm.RateLimit, Unbilled: true, RetryAfter: math.MaxInt64} }}
		router := mustOpen(t, oneModel, &routing.Options{Clients: map[string]llm.Client{"p": a}})
		for range 3 {
			if _, err := router.Do(t.Context(), faultRequest()); err == nil {
				t.Error("an answer")
			}
		}
		if n := a.calls.Load(); n != 3 {
			t.Errorf("%d calls for 3 requests", n)
		}
	})
}

// TestNoStorm: where everything is down, each request costs the last tier one call and no wait once its breaker is open.
func TestNoStorm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := &flakyClient{down: down(llm.Server)}, &flakyClient{down: down(llm.Server)}
		router := twoTiers(t, a, b, "", routing.Options{})
		for range 5 {
			router.Do(t.Context(), faultRequest()) // opens the breakers
		}
		calls, begun := b.calls.Load(), time.Now()
		const requests = 100
		for range requests {
			if _, err := router.Do(t.Context(), faultRequest()); err == nil {
				t.Fatal("an answer")
			}
		}
		if n := b.calls.Load() - calls; n > requests+5 {
			t.Errorf("%d calls of the last tier for %d requests in %v", n, requests, time.Since(begun))
		}
	})
}

// TestNoTime: a request whose time is over before it came is a time-out or a caller who left, and asks nobody.
func TestNoTime(t *testing.T) {
	over, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	left, leave := context.WithCancel(t.Context())
	leave()
	for _, test := range []struct {
		ctx  context.Context
		opts routing.Options
		want error
	}{
		{over, routing.Options{}, context.DeadlineExceeded},
		{left, routing.Options{}, context.Canceled},
		{t.Context(), routing.Options{Timeout: 1}, context.DeadlineExceeded},
	} {
		for _, stream := range []bool{false, true} {
			a, b := &flakyClient{}, &flakyClient{}
			sink := new(records)
			test.opts.Trace = sink
			g := (&bench{router: twoTiers(t, a, b, "", test.opts)}).send(test.ctx, stream)
			if !errors.Is(g.err, test.want) || a.calls.Load()+b.calls.Load() != 0 {
				t.Errorf("error %v, want %v; %d calls", g.err, test.want, a.calls.Load()+b.calls.Load())
			}
			if r := sink.last(t); r.Error == "" {
				t.Errorf("record %+v", r)
			}
		}
	}
}

// TestUnknownTask: a task that the config lacks goes to the default, and the record says so.
func TestUnknownTask(t *testing.T) {
	sink := new(records)
	router := twoTiers(t, &flakyClient{}, &flakyClient{}, "", routing.Options{Trace: sink})
	q := faultRequest()
	q.Task = "no such task"
	answer, err := router.Do(t.Context(), q)
	if r := sink.last(t); err != nil || answer.Task != "t" || answer.Layer != routing.LayerDefault || r.UnknownTask != q.Task {
		t.Errorf("answer %+v, error %v, record %+v", answer, err, r)
	}
}

// TestWrongErrors: what a client of the service's returns beside the rules is an error or an answer, and no panic.
func TestWrongErrors(t *testing.T) {
	for name, client := range map[string]funcClient{
		"a nil *llm.Error":          func(context.Context, *llm.Call) (*llm.Response, error) { var e *llm.Error; return nil, e },
		"a context of its own":      func(context.Context, *llm.Call) (*llm.Response, error) { return nil, context.Canceled },
		"no cause":                  func(context.Context, *llm.Call) (*llm.Response, error) { return nil, &llm.Error{} },
		"no cause, wrapped":         func(context.Context, *llm.Call) (*llm.Response, error) { return nil, fmt.Errorf("x: %w", &llm.Error{}) },
		"a cause of replays":        func(context.Context, *llm.Call) (*llm.Response, error) { return nil, &llm.Error{Cause: llm.Unrecorded} },
		"a cause that there is not": func(context.Context, *llm.Call) (*llm.Response, error) { return nil, &llm.Error{Cause: 200} },
		"an answer and an error": func(context.Context, *llm.Call) (*llm.Response, error) {
			return &llm.Response{Text: "fine"}, &llm.Error{Cause: llm.Other}
		},
	} {
		for _, stream := range []bool{false, true} {
			b := bench{router: twoTiers(t, client, &flakyClient{}, "", routing.Options{})}
			if g := b.send(t.Context(), stream); g.err != nil || g.answer.Tier != "b" {
				t.Errorf("%s: answer %+v, error %v", name, g.answer, g.err)
			}
			b = bench{router: twoTiers(t, client, client, "", routing.Options{})}
			if g := b.send(t.Context(), stream); g.err == nil {
				t.Errorf("%s: answer %+v", name, g.answer)
			} else if all, ok := errors.AsType[*routing.AllModelsFailedError](g.err); !ok || all.Cause() != llm.Other {
				t.Errorf("%s: error %v", name, g.err)
			}
		}
	}
	router := mustOpen(t, oneModel, &routing.Options{Clients: map[string]llm.Client{"p": funcClient(func(context.Context, *llm.Call) (*llm.Response, error) {
		var e *llm.Error
		return &llm.Response{Text: "fine"}, e
	})}})
	if answer, err := router.Do(t.Context(), faultRequest()); err != nil || answer.Text != "fine" {
		t.Errorf("answer %+v, error %v", answer, err)
	}
}

// TestStress has callers, streams whose readers stop, callers who leave, and reloads that move the provider to another
// address and back, until the router is closed under them; over HTTP, for the race detector. Nothing is left running.
func TestStress(t *testing.T) {
	before := runtime.NumGoroutine()
	var servers [2]*httptest.Server
	for i := range servers {
		servers[i] = httptest.NewServer(http.HandlerFunc(chatty))
	}
	config := func(n int) []byte {
		return fmt.Appendf(nil, `version = 1
baseline = "m"
[providers.p]
kind = "openai"
base_url = %q
max_concurrent = %d
[models.m]
provider = "p"
id = "m-1"
[models.n]
provider = "p"
id = "n-1"
[tiers]
t = "m"
u = "n"
[tasks.t]
chain = ["t", "u"]
[router]
default = "t"
`, servers[n%2].URL, 4+n%3)
	}
	var source lockedFile
	source.set(config(0))
	router, err := routing.New(&source, "dispatch.toml", &routing.Options{Trace: new(records), Observer: new(discardObserver)})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var answered, refused atomic.Int64
	stop := make(chan struct{})
	for i := range 6 {
		wg.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				ctx, cancel := context.WithCancel(context.Background())
				if n%5 == 4 {
					time.AfterFunc(time.Millisecond, cancel)
				}
				var err error
				if i%2 == 0 {
					_, err = router.Do(ctx, faultRequest())
				} else {
					for _, e := range router.Stream(ctx, faultRequest()) {
						if err = e; n%3 == 2 {
							break
						}
					}
				}
				switch {
				case err == nil:
					answered.Add(1)
				case errors.Is(err, routing.ErrClosed):
					refused.Add(1)
				case !errors.Is(err, context.Canceled):
					t.Error(err)
				}
				cancel()
			}
		})
	}
	for n := range 40 {
		source.set(config(n))
		if err := router.Reload(); err != nil {
			t.Error(err)
		}
		time.Sleep(5 * time.Millisecond)
	}
	if err := router.Close(); err != nil {
		t.Error(err)
	}
	time.Sleep(10 * time.Millisecond)
	close(stop)
	wg.Wait()
	if answered.Load() < 50 || refused.Load() == 0 {
		t.Errorf("%d answers, %d refused after Close", answered.Load(), refused.Load())
	}
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before+8 && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	if n := runtime.NumGoroutine(); n > before+8 { // the servers' own
		stacks := make([]byte, 1<<20)
		t.Errorf("%d goroutines, %d before:\n%s", n, before, stacks[:runtime.Stack(stacks, true)])
	}
	for i := range servers {
		servers[i].Close()
	}
}

// chatty answers a chat completion, streamed if that is asked for.
func chatty(w http.ResponseWriter, r *http.Request) {
	var asked struct{ Stream bool }
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	time.Sleep(2 * time.Millisecond)
	if !asked.Stream {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"model":"m-1","choices":[{"finish_reason":"stop","message":{"role":"assistant","content":"fine"}}],"usage":{"prompt_tokens":3,"completion_tokens":1}}`)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	for _, delta := range []string{`{"content":"fi"},"finish_reason":null`, `{"content":"ne"},"finish_reason":null`, `{},"finish_reason":"stop"`} {
		fmt.Fprintf(w, "data: {\"model\":\"m-1\",\"choices\":[{\"index\":0,\"delta\":%s}]}\n\n", delta)
		w.(http.Flusher).Flush()
	}
	fmt.Fprint(w, "data: [DONE]\n\n")
}

// A lockedFile is a file system with the file dispatch.toml alone, which may change while it is read.
type lockedFile struct {
	mu   sync.Mutex
	data []byte
}

func (f *lockedFile) set(data []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.data = data
}

// Open implements fs.FS.
func (f *lockedFile) Open(name string) (fs.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return fstest.MapFS{"dispatch.toml": {Data: f.data}}.Open(name)
}

// A discardObserver hands on the contexts that it got.
type discardObserver struct{}

// Begin implements routing.Observer.
func (o discardObserver) Begin(ctx context.Context, _ *routing.Request) (context.Context, routing.Observation) {
	return ctx, o
}

// Ask implements routing.Observation.
func (discardObserver) Ask(ctx context.Context, _ *routing.ObservedCall) (context.Context, func(*llm.Response, *llm.Error)) {
	return ctx, func(*llm.Response, *llm.Error) {}
}

// End implements routing.Observation.
func (discardObserver) End(*trace.Record) {}
