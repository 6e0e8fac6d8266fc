package routing

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A mark says where a key of a document stands and where its value does. A table that has a header of its own, or
// that a longer key implies, stands for both where its name does; an element of an array has no key, and its value
// stands for both.
type mark struct{ key, value Position }

// maxPathBytes bounds key paths, and with them how deep a document is nested. The decoder and the scanner take memory
// for the path of every key, so that one endless name would make it square.
const maxPathBytes = 500

// scanKeys finds every key, table and array element of a TOML document: BurntSushi/toml tells no positions. It
// returns them by key path, and the names in every table in the order of the document. The text must be UTF-8 without
// a byte order mark, and be what the decoder accepts; the result for any other text is unspecified. If a key path is
// too long the scan ends there, and its position is returned.
func scanKeys(text string) (marks map[string]mark, names map[string][]string, tooLong *Position) {
	s := scanner{text: text, tooLong: -1, marks: map[string]span{}, names: map[string][]string{}, elements: map[string]int{}}
	s.document()
	lines := newLineIndex(text)
	marks = make(map[string]mark, len(s.marks))
	for path, at := range s.marks {
		marks[path] = mark{lines.position(at.key), lines.position(at.value)}
	}
	if s.tooLong >= 0 {
		p := lines.position(s.tooLong)
		tooLong = &p
	}
	return marks, s.names, tooLong
}

// childPath is the key path of a name in a table: names that are not bare keys are quoted. The path of the whole
// document is "".
func childPath(table, name string) string {
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return !isBareKeyRune(r) }) {
		name = strconv.Quote(name)
	}
	if table == "" {
		return name
	}
	return table + "." + name
}

// elementPath is the key path of an array's element, counted from 0.
func elementPath(array string, index int) string { return array + "[" + strconv.Itoa(index) + "]" }

func isBareKeyRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-'
}

// A span holds the byte offsets of a mark.
type span struct{ key, value int }

type scanner struct {
	text     string
	at       int // offset of the next byte
	tooLong  int // offset of the key whose path is too long, −1 if none is
	marks    map[string]span
	names    map[string][]string
	elements map[string]int // path of a [[…]] → elements so far
}

// document reads lines: headers, which set the table that keys are in, and keys with their values.
func (s *scanner) document() {
	table := ""
	for s.skipBlank(); s.at < len(s.text); s.skipBlank() {
		if s.text[s.at] == '[' {
			table = s.header()
		} else {
			s.keyValue(table)
		}
	}
}

// header reads [a.b] or [[a.b]] and returns the path of the table that it opens.
func (s *scanner) header() string {
	s.at++
	array := s.take('[')
	names, offsets := s.key()
	s.take(']')
	s.take(']')
	last := len(names) - 1
	path := s.enter("", names[:last], offsets)
	path = s.note(path, names[last], offsets[last], offsets[last])
	if array {
		s.elements[path]++
		path = elementPath(path, s.elements[path]-1)
	}
	// Also where a longer header before this one implied the table: this is the table's proper place.
	s.mark(path, offsets[last], offsets[last])
	return path
}

// keyValue reads one key = value of a table.
func (s *scanner) keyValue(table string) {
	names, offsets := s.key()
	last := len(names) - 1
	table = s.enter(table, names[:last], offsets)
	s.take('=')
	s.skipSpace()
	s.value(s.note(table, names[last], offsets[last], s.at))
}

// enter goes down from a table through names, which it notes where they are new, and returns where it ends up. Of an
// array of tables that is the latest element.
func (s *scanner) enter(table string, names []string, offsets []int) string {
	for i, name := range names {
		if s.tooLong >= 0 {
			break
		}
		table = s.note(table, name, offsets[i], offsets[i])
		if n := s.elements[table]; n > 0 {
			table = elementPath(table, n-1)
		}
	}
	return table
}

// note marks a name in a table, unless it is known, and returns its path.
func (s *scanner) note(table, name string, key, value int) string {
	path := childPath(table, name)
	if _, known := s.marks[path]; !known && s.mark(path, key, value) {
		s.names[table] = append(s.names[table], name)
	}
	return path
}

// mark reports whether it marked the path. If the path is too long it ends the scan.
func (s *scanner) mark(path string, key, value int) bool {
	if s.tooLong >= 0 {
		return false
	}
	if len(path) > maxPathBytes {
		s.tooLong, s.at = key, len(s.text)
		return false
	}
	s.marks[path] = span{key, value}
	return true
}

// value reads the value at path and notes what is in it.
func (s *scanner) value(path string) {
	if s.at >= len(s.text) {
		return
	}
	switch s.text[s.at] {
	case '"', '\'':
		s.str()
	case '[':
		s.at++
		for i := 0; s.more(']'); i++ {
			element := elementPath(path, i)
			s.mark(element, s.at, s.at)
			s.value(element)
		}
	case '{':
		s.at++
		for s.more('}') {
			s.keyValue(path)
		}
	default: // a number, a boolean, or a date, which may have a space in it
		start := s.at
		if end := strings.IndexAny(s.text[s.at:], ",]}#\n"); end >= 0 {
			s.at += end
		} else {
			s.at = len(s.text)
		}
		s.at = max(s.at, start+1) // a document that is not TOML must end too
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

// key reads a dotted key: its names and their offsets, at least one.
func (s *scanner) key() (names []string, offsets []int) {
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
	for s.at < len(s.text) && isBareKeyRune(rune(s.text[s.at])) {
		s.at++
	}
	if s.at == start && s.at < len(s.text) {
		s.at++ // a document that is not TOML must end too
	}
	return s.text[start:s.at]
}

// A lineIndex turns offsets into positions.
type lineIndex struct {
	text   string
	starts []int // offset of each line
	runes  []int // characters before every stride-th byte: lines may be long, and have many keys
}

const stride = 256

func newLineIndex(text string) lineIndex {
	l := lineIndex{text: text, starts: []int{0}}
	runes := 0
	for i := range len(text) {
		if i%stride == 0 {
			l.runes = append(l.runes, runes)
		}
		if utf8.RuneStart(text[i]) {
			runes++
		}
		if text[i] == '\n' {
			l.starts = append(l.starts, i+1)
		}
	}
	l.runes = append(l.runes, runes)
	return l
}

// position returns the position of an offset, that of the nearest end if it is outside the text.
func (l *lineIndex) position(offset int) Position {
	offset = min(max(offset, 0), len(l.text))
	line, exact := slices.BinarySearch(l.starts, offset)
	if !exact {
		line--
	}
	return Position{line + 1, l.runesBefore(offset) - l.runesBefore(l.starts[line]) + 1}
}

func (l *lineIndex) runesBefore(offset int) int {
	block := offset / stride
	runes := l.runes[block]
	for i := block * stride; i < offset; i++ {
		if utf8.RuneStart(l.text[i]) {
			runes++
		}
	}
	return runes
}
