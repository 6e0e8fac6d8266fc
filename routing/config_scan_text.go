package routing

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// str reads a string of any of the four kinds. What it returns is right for those that may be keys.
func (s *scanner) str() string {
	quote := s.text[s.at : s.at+1]
	if triple := strings.Repeat(quote, 3); strings.HasPrefix(s.text[s.at:], triple) {
		s.multiline(quote[0])
		return ""
	}
	s.at++
	start, escaped := s.at, false
	for s.at < len(s.text) && s.text[s.at] != quote[0] && s.text[s.at] != '\n' {
		if quote == `"` && s.text[s.at] == '\\' {
			escaped = true
			s.at++
		}
		s.at++
	}
	s.at = min(s.at, len(s.text))
	text := s.text[start:s.at]
	s.take(quote[0])
	if escaped {
		return unescape(text)
	}
	return text
}

// multiline skips a string in triple quotes. One or two quotes may stand right before the three that end it.
func (s *scanner) multiline(quote byte) {
	s.at += 3
	for run := 0; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; {
		case c == quote:
			run++
			continue
		case run >= 3:
			return
		case c == '\\' && quote == '"':
			s.at++
		}
		run = 0
	}
	s.at = min(s.at, len(s.text))
}

// unescape resolves the escapes of a basic string.
func unescape(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			b.WriteByte(text[i])
			continue
		}
		i++
		if digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[text[i]]; digits > 0 {
			end := min(i+1+digits, len(text))
			r, err := strconv.ParseUint(text[i+1:end], 16, 32)
			if err != nil {
				r = utf8.RuneError
			}
			b.WriteRune(rune(r))
			i = end - 1
			continue
		}
		if at := strings.IndexByte("btnfre", text[i]); at >= 0 {
			b.WriteByte("\b\t\n\f\r\x1b"[at])
		} else {
			b.WriteByte(text[i]) // a quote or a backslash
		}
	}
	return b.String()
}

func (s *scanner) skipSpace() {
	for s.at < len(s.text) && (s.text[s.at] == ' ' || s.text[s.at] == '\t') {
		s.at++
	}
}

// skipBlank skips white space, line ends and comments.
func (s *scanner) skipBlank() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\t', '\r', '\n':
			s.at++
		case '#':
			if end := strings.IndexByte(s.text[s.at:], '\n'); end >= 0 {
				s.at += end
			} else {
				s.at = len(s.text)
			}
		default:
			return
		}
	}
}

// take reads c, and white space before it, if c is what comes next.
func (s *scanner) take(c byte) bool {
	at := s.at
	for at < len(s.text) && (s.text[at] == ' ' || s.text[at] == '\t') {
		at++
	}
	if at == len(s.text) || s.text[at] != c {
		return false
	}
	s.at = at + 1
	return true
}
