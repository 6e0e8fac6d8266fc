package openai_test

import (
	"bytes"
	"io"
	"net/http"
	"testing"

	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/llm/openai"
)

// A canned transport answers every call with the same body.
type canned struct {
	status int
	body   []byte
}

// RoundTrip implements http.RoundTripper.
func (c *canned) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: c.status, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(c.body))}, nil
}

// Whatever comes back, a call gives an answer or an error that says why, and a stream's pieces are its whole.
func FuzzAnswer(f *testing.F) {
	f.Add(uint16(200), []byte(plainAnswer))
	f.Add(uint16(200), []byte(`data: {"choices":[{"index":0,"delta":{"content":"a","tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"stop"}]}`+"\n\ndata: [DONE]\n\n"))
	f.Add(uint16(200), []byte(`{"error":{"code":429,"message":"x","innererror":{"code":"y"},"metadata":{"reasons":[]}}}`))
	f.Add(uint16(400), []byte(`{"error":{"code":"context_length_exceeded","message":"x"}}`))
	f.Add(uint16(200), []byte(`{"choices":[{"message":{"content":[{"text":"a"}]},"logprobs":{"content":[{"logprob":-1}]}}],"usage":{"prompt_tokens":-1}}`))
	f.Fuzz(func(t *testing.T, status uint16, body []byte) {
		client, err := openai.New(&openai.Options{Transport: &canned{int(status), body}, MaxBytes: 1 << 16})
		if err != nil {
			t.Fatal(err)
		}
		call := &llm.Call{Model: "m", Request: &llm.Request{}}
		resp, err := client.Do(t.Context(), call)
		check(t, resp, err)
		var text string
		var last llm.Event
		for ev, failed := range client.Stream(t.Context(), call) {
			if last.Response != nil || err != nil && last.Name == "failed" {
				t.Fatal("an event after the last")
			}
			text += ev.Text
			if last, err = ev, failed; failed != nil {
				last.Name = "failed"
			}
		}
		check(t, last.Response, err)
		if err == nil && last.Response.Text != text {
			t.Fatalf("pieces %q, whole %q", text, last.Response.Text)
		}
	})
}

func check(t *testing.T, resp *llm.Response, err error) {
	t.Helper()
	e, failed := err.(*llm.Error) //nolint:errorlint // clients promise this type
	switch {
	case err != nil && !failed:
		t.Fatalf("an error of type %T: %v", err, err)
	case (resp != nil) == failed:
		t.Fatalf("%+v, %v: want one of them", resp, err)
	case failed && (e.Cause == llm.OK || e.Cause == llm.Unrecorded || e.Error() == ""):
		t.Fatalf("no cause: %+v", e)
	case !failed && resp.Usage != nil && (resp.Usage.Input < 0 || resp.Usage.Output < 0 || resp.Usage.CachedInput < 0):
		t.Fatalf("usage %+v", resp.Usage)
	}
}
