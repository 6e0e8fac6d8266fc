package cache

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

func decode(s string) (rune, int) { return utf8.DecodeRuneInString(s) }

// scripts that are told apart; letters of others are "other".
var scripts = []struct {
	name  string
	table *unicode.RangeTable
}{
	{"latin", unicode.Latin}, {"cyrillic", unicode.Cyrillic}, {"greek", unicode.Greek}, {"arabic", unicode.Arabic},
	{"hebrew", unicode.Hebrew}, {"devanagari", unicode.Devanagari}, {"thai", unicode.Thai}, {"hangul", unicode.Hangul},
	{"kana", unicode.Hiragana}, {"kana", unicode.Katakana}, {"han", unicode.Han},
}

// scriptOf returns the script of most letters of a text, "" if it has none. Text with kana is Japanese, however much of it
// is Han.
func scriptOf(text string) string {
	var counts [12]int
	last := 0
	for _, r := range text {
		if !unicode.IsLetter(r) {
			continue
		}
		if r < utf8.RuneSelf {
			counts[0]++
			continue
		}
		if !unicode.Is(scripts[last].table, r) {
			last = 0
			for last < len(scripts)-1 && !unicode.Is(scripts[last].table, r) {
				last++
			}
			if !unicode.Is(scripts[last].table, r) {
				counts[11]++
				continue
			}
		}
		counts[last]++
	}
	best := slices.Index(counts[:], slices.Max(counts[:]))
	switch {
	case counts[best] == 0:
		return ""
	case best == 11:
		return "other"
	case scripts[best].name == "han" && counts[8]+counts[9] > 0:
		return "kana"
	}
	return scripts[best].name
}

// quoteMarks open and close what is quoted.
var quoteMarks = map[rune]rune{'"': '"', '“': '”', '„': '“', '«': '»', '`': '`', '‘': '’', '\'': '\'', '「': '」'}

// quotesOf returns what is quoted in a text, sorted. A ' is a quotation mark only before a word and after one.
func quotesOf(text string) []string {
	var out []string
	before := ' '
	for i := 0; i < len(text); {
		r, size := decode(text[i:])
		i += size
		closing, ok := quoteMarks[r]
		if !ok || r == '\'' && (unicode.IsLetter(before) || unicode.IsNumber(before)) {
			before = r
			continue
		}
		before = r
		n := closingAt(text[i:], closing)
		if n <= 0 {
			continue
		}
		out = append(out, strings.TrimSpace(text[i:i+n]))
		i += n + utf8.RuneLen(closing)
	}
	slices.Sort(out)
	return out
}

// closingAt returns where a quotation ends, −1 if it does not.
func closingAt(text string, closing rune) int {
	for at := 0; ; {
		n := strings.IndexRune(text[at:], closing)
		if n < 0 {
			return -1
		}
		at += n
		after, _ := decode(text[at+utf8.RuneLen(closing):])
		if closing != '\'' && closing != '’' || !unicode.IsLetter(after) && !unicode.IsNumber(after) {
			return at
		}
		at += utf8.RuneLen(closing)
	}
}

// languageOf returns the language whose small words a text has most of: at least two, and twice as many as of any other.
func languageOf(words []string) string {
	var counts [len(languages)]int
	for _, w := range words {
		for i := range languages {
			if languages[i].words[w] {
				counts[i]++
			}
		}
	}
	best, second := 0, 0
	for i := range counts {
		if counts[i] > counts[best] {
			best = i
		}
	}
	for i := range counts {
		if i != best {
			second = max(second, counts[i])
		}
	}
	if counts[best] < 2 || counts[best] < 2*second {
		return ""
	}
	return languages[best].name
}
