package routing

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// plainlyIn is what a keyword must do, with copies.
func plainlyIn(text, word string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(word))
}

var keywordCases = []struct {
	text, word string
	want       bool
}{
	{"I want a Refund!", "refund", true},
	{"I want a refun", "refund", false},
	{"efund", "refund", false},
	{"refunrefund", "REFUND", true},
	{"GELD ZURÜCK", "geld zurück", true},
	{"GELD ZURUCK", "geld zurück", false},
	{"300 \u212a", "300 k", true},       // the Kelvin sign's lower case is k
	{"\u0130stanbul", "istanbul", true}, // and that of I with a dot is i, as strings.ToLower has it
	{"istanbul", "\u0130stanbul", true},
	{"STRASSE", "straße", false},
	{"STRA\u1e9eE", "straße", true},
	{"ΣΊΣΥΦΟΣ", "σίσυφοσ", true}, // no final sigma
	{"Москва", "МОСКВА", true},
	{"東京都", "京", true},
	{"東京都", "大", false},
	{"a\xffb", "a\ufffdb", true}, // what is no UTF-8 is lowered to replacement characters
	{"a\xff\xfeb", "a\ufffdb", false},
	{"\xe4\xbf", "\ufffd\ufffd", true},
	{"\xff", "\xfe", true},
	{"\xff", "\xff\xff", false},
	{"x", "\xff", false},
	{"", "", true},
	{"x", "", true},
	{"", "x", false},
	{"Ǆ ǅ ǆ", "ǆ ǆ ǆ", true}, // title case too
}

func TestKeywords(t *testing.T) {
	for _, test := range keywordCases {
		k := newKeyword(test.word)
		if got := k.in(test.text); got != test.want || got != plainlyIn(test.text, test.word) {
			t.Errorf("%q in %q: got %v, want %v", test.word, test.text, got, test.want)
		}
		k.anchor = -1
		if got := k.in(test.text); got != test.want {
			t.Errorf("%q in %q, slowly: got %v, want %v", test.word, test.text, got, test.want)
		}
	}
}

// Every character is found among those that are lowered as it is, and nothing else is.
func TestLoweredTo(t *testing.T) {
	forms := map[rune][]rune{}
	for r := range rune(unicode.MaxRune + 1) {
		if !utf8.ValidRune(r) {
			continue
		}
		low := unicode.ToLower(r)
		if lower(r) != low {
			t.Errorf("lower(%U) is %U, want %U", r, lower(r), low)
		}
		if r != low {
			forms[low] = append(forms[low], r)
		}
	}
	if len(forms) < 1000 {
		t.Fatalf("only %d lower-case letters", len(forms))
	}
	for low, uppers := range forms {
		want := append(uppers, low)
		got := loweredTo(low)
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%U: got %U, want %U", low, got, want)
		}
	}
	for _, r := range []rune{0, ' ', '7', 'ß', '京', unicode.MaxRune} {
		if got := loweredTo(r); r != 'ß' && !slices.Equal(got, []rune{r}) {
			t.Errorf("%U: got %U, want itself", r, got)
		}
	}
}

func FuzzKeyword(f *testing.F) {
	for _, test := range keywordCases {
		f.Add(test.text, test.word)
		f.Add("İ"+test.text+"\xc3"+test.text, test.text)
	}
	f.Fuzz(func(t *testing.T, text, word string) {
		k := newKeyword(word)
		if got, want := k.in(text), plainlyIn(text, word); got != want {
			t.Fatalf("%q in %q: got %v, want %v", word, text, got, want)
		}
		// A part of the text is in it, whatever its case.
		for _, part := range []string{text[len(text)/3:], text[:len(text)/2]} {
			k = newKeyword(part)
			if got, want := k.in(text), plainlyIn(text, part); got != want {
				t.Fatalf("%q in %q: got %v, want %v", part, text, got, want)
			}
		}
	})
}
