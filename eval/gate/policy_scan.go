package gate

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tierwise/tierwise/routing"
)

// scanPositions finds where the values of a policy stand, by key path, and the order of the keys in each table: the TOML
// library tells neither. It knows what policies are made of: bare, dotted and quoted keys, headers, inline tables, values
// on one line or in several. What is no policy may get odd positions, never a panic. If a key path is too long the scan
// ends there, and its position is returned.
func scanPositions(text string) (positions map[string]routing.Position, order map[string][]string, tooLong *routing.Position) {
	s := &scanner{text: text, positions: map[string]routing.Position{}, order: map[string][]string{}, seen: map[string]bool{}, arrays: map[string]int{}}
	table := ""
	for s.blank(); s.at < len(text); s.blank() {
		if text[s.at] == '[' {
			table = s.header()
		} else {
			s.pair(table)
		}
	}
	return s.positions, s.order, s.tooLong
}

// maxPathBytes bounds key paths: the TOML library takes memory for every prefix of a key, so that one endless name would
// make it square.
const maxPathBytes = 500

type scanner struct {
	text      string
	at        int
	positions map[string]routing.Position
	order     map[string][]string
	seen      map[string]bool // paths that are in order
	arrays    map[string]int  // elements of [[…]] so far

	line, lineAt int // lines before lineAt
	tooLong      *routing.Position
}

// position turns an offset into a position. Mostly it is not before those asked for earlier: lines are counted on from there.
func (s *scanner) position(offset int) routing.Position {
	if offset < s.lineAt { // a header that ends the scan within its key
		s.line, s.lineAt = 0, 0
	}
	s.line += strings.Count(s.text[s.lineAt:offset], "\n")
	s.lineAt = offset
	start := strings.LastIndexByte(s.text[:offset], '\n') + 1
	return routing.Position{Line: s.line + 1, Column: utf8.RuneCountInString(s.text[start:offset]) + 1}
}

// header reads [a.b] or [[a.b]] and returns the path of what follows.
func (s *scanner) header() string {
	s.at++
	array := s.take('[')
	s.space()
	start := s.at
	path := s.key("")
	s.take(']')
	s.take(']')
	if array {
		s.arrays[path]++
		s.note(path, start)
		path += "[" + strconv.Itoa(s.arrays[path]-1) + "]"
	}
	s.note(path, start)
	return path
}

// pair reads key = value.
func (s *scanner) pair(table string) {
	before := s.at
	path := s.key(table)
	s.take('=')
	s.space()
	s.note(path, min(s.at, len(s.text)))
	s.value(path)
	s.at = max(s.at, before+1)
}

// key reads a dotted key in a table and returns its path.
func (s *scanner) key(table string) string {
	path := table
	for {
		s.space()
		start := s.at
		name := s.name()
		parent := path
		if path = child(path, name); len(path) > maxPathBytes {
			p := s.position(s.at)
			s.tooLong, s.at = &p, len(s.text)
			return ""
		}
		if !s.seen[path] {
			s.seen[path] = true
			s.order[parent] = append(s.order[parent], name)
		}
		if !s.take('.') {
			return path
		}
		s.note(path, start) // a table that may have no header of its own
	}
}

func (s *scanner) name() string {
	if s.at < len(s.text) && (s.text[s.at] == '"' || s.text[s.at] == '\'') {
		start := s.at
		s.str()
		return strings.Trim(s.text[start:s.at], `"'`)
	}
	start := s.at
	for s.at < len(s.text) && !strings.ContainsRune(" \t.=]\n", rune(s.text[s.at])) {
		s.at++
	}
	return s.text[start:s.at]
}

// note remembers where a path stands, the first time it is met.
func (s *scanner) note(path string, offset int) {
	if _, ok := s.positions[path]; !ok {
		s.positions[path] = s.position(offset)
	}
}

func (s *scanner) value(path string) {
	if s.at >= len(s.text) {
		return
	}
	switch s.text[s.at] {
	case '"', '\'':
		s.str()
	case '{':
		s.at++
		for s.more('}') {
			s.pair(path)
		}
	case '[':
		s.at++
		for s.more(']') {
			before := s.at
			s.value(path)
			s.at = max(s.at, before+1)
		}
	default:
		if end := strings.IndexAny(s.text[s.at:], ",]}#\n"); end >= 0 {
			s.at += end
		} else {
			s.at = len(s.text)
		}
	}
}

// more reports whether another entry stands before the end of an array or inline table, and reads the end.
func (s *scanner) more(end byte) bool {
	s.blank()
	for s.take(',') {
		s.blank()
	}
	return s.at < len(s.text) && !s.take(end)
}

// str skips a string.
func (s *scanner) str() {
	quote := s.text[s.at : s.at+1]
	if triple := strings.Repeat(quote, 3); strings.HasPrefix(s.text[s.at:], triple) {
		s.at += 3
		for s.at < len(s.text) && !strings.HasPrefix(s.text[s.at:], triple) {
			s.escape(quote)
		}
		s.at = min(s.at+3, len(s.text))
		for s.at < len(s.text) && s.text[s.at] == quote[0] { // quotes right before the three that end it
			s.at++
		}
		return
	}
	s.at++
	for s.at < len(s.text) && s.text[s.at] != quote[0] && s.text[s.at] != '\n' {
		s.escape(quote)
	}
	s.at = min(s.at+1, len(s.text))
}

// escape goes on by a character, or by two where one escapes the other.
func (s *scanner) escape(quote string) {
	if s.text[s.at] == '\\' && quote == `"` {
		s.at++
	}
	s.at = min(s.at+1, len(s.text))
}

func (s *scanner) space() {
	for s.at < len(s.text) && (s.text[s.at] == ' ' || s.text[s.at] == '\t') {
		s.at++
	}
}

// blank skips white space, line ends and comments.
func (s *scanner) blank() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\t', '\r', '\n':
			s.at++
		case '#':
			end := strings.IndexByte(s.text[s.at:], '\n')
			if end < 0 {
				end = len(s.text) - s.at
			}
			s.at += end
		default:
			return
		}
	}
}

// take reads c, and white space before it, if c is what comes next.
func (s *scanner) take(c byte) bool {
	start := s.at
	s.space()
	if s.at < len(s.text) && s.text[s.at] == c {
		s.at++
		return true
	}
	s.at = start
	return false
}
