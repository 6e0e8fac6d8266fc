package bundle

import (
	"fmt"
	"hash/fnv"
	"strings"
)

// EvidenceMark begins each comment line that tierwise writes into a config. What follows is the seal of the line, four
// hexadecimal digits made of its text, so that a line which a person wrote or changed is known from one that nobody touched.
const EvidenceMark = "#:"

// EvidenceLine returns a line of evidence: the mark, the seal and the text, in which characters that would end or break a
// comment are replaced. [Edit] replaces and removes such lines.
func EvidenceLine(text string) string {
	text = strings.TrimRight(plain(text), blanks)
	return strings.TrimRight(EvidenceMark+seal(text)+" "+text, " ")
}

const blanks = " \t\r\n"

// seal is 16 bits of the FNV-1a hash of a text.
func seal(text string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(text)) // never fails
	return fmt.Sprintf("%04x", uint16(h.Sum32()>>16^h.Sum32()))
}

// sealed reports whether a comment, to the end of its line, is one that [EvidenceLine] made.
func sealed(comment string) bool {
	comment = strings.TrimRight(comment, blanks)
	rest, ok := strings.CutPrefix(comment, EvidenceMark)
	if !ok {
		return false
	}
	_, text, _ := strings.Cut(rest, " ")
	return comment == EvidenceLine(text)
}
