package text

import (
	"bufio"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tierwise/tierwise/reports"
)

// DefaultWidth is the width of a line where nothing says how wide it is.
const DefaultWidth = 100

const (
	sideBySide = 100 // columns from which two texts stand beside each other
	leastWidth = 40  // what is narrower is taken for this wide
	maxAbove   = 8   // lines of a text above a pair
	maxBeside  = 12  // lines of a text of a pair
	indent     = "    "
	between    = " │ "
)

func writePairs(b *bufio.Writer, pairs []reports.Pair, width int) {
	width = max(width, leastWidth)
	for i := range pairs {
		if i > 0 {
			b.WriteByte('\n')
		}
		writePair(b, &pairs[i], width)
	}
}

func writePair(b *bufio.Writer, p *reports.Pair, width int) {
	b.WriteString("  " + strings.ReplaceAll(visible([]rune(p.Title)), "\n", " ") + "\n")
	label := 0
	for _, a := range p.Above {
		label = max(label, utf8.RuneCountInString(a.Title))
	}
	for _, a := range p.Above {
		head := plain(a.Title)
		for _, line := range wrap(&a, width-len(indent)-label-2, maxAbove) {
			writeLine(b, indent+pad(head, label)+"  "+line)
			head = ""
		}
	}
	if width < sideBySide || turns(p.Left.Text) || turns(p.Right.Text) {
		for _, side := range []*reports.Passage{&p.Left, &p.Right} {
			for _, line := range wrapTitle(side.Title, width-len(indent)) {
				writeLine(b, indent+line)
			}
			for _, line := range wrap(side, width-2*len(indent), maxBeside) {
				writeLine(b, indent+indent+line)
			}
		}
		return
	}
	column := (width - len(indent) - utf8.RuneCountInString(between)) / 2
	left := append(wrapTitle(p.Left.Title, column), wrap(&p.Left, column, maxBeside)...)
	right := append(wrapTitle(p.Right.Title, column), wrap(&p.Right, column, maxBeside)...)
	for i := range max(len(left), len(right)) {
		writeLine(b, indent+pad(at(left, i), column)+between+at(right, i))
	}
}

func writeLine(b *bufio.Writer, line string) { b.WriteString(strings.TrimRight(line, " ") + "\n") }

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}

func pad(s string, width int) string {
	used := 0
	for _, r := range s {
		used += columns(r)
	}
	return s + strings.Repeat(" ", max(width-used, 0))
}

func wrapTitle(title string, width int) []string {
	return wrap(&reports.Passage{Text: title, Chars: utf8.RuneCountInString(title)}, width, maxBeside)
}

// wrap breaks a text into lines of so many columns, at spaces where there are any. After so many lines it says how much is
// left out.
func wrap(p *reports.Passage, width, most int) []string {
	text := []rune(strings.ReplaceAll(strings.TrimRight(p.Text, "\r\n"), "\r\n", "\n"))
	dropped := utf8.RuneCountInString(p.Text) - len(text) // line ends, which nobody misses
	var lines []string
	start := 0
	for start < len(text) && len(lines) < most {
		end, next := breakLine(text, start, max(width, 10))
		lines = append(lines, visible(text[start:end]))
		start = next
	}
	if more := reports.More(p.Chars - start - dropped); more != "" {
		lines = append(lines, more)
	}
	return lines
}

func visible(text []rune) string {
	var b strings.Builder
	for _, r := range text {
		b.WriteString(reports.Visible(r))
	}
	return b.String()
}

// breakLine returns where the line that begins at start ends, and where the next begins.
func breakLine(text []rune, start, width int) (end, next int) {
	used, space := 0, -1
	for i := start; i < len(text); i++ {
		r := text[i]
		if r == '\n' {
			return i, i + 1
		}
		for _, v := range reports.Visible(r) {
			used += columns(v)
		}
		// Marks take no column, however many there are of them.
		if used > width || i-start > 4*width {
			switch {
			case r == ' ':
				return i, i + 1
			case space > start:
				return space, space + 1
			}
			return max(i, start+1), max(i, start+1)
		}
		if r == ' ' {
			space = i
		}
	}
	return len(text), len(text)
}

// columns returns how many columns of a terminal a character takes: none, one or two (Unicode TR11, in the main).
func columns(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case r < 0x1100:
		return 1
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul),
		r >= 0x3000 && r <= 0x303e, r >= 0xff01 && r <= 0xff60, r >= 0xffe0 && r <= 0xffe6, r >= 0x1f300 && r <= 0x1faff:
		return 2
	}
	return 1
}

// turns reports whether a text has letters that are written from right to left: terminals would move them across the line
// between two texts.
func turns(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		return r >= 0x590 && r <= 0x8ff || r >= 0xfb1d && r <= 0xfdff || r >= 0xfe70 && r <= 0xfeff || r >= 0x10800 && r <= 0x10fff || r >= 0x1e800 && r <= 0x1efff
	})
}
