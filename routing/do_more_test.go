package routing_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/llm"
)

// A streamClient yields what a function says.
type streamClient struct {
	funcClient
	stream func(c *llm.Call, yield func(llm.Event, error) bool)
}

// Stream implements llm.Client.
func (s *streamClient) Stream(_ context.Context, c *llm.Call) iter.Seq2[llm.Event, error] {
	return func(yield func(llm.Event, error) bool) { s.stream(c, yield) }
}

// TestHeldEventsAreDropped: what a model sent before it failed never reaches the caller, and what the next one sends does,
// byte for byte and in order.
func TestHeldEventsAreDropped(t *testing.T) {
	client := &streamClient{stream: func(c *llm.Call, yield func(llm.Event, error) bool) {
		data := []byte("head of " + c.Model) // one buffer, as clients have
		if !yield(llm.Event{Name: "head", Data: data}, nil) {
			return
		}
		if c.Model == "m-1" {
			yield(llm.Event{}, &llm.Error{Cause: llm.Server, Unbilled: true})
			return
		}
		data = append(data[:0], "text"...)
		if yield(llm.Event{Text: "fine", Data: data}, nil) {
			data = append(data[:0], "tail"...)
			yield(llm.Event{Data: data, Response: &llm.Response{Text: "fine"}}, nil)
			copy(data, "over")
		}
	}}
	router := mustOpen(t, strings.Replace(twoProviders, "api_key_env = \"KEY\"", "retries = 1", 1), &routing.Options{Clients: map[string]llm.Client{"p": client, "q": client}})
	var got []string
	for ev, err := range router.Stream(t.Context(), faultRequest()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, ev.Name+":"+string(ev.Data)+":"+ev.Text)
	}
	if want := []string{"head:head of n:", ":text:fine", ":tail:"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestHoldingBackIsBounded: a provider that sends for ever before the first content is passed on.
func TestHoldingBackIsBounded(t *testing.T) {
	for _, size := range []int{0, 100 << 10} {
		sent, seen := 0, 0
		client := &streamClient{stream: func(_ *llm.Call, yield func(llm.Event, error) bool) {
			for ; sent < 1000; sent++ {
				if !yield(llm.Event{Data: make([]byte, size)}, nil) {
					return
				}
			}
		}}
		router := mustOpen(t, oneModel, &routing.Options{Clients: map[string]llm.Client{"p": client}})
		for range router.Stream(t.Context(), faultRequest()) {
			if seen++; seen == 10 {
				break
			}
		}
		if seen != 10 || sent > 70 {
			t.Errorf("%d events of %d bytes were sent before ten were seen", sent, size)
		}
	}
}

// twoModels has two models at one provider.
var twoModels = strings.NewReplacer("provider = \"q\"", "provider = \"p\"").Replace(twoProviders)

// TestKeyOrModel: an empty account or a wrong key closes all models behind it, a model that is not allowed only itself.
func TestKeyOrModel(t *testing.T) {
	for _, test := range []struct {
		name  string
		error llm.Error
		asked int // how often the second model is asked in five requests
	}{
		{"quota", llm.Error{Cause: llm.Quota, Unbilled: true}, 5},
		{"401", llm.Error{Cause: llm.Auth, Status: 401, Unbilled: true}, 5},
		{"403", llm.Error{Cause: llm.Auth, Status: 403, Unbilled: true}, 5},
	} {
		t.Run(test.name, func(t *testing.T) {
			var first, second int
			client := funcClient(func(_ context.Context, c *llm.Call) (*llm.Response, error) {
				if c.Model == "m-1" {
					first++
					return nil, &test.error
				}
				second++
				return &llm.Response{Text: "fine"}, nil
			})
			sink := new(records)
			router := mustOpen(t, twoModels, &routing.Options{Clients: map[string]llm.Client{"p": client}, Trace: sink})
			for range 5 {
				if _, err := router.Do(t.Context(), faultRequest()); err != nil {
					t.Fatal(err) // the last tier is asked even with a closed key
				}
			}
			// An answer shows that the key works, so what closed it was the first model's.
			if second != test.asked || first > 5 || test.name == "403" && first != 1 {
				t.Errorf("the first was asked %d times, the second %d times", first, second)
			}
		})
	}
}

// TestQuotaReachesTheNextProviderAtOnce: no wait, no other model of the same account.
func TestQuotaReachesTheNextProviderAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := strings.NewReplacer("t = \"m\"\nu = \"n\"\n", "t = \"m\"\nu = \"n\"\nv = \"o\"\n", `["t", "u"]`, `["t", "u", "v"]`, "[tiers]", "[models.o]\nprovider = \"q\"\n[tiers]").Replace(twoModels)
		a, b := &flakyClient{down: func() error { return &llm.Error{Cause: llm.Quota, Unbilled: true} }}, &flakyClient{}
		router := mustOpen(t, config, &routing.Options{Clients: map[string]llm.Client{"p": a, "q": b}})
		begun := time.Now()
		for range 3 {
			if answer, err := router.Do(t.Context(), faultRequest()); err != nil || answer.Tier != "v" {
				t.Fatalf("answer %+v, error %v", answer, err)
			}
		}
		if a.calls.Load() != 1 || time.Since(begun) != 0 {
			t.Errorf("the empty account was asked %d times, in %v", a.calls.Load(), time.Since(begun))
		}
		time.Sleep(5 * time.Minute)
		a.down = nil
		if answer, err := router.Do(t.Context(), faultRequest()); err != nil || answer.Tier != "t" {
			t.Errorf("after five minutes: answer %+v, error %v", answer, err)
		}
	})
}

// TestGoodAnswerInHand: a last tier that is down is not waited for where an answer is there already.
func TestGoodAnswerInHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := strings.Replace(twoProviders, `["t", "u"]`, "[\"t\", \"u\"]\naccept = [{ check = \"chars\", min = 100 }]", 1)
		a, b := &flakyClient{}, &flakyClient{takes: 10 * time.Second, down: down(llm.Timeout)}
		router := mustOpen(t, config, &routing.Options{Clients: map[string]llm.Client{"p": a, "q": b}})
		for range 10 {
			if answer, err := router.Do(t.Context(), faultRequest()); err != nil || answer.Tier != "t" || !answer.Exhausted {
				t.Fatalf("answer %+v, error %v", answer, err)
			}
		}
		if n := b.calls.Load(); n != 5 {
			t.Errorf("the dead last tier was asked %d times", n)
		}
	})
}

// TestPanickingClient: a client that panics leaves its slot and its probe to others.
func TestPanickingClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down, panics := true, false
		client := funcClient(func(context.Context, *llm.Call) (*llm.Response, error) {
			switch {
			case panics:
				panic("oops")
			case down:
				return nil, &llm.Error{Cause: llm.Server, Unbilled: true}
			}
			return &llm.Response{Text: "fine"}, nil
		})
		router := twoTiers(t, client, &flakyClient{}, "max_concurrent = 1", routing.Options{})
		for range 5 {
			router.Do(t.Context(), faultRequest()) // opens the breaker
		}
		time.Sleep(time.Minute)
		down, panics = false, true
		func() {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			router.Do(t.Context(), faultRequest())
		}()
		panics = false
		if answer, err := router.Do(t.Context(), faultRequest()); err != nil || answer.Tier != "a" {
			t.Errorf("answer %+v, error %v", answer, err)
		}
	})
}

// askingJudge asks its model a fixed question.
type askingJudge struct {
	sure float64
	fail error
}

// Label implements routing.Judge.
func (j *askingJudge) Label(ctx context.Context, ask routing.Ask, q *routing.Request) (string, float64, error) {
	r, err := ask(ctx, &llm.Request{Messages: []llm.Message{{Role: "user", Text: "which task? " + q.Prompt}}})
	if err != nil || j.fail != nil {
		return "", 0, errors.Join(err, j.fail)
	}
	return r.Text, j.sure, nil
}

// SelfCheck implements routing.Judge.
func (j *askingJudge) SelfCheck(ctx context.Context, ask routing.Ask, _ *routing.Request, _ *llm.Response) (float64, error) {
	if _, err := ask(ctx, &llm.Request{Messages: []llm.Message{{Role: "user", Text: "sure?"}}}); err != nil {
		return 0, err
	}
	return j.sure, j.fail
}

// TestJudge: what a judge asks is charged to the request, and its failure is never the request's.
func TestJudge(t *testing.T) {
	const config = `version = 1
baseline = "m"
[providers.p]
kind = "openai"
[models.m]
provider = "p"
price = { input = 1, output = 2 }
[models.small]
provider = "p"
price = { input = 0.5, output = 1 }
[tiers]
s = "small"
t = "m"
[tasks.t]
chain = ["t"]
[tasks.u]
chain = ["s", "t"]
accept = [{ check = "self_check", model = "small", min = 0.5 }]
[router]
default = "t"
[router.llm]
model = "small"
`
	for _, test := range []struct {
		name  string
		judge routing.Judge
		down  bool // the small model
		task  string
		tier  string
		cost  float64
	}{
		{"sure", &askingJudge{sure: 0.9}, false, "u", "s", 3 * 10},
		{"unsure of the answer", &askingJudge{sure: 0.4}, false, "u", "t", 3*10 + 20},
		{"it fails", &askingJudge{fail: errors.New("no idea")}, false, "t", "t", 10 + 20},
		{"its model is down", &askingJudge{sure: 0.9}, true, "t", "t", 20},
		{"the router's own, which takes a bare label and no bare verdict", nil, false, "u", "t", 3*10 + 20},
	} {
		t.Run(test.name, func(t *testing.T) {
			client := funcClient(func(_ context.Context, c *llm.Call) (*llm.Response, error) {
				if test.down && c.Model == "small" {
					return nil, &llm.Error{Cause: llm.Server, Unbilled: true}
				}
				return &llm.Response{Text: "u", Usage: &llm.Usage{Input: 10, Output: 5}}, nil
			})
			sink := new(records)
			router := mustOpen(t, config, &routing.Options{Clients: map[string]llm.Client{"p": client}, Judge: test.judge, Trace: sink})
			answer, err := router.Do(t.Context(), &routing.Request{Prompt: "hello"})
			if err != nil || answer.Task != test.task || answer.Tier != test.tier {
				t.Fatalf("answer %+v, error %v", answer, err)
			}
			if d := answer.CostUSD*1e6 - test.cost; d > 1e-9 || d < -1e-9 {
				t.Errorf("cost $%v a million times, want %v", answer.CostUSD*1e6, test.cost)
			}
			if r := sink.last(t); (r.RouterError == "") != (test.task == "u") || r.RouterModel != "small" {
				t.Errorf("record %+v", r)
			}
		})
	}
}
