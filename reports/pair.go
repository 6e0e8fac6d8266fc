package reports

import (
	"fmt"
	"unicode"
)

// A Pair is two texts that are read against each other.
type Pair struct {
	Title       string
	Above       []Passage // what both are about
	Left, Right Passage
}

// A Passage is a text that nobody here wrote: a prompt, an answer. Renderers write it by [Visible].
type Passage struct {
	Title string
	Text  string // the start of it; "": there is nothing to show but the title
	Chars int    // characters of the whole text
}

// Visible returns how to write a character of a text that nobody here wrote, so that a terminal obeys none and a reader
// sees all: control characters, those that turn the direction of a line, and other invisible ones are spelt out. A line
// break is as it is, a tab is four spaces.
func Visible(r rune) string {
	switch {
	case r == '\n':
		return "\n"
	case r == '\t':
		return "    "
	case r < ' ':
		return string('␀' + r)
	case r == 0x7f:
		return "␡"
	case r == 0x200c || r == 0x200d: // they join and part letters, in many scripts
		return string(r)
	case !unicode.IsGraphic(r) || unicode.Is(unicode.Cf, r):
		return fmt.Sprintf("<U+%04X>", r)
	}
	return string(r)
}

// More says how much of a text is left out; "" if nothing is.
func More(left int) string {
	switch {
	case left <= 0:
		return ""
	case left == 1:
		return "… 1 more character"
	}
	return "… " + count(int64(left)) + " more characters"
}
