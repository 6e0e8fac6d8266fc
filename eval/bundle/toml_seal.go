package bundle

import (
	"fmt"
	"hash/fnv"
	"strings"
)

// EvidenceMark begins each comment line that tierwise writes into a config. At the line's end stands its seal, four
// hexadecimal digits made of the text behind another #, so that a line which a person wrote or changed is known from one that
// nobody touched.
const EvidenceMark = "#:"

// EvidenceLine returns a line of evidence: the mark, the text, in which characters that would end or break a comment are
// replaced, and the seal, which a line without text lacks. What is
// commented out in such a line can be commented in. [Edit] replaces and removes such lines.
func EvidenceLine(text string) string {
	text = strings.TrimRight(plain(text), blanks)
	if text == "" {
		return EvidenceMark
	}
	return EvidenceMark + " " + text + seal(text)
}

const blanks = " \t\r\n"

// seal is 16 bits of the FNV-1a hash of a text, as they stand behind it.
func seal(text string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(text)) // never fails
	return fmt.Sprintf("  #%04x", uint16(h.Sum32()>>16^h.Sum32()))
}

var sealLength = len(seal(""))

// sealed reports whether a comment, to the end of its line, is one that [EvidenceLine] made.
func sealed(comment string) bool {
	comment = strings.TrimRight(comment, blanks)
	if comment == EvidenceMark {
		return true
	}
	text, ok := strings.CutPrefix(comment, EvidenceMark+" ")
	if !ok || len(text) < sealLength {
		return false
	}
	return comment == EvidenceLine(text[:len(text)-sealLength])
}
