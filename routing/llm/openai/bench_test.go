package openai_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/llm/openai"
)

// streamed is a stream of 52 events with content, as providers send them.
var streamed = strings.Repeat(`data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1764400000,"model":"m-2026","system_fingerprint":"fp_1","choices":[{"index":0,"delta":{"content":" word"},"logprobs":null,"finish_reason":null}]}`+"\n\n", 52) +
	`data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1764400000,"model":"m-2026","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\ndata: [DONE]\n\n"

var question = &llm.Call{Model: "m", Request: &llm.Request{Messages: []llm.Message{{Role: "user", Text: strings.Repeat("a word or two ", 80)}}, MaxTokens: 100}}

// BenchmarkDecode is what reading a stream costs, without the network.
func BenchmarkDecode(b *testing.B) {
	client, err := openai.New(&openai.Options{Transport: &canned{200, []byte(streamed)}})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(streamed)))
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range client.Stream(b.Context(), question) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkCall is calls over loopback, beside the floor: the same bytes through net/http alone.
func BenchmarkCall(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		if strings.Contains(string(body), `"stream":true`) {
			io.WriteString(w, streamed)
			return
		}
		io.WriteString(w, plainAnswer)
	}))
	defer server.Close()
	client, err := openai.New(&openai.Options{BaseURL: server.URL})
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	b.Run("do", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := client.Do(b.Context(), question); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("stream", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for _, err := range client.Stream(b.Context(), question) {
				if err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	for name, body := range map[string]string{"floor-do": `{"model":"m"`, "floor-stream": `{"stream":true`} {
		body += strings.Repeat(" ", 1200) + "}"
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				resp, err := server.Client().Post(server.URL, "application/json", strings.NewReader(body))
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, resp.Body); err != nil {
					b.Fatal(err)
				}
				resp.Body.Close()
			}
		})
	}
}
