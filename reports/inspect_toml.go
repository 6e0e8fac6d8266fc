package reports

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tierwise/tierwise/eval/bundle"
)

func listTOML(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = bundle.Quote(n)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// numberTOML writes a finite number.
func numberTOML(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// plain makes text fit for a comment, which control characters would end or break.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f || r == utf8.RuneError {
			return '?'
		}
		return r
	}, s)
}
