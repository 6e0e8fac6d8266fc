package bundle

import (
	"strconv"
	"strings"
)

// A span is a range of bytes of a document.
type span struct{ start, end int }

// An entry is a table, an array or a value of a TOML document, with the place of its parts. There are libraries that
// change values, but none for Go that keeps the text around them (pelletier/go-toml: "document manipulation is out of
// scope for v2"; BurntSushi/toml#213 is open), and none whose syntax tree tells where arrays and inline tables end.
type entry struct {
	name     string
	parent   *entry
	children []*entry // of a table in the order of the document, or the elements of an array
	array    bool     // [...] or [[...]]
	tables   bool     // [[...]]

	pair   span // from the key to the end of the value; empty for what headers and longer keys make
	key    int  // in a pair, where the last name of its key starts
	value  span // in a pair or an array's element
	inline bool // the pair stands in an inline table, or the element in an array

	headers []int // the expressions that are headers of this very table, by number
	under   []int // the expressions that make this entry or something in it, ascending
}

// child returns the entry of that name, nil if there is none.
func (e *entry) child(names ...string) *entry {
	for _, name := range names {
		if e == nil {
			return nil
		}
		var found *entry
		for _, c := range e.children {
			if c.name == name && !e.array {
				found = c
			}
		}
		e = found
	}
	return e
}

func (e *entry) isPair() bool { return e.pair.end > 0 }

// An expression is what stands on its own lines: a header or a pair that is in no inline table.
type expression struct {
	span
	header bool
}

// A document is a scanned TOML text.
type document struct {
	text        string
	root        *entry
	expressions []expression
}

// scan finds the parts of a document, which must be one that the decoder accepts and have no byte order mark; the result
// for any other text is unspecified.
func scan(text string) *document {
	s := scanner{document: document{text: text, root: &entry{}}}
	table := s.root
	for s.skipBlank(); s.at < len(s.text); s.skipBlank() {
		if s.text[s.at] == '[' {
			table = s.header()
		} else {
			start := s.at
			s.expressions = append(s.expressions, expression{})
			s.pair(table, false)
			s.expressions[len(s.expressions)-1].span = span{start, s.at}
		}
	}
	return &s.document
}

type scanner struct {
	document
	at int // offset of the next byte
}

// header reads [a.b] or [[a.b]] and returns the table that it opens.
func (s *scanner) header() *entry {
	start := s.at
	s.at++
	tables := s.take('[')
	names, _ := s.dotted()
	s.take(']')
	s.take(']')
	number := len(s.expressions)
	s.expressions = append(s.expressions, expression{span{start, s.at}, true})
	e := s.enter(s.root, names[:len(names)-1])
	e = e.open(names[len(names)-1])
	if tables {
		e.array, e.tables = true, true
		e.children = append(e.children, &entry{parent: e})
	}
	e = e.latest()
	e.say(number)
	e.headers = append(e.headers, number)
	return e
}

// pair reads one key = value of a table.
func (s *scanner) pair(table *entry, inline bool) {
	start := s.at
	names, offsets := s.dotted()
	last := len(names) - 1
	table = s.enter(table, names[:last])
	s.take('=')
	s.skipSpace()
	e := table.open(names[last])
	e.say(len(s.expressions) - 1)
	e.inline, e.key = inline, offsets[last]
	s.value(e)
	e.pair = span{start, s.at}
}

// enter goes down from a table through names; of an array of tables to the latest element.
func (s *scanner) enter(table *entry, names []string) *entry {
	for _, name := range names {
		table = table.open(name).latest()
	}
	return table
}

// open returns the child of that name, which it makes if there is none.
func (e *entry) open(name string) *entry {
	if c := e.child(name); c != nil {
		return c
	}
	c := &entry{name: name, parent: e}
	e.children = append(e.children, c)
	return c
}

// latest is the last element of an array of tables, else the entry itself.
func (e *entry) latest() *entry {
	if e.tables {
		return e.children[len(e.children)-1]
	}
	return e
}

// say notes the expression that makes an entry, and with it what the entry is in.
func (e *entry) say(expression int) {
	for ; e != nil; e = e.parent {
		if n := len(e.under); n == 0 || e.under[n-1] != expression {
			e.under = append(e.under, expression)
		}
	}
}

// value reads a value and what is in it.
func (s *scanner) value(e *entry) {
	e.value.start = s.at
	defer func() { e.value.end = s.at }()
	if s.at >= len(s.text) {
		return
	}
	switch s.text[s.at] {
	case '"', '\'':
		s.str()
	case '[':
		e.array = true
		s.at++
		for s.more(']') {
			c := &entry{parent: e, inline: true}
			e.children = append(e.children, c)
			s.value(c)
		}
	case '{':
		s.at++
		for s.more('}') {
			s.pair(e, true)
		}
	default: // a number, a boolean, or a date, which may have a space in it
		start := s.at
		for s.at < len(s.text) && strings.IndexByte(",]}#\n", s.text[s.at]) < 0 {
			s.at++
		}
		for s.at > start && strings.IndexByte(" \t\r", s.text[s.at-1]) >= 0 {
			s.at--
		}
		s.at = max(s.at, min(start+1, len(s.text))) // a document that is not TOML must end too
	}
}

// more reports whether another entry stands before the end of an array or inline table, and reads the end.
func (s *scanner) more(end byte) bool {
	s.skipBlank()
	for s.take(',') {
		s.skipBlank()
	}
	return s.at < len(s.text) && !s.take(end)
}

// dotted reads a key: its names and where each starts, at least one.
func (s *scanner) dotted() (names []string, offsets []int) {
	for {
		s.skipSpace()
		offsets = append(offsets, s.at)
		names = append(names, s.name())
		if !s.take('.') {
			return names, offsets
		}
	}
}

func (s *scanner) name() string {
	if s.at < len(s.text) && (s.text[s.at] == '"' || s.text[s.at] == '\'') {
		return s.str()
	}
	start := s.at
	for s.at < len(s.text) && isBare(rune(s.text[s.at])) {
		s.at++
	}
	if s.at == start && s.at < len(s.text) {
		s.at++ // a document that is not TOML must end too
	}
	return s.text[start:s.at]
}

// str reads a string of any of the four kinds and returns what it says if it may be a key.
func (s *scanner) str() string {
	start, quote := s.at, s.text[s.at:s.at+1]
	if triple := strings.Repeat(quote, 3); strings.HasPrefix(s.text[s.at:], triple) {
		s.multiline(quote[0])
		return ""
	}
	for s.at++; s.at < len(s.text) && s.text[s.at] != quote[0] && s.text[s.at] != '\n'; s.at++ {
		if quote == `"` && s.text[s.at] == '\\' {
			s.at++
		}
	}
	s.at = min(s.at+1, len(s.text))
	if text := s.text[start:s.at]; quote == `"` {
		return unquote(text)
	} else if len(text) >= 2 {
		return text[1 : len(text)-1]
	}
	return ""
}

// unquote resolves the escapes of a basic string: Go's, but for \e.
func unquote(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) {
			if i++; text[i] == 'e' {
				b.WriteString(`\x1b`)
				continue
			}
			b.WriteByte('\\')
			if text[i] == 'x' { // a character in TOML, a byte in Go
				b.WriteString("u00")
				continue
			}
		}
		b.WriteByte(text[i])
	}
	out, err := strconv.Unquote(b.String())
	if err != nil {
		return text
	}
	return out
}

// multiline skips a string in triple quotes. One or two quotes may stand right before the three that end it.
func (s *scanner) multiline(quote byte) {
	run := 0
	for s.at += 3; s.at < len(s.text); s.at++ {
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
			s.at = lineEnd(s.text, s.at)
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

// lineEnd returns where the line of an offset ends, after its line end if it has one.
func lineEnd(text string, at int) int {
	if i := strings.IndexByte(text[at:], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(text)
}

// lineStart returns where the line of an offset starts.
func lineStart(text string, at int) int { return strings.LastIndexByte(text[:at], '\n') + 1 }

func isBare(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-'
}
