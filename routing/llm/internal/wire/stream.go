package wire

import (
	"bufio"
	"bytes"
	"io"
	"time"
)

const (
	acceptJSON   = "application/json"
	acceptEvents = "text/event-stream"
)

// A stream is the events of a reply, under the limits for the first token and for the time between events.
type stream struct {
	reply  *reply
	events *Events
	first  bool // content has come
}

// stream returns the events of the reply, or, if the provider did not stream after all, the whole body. It looks at the
// first byte and not at the content type, which proxies get wrong.
func (r *reply) stream() (s *stream, whole []byte, err error) {
	first := r.limits.FirstToken
	r.watch.expect("first token", first, r.watch.begun)
	br := bufio.NewReader(r.limit)
	for {
		b, err := br.ReadByte()
		if err == io.EOF { // a wrapped one is a failed read
			return nil, nil, r.fail(NoAnswer("the stream is empty"))
		}
		if err != nil {
			return nil, nil, r.readError(err)
		}
		if bytes.IndexByte([]byte(" \t\r\n"), b) >= 0 {
			continue
		}
		br.UnreadByte() //nolint:errcheck // a byte was just read
		if b == '{' || b == '<' || b == '[' {
			r.limit = &limitReader{r: br, left: r.caller.maxBytes}
			whole, err := r.readAll()
			return nil, whole, err
		}
		return &stream{reply: r, events: NewEvents(br, int(min(r.limit.left, 1<<30)))}, nil, nil
	}
}

// next returns the next event, io.EOF after the last.
func (s *stream) next() (Event, error) { return s.events.Next() }

// alive tells that an event of that name came, and whether it had content. A ping shows that the server lives, and not
// that the model writes.
func (s *stream) alive(name string, content bool) {
	if s.first = s.first || content; s.first && name != "ping" {
		s.reply.watch.expect("more of the answer", s.reply.limits.Idle, time.Now())
	}
}

// drain reads what follows the last event, which lets the connection be used again, but does not wait long for it.
func (s *stream) drain() {
	s.reply.watch.expect("end of the stream", 100*time.Millisecond, time.Now())
	for range 16 { // no more than a few events
		if _, err := s.events.Next(); err != nil {
			return
		}
	}
}
