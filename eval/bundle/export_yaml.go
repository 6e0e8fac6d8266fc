package bundle

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// A yamlWriter writes lines of YAML.
type yamlWriter struct{ strings.Builder }

func (y *yamlWriter) line(format string, args ...any) { fmt.Fprintf(y, format+"\n", args...) }

func (y *yamlWriter) comment(format string, args ...any) {
	y.wrap("#", "#", fmt.Sprintf(format, args...))
}

// item writes a sentence as an entry of a list within a comment.
func (y *yamlWriter) item(text string) { y.wrap("# -", "#  ", text) }

// wrap writes words in lines that begin with first, and then with next.
func (y *yamlWriter) wrap(first, next, text string) {
	const width = 110
	line := first
	for word := range strings.FieldsSeq(text) { // at every line break, YAML's too
		word = strings.Map(func(r rune) rune {
			if !printable(r) || r == utf8.RuneError {
				return '?'
			}
			return r
		}, word)
		if utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			y.line("%s", line)
			line = next
		}
		line += " " + word
	}
	y.line("%s", line)
}

// plainScalar matches strings that are the same without quotes in YAML 1.1 and 1.2, but for the words below.
var plainScalar = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._/-]*$`)

// yamlWords are what YAML 1.1 takes for a boolean or null, in any case.
var yamlWords = []string{"y", "yes", "n", "no", "on", "off", "true", "false", "null"}

// yamlString writes a string, in double quotes where it needs them.
func yamlString(s string) string {
	if plainScalar.MatchString(s) && !slices.Contains(yamlWords, strings.ToLower(s)) {
		return s
	}
	return escaped(s, func(r rune) bool { return !printable(r) })
}

// printable reports whether a character may stand in YAML as it is and breaks no line.
func printable(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r < 0xa0, r == 0x2028, r == 0x2029, r == 0xfeff, r == 0xfffe, r == 0xffff:
		return false
	}
	return true
}
