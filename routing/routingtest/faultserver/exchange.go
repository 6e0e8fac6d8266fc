package faultserver

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// An exchange is a call that is being answered.
type exchange struct {
	server   *Server
	w        http.ResponseWriter
	r        *http.Request
	speech   speech
	dialect  string
	stream   bool
	messages []json.RawMessage
}

// wait waits, shorter if the client leaves or the server closes. It reports whether the time passed.
func (x *exchange) wait(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-x.r.Context().Done():
	case <-x.server.closed:
	}
	return false
}

// fail answers with an error: code is the word of chat completions for it, kind that of both dialects' types.
func (x *exchange) fail(status int, code, kind, message string) {
	x.body(status, "application/json", x.speech.errorBody(code, kind, message))
}

// body answers with a body of one's own.
func (x *exchange) body(status int, contentType, body string) {
	x.w.Header().Set("Content-Type", contentType)
	x.w.WriteHeader(status)
	io.WriteString(x.w, body)
}

// answer gives the whole answer, in the form that was asked for.
func (x *exchange) answer() {
	if !x.stream {
		x.body(http.StatusOK, "application/json", string(x.speech.whole(Text(), "stop")))
		return
	}
	before, tokens, end := x.speech.frames()
	x.events(before, tokens, end)
}

// events sends frames of a stream, each flushed.
func (x *exchange) events(frames ...[]string) {
	x.w.Header().Set("Content-Type", "text/event-stream")
	for _, list := range frames {
		for _, f := range list {
			io.WriteString(x.w, f)
			x.flush()
		}
	}
	x.flush()
}

func (x *exchange) flush() { x.w.(http.Flusher).Flush() }

// half begins the answer: 40 of 60 tokens of a stream, or the first half of a body that announces the whole.
func (x *exchange) half() {
	if x.stream {
		before, tokens, _ := x.speech.frames()
		x.events(before, tokens[:40])
		return
	}
	whole := x.speech.whole(Text(), "stop")
	x.w.Header().Set("Content-Type", "application/json")
	x.w.Write(whole[:len(whole)/2])
	x.flush()
}

// connection takes the connection over; what was written to it stays in it.
func (x *exchange) connection() net.Conn {
	conn, buf, err := http.NewResponseController(x.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	buf.Flush()
	return conn
}

// reset ends the connection as a crash does.
func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	conn.Close()
}

// compressed sends the answer in gzip, whether or not it was asked for.
func (x *exchange) compressed() {
	x.w.Header().Set("Content-Encoding", "gzip")
	z := gzip.NewWriter(x.w)
	defer z.Close()
	y := *x
	y.w = &compressor{x.w, z}
	y.answer()
}

type compressor struct {
	http.ResponseWriter
	z *gzip.Writer
}

// Write implements io.Writer.
func (c *compressor) Write(p []byte) (int, error) { return c.z.Write(p) }

// Flush implements http.Flusher.
func (c *compressor) Flush() {
	c.z.Flush()
	c.ResponseWriter.(http.Flusher).Flush()
}

// raw answers with bytes of one's own, the status line included, and closes the connection.
func (x *exchange) raw(text string) {
	conn := x.connection()
	defer conn.Close()
	io.WriteString(conn, strings.ReplaceAll(text, "\n", "\r\n"))
}
