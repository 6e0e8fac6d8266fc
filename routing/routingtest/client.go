package routingtest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/routingtest/faultserver"
)

// ClientKey is the API key that a client under test must use, since errors are searched for it.
const ClientKey = "sk-secret"

const clientPrompt = "tell me a secret"

// Client tests a client against a provider that fails in every way of package faultserver: that it tells the failures
// apart, asks once whatever happens, says what may have been billed, keeps keys and prompts out of its errors, and leaves
// no goroutines behind. open returns a client for that base URL, with [ClientKey] and limits, that reads answers of up to
// a megabyte; the client is closed if it has a method Close.
func Client(t *testing.T, open func(baseURL string, limits llm.Limits) (llm.Client, error)) {
	t.Helper()
	before := runtime.NumGoroutine()
	server, err := faultserver.Start()
	if err != nil {
		t.Fatal(err)
	}
	server.Slow = 4 * time.Second
	limits := llm.Limits{Header: time.Second, FirstToken: time.Second, Idle: time.Second}
	client, err := open(server.URL(), limits)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("faults", func(t *testing.T) {
		for _, f := range faultserver.Faults() {
			for _, stream := range []bool{false, true} {
				c := &clientTest{server: server, client: client, fault: f, stream: stream}
				t.Run(fmt.Sprintf("%s/stream=%v", f.Name, stream), func(t *testing.T) {
					t.Parallel()
					c.run(t)
				})
			}
		}
	})
	t.Run("caller leaves", func(t *testing.T) { testLeaving(t, client) })
	t.Run("reader stops", func(t *testing.T) {
		for _, err := range client.Stream(t.Context(), clientCall("stall", "stops")) {
			if err != nil {
				t.Error(err)
			}
			break
		}
	})
	t.Run("refused", func(t *testing.T) { testRefused(t, open, limits) })
	server.Close()
	if c, ok := client.(interface{ Close() error }); ok {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	checkGoroutines(t, before)
}

// checkGoroutines waits for the number of goroutines to fall back to what it was.
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

// clientCall is a call of a fault. Each has a model of its own, so that its calls can be counted.
func clientCall(fault, name string) *llm.Call {
	return &llm.Call{Model: strings.Repeat(fault+",", len(name)) + fault, Request: &llm.Request{
		Messages: []llm.Message{{Role: "user", Text: clientPrompt}}, MaxTokens: 100,
	}}
}

type clientTest struct {
	server *faultserver.Server
	client llm.Client
	fault  faultserver.Fault
	stream bool
}

func (c *clientTest) run(t *testing.T) {
	// Longer than the limits, so that it ends only what gives signs of life for ever.
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	name, want := "w", c.fault.Whole
	if c.stream {
		name, want = "st", c.fault.Stream
	}
	call := clientCall(c.fault.Name, name)
	var resp *llm.Response
	var err error
	pieces, text := 0, ""
	if c.stream {
		for ev, failed := range c.client.Stream(ctx, call) {
			if ev.Content() {
				pieces++
			}
			text += ev.Text
			resp, err = ev.Response, failed
		}
	} else {
		resp, err = c.client.Do(ctx, call)
	}
	calls := 0
	for _, seen := range c.server.Calls() {
		if seen.Model != call.Model {
			continue
		}
		calls++
		if seen.Stream != c.stream {
			t.Errorf("asked for a stream: %v", seen.Stream)
		}
	}
	if calls != 1 {
		t.Errorf("the provider was asked %d times", calls)
	}
	if want == llm.OK {
		c.checkAnswer(t, resp, err)
		if c.stream && text != resp.Text {
			t.Errorf("the pieces are %q, the whole %q", text, resp.Text)
		}
		return
	}
	if resp != nil {
		t.Errorf("an answer: %+v", resp)
	}
	if c.stream && c.fault.Tokens >= 0 && pieces != c.fault.Tokens {
		t.Errorf("%d pieces before the error, want %d", pieces, c.fault.Tokens)
	}
	c.checkError(t, want, err)
}

func (c *clientTest) checkAnswer(t *testing.T, resp *llm.Response, err error) {
	t.Helper()
	if err != nil || resp == nil {
		t.Fatalf("no answer: %v", err)
	}
	if resp.Text != faultserver.Text() || resp.FinishReason != llm.FinishStop || resp.ID != "a1" || resp.Model != "fault-1" {
		t.Errorf("answer %+v", resp)
	}
	// Without the last event, chat completions lack nothing; messages have the usage before it.
	u := resp.Usage
	if u == nil || u.Input != faultserver.InputTokens || u.CachedInput != faultserver.CachedInput || u.Output != faultserver.Tokens || !math.IsNaN(u.Reasoning) {
		t.Errorf("usage %+v", u)
	}
}

func (c *clientTest) checkError(t *testing.T, want llm.Cause, err error) {
	t.Helper()
	var e *llm.Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v (%T), want an *llm.Error", err, err)
	}
	if e.Cause != want || e.Unbilled != c.fault.Unbilled {
		t.Errorf("cause %v, unbilled %v, want %v, %v: %v", e.Cause, e.Unbilled, want, c.fault.Unbilled, err)
	}
	if c.fault.Status != 0 && e.Status != c.fault.Status {
		t.Errorf("status %d, want %d", e.Status, c.fault.Status)
	}
	if c.fault.Status != 0 && e.RequestID != "req_1" {
		t.Errorf("request %q", e.RequestID)
	}
	if e.Provider == llm.OpenAI && e.Code != c.fault.Code && c.fault.Code != "" {
		t.Errorf("code %q, want %q", e.Code, c.fault.Code)
	}
	if off := c.fault.RetryAfter - e.RetryAfter; off < 0 || off > 3*time.Second || off != 0 && c.fault.RetryAfter < 30*time.Second {
		t.Errorf("retry after %v, want %v", e.RetryAfter, c.fault.RetryAfter)
	}
	shown := fmt.Sprintf("%v %+v %s", e, e, e.Error())
	for _, secret := range []string{ClientKey, clientPrompt, "127.0.0.1", "management policy"} {
		if strings.Contains(shown, secret) {
			t.Errorf("the error shows %q: %s", secret, shown)
		}
	}
	if strings.Contains(e.Detail.Reveal(), ClientKey) {
		t.Errorf("the detail shows the key: %s", e.Detail.Reveal())
	}
	if c.fault.Name == "content-filter" && !strings.Contains(e.Detail.Reveal(), " ") {
		t.Errorf("the provider's reason does not reach the caller: %q", e.Detail.Reveal())
	}
}

// testLeaving: a call whose caller leaves ends at once, not at the time limit, which would be another cause.
func testLeaving(t *testing.T, client llm.Client) {
	for _, stream := range []bool{false, true} {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(20*time.Millisecond, cancel)
		var err error
		if stream {
			for _, failed := range client.Stream(ctx, clientCall("stall", "leave")) {
				err = failed
			}
		} else {
			_, err = client.Do(ctx, clientCall("silent", "leave"))
		}
		var e *llm.Error
		if !errors.As(err, &e) || e.Cause != llm.Canceled || !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want canceled", err)
		}
	}
}

// testRefused: a port where nobody listens costs nothing.
func testRefused(t *testing.T, open func(string, llm.Limits) (llm.Client, error), limits llm.Limits) {
	server, err := faultserver.Start()
	if err != nil {
		t.Fatal(err)
	}
	url := server.URL()
	server.Close()
	client, err := open(url, limits)
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Do(t.Context(), clientCall("ok", "refused"))
	var e *llm.Error
	if !errors.As(err, &e) || e.Cause != llm.Connection || !e.Unbilled || strings.Contains(err.Error(), "127.0.0.1") {
		t.Errorf("error %v, want an unbilled connection error without the address", err)
	}
}
