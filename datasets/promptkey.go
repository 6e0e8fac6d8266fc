package datasets

import (
	"unicode"
	"unicode/utf8"
)

// PromptKey is a hash of a prompt in lower case with white space collapsed: of two requests without group, it is equal
// where ClusterKey is, as far as they have prompts. Its values never change: it is what the artifact of a classifier
// lists of the rows that it was trained on, so that evaluations can leave them out.
func PromptKey(prompt []byte) uint64 {
	if isPlain(prompt) {
		return hashString(prompt)
	}
	var buf [1 << 10]byte
	return hashString(appendPlain(buf[:0], prompt))
}

// isPlain reports whether a prompt is ASCII without capitals, its words divided by single spaces.
func isPlain(s []byte) bool {
	before := byte(' ')
	for _, c := range s {
		if c >= utf8.RuneSelf || 'A' <= c && c <= 'Z' || c < ' ' && isSpace(c) || c == ' ' && before == ' ' {
			return false
		}
		before = c
	}
	return before != ' ' || len(s) == 0
}

func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

// appendPlain appends s in lower case, with single spaces for white space and none at the ends, as strings.ToLower,
// Fields and Join make it; these, too, make U+FFFD of invalid UTF-8.
func appendPlain[T string | []byte](dst []byte, s T) []byte {
	start, gap := len(dst), false
	for i := 0; i < len(s); {
		r, size := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
			r = unicode.ToLower(r)
		} else if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		i += size
		if r < utf8.RuneSelf && isSpace(byte(r)) || r >= utf8.RuneSelf && unicode.IsSpace(r) {
			gap = true
			continue
		}
		if gap && len(dst) > start {
			dst = append(dst, ' ')
		}
		gap = false
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}
