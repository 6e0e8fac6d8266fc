package wire

import (
	"bytes"
	"errors"
	"io"
)

// An Event is a server-sent event. Its slices are valid until the next one is read.
type Event struct {
	Name []byte // empty: a plain message
	Data []byte // the lines of data, joined by \n
}

// Events reads a stream of server-sent events, as the HTML standard has them: lines end in \n, \r\n or \r, comments and
// unknown fields are skipped, events without data are none.
type Events struct {
	r          io.Reader
	max        int
	buf        []byte
	start, end int  // of what is read and not yet a line
	scanned    int  // of it, so much has no line's end
	skipLF     bool // the last line ended in \r: a \n that follows belongs to it
	begun      bool
	eof        bool
	name, data []byte
}

// errLongEvent is an event larger than the reader may keep.
var errLongEvent = errors.New("an event of the stream is larger than allowed")

// NewEvents returns a reader of the events in r, none of which may have more than limit bytes.
func NewEvents(r io.Reader, limit int) *Events { return &Events{r: r, max: limit} }

// Next returns the next event, io.EOF after the last. What stands before a clean end without an empty line after it is
// an event too: some servers leave that line out.
func (s *Events) Next() (Event, error) {
	s.name, s.data = s.name[:0], s.data[:0]
	some := false
	for {
		line, err := s.line()
		if err == io.EOF && some { //nolint:errorlint // line returns a bare io.EOF at a clean end, which a wrapped one is not
			return s.event(), nil
		}
		if err != nil {
			return Event{}, err
		}
		if len(line) == 0 {
			if some {
				return s.event(), nil
			}
			s.name = s.name[:0]
			continue
		}
		field, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(field) {
		case "event":
			s.name = append(s.name[:0], value...)
		case "data":
			if some {
				s.data = append(s.data, '\n')
			}
			s.data = append(s.data, value...)
			some = true
		}
		if len(s.data) > s.max {
			return Event{}, errLongEvent
		}
	}
}

func (s *Events) event() Event { return Event{s.name, s.data} }

// line returns the next line without its end, io.EOF after the last. The last need not end.
func (s *Events) line() ([]byte, error) {
	for {
		if s.skipLF && s.start < s.end {
			s.skipLF = false
			if s.buf[s.start] == '\n' {
				s.start++
			}
		}
		s.scanned = max(s.scanned, s.start)
		if i := lineEnd(s.buf[s.scanned:s.end]); i >= 0 {
			line := s.buf[s.start : s.scanned+i]
			s.skipLF = s.buf[s.scanned+i] == '\r'
			s.start = s.scanned + i + 1
			s.scanned = s.start
			return s.first(line), nil
		}
		s.scanned = s.end
		if s.eof {
			if s.start == s.end {
				return nil, io.EOF
			}
			line := s.buf[s.start:s.end]
			s.start = s.end
			return s.first(line), nil
		}
		if s.end-s.start > s.max {
			return nil, errLongEvent
		}
		if err := s.fill(); err != nil {
			return nil, err
		}
	}
}

// lineEnd returns the place of the first \n or \r, −1 if there is none.
func lineEnd(b []byte) int {
	lf := bytes.IndexByte(b, '\n')
	if lf >= 0 {
		b = b[:lf]
	}
	if cr := bytes.IndexByte(b, '\r'); cr >= 0 {
		return cr
	}
	return lf
}

// first takes the byte order mark from the first line.
func (s *Events) first(line []byte) []byte {
	if s.begun {
		return line
	}
	s.begun = true
	return bytes.TrimPrefix(line, []byte("\ufeff"))
}

const minBuffer = 4 << 10

// fill reads more, after making room.
func (s *Events) fill() error {
	if s.start > 0 {
		copy(s.buf, s.buf[s.start:s.end])
		s.end -= s.start
		s.scanned -= s.start
		s.start = 0
	}
	if s.end == len(s.buf) {
		s.buf = append(s.buf, make([]byte, max(minBuffer, len(s.buf)))...)
	}
	n, err := s.r.Read(s.buf[s.end:])
	s.end += n
	if err == io.EOF { // a wrapped one is a failed read
		s.eof = true
		return nil
	}
	return err
}
