package openai_test

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/llm/openai"
	"github.com/tierwise/tierwise/routing/routingtest/faultserver"
)

func failure(t *testing.T, err error) *llm.Error {
	t.Helper()
	e, ok := errors.AsType[*llm.Error](err)
	if !ok {
		t.Fatalf("error %v (%T), want an *llm.Error", err, err)
	}
	return e
}

func open(t *testing.T, opts *openai.Options) *openai.Client {
	t.Helper()
	client, err := openai.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

// Calls one after the other share a connection, streams too: what follows their last event was read.
func TestConnectionReuse(t *testing.T) {
	var connections atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if !strings.Contains(string(body), `"stream":true`) {
			io.WriteString(w, plainAnswer)
			return
		}
		for line := range strings.Lines(streamed) {
			io.WriteString(w, line)
			w.(http.Flusher).Flush()
		}
		time.Sleep(5 * time.Millisecond) // the end comes after [DONE]
	}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	client := open(t, &openai.Options{BaseURL: server.URL})
	for range 3 {
		if _, err := client.Do(t.Context(), question); err != nil {
			t.Fatal(err)
		}
		for _, err := range client.Stream(t.Context(), question) {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections for 6 calls", n)
	}
}

// The limits of a call stand in place of the client's, and the deadline of its context above both.
func TestLimits(t *testing.T) {
	server, err := faultserver.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	client := open(t, &openai.Options{BaseURL: server.URL(), Limits: llm.Limits{Header: time.Minute}})
	request := &llm.Request{}
	_, err = client.Do(t.Context(), &llm.Call{Model: "silent", Request: request, Limits: &llm.Limits{Header: 20 * time.Millisecond}})
	if e := failure(t, err); e.Cause != llm.Timeout || e.Reason != "no header of an answer within 20ms" || !errors.Is(err, context.DeadlineExceeded) || e.Unbilled {
		t.Errorf("error %+v", e)
	}
	for _, err := range client.Stream(t.Context(), &llm.Call{Model: "slow-first-token", Request: request, Limits: &llm.Limits{FirstToken: 50 * time.Millisecond}}) {
		if err == nil {
			continue
		}
		if e := failure(t, err); e.Cause != llm.Timeout || e.Reason != "no first token within 50ms" {
			t.Errorf("error %+v", e)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = client.Do(ctx, &llm.Call{Model: "silent", Request: request, Limits: &llm.Limits{}})
	if e := failure(t, err); e.Cause != llm.Timeout || e.Reason != "the deadline of the call passed" || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %+v", e)
	}
	left, leave := context.WithCancel(t.Context())
	leave()
	_, err = client.Do(left, &llm.Call{Model: "ok", Request: request})
	if e := failure(t, err); e.Cause != llm.Canceled || !e.Unbilled {
		t.Errorf("error %+v", e)
	}
}

// A server without TLS, and one whose certificate nobody signed, see nothing of a call.
func TestTLS(t *testing.T) {
	var calls atomic.Int32
	handler := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) })
	plain, secure := httptest.NewServer(handler), httptest.NewUnstartedServer(handler)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer plain.Close()
	defer secure.Close()
	for url, reason := range map[string]string{
		strings.Replace(plain.URL, "http:", "https:", 1): "no connection: the other side does not speak TLS",
		secure.URL: "no connection: the certificate is not valid for the host",
	} {
		_, err := open(t, &openai.Options{BaseURL: url}).Do(t.Context(), question)
		if e := failure(t, err); e.Cause != llm.Connection || !e.Unbilled || e.Reason != reason {
			t.Errorf("error %+v", e)
		}
	}
	if n := calls.Load(); n != 0 {
		t.Errorf("%d calls were seen", n)
	}
}

func TestEncoding(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Accept-Encoding"); got != "gzip" {
			t.Errorf("Accept-Encoding: %s", got)
		}
		w.Header().Set("Content-Encoding", "br")
		io.WriteString(w, "x")
	}))
	defer server.Close()
	client := open(t, &openai.Options{BaseURL: server.URL, Header: http.Header{"Accept-Encoding": {"br"}}})
	_, err := client.Do(t.Context(), question)
	if e := failure(t, err); e.Cause != llm.Server || e.Reason != "the answer has a content encoding that was not asked for (br)" {
		t.Errorf("error %+v", e)
	}
}
