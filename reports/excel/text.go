package excel

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/tierwise/tierwise/reports"
)

// maxText is how many UTF-16 units Excel takes in a cell.
const maxText = 32_767

// clean writes a text that nobody here wrote, so that a reader sees all of it and no program obeys it, and no longer than a
// cell may be: what is left out is counted.
func clean(s string) string {
	if plainASCII(s) && len(s) <= maxText {
		return s
	}
	var b strings.Builder
	units, runes := 0, 0
	cutAt, cutRunes := 0, 0 // where there still is room for the note
	for _, r := range s {
		written := visible(r)
		size := 0
		for _, w := range written {
			size += utf16.RuneLen(w)
		}
		if units+size > maxText {
			left := utf8.RuneCountInString(s) - cutRunes
			return b.String()[:cutAt] + reports.More(left)
		}
		b.WriteString(written)
		units, runes = units+size, runes+1
		if units <= maxText-40 {
			cutAt, cutRunes = b.Len(), runes
		}
	}
	return b.String()
}

// visible is [reports.Visible], and the two noncharacters that XML cannot hold.
func visible(r rune) string {
	if r == 0xfffe || r == 0xffff {
		return string(utf8.RuneError)
	}
	return reports.Visible(r)
}

func plainASCII(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\n' || c >= 0x7f {
			return false
		}
	}
	return true
}

// textLines is how many lines a text takes in a column of so many characters.
func textLines(s string, width float64) int {
	lines := 0
	for line := range strings.SplitSeq(s, "\n") {
		lines += 1 + int(float64(max(utf8.RuneCountInString(line)-1, 0))/max(width, 1))
	}
	return max(lines, 1)
}

// cellLines is how many lines a text takes in a column of so many characters: words are kept whole, but for those that are longer
// than the column.
func cellLines(s string, width float64) int {
	lines := 0
	for line := range strings.SplitSeq(s, "\n") {
		lines += max(wordLines(line, width*1.06), textLines(line, width*charsWide)) // digits are wider than most letters
	}
	return max(lines, 1)
}

// wordLines is how many lines a heading takes in a column of so many characters, its words kept whole.
func wordLines(s string, width float64) int {
	lines, used := 1, 0
	for word := range strings.FieldsSeq(s) {
		n := utf8.RuneCountInString(word)
		if used > 0 && float64(used+1+n) > width {
			lines, used = lines+1, n
			continue
		}
		used += n + min(used, 1)
	}
	return lines
}
