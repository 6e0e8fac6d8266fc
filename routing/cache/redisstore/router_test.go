package redisstore_test

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/cache"
	"github.com/tierwise/tierwise/routing/cache/redisstore"
	"github.com/tierwise/tierwise/routing/llm"
)

const config = `version = 1
baseline = "m"
[providers.p]
kind = "openai"
[models.m]
provider = "p"
price = { input = 1, output = 1 }
[tiers]
t = "m"
[tasks.t]
chain = ["t"]
[router]
default = "t"
[cache.exact]
backend = "redis"
url_env = "REDIS_URL"
ttl = "1h"
[cache.semantic]
min_similarity = 0.75
ttl = "1h"
`

// A counter is a provider that counts what it is asked.
type counter struct{ calls atomic.Int64 }

// Do implements llm.Client.
func (c *counter) Do(context.Context, *llm.Call) (*llm.Response, error) {
	return &llm.Response{Text: fmt.Sprint("answer ", c.calls.Add(1)), Usage: &llm.Usage{Input: 1e6}}, nil
}

// Stream implements llm.Client.
func (c *counter) Stream(ctx context.Context, call *llm.Call) iter.Seq2[llm.Event, error] {
	return func(yield func(llm.Event, error) bool) {
		r, err := c.Do(ctx, call)
		yield(llm.Event{Text: r.Text, Response: r}, err)
	}
}

func openRouter(t *testing.T, url string, client llm.Client) *routing.Router {
	t.Helper()
	router, err := routing.New(fstest.MapFS{"dispatch.toml": {Data: []byte(config)}}, "dispatch.toml", &routing.Options{
		Clients: map[string]llm.Client{"p": client}, Getenv: func(string) string { return url },
		Stores: map[string]cache.Opener{"redis": redisstore.Open},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { router.Close() })
	return router
}

// hit repeats a request until it is a hit of that kind: on a busy machine a look-up may take more than its 100 ms, and is a
// miss then.
func hit(t *testing.T, router *routing.Router, prompt, kind string, within time.Duration) *routing.Answer {
	t.Helper()
	for deadline := time.Now().Add(within); ; time.Sleep(100 * time.Millisecond) {
		a, err := router.Do(t.Context(), &routing.Request{Prompt: prompt})
		if err != nil {
			t.Fatal(err)
		}
		if a.Hit != nil && a.Hit.Kind == kind {
			return a
		}
		if time.Now().After(deadline) {
			t.Fatalf("no %s hit: %+v", kind, a)
		}
	}
}

// TestRoutersShareHits: what one router was answered, another gives, to the letter and nearly.
func TestRoutersShareHits(t *testing.T) {
	srv := startServer(t)
	var one, two counter
	a, b := openRouter(t, srv.url(), &one), openRouter(t, srv.url(), &two)
	const prompt = "How long does the delivery of a parcel take?"
	kept := hit(t, a, prompt, "exact", 20*time.Second)
	if got := hit(t, b, prompt, "exact", 20*time.Second); got.Text != kept.Text || got.CostUSD != 0 || got.Hit.SavedUSD != 1 {
		t.Errorf("%+v of %+v, hit %+v", got, got.Response, got.Hit)
	}
	// The other router hears of it within a second.
	if got := hit(t, b, "How long does delivery of a parcel take?", "semantic", 20*time.Second); got.Hit.Similarity < 0.75 {
		t.Errorf("%+v", got.Hit)
	}
}

// TestRedisDies: while Redis is killed, gone and back, no request fails; then there are hits again.
func TestRedisDies(t *testing.T) {
	srv := startServer(t)
	var client counter
	router := openRouter(t, srv.url(), &client)
	hit(t, router, "hello", "exact", 20*time.Second)
	stop, requests := make(chan struct{}), atomic.Int64{}
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				q := &routing.Request{Prompt: fmt.Sprint("request ", (n+i)%20)}
				if n%2 == 0 {
					if _, err := router.Do(t.Context(), q); err != nil {
						t.Errorf("a request failed: %v", err)
					}
				} else {
					for _, err := range router.Stream(t.Context(), q) {
						if err != nil {
							t.Errorf("a stream failed: %v", err)
						}
					}
				}
				requests.Add(1)
				time.Sleep(time.Millisecond)
			}
		})
	}
	time.Sleep(500 * time.Millisecond)
	srv.kill()
	before := requests.Load()
	time.Sleep(2 * time.Second)
	during := requests.Load() - before
	srv.start(t)
	hit(t, router, "after", "exact", cache.DefaultPause+20*time.Second)
	close(stop)
	wg.Wait()
	if during < 20 {
		t.Errorf("%d requests were answered while Redis was out for two seconds", during)
	}
	t.Logf("%d requests before, %d while Redis was out, %d after; %d calls", before, during, requests.Load()-before-during, client.calls.Load())
}
