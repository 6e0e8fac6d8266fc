package openai_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/llm/openai"
)

// nan compares unknown numbers as equal.
var nan = cmp.Comparer(func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) })

// provider returns a client of a server that answers with reply, and the bodies that the server saw.
func provider(t *testing.T, reply string, opts *openai.Options) (*openai.Client, *[]string) {
	t.Helper()
	var bodies []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		bodies = append(bodies, string(body))
		io.WriteString(w, reply)
	}))
	t.Cleanup(server.Close)
	if opts == nil {
		opts = &openai.Options{}
	}
	opts.BaseURL = server.URL + "/v1"
	client, err := openai.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client, &bodies
}

const plainAnswer = `{"id":"a","model":"m-2026","choices":[{"index":0,"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}]}`

// A request comes out with all that was in it, the fields included that llm has no word for.
func TestRequest(t *testing.T) {
	temperature, topP, seed := 0.2, 0.9, int64(7)
	full := &llm.Request{
		Messages: []llm.Message{
			{Role: "system", Text: "be <brief>"},
			{Role: "user", Parts: []llm.Part{{Type: "text", Text: "what?"}, {Type: "image_url", Raw: json.RawMessage(`{"type":"image_url","image_url":{"url":"data:,"}}`)}}},
			{Role: "assistant", ToolCalls: []llm.ToolCall{{ID: "c1", Name: "f", Arguments: "{}"}}},
			{Role: "tool", Text: "3", ToolCallID: "c1", Extra: map[string]json.RawMessage{"name": json.RawMessage(`"f"`)}},
		},
		Tools: json.RawMessage(`[{"type":"function","function":{"name":"f"}}]`), ToolChoice: json.RawMessage(`"auto"`),
		ResponseFormat: json.RawMessage(`{"type":"json_schema","json_schema":{"name":"x","schema":{"type":"object"}}}`),
		MaxTokens:      50, Temperature: &temperature, TopP: &topP, Stop: []string{"\n"}, Seed: &seed, Logprobs: true, TopLogprobs: 2,
		Extra: map[string]json.RawMessage{"user": json.RawMessage(`"u1"`), "new_field": json.RawMessage(`{"a":[1]}`), "model": json.RawMessage(`"other"`), "stream_options": json.RawMessage(`{"x":1}`)},
	}
	const sent = `{"model":"m","messages":[{"role":"system","content":"be <brief>"},{"role":"user","content":[{"type":"text","text":"what?"},{"type":"image_url","image_url":{"url":"data:,"}}]},` +
		`{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","content":"3","tool_call_id":"c1","name":"f"}],` +
		`"tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"auto","response_format":{"type":"json_schema","json_schema":{"name":"x","schema":{"type":"object"}}},` +
		`"max_tokens":50,"temperature":0.2,"top_p":0.9,"stop":["\n"],"seed":7,"logprobs":true,"top_logprobs":2,%s"new_field":{"a":[1]},"user":"u1"}` + ""
	client, bodies := provider(t, plainAnswer, nil)
	if _, err := client.Do(t.Context(), &llm.Call{Model: "m", Request: full}); err != nil {
		t.Fatal(err)
	}
	for _, err := range client.Stream(t.Context(), &llm.Call{Model: "m", Request: full}) {
		if err != nil {
			t.Fatal(err)
		}
	}
	for i, more := range []string{`"stream":false,`, `"stream":true,"stream_options":{"include_usage":true,"x":1},`} {
		if diff := cmp.Diff(fmt.Sprintf(sent, more), (*bodies)[i]); diff != "" {
			t.Errorf("body %d (-want +got):\n%s", i, diff)
		}
	}

	client, bodies = provider(t, plainAnswer, &openai.Options{MaxTokensField: "max_completion_tokens", NoStreamUsage: true})
	resp, err := client.Do(t.Context(), &llm.Call{Model: "m", Request: &llm.Request{MaxTokens: 5, Dialect: llm.Anthropic, Extra: map[string]json.RawMessage{"top_k": json.RawMessage("4")}}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := (*bodies)[0], `{"model":"m","messages":[],"max_completion_tokens":5,"stream":false}`; got != want {
		t.Errorf("body %s, want %s", got, want)
	}
	if diff := cmp.Diff([]string{"top_k"}, resp.Unsent); diff != "" {
		t.Errorf("unsent (-want +got):\n%s", diff)
	}
	for name, r := range map[string]*llm.Request{
		"raw JSON that is none": {Tools: json.RawMessage("[{")},
		"tools in another form": {Dialect: llm.Anthropic, Tools: json.RawMessage(`[{"name":"f"}]`)},
	} {
		if _, err := client.Do(t.Context(), &llm.Call{Model: "m", Request: r}); err == nil || len(*bodies) != 1 {
			t.Errorf("%s was sent", name)
		}
	}
}

func TestResponse(t *testing.T) {
	number := math.NaN()
	for _, tt := range []struct {
		name, reply string
		want        llm.Response
	}{
		{"plain", plainAnswer, llm.Response{ID: "a", Model: "m-2026", Text: "hello", FinishReason: "stop"}},
		{
			"usage", `{"choices":[{"message":{"content":"x"},"finish_reason":"length"}],"usage":{"prompt_tokens":10,"completion_tokens":8,"total_tokens":18,"prompt_tokens_details":{"cached_tokens":4,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":5}}}`,
			llm.Response{Text: "x", FinishReason: "length", Usage: &llm.Usage{Input: 10, CachedInput: 4, Output: 8, Reasoning: 5, CacheWrite: number}},
		},
		{
			"reasoning beside the completion", `{"choices":[{"message":{"content":"x"}}],"usage":{"prompt_tokens":10,"completion_tokens":8,"total_tokens":23,"completion_tokens_details":{"reasoning_tokens":5}}}`,
			llm.Response{Text: "x", Usage: &llm.Usage{Input: 10, CachedInput: number, Output: 13, Reasoning: 5, CacheWrite: number}},
		},
		{
			"DeepSeek", `{"choices":[{"message":{"content":"x","reasoning_content":"hm"},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":8,"prompt_cache_hit_tokens":6,"prompt_tokens_details":null}}`,
			llm.Response{Text: "x", Reasoning: "hm", FinishReason: "stop", Usage: &llm.Usage{Input: 10, CachedInput: 6, Output: 8, Reasoning: number, CacheWrite: number}},
		},
		{
			"tools, finish reason stop", `{"choices":[{"message":{"content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\": 1}"}},{"id":"d","function":{"name":"g","arguments":{"b":2}}}]},"finish_reason":"stop"}]}`,
			llm.Response{FinishReason: "tool_calls", ToolCalls: []llm.ToolCall{{ID: "c", Name: "f", Arguments: `{"a": 1}`}, {ID: "d", Name: "g", Arguments: `{"b":2}`}}},
		},
		{
			"a custom tool", `{"choices":[{"message":{"tool_calls":[{"id":"c","type":"custom","custom":{"input":"x"}}]},"finish_reason":"tool_calls"}]}`,
			llm.Response{FinishReason: "tool_calls", ToolCalls: []llm.ToolCall{{ID: "c", Raw: json.RawMessage(`{"id":"c","type":"custom","custom":{"input":"x"}}`)}}},
		},
		{"parts", `{"choices":[{"message":{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},"finish_reason":"eos_token"}]}`, llm.Response{Text: "ab", FinishReason: "stop"}},
		{"refusal", `{"choices":[{"message":{"content":null,"refusal":"no"},"finish_reason":"stop"}]}`, llm.Response{Refusal: "no", FinishReason: "refusal"}},
		{"an empty answer", `{"choices":[{"message":{"content":""},"finish_reason":"stop"}]}`, llm.Response{FinishReason: "stop"}},
		{"the first choice", `{"choices":[{"index":1,"message":{"content":"b"}},{"index":0,"message":{"content":"a"}}]}`, llm.Response{Text: "a"}},
		{
			"logprobs", `{"choices":[{"message":{"content":"ab"},"finish_reason":"stop","logprobs":{"content":[{"token":"a","logprob":-0.5,"top_logprobs":[{"token":"a","logprob":-0.5},{"token":"c","logprob":-2}]},{"token":"b","logprob":-1}]}}]}`,
			llm.Response{Text: "ab", FinishReason: "stop", Logprobs: []llm.Logprob{{Token: "a", Logprob: -0.5, Top: []llm.Logprob{{Token: "a", Logprob: -0.5}, {Token: "c", Logprob: -2}}}, {Token: "b", Logprob: -1}}},
		},
	} {
		client, _ := provider(t, tt.reply, nil)
		got, err := client.Do(t.Context(), &llm.Call{Model: "m", Request: &llm.Request{}})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if string(got.Raw) != tt.reply {
			t.Errorf("%s: raw %s", tt.name, got.Raw)
		}
		got.Raw = nil
		if diff := cmp.Diff(&tt.want, got, nan); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// Errors that hide in an answer with status 200.
func TestErrorInside(t *testing.T) {
	for _, tt := range []struct {
		reply  string
		cause  llm.Cause
		status int
	}{
		{`{"error":{"message":"x","code":429}}`, llm.RateLimit, 429},
		{`{"error":{"message":"x","code":"insufficient_quota"}}`, llm.Quota, 0},
		{`{"error":"oops"}`, llm.Server, 0},
		{`{"error":null,"choices":[]}`, llm.Server, 0},
		{`{"choices":[{"error":{"code":502,"message":"x"},"message":{"content":"half"}}]}`, llm.Server, 502},
		{`{"choices":[{"message":{"content":"half"},"finish_reason":"error"}]}`, llm.Server, 0},
		{`{"choices":[{"message":{"content":""},"finish_reason":"content_filter"}]}`, llm.ContentFilter, 0},
		{`{"choices":[{"message":{"content":null}}]}`, llm.Server, 0},
		{`{"choices":[{"message":null}]}`, llm.Server, 0},
		{`{"choices":"none"}`, llm.Server, 0},
		{`{"choices":"none","error":{"code":429}}`, llm.RateLimit, 429},
	} {
		client, _ := provider(t, tt.reply, nil)
		resp, err := client.Do(t.Context(), &llm.Call{Model: "m", Request: &llm.Request{}})
		e, ok := err.(*llm.Error) //nolint:errorlint // Do promises this type
		if !ok || resp != nil || e.Cause != tt.cause || e.Status != tt.status {
			t.Errorf("%s: %+v, %v", tt.reply, resp, err)
		}
	}
}

func stream(t *testing.T, client *openai.Client) (events []llm.Event, err error) {
	t.Helper()
	for ev, failed := range client.Stream(t.Context(), &llm.Call{Model: "m", Request: &llm.Request{}}) {
		if failed != nil {
			return events, failed
		}
		ev.Data = []byte(string(ev.Data))
		events = append(events, ev)
	}
	return events, nil
}

func TestStream(t *testing.T) {
	delta := func(d string) string { return `data: {"id":"a","choices":[{"index":0,"delta":` + d + `}]}` + "\n\n" }
	const end = `data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}` + "\n\n" + `data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}` + "\n\ndata: [DONE]\n\n"
	for _, tt := range []struct {
		name, reply string
		want        llm.Response
	}{
		{
			"everything in pieces",
			`data: {"id":"a","model":"m1","choices":[],"prompt_filter_results":[]}` + "\n\n" + // Azure
				delta(`{"role":"assistant","content":null}`) + delta(`{"reasoning":"hm"}`) + delta(`{"content":"on"}`) + delta(`{"content":"e"}`) +
				delta(`{"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":""}},{"index":1,"id":"d","function":{"name":"g","arguments":"{}"}}]}`) +
				delta(`{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":"}}]}`) + delta(`{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]}`) +
				`data: {"choices":[{"index":1,"delta":{"content":"another choice"}}]}` + "\n\n" + end,
			llm.Response{
				ID: "a", Model: "m1", Text: "one", Reasoning: "hm", FinishReason: "tool_calls",
				ToolCalls: []llm.ToolCall{{ID: "c", Name: "f", Arguments: `{"a":1}`}, {ID: "d", Name: "g", Arguments: "{}"}},
			},
		},
		{
			"calls with the same index", delta(`{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":"{}"}}]}`) + delta(`{"tool_calls":[{"index":0,"id":"d","function":{"name":"f","arguments":"[]"}}]}`) + end,
			llm.Response{ID: "a", FinishReason: "tool_calls", ToolCalls: []llm.ToolCall{{ID: "c", Name: "f", Arguments: "{}"}, {ID: "d", Name: "f", Arguments: "[]"}}},
		},
	} {
		client, _ := provider(t, tt.reply, nil)
		events, err := stream(t, client)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		last := events[len(events)-1]
		tt.want.Usage = &llm.Usage{Input: 3, Output: 2, CachedInput: math.NaN(), Reasoning: math.NaN(), CacheWrite: math.NaN()}
		if diff := cmp.Diff(&tt.want, last.Response, nan); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		// The bytes of all events can be passed on, and the pieces are the whole.
		var passed, text strings.Builder
		arguments := make([]string, len(tt.want.ToolCalls))
		for _, ev := range events {
			fmt.Fprintf(&passed, "data: %s\n\n", ev.Data)
			text.WriteString(ev.Text)
			for _, p := range ev.ToolCalls {
				arguments[p.Index] += p.Arguments
			}
		}
		if passed.String() != tt.reply || text.String() != tt.want.Text {
			t.Errorf("%s: passed on %s, text %q", tt.name, &passed, &text)
		}
		for i, a := range arguments {
			if a != tt.want.ToolCalls[i].Arguments {
				t.Errorf("%s: call %d has the pieces %q", tt.name, i, a)
			}
		}
	}
	// What was used before a stream was cut is told.
	client, _ := provider(t, `data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":0}}`+"\n\n", nil)
	_, err := stream(t, client)
	if e, ok := err.(*llm.Error); !ok || e.Usage == nil || e.Usage.Input != 3 || e.Unbilled { //nolint:errorlint // Stream promises this type
		t.Errorf("error %+v", err)
	}
}

func TestNew(t *testing.T) {
	env := map[string]string{"GOOD": " sk-1\n", "BAD": "sk-12345\nX-Evil: 1"}
	getenv := func(name string) string { return env[name] }
	for _, tt := range []struct {
		opts openai.Options
		want string
	}{
		{openai.Options{BaseURL: "api.example.com"}, "openai: the base URL is not an address such as https://api.example.com/v1"},
		{openai.Options{BaseURL: "https://me:hunter2@example.com/v1"}, "openai: the base URL holds credentials; give the key in Key or KeyEnv"},
		{openai.Options{BaseURL: "https://me:hunter2@exa mple.com/v1"}, "openai: the base URL is not an address such as https://api.example.com/v1"},
		{openai.Options{KeyEnv: "NONE"}, "openai: the environment variable NONE, which holds the API key, is not set"},
		{openai.Options{KeyEnv: "BAD"}, "openai: the API key in the environment variable BAD has a line break or another control character"},
	} {
		tt.opts.Getenv = getenv
		if _, err := openai.New(&tt.opts); err == nil || err.Error() != tt.want {
			t.Errorf("error %v, want %s", err, tt.want)
		}
	}
	var got http.Header
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Clone()
		io.WriteString(w, plainAnswer)
	}))
	defer server.Close()
	client, err := openai.New(&openai.Options{BaseURL: server.URL + "/", KeyEnv: "GOOD", Getenv: getenv, Header: http.Header{"X-Team": {"a"}}})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := client.Do(t.Context(), &llm.Call{Model: "m", Request: &llm.Request{}}); err != nil {
		t.Fatal(err)
	}
	if got.Get("Authorization") != "Bearer sk-1" || got.Get("X-Team") != "a" || got.Get("Content-Type") != "application/json" {
		t.Errorf("header %v", got)
	}
	for _, verb := range []string{"%v", "%+v", "%#v"} {
		if shown := fmt.Sprintf(verb, client); strings.Contains(shown, "sk-1") {
			t.Errorf("%s shows the key: %s", verb, shown)
		}
	}
}

// A transport asks again by itself if a request has a header Idempotency-Key and its body can be read again. It must not.
func TestNoHiddenRetry(t *testing.T) {
	var calls atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if calls.Add(1) == 1 {
			io.WriteString(w, plainAnswer)
			return
		}
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		conn.Close()
	}))
	defer server.Close()
	client, err := openai.New(&openai.Options{BaseURL: server.URL, Header: http.Header{"Idempotency-Key": {"1"}}})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	call := &llm.Call{Model: "m", Request: &llm.Request{}}
	if _, err := client.Do(t.Context(), call); err != nil {
		t.Fatal(err)
	}
	_, err = client.Do(t.Context(), call)
	if e, ok := err.(*llm.Error); !ok || e.Cause != llm.Connection || !e.Stale || e.Unbilled { //nolint:errorlint // Do promises this type
		t.Errorf("error %+v", err)
	}
	if n := calls.Load(); n != 2 {
		t.Errorf("the provider was asked %d times for 2 calls", n)
	}
}
