// Package faultserver is a provider that fails on purpose: an HTTP server on loopback which speaks chat completions and
// Anthropic's messages, answers as the name of the model says, and keeps what it saw. It is for tests of clients and
// routers, which are judged by what their caller got and by what the provider was asked.
//
// The model is the script: "error-500,ok" fails once and answers from then on. [Faults] lists the words.
package faultserver

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/tierwise/tierwise/routing/llm"
)

// A Server is a provider that fails on purpose.
type Server struct {
	// Slow is how long slow faults take: 20 s, if Start's caller does not change it before the first call.
	Slow time.Duration

	http     *http.Server
	listener net.Listener
	closed   chan struct{}

	mu    sync.Mutex // protects the following fields
	calls []Call
	count map[string]int // of calls, by model
}

// A Call is what the provider saw of one.
type Call struct {
	Model   string // the whole script
	Fault   string // what became of it
	Dialect string // llm.OpenAI or llm.Anthropic
	Stream  bool
	Header  http.Header
	Body    []byte
}

// Start returns a server on a free port of the loopback interface.
func Start() (*Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it takes no time
	if err != nil {
		return nil, err
	}
	s := &Server{Slow: 20 * time.Second, listener: l, closed: make(chan struct{}), count: make(map[string]int)}
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	go s.http.Serve(l) // until Close
	return s, nil
}

// URL returns the address that both kinds of clients take as their base URL.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() + "/v1" }

// Calls returns what the server saw so far, in order.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Call(nil), s.calls...)
}

// Close ends the server and every call.
func (s *Server) Close() {
	close(s.closed)
	s.http.Close()
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{server: s, w: w, r: r}
	switch {
	case strings.HasSuffix(r.URL.Path, "/chat/completions"):
		x.speech, x.dialect = chat{}, llm.OpenAI
	case strings.HasSuffix(r.URL.Path, "/messages"):
		x.speech, x.dialect = messages{}, llm.Anthropic
	default:
		http.NotFound(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var asked struct {
		Model    string            `json:"model"`
		Stream   bool              `json:"stream"`
		Messages []json.RawMessage `json:"messages"`
	}
	if json.Unmarshal(body, &asked) != nil {
		x.fail(http.StatusBadRequest, "invalid_request_error", "invalid_request_error", "the body is not JSON")
		return
	}
	x.stream, x.messages = asked.Stream, asked.Messages
	fault := s.next(asked.Model, Call{Model: asked.Model, Dialect: x.dialect, Stream: asked.Stream, Header: r.Header.Clone(), Body: body})
	w.Header().Set("X-Request-Id", "req_1")
	if fault == nil {
		x.fail(http.StatusNotFound, "model_not_found", "not_found_error", "there is no model of that name")
		return
	}
	fault.serve(x)
}

// next notes a call and returns its fault, nil if its name is none.
func (s *Server) next(model string, c Call) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	script := strings.Split(model, ",")
	c.Fault = script[min(s.count[model], len(script)-1)]
	s.count[model]++
	s.calls = append(s.calls, c)
	for i := range faults {
		if faults[i].Name == c.Fault {
			return &faults[i]
		}
	}
	return nil
}
