package routing

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A keyword is found in a text as strings.Contains(strings.ToLower(text), strings.ToLower(keyword)) would find it, but
// without a copy of the text: one of its characters, a rare one, is searched for in every form that is lowered to it, and
// around each place where it stands the others are compared.
type keyword struct {
	runes  []rune // lowered
	anchor int    // which of the runes is searched for; −1: there is none that can be
	forms  []string
}

func newKeyword(word string) keyword {
	k := keyword{runes: []rune(strings.ToLower(word)), anchor: -1}
	for i, r := range k.runes {
		// A replacement character stands for bytes that are no text, too, so that it has no end of forms.
		if r != utf8.RuneError && (k.anchor < 0 || rarity(r) > rarity(k.runes[k.anchor])) {
			k.anchor = i
		}
	}
	if k.anchor >= 0 {
		for _, r := range loweredTo(k.runes[k.anchor]) {
			k.forms = append(k.forms, string(r))
		}
	}
	return k
}

// rarity orders characters by how seldom they stand in prompts, roughly.
func rarity(r rune) int {
	const common = " etaoinsrhldcumfpgwybvkxjqz"
	if i := strings.IndexRune(common, r); i >= 0 {
		return i
	}
	return len(common)
}

// loweredTo returns the characters whose lower case is r, r included if it is its own.
func loweredTo(r rune) []rune {
	var forms []rune
	add := func(form rune) {
		if unicode.ToLower(form) == r && !slices.Contains(forms, form) {
			forms = append(forms, form)
		}
	}
	add(r)
	add(r - 1) // where upper and lower case take turns
	for _, c := range unicode.CaseRanges {
		add(r - c.Delta[unicode.LowerCase])
	}
	return forms
}

// in reports whether the keyword is in the text.
func (k *keyword) in(text string) bool {
	if k.anchor < 0 {
		return k.slowlyIn(text)
	}
	for _, form := range k.forms {
		for start := 0; ; {
			i := strings.Index(text[start:], form)
			if i < 0 {
				break
			}
			at := start + i
			start = at + len(form)
			if k.ends(text[:at]) && k.goesOn(text[start:]) {
				return true
			}
		}
	}
	return false
}

// ends reports whether the text ends with what stands before the anchor.
func (k *keyword) ends(text string) bool {
	for i := k.anchor - 1; i >= 0; i-- {
		r, size := utf8.DecodeLastRuneInString(text)
		if size == 0 || lower(r) != k.runes[i] {
			return false
		}
		text = text[:len(text)-size]
	}
	return true
}

// goesOn reports whether the text begins with what stands behind the anchor.
func (k *keyword) goesOn(text string) bool { return hasPrefix(text, k.runes[k.anchor+1:]) }

// slowlyIn tries every place.
func (k *keyword) slowlyIn(text string) bool {
	for i := range text {
		if hasPrefix(text[i:], k.runes) {
			return true
		}
	}
	return len(k.runes) == 0
}

// hasPrefix reports whether the text begins with the runes, once it is lowered.
func hasPrefix(text string, runes []rune) bool {
	for _, want := range runes {
		r, size := utf8.DecodeRuneInString(text)
		if size == 0 || lower(r) != want {
			return false
		}
		text = text[size:]
	}
	return true
}

// lower is unicode.ToLower, faster where most prompts are.
func lower(r rune) rune {
	if r >= utf8.RuneSelf {
		return unicode.ToLower(r)
	}
	if 'A' <= r && r <= 'Z' {
		r += 'a' - 'A'
	}
	return r
}
