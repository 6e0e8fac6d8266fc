package anthropic_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/llm/anthropic"
)

// nan compares unknown numbers as equal.
var nan = cmp.Comparer(func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) })

// provider returns a client of a server that answers with reply, and the bodies that the server saw.
func provider(t *testing.T, reply string) (*anthropic.Client, *[]string) {
	t.Helper()
	var bodies []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if r.Header.Get("X-Api-Key") != "sk-1" || r.Header.Get("Anthropic-Version") != "2023-06-01" || r.URL.Path != "/v1/messages" {
			t.Errorf("%s: %v", r.URL, r.Header)
		}
		bodies = append(bodies, string(body))
		io.WriteString(w, reply)
	}))
	t.Cleanup(server.Close)
	client, err := anthropic.New(&anthropic.Options{BaseURL: server.URL + "/v1", Key: llm.NewSecret("sk-1")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client, &bodies
}

const plainAnswer = `{"id":"a","type":"message","model":"m-2026","content":[{"type":"text","text":"hello"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}`

func raw(s string) json.RawMessage { return json.RawMessage(s) }

func TestRequest(t *testing.T) {
	hot, cool, seed := 1.5, 0.25, int64(7)
	for _, tt := range []struct {
		name    string
		request llm.Request
		want    string
		unsent  []string
	}{
		{"nothing", llm.Request{}, `{"model":"m","messages":[],"max_tokens":4096}`, nil},
		{
			"a chat with tools", llm.Request{
				Messages: []llm.Message{
					{Role: "system", Text: "be <brief>"}, {Role: "user", Text: "2 + 1?"},
					{Role: "assistant", Text: "let me see", ToolCalls: []llm.ToolCall{{ID: "c", Name: "add", Arguments: `{"a": 2}`}, {ID: "d", Name: "now"}}},
					{Role: "tool", Text: "3", ToolCallID: "c"}, {Role: "tool", ToolCallID: "d"}, {Role: "user", Text: "well?"},
				},
				Tools:      raw(`[{"type":"function","function":{"name":"add","description":"adds","parameters":{"type":"object"}}},{"type":"function","function":{"name":"now"}}]`),
				ToolChoice: raw(`"required"`), MaxTokens: 9, Stop: []string{"x"}, Temperature: &cool,
				Extra: map[string]json.RawMessage{"parallel_tool_calls": raw("false"), "user": raw(`"u1"`), "stream": raw("true")},
			},
			`{"model":"m","system":[{"type":"text","text":"be <brief>"}],"messages":[{"role":"user","content":[{"type":"text","text":"2 + 1?"}]},` +
				`{"role":"assistant","content":[{"type":"text","text":"let me see"},{"type":"tool_use","id":"c","name":"add","input":{"a":2}},{"type":"tool_use","id":"d","name":"now","input":{}}]},` +
				`{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":[{"type":"text","text":"3"}]},{"type":"tool_result","tool_use_id":"d"},{"type":"text","text":"well?"}]}],` +
				`"max_tokens":9,"temperature":0.25,"stop_sequences":["x"],"tools":[{"name":"add","description":"adds","input_schema":{"type":"object"}},{"name":"now","input_schema":{"type":"object","properties":{}}}],` +
				`"tool_choice":{"type":"any","disable_parallel_tool_use":true},"metadata":{"user_id":"u1"}}`, nil,
		},
		{
			"images, schema, one tool", llm.Request{
				Messages: []llm.Message{{Role: "user", Parts: []llm.Part{
					{Type: "image_url", Raw: raw(`{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}`)},
					{Type: "image_url", Raw: raw(`{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}`)}, {Text: "what?"}, {Text: " "},
				}}},
				Tools: raw(`[{"type":"function","function":{"name":"f"}}]`), ToolChoice: raw(`{"type":"function","function":{"name":"f"}}`),
				ResponseFormat: raw(`{"type":"json_schema","json_schema":{"name":"x","schema":{"type":"object"}}}`),
			},
			`{"model":"m","messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}},{"type":"image","source":{"type":"url","url":"https://example.com/a.png"}},{"type":"text","text":"what?"}]}],` +
				`"max_tokens":4096,"tools":[{"name":"f","input_schema":{"type":"object","properties":{}}}],"tool_choice":{"type":"tool","name":"f"},"output_config":{"format":{"schema":{"type":"object"},"type":"json_schema"}}}`, nil,
		},
		{
			"what the API has no word for", llm.Request{
				Temperature: &hot, Seed: &seed, Logprobs: true, ResponseFormat: raw(`{"type":"json_object"}`),
				Extra: map[string]json.RawMessage{"frequency_penalty": raw("1"), "max_completion_tokens": raw("77")},
			},
			`{"model":"m","messages":[],"max_tokens":77,"temperature":1}`, []string{"frequency_penalty", "logprobs", "response_format", "seed", "temperature"},
		},
		{
			"its own form", llm.Request{
				Dialect: llm.Anthropic, Messages: []llm.Message{{Role: "user", Parts: []llm.Part{{Type: "document", Raw: raw(`{"type":"document","x":1}`)}}}},
				Tools: raw(`[{"type":"web_search_20250305","name":"web_search"}]`), Extra: map[string]json.RawMessage{"thinking": raw(`{"type":"adaptive"}`), "top_k": raw("4"), "stream": raw("true")},
			},
			`{"model":"m","messages":[{"role":"user","content":[{"type":"document","x":1}]}],"max_tokens":4096,"tools":[{"type":"web_search_20250305","name":"web_search"}],"thinking":{"type":"adaptive"},"top_k":4}`, nil,
		},
	} {
		client, bodies := provider(t, plainAnswer)
		resp, err := client.Do(t.Context(), &llm.Call{Model: "m", Request: &tt.request})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if diff := cmp.Diff(tt.want, (*bodies)[0]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		if diff := cmp.Diff(tt.unsent, resp.Unsent); diff != "" {
			t.Errorf("%s, unsent (-want +got):\n%s", tt.name, diff)
		}
	}
}

// What would be lost is not sent at all; another tier may do it.
func TestUnsayable(t *testing.T) {
	user := func(p llm.Part) []llm.Message { return []llm.Message{{Role: "user", Parts: []llm.Part{p}}} }
	for name, r := range map[string]*llm.Request{
		"sound":                 {Messages: user(llm.Part{Type: "input_audio", Raw: raw(`{}`)})},
		"an image without URL":  {Messages: user(llm.Part{Type: "image_url", Raw: raw(`{"type":"image_url"}`)})},
		"a custom tool":         {Tools: raw(`[{"type":"custom"}]`)},
		"a custom call":         {Messages: []llm.Message{{Role: "assistant", ToolCalls: []llm.ToolCall{{Raw: raw("{}")}}}}},
		"cut arguments":         {Messages: []llm.Message{{Role: "assistant", ToolCalls: []llm.ToolCall{{Arguments: `{"a":`}}}}},
		"another role":          {Messages: []llm.Message{{Role: "critic", Text: "x"}}},
		"a list of tools":       {Tools: raw(`[{"type":"function","function":{"name":"f"}}]`), ToolChoice: raw(`{"type":"allowed_tools"}`)},
		"a word for no choice":  {Tools: raw(`[{"type":"function","function":{"name":"f"}}]`), ToolChoice: raw(`"sometimes"`)},
		"the form of a third":   {Dialect: "gemini"},
		"raw JSON that is none": {Dialect: llm.Anthropic, Tools: raw(`[{`)},
	} {
		client, bodies := provider(t, plainAnswer)
		_, err := client.Do(t.Context(), &llm.Call{Model: "m", Request: r})
		e, ok := err.(*llm.Error) //nolint:errorlint // Do promises this type
		if !ok || !e.Unbilled || e.Cause != llm.Other && name != "raw JSON that is none" || len(*bodies) != 0 {
			t.Errorf("%s: %v, %d calls", name, err, len(*bodies))
		}
	}
}

func TestResponse(t *testing.T) {
	number := math.NaN()
	for _, tt := range []struct {
		name, reply string
		want        llm.Response
	}{
		{
			"everything",
			`{"id":"a","type":"message","model":"m1","content":[{"type":"thinking","thinking":"hm","signature":"x"},{"type":"text","text":"a"},{"type":"text","text":"b","citations":[]},{"type":"tool_use","id":"c","name":"f","input":{"a": 1}},{"type":"server_tool_use","id":"s"}],` +
				`"stop_reason":"tool_use","usage":{"input_tokens":10,"cache_read_input_tokens":5,"cache_creation_input_tokens":3,"output_tokens":7,"service_tier":"standard"}}`,
			llm.Response{
				ID: "a", Model: "m1", Text: "ab", Reasoning: "hm", FinishReason: "tool_calls", ToolCalls: []llm.ToolCall{{ID: "c", Name: "f", Arguments: `{"a": 1}`}},
				Usage: &llm.Usage{Input: 18, CachedInput: 5, CacheWrite: 3, Output: 7, Reasoning: number},
			},
		},
		{"no cache", `{"content":[{"type":"text","text":"x"}],"stop_reason":"max_tokens","usage":{"input_tokens":1,"output_tokens":2}}`, llm.Response{Text: "x", FinishReason: "length", Usage: &llm.Usage{Input: 1, CachedInput: number, CacheWrite: number, Output: 2, Reasoning: number}}},
		{"no usage", `{"content":[{"type":"text","text":"x"}],"stop_reason":"stop_sequence"}`, llm.Response{Text: "x", FinishReason: "stop"}},
		{"half an answer, refused", `{"content":[{"type":"text","text":"x"}],"stop_reason":"refusal"}`, llm.Response{Text: "x", FinishReason: "refusal"}},
		{"nothing to say", `{"content":[],"stop_reason":"end_turn"}`, llm.Response{FinishReason: "stop"}},
		{"to be continued", `{"content":[],"stop_reason":"pause_turn"}`, llm.Response{FinishReason: "pause_turn"}},
	} {
		client, _ := provider(t, tt.reply)
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

func TestErrorInside(t *testing.T) {
	for _, tt := range []struct {
		reply string
		cause llm.Cause
	}{
		{`{"type":"error","error":{"type":"overloaded_error","message":"x"}}`, llm.Server},
		{`{"type":"error","error":{"type":"rate_limit_error","message":"x"}}`, llm.RateLimit},
		{`{"type":"error","error":{"type":"billing_error","message":"x"}}`, llm.Quota},
		{`{"type":"error","error":{"type":"timeout_error","message":"x"}}`, llm.Timeout},
		{`{"type":"error","error":{"type":"not_found_error","message":"x"}}`, llm.Other},
		{`{"content":[],"stop_reason":"refusal"}`, llm.ContentFilter},
		{`{"content":[]}`, llm.Server},
		{`{"content":"text"}`, llm.Server},
		{`{"type":"message"}`, llm.Server},
	} {
		client, _ := provider(t, tt.reply)
		resp, err := client.Do(t.Context(), &llm.Call{Model: "m", Request: &llm.Request{}})
		e, ok := err.(*llm.Error) //nolint:errorlint // Do promises this type
		if !ok || resp != nil || e.Cause != tt.cause {
			t.Errorf("%s: %+v, %v", tt.reply, resp, err)
		}
	}
}

func TestStream(t *testing.T) {
	event := func(kind, fields string) string {
		return fmt.Sprintf("event: %s\ndata: {\"type\":%q%s}\n\n", kind, kind, fields)
	}
	reply := event("message_start", `,"message":{"id":"a","model":"m1","content":[],"usage":{"input_tokens":10,"cache_read_input_tokens":5,"output_tokens":1}}`) +
		event("ping", "") + event("content_block_start", `,"index":0,"content_block":{"type":"thinking","thinking":""}`) +
		event("content_block_delta", `,"index":0,"delta":{"type":"thinking_delta","thinking":"hm"}`) + event("content_block_delta", `,"index":0,"delta":{"type":"signature_delta","signature":"x"}`) +
		event("content_block_stop", `,"index":0`) + event("content_block_start", `,"index":1,"content_block":{"type":"text","text":""}`) +
		event("content_block_delta", `,"index":1,"delta":{"type":"text_delta","text":"on"}`) + event("content_block_delta", `,"index":1,"delta":{"type":"text_delta","text":"e"}`) +
		event("content_block_start", `,"index":2,"content_block":{"type":"tool_use","id":"c","name":"f","input":{}}`) + event("content_block_start", `,"index":3,"content_block":{"type":"tool_use","id":"d","name":"g","input":{}}`) +
		event("content_block_delta", `,"index":2,"delta":{"type":"input_json_delta","partial_json":""}`) + event("content_block_delta", `,"index":2,"delta":{"type":"input_json_delta","partial_json":"{\"a\":"}`) +
		event("content_block_delta", `,"index":2,"delta":{"type":"input_json_delta","partial_json":"1}"}`) + event("from_the_future", `,"delta":{}`) +
		event("message_delta", `,"delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":9}`) + event("message_stop", "")
	client, _ := provider(t, reply)
	var passed strings.Builder
	var pieces []string
	var got *llm.Response
	for ev, err := range client.Stream(t.Context(), &llm.Call{Model: "m", Request: &llm.Request{}}) {
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&passed, "event: %s\ndata: %s\n\n", ev.Name, ev.Data)
		for _, p := range ev.ToolCalls {
			pieces = append(pieces, fmt.Sprint(p.Index, p.ID, p.Name, p.Arguments))
		}
		got = ev.Response
	}
	want := &llm.Response{
		ID: "a", Model: "m1", Text: "one", Reasoning: "hm", FinishReason: "tool_calls",
		ToolCalls: []llm.ToolCall{{ID: "c", Name: "f", Arguments: `{"a":1}`}, {ID: "d", Name: "g", Arguments: "{}"}},
		Usage:     &llm.Usage{Input: 15, CachedInput: 5, CacheWrite: math.NaN(), Output: 9, Reasoning: math.NaN()},
	}
	if diff := cmp.Diff(want, got, nan); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"0cf", "1dg", `0{"a":`, "01}"}, pieces); diff != "" {
		t.Errorf("pieces (-want +got):\n%s", diff)
	}
	if passed.String() != reply {
		t.Errorf("passed on:\n%s", &passed)
	}
	// The input of a stream that was cut is known, its output is not.
	head, _, _ := strings.Cut(reply, "event: message_delta")
	client, _ = provider(t, head)
	var failed error
	for _, err := range client.Stream(t.Context(), &llm.Call{Model: "m", Request: &llm.Request{}}) {
		failed = err
	}
	e, ok := failed.(*llm.Error) //nolint:errorlint // Stream promises this type
	if !ok || e.Usage == nil || e.Usage.Input != 15 || !math.IsNaN(e.Usage.Output) || e.Unbilled {
		t.Errorf("error %+v", failed)
	}
}
