package judge

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// shorten returns the first two thirds and the last third of a text that has more characters than limit: what is asked for
// stands at either end.
func shorten(text string, limit int) string {
	if len(text) <= limit || utf8.RuneCountInString(text) <= limit {
		return text
	}
	runes := []rune(text)
	tail := limit / 3
	return string(runes[:limit-tail]) + " […] " + string(runes[len(runes)-tail:])
}

// encode returns v as JSON, with the text as it is.
func encode(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // strings and lists of strings are JSON
	}
	return strings.TrimSuffix(b.String(), "\n")
}
