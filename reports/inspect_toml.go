package reports

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// keyTOML writes a bare or a quoted key.
func keyTOML(name string) string {
	bare := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-'
	}
	if name != "" && strings.IndexFunc(name, func(r rune) bool { return !bare(r) }) < 0 {
		return name
	}
	return quoteTOML(name)
}

// quoteTOML writes a basic string. Bytes that are no UTF-8, which TOML cannot hold, are replaced.
func quoteTOML(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x20 || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func listTOML(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = quoteTOML(n)
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
