package wire

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// A Scan walks a JSON text without making anything of it: a stream has dozens of events that are a few words in the same
// wrapping, and encoding/json takes longer for one than the network does. It knows a part of JSON, objects, lists of one,
// plain strings, whole numbers and null, and each method returns false for everything else, upon which the text must be
// read again by encoding/json. What it accepts, that accepts too.
type Scan struct {
	b []byte
	i int
}

// NewScan returns a Scan of data.
func NewScan(data []byte) Scan { return Scan{b: data} }

// next skips space and returns the next byte without taking it, 0 at the end.
func (s *Scan) next() byte {
	for ; s.i < len(s.b); s.i++ {
		if c := s.b[s.i]; c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c
		}
	}
	return 0
}

// take skips space and takes c.
func (s *Scan) take(c byte) bool {
	if s.next() != c || s.i == len(s.b) {
		return false
	}
	s.i++
	return true
}

// End reports whether nothing is left.
func (s *Scan) End() bool { s.next(); return s.i == len(s.b) }

// Object takes an object. field takes the value of each key.
func (s *Scan) Object(field func(key []byte) bool) bool {
	if !s.take('{') {
		return false
	}
	if s.take('}') {
		return true
	}
	for {
		key, ok := s.plain()
		if !ok || !s.take(':') || !field(key) {
			return false
		}
		if s.take('}') {
			return true
		}
		if !s.take(',') {
			return false
		}
	}
}

// One takes a list of one element, which element takes.
func (s *Scan) One(element func() bool) bool { return s.take('[') && element() && s.take(']') }

// plain takes a string without escapes, in UTF-8.
func (s *Scan) plain() ([]byte, bool) {
	raw, escaped, ok := s.quoted()
	return raw, ok && !escaped
}

// quoted takes a string and returns what stands between the quotes.
func (s *Scan) quoted() (raw []byte, escaped, ok bool) {
	if !s.take('"') {
		return nil, false, false
	}
	start := s.i
	for ; s.i < len(s.b); s.i++ {
		switch c := s.b[s.i]; {
		case c == '"':
			raw = s.b[start:s.i]
			s.i++
			return raw, escaped, utf8.Valid(raw)
		case c == '\\':
			escaped = true
			s.i++
		case c < ' ':
			return nil, false, false
		}
	}
	return nil, false, false
}

// Text takes a string and returns it.
func (s *Scan) Text() (text string, ok bool) {
	s.next()
	start := s.i
	raw, escaped, ok := s.quoted()
	if !ok || !escaped {
		return string(raw), ok
	}
	err := json.Unmarshal(s.b[start:s.i], &text)
	return text, err == nil
}

// Is takes a string without escapes that is want.
func (s *Scan) Is(want string) bool {
	raw, ok := s.plain()
	return ok && string(raw) == want
}

var null = []byte("null")

// Null takes null.
func (s *Scan) Null() bool {
	s.next()
	if !bytes.HasPrefix(s.b[s.i:], null) {
		return false
	}
	s.i += len(null)
	return true
}

// Whole takes a whole number that is not negative.
func (s *Scan) Whole() (n int, ok bool) {
	s.next()
	start := s.i
	for ; s.i < len(s.b) && '0' <= s.b[s.i] && s.b[s.i] <= '9'; s.i++ {
		if s.i-start > 15 {
			return 0, false
		}
		n = n*10 + int(s.b[s.i]-'0')
	}
	digits := s.i - start
	if digits == 0 || digits > 1 && s.b[start] == '0' {
		return 0, false
	}
	if s.i < len(s.b) && (s.b[s.i] == '.' || s.b[s.i] == 'e' || s.b[s.i] == 'E') {
		return 0, false
	}
	return n, true
}

// Scalar takes a string without escapes, a whole number or null.
func (s *Scan) Scalar() bool {
	switch s.next() {
	case '"':
		_, ok := s.plain()
		return ok
	case 'n':
		return s.Null()
	}
	_, ok := s.Whole()
	return ok
}
