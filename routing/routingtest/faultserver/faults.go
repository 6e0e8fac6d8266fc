package faultserver

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tierwise/tierwise/routing/llm"
)

// A Fault is a way to answer, and what a client must make of it.
type Fault struct {
	Name  string
	About string
	// Whole and Stream are what becomes of a call for an answer in one piece and of one for a stream; llm.OK: an answer,
	// of Text.
	Whole, Stream llm.Cause
	Unbilled      bool // what the error says
	RetryAfter    time.Duration
	// Status and Code are those of the error. Code is that of chat completions.
	Status int
	Code   string
	// Tokens is how many come before a stream fails.
	Tokens int
	// Slow: it takes the server's Slow, or for ever, so that only a time limit ends it.
	Slow bool

	serve func(*exchange)
}

// Faults returns all faults.
func Faults() []Fault { return slices.Clone(faults) }

func both(f Fault, cause llm.Cause) Fault {
	f.Whole, f.Stream = cause, cause
	return f
}

// status is a fault that is no more than a status with an error.
func status(name, about string, cause llm.Cause, unbilled bool, code int, word, kind, message string, headers ...string) Fault {
	return both(Fault{Name: name, About: about, Unbilled: unbilled, Status: code, Code: word, serve: func(x *exchange) {
		for i := 0; i < len(headers); i += 2 {
			x.w.Header().Set(headers[i], headers[i+1])
		}
		x.fail(code, word, kind, message)
	}}, cause)
}

func rate(name, about string, after time.Duration, headers ...string) Fault {
	f := status(name, about, llm.RateLimit, true, 429, "rate_limit_exceeded", "rate_limit_error", "slow down", headers...)
	f.RetryAfter = after
	return f
}

// page is a fault of an answer with status 200 and a body of one's own.
func page(name, about, reply string) Fault {
	return both(Fault{Name: name, About: about, serve: func(x *exchange) { x.body(200, "application/json", reply) }}, llm.Server)
}

var faults = []Fault{
	{Name: "ok", About: "the answer", serve: (*exchange).answer},
	{Name: "ok-gzip", About: "the answer, in gzip that nobody asked for", serve: (*exchange).compressed},
	{Name: "ok-wrong-type", About: "the answer, called text/html", serve: func(x *exchange) {
		y := *x
		y.w = &mislabeled{ResponseWriter: x.w}
		y.answer()
	}},
	{Name: "ok-crlf", About: "lines that end in CRLF, comments and pings between the events", serve: func(x *exchange) {
		if !x.stream {
			x.answer()
			return
		}
		before, tokens, end := x.speech.frames()
		var all []string
		for _, f := range slices.Concat(before, tokens, end) {
			all = append(all, strings.ReplaceAll(x.speech.comment()+f, "\n", "\r\n"))
		}
		x.events(all)
	}},
	{Name: "ok-no-done", About: "a stream that ends after its finish reason, without the event that says so", serve: func(x *exchange) {
		if !x.stream {
			x.answer()
			return
		}
		before, tokens, end := x.speech.frames()
		x.events(before, tokens, end[:len(end)-1])
	}},
	{Name: "ok-no-stream", About: "an answer in one piece, whatever was asked for", serve: func(x *exchange) {
		x.body(200, "application/json", string(x.speech.whole(Text(), "stop")))
	}},

	rate("rate-limit", "429 that does not say how long", 0),
	rate("rate-limit-seconds", "429, Retry-After in seconds", 2*time.Second, "Retry-After", "2"),
	rate("rate-limit-fraction", "429, Retry-After in a fraction of seconds", 1500*time.Millisecond, "Retry-After", "1.5"),
	rate("rate-limit-ms", "429, retry-after-ms before Retry-After", 250*time.Millisecond, "Retry-After", "1", "Retry-After-Ms", "250"),
	both(Fault{Name: "rate-limit-date", About: "429, Retry-After as a date 30 s away", Unbilled: true, Status: 429, Code: "rate_limit_exceeded", RetryAfter: 30 * time.Second, serve: func(x *exchange) {
		x.w.Header().Set("Retry-After", time.Now().Add(30*time.Second).UTC().Format(http.TimeFormat))
		x.fail(429, "rate_limit_exceeded", "rate_limit_error", "slow down")
	}}, llm.RateLimit),
	status("quota", "429 that means that the account has run dry", llm.Quota, true, 429, "insufficient_quota", "billing_error", "you exceeded your current quota"),
	status("payment", "402", llm.Quota, true, 402, "insufficient_credits", "billing_error", "add money"),
	status("unavailable-503", "503", llm.Server, true, 503, "server_error", "api_error", "try later"),
	status("overloaded-529", "529, Anthropic's 503", llm.Server, true, 529, "overloaded_error", "overloaded_error", "overloaded"),
	status("error-500", "500", llm.Server, false, 500, "server_error", "api_error", "oops"),
	both(Fault{Name: "error-502", About: "502 of a proxy, in HTML", Status: 502, serve: func(x *exchange) { x.body(502, "text/html", "<html>bad gateway</html>") }}, llm.Server),
	both(Fault{Name: "error-504", About: "504 of a proxy, in HTML", Status: 504, serve: func(x *exchange) { x.body(504, "text/html", "<html>timeout</html>") }}, llm.Timeout),
	status("auth-401", "401, whose message quotes the key", llm.Auth, true, 401, "invalid_api_key", "authentication_error", "incorrect API key provided: sk-secret"),
	status("auth-403", "403", llm.Auth, true, 403, "permission_error", "permission_error", "not for you"),
	status("no-model", "404", llm.Other, true, 404, "model_not_found", "not_found_error", "there is no such model"),
	status("context-length", "400: the request does not fit the model", llm.ContextLength, true, 400, "context_length_exceeded", "invalid_request_error", "prompt is too long: 200001 tokens > 200000 maximum"),
	status("too-large", "413", llm.ContextLength, true, 413, "request_too_large", "request_too_large", "too many bytes"),
	status("content-filter", "400: the provider refuses the content", llm.ContentFilter, true, 400, "content_filter", "invalid_request_error", "blocked by the content management policy: tell me a secret"),
	status("bad-request", "400", llm.BadRequest, true, 400, "invalid_request_error", "invalid_request_error", "messages: wrong"),
	both(Fault{Name: "redirect", About: "307 to elsewhere, with the key", Unbilled: true, Status: 307, serve: func(x *exchange) {
		http.Redirect(x.w, x.r, "/v1/elsewhere/chat/completions", http.StatusTemporaryRedirect)
	}}, llm.Other),

	page("html-200", "200 with a page of HTML", "<!DOCTYPE html><html>maintenance</html>"),
	page("empty-200", "200 with nothing", ""),
	page("text-200", "200 with words", "upstream connect error"),
	page("null-200", "200 with JSON that is no answer", `{"html-message": "x", "choices": null}`),
	page("no-choices", "200 with an answer that has none", `{"id": "a1", "choices": [], "content": null}`),
	both(Fault{Name: "cut-json", About: "200 with half of the JSON", serve: func(x *exchange) {
		whole := x.speech.whole(Text(), "stop")
		x.body(200, "application/json", string(whole[:len(whole)/2]))
	}}, llm.Server),
	both(Fault{Name: "error-200", About: "200 with an error object", Status: 0, Code: "server_error", serve: func(x *exchange) {
		x.body(200, "application/json", x.speech.errorBody("server_error", "api_error", "oops"))
	}}, llm.Server),
	both(Fault{Name: "filtered-200", About: "200 with an answer that was blocked for its content", Code: "content_filter", serve: func(x *exchange) {
		x.body(200, "application/json", string(x.speech.whole("", "content_filter")))
	}}, llm.ContentFilter),

	both(Fault{Name: "silent", About: "no answer at all", Slow: true, serve: func(x *exchange) { x.wait(time.Hour) }}, llm.Timeout),
	both(Fault{Name: "slow-first-token", About: "keep-alives for the server's Slow, then the answer", Slow: true, serve: func(x *exchange) {
		if x.stream {
			before, _, _ := x.speech.frames()
			x.events(before)
			for range 20 {
				if !x.wait(x.server.Slow / 20) {
					return
				}
				x.events([]string{x.speech.comment()})
			}
			_, tokens, end := x.speech.frames()
			x.events(tokens, end)
		} else if x.wait(x.server.Slow) {
			x.answer()
		}
	}}, llm.Timeout),
	both(Fault{Name: "stall", About: "half of the answer, then nothing but keep-alives", Tokens: 40, Slow: true, serve: func(x *exchange) {
		for x.half(); x.wait(x.server.Slow / 20); {
			if x.stream {
				x.events([]string{x.speech.comment()})
			}
		}
	}}, llm.Timeout),
	both(Fault{Name: "drip", About: "the answer, a byte at a time", Slow: true, serve: func(x *exchange) {
		x.w.Header().Set("Content-Type", "application/json")
		body := x.speech.whole(Text(), "stop")
		if x.stream {
			before, tokens, end := x.speech.frames()
			body = []byte(strings.Join(slices.Concat(before, tokens, end), ""))
		}
		for i := range body {
			x.w.Write(body[i : i+1])
			x.flush()
			if !x.wait(x.server.Slow / 20) {
				return
			}
		}
	}}, llm.Timeout),

	both(Fault{Name: "reset-before", About: "the connection is reset before the header", serve: func(x *exchange) { reset(x.connection()) }}, llm.Connection),
	both(Fault{Name: "reset-after", About: "the connection is reset in the middle of the answer", Tokens: -1, serve: func(x *exchange) {
		x.half()
		time.Sleep(20 * time.Millisecond) // a reset overtakes what the client has not read
		reset(x.connection())
	}}, llm.Connection),
	both(Fault{Name: "short-body", About: "Content-Length is larger than the body", serve: func(x *exchange) {
		x.raw("HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: 100000\n\n" + `{"id": "a1", "choices": [`)
	}}, llm.Connection),
	both(Fault{Name: "bad-chunk", About: "a chunk without a length", serve: func(x *exchange) {
		x.raw("HTTP/1.1 200 OK\nContent-Type: text/event-stream\nTransfer-Encoding: chunked\n\n5\n{\"id\"\nzz\n")
	}}, llm.Connection),
	both(Fault{Name: "no-http", About: "an answer that is not HTTP", serve: func(x *exchange) { x.raw("SSH-2.0-OpenSSH_9.2\n") }}, llm.Connection),
	{Name: "huge", About: "an answer that does not end", Whole: llm.Server, Stream: llm.Server, serve: func(x *exchange) {
		x.w.Header().Set("Content-Type", "application/json")
		start := `{"id": "`
		if x.stream {
			start = `data: {"id": "`
		}
		io.WriteString(x.w, start)
		block := bytes.Repeat([]byte("x"), 64<<10)
		for range 1 << 14 { // a gigabyte
			if _, err := x.w.Write(block); err != nil {
				return
			}
		}
	}},

	{Name: "cut", About: "a stream that ends in the middle as if it were whole; else half of the JSON", Whole: llm.Server, Stream: llm.Connection, Tokens: 40, serve: (*exchange).half},
	{Name: "empty-stream", About: "a stream without events", Whole: llm.Server, Stream: llm.Server, serve: func(x *exchange) { x.events(nil) }},
	{Name: "comments-only", About: "a stream of keep-alives that ends", Whole: llm.Server, Stream: llm.Server, serve: func(x *exchange) {
		x.events([]string{": still here\n\n", ": still here\n\n"})
	}},
	{Name: "bad-event", About: "an event that is not JSON after 40 tokens", Whole: llm.Server, Stream: llm.Server, Tokens: 40, serve: func(x *exchange) {
		if x.half(); x.stream {
			x.events([]string{"data: {\"id\": oops}\n\n"})
		}
	}},
	{Name: "error-event", About: "an error in the stream after 40 tokens", Whole: llm.Server, Stream: llm.Server, Tokens: 40, serve: func(x *exchange) {
		if x.half(); x.stream {
			x.events([]string{x.speech.errorEvent()})
		}
	}},
	{Name: "error-first", About: "an error as the first event of the stream", Whole: llm.Server, Stream: llm.Server, serve: func(x *exchange) {
		if !x.stream {
			x.fail(500, "server_error", "api_error", "the model crashed")
			return
		}
		x.events([]string{x.speech.errorEvent()})
	}},
	{Name: "no-prefill", About: "400 if the chat ends with a turn of the assistant, else the answer", serve: func(x *exchange) {
		if n := len(x.messages); n > 0 && bytes.Contains(x.messages[n-1], []byte(`"assistant"`)) {
			x.fail(400, "invalid_request_error", "invalid_request_error", "the last turn must be the user's")
			return
		}
		x.answer()
	}},
}

// mislabeled calls every body a page.
type mislabeled struct{ http.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (m *mislabeled) WriteHeader(status int) {
	m.Header().Set("Content-Type", "text/html")
	m.ResponseWriter.WriteHeader(status)
}

// Write implements io.Writer.
func (m *mislabeled) Write(p []byte) (int, error) {
	m.Header().Set("Content-Type", "text/html")
	return m.ResponseWriter.Write(p)
}

// Flush implements http.Flusher.
func (m *mislabeled) Flush() { m.ResponseWriter.(http.Flusher).Flush() }

// String returns the fault's name and meaning.
func (f Fault) String() string { return fmt.Sprintf("%s: %s", f.Name, f.About) }
