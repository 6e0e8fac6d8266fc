package llm

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// plain reads a turn that is a role and a text and nothing else, which most are: encoding/json would read its text four
// times over. It returns false, and leaves t alone, for every other. data has to be JSON, as what UnmarshalJSON is given is.
func (t *turn) plain(data []byte) bool {
	var role, text string
	s := scan{data}
	if !s.take('{') {
		return false
	}
	seenRole, seenText := false, false
	for {
		key, ok := s.raw()
		if !ok || !s.take(':') {
			return false
		}
		switch string(key) {
		case `"role"`:
			if seenRole || !s.text(&role) {
				return false
			}
			seenRole = true
		case `"content"`:
			if seenText || !s.text(&text) {
				return false
			}
			seenText = true
		default:
			return false
		}
		if s.take('}') {
			*t = turn{Role: role, Text: text}
			return true
		}
		if !s.take(',') {
			return false
		}
	}
}

// A scan is what is left of a JSON text.
type scan struct{ rest []byte }

// take skips space and takes c.
func (s *scan) take(c byte) bool {
	s.rest = bytes.TrimLeft(s.rest, " \t\r\n")
	if len(s.rest) == 0 || s.rest[0] != c {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

// raw takes a string, with its quotes.
func (s *scan) raw() ([]byte, bool) {
	s.rest = bytes.TrimLeft(s.rest, " \t\r\n")
	if len(s.rest) == 0 || s.rest[0] != '"' {
		return nil, false
	}
	for i := 1; i < len(s.rest); i++ {
		switch s.rest[i] {
		case '\\':
			i++
		case '"':
			raw := s.rest[:i+1]
			s.rest = s.rest[i+1:]
			return raw, true
		}
	}
	return nil, false
}

// text takes a string and sets out to it.
func (s *scan) text(out *string) bool {
	raw, ok := s.raw()
	if !ok {
		return false
	}
	if inner := raw[1 : len(raw)-1]; bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		*out = string(inner)
		return true
	}
	return json.Unmarshal(raw, out) == nil
}
