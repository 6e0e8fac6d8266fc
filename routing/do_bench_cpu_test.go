//go:build unix

package routing_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/llm"
)

// BenchmarkDo compares the CPU time of a handler that answers by Router.Do with that of a plain reverse proxy that reads the
// body first, 1.25 KB in and 1.1 KB out over loopback: "do" has its messages already, as a service that makes them itself,
// "do-json" reads them from the body. Client and provider are in the same process: "direct" is what they cost alone, to be
// taken from the others.
//
//	go test ./routing -run - -bench 'BenchmarkDo|BenchmarkStream' -cpu 1 -count 5
func BenchmarkDo(b *testing.B) {
	answer, err := json.Marshal(map[string]any{
		"id": "a1", "object": "chat.completion", "model": "m-1",
		"choices": []any{map[string]any{"index": 0, "finish_reason": "stop", "message": map[string]any{"role": "assistant", "content": strings.Repeat("word ", 170)}}},
		"usage":   map[string]any{"prompt_tokens": 250, "completion_tokens": 170, "total_tokens": 420},
	})
	if err != nil {
		b.Fatal(err)
	}
	benchmarkAgainstProxy(b, false, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.Write(answer)
	})
}

// BenchmarkStream is BenchmarkDo for streams of 52 events, which come one by one as a model writes them: of events that come
// together a proxy copies many at once.
func BenchmarkStream(b *testing.B) {
	chunk := func(delta, rest string) string {
		return `data: {"id":"a1","object":"chat.completion.chunk","created":1764400000,"model":"m-1","choices":[{"index":0,"delta":` + delta + `,"finish_reason":` + rest + "}]}\n\n"
	}
	events := []string{chunk(`{"role":"assistant","content":""}`, "null")}
	for range 49 {
		events = append(events, chunk(`{"content":"some words "}`, "null"))
	}
	events = append(events, chunk("{}", `"stop"`), "data: [DONE]\n\n")
	benchmarkAgainstProxy(b, true, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/event-stream")
		for _, e := range events {
			io.WriteString(w, e)
			w.(http.Flusher).Flush()
			time.Sleep(200 * time.Microsecond)
		}
	})
}

// benchmarkAgainstProxy runs the variants in front of a provider.
func benchmarkAgainstProxy(b *testing.B, stream bool, provide http.HandlerFunc) {
	provider := httptest.NewServer(provide)
	defer provider.Close()
	target, err := url.Parse(provider.URL)
	if err != nil {
		b.Fatal(err)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 256}
	defer transport.CloseIdleConnections()
	proxy := &httputil.ReverseProxy{Transport: transport, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
	router, err := routing.New(fstest.MapFS{"dispatch.toml": {Data: []byte(fmt.Sprintf(`version = 1
baseline = "m"
[providers.p]
kind = "openai"
base_url = %q
[models.m]
provider = "p"
price = { input = 1, output = 2 }
[tiers]
t = "m"
[tasks.t]
chain = ["t"]
accept = [{ check = "chars", min = 3 }]
[router]
default = "t"
[[router.rules]]
task = "t"
keywords = ["refund"]
`, provider.URL+"/v1"))}}, "dispatch.toml", &routing.Options{Trace: discard{}})
	if err != nil {
		b.Fatal(err)
	}
	defer router.Close()
	messages := []llm.Message{{Role: "system", Text: strings.Repeat("rule ", 100)}, {Role: "user", Text: strings.Repeat("text ", 125)}}
	for _, bench := range []struct {
		name    string
		handler http.Handler
	}{
		{"direct", nil},
		{"proxy", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			proxy.ServeHTTP(w, r)
		})},
		{"do", &answerer{router: router, stream: stream, messages: messages}},
		{"do-json", &answerer{router: router, stream: stream}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			at := provider.URL
			if bench.handler != nil {
				server := httptest.NewServer(bench.handler)
				defer server.Close()
				at = server.URL
			}
			benchmarkCPU(b, at+"/v1/chat/completions")
		})
	}
}

// benchmarkCPU asks a server and reports the CPU time of the process.
func benchmarkCPU(b *testing.B, at string) {
	body := []byte(`{"model":"t","max_tokens":400,"messages":[{"role":"system","content":"` + strings.Repeat("rule ", 100) + `"},{"role":"user","content":"` + strings.Repeat("text ", 125) + `"}]}`)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}
	defer client.CloseIdleConnections()
	ask := func() {
		resp, err := client.Post(at, "application/json", bytes.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		n, err := io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK || n < 900 {
			b.Fatalf("status %d, %d bytes, error %v", resp.StatusCode, n, err)
		}
	}
	ask()
	begun := cpuTime(b)
	for b.Loop() {
		ask()
	}
	b.ReportMetric(float64(cpuTime(b)-begun)/float64(b.N)/1e3, "cpu-µs/op")
}

func cpuTime(b *testing.B) int64 {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

// An answerer is the least that a service does with a router.
type answerer struct {
	router   *routing.Router
	stream   bool
	messages []llm.Message // nil: those of the body
}

// ServeHTTP implements http.Handler.
func (a *answerer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	q := routing.Request{Request: llm.Request{MaxTokens: 400, Messages: a.messages}}
	if a.messages == nil {
		var asked struct {
			Messages json.RawMessage `json:"messages"`
		}
		if err := json.Unmarshal(body, &asked); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if q.Messages, err = llm.ParseMessages(asked.Messages); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
	}
	if a.stream {
		a.pass(w, r, &q)
		return
	}
	answer, err := a.router.Do(r.Context(), &q)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(answer.Raw)
}

// pass passes the provider's events on as they come.
func (a *answerer) pass(w http.ResponseWriter, r *http.Request, q *routing.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	for ev, err := range a.router.Stream(r.Context(), q) {
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		io.WriteString(w, "data: ")
		w.Write(ev.Data)
		io.WriteString(w, "\n\n")
		w.(http.Flusher).Flush()
	}
}
