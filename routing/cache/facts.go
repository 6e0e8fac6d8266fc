package cache

import (
	"slices"
	"strings"
	"unicode"
)

// Facts are what guards compare of a text.
type Facts struct {
	script    string
	language  string // "": not clear
	negations int
	numbers   []string // in their order, without grouping
	dates     []string // in their order
	quotes    []string // sorted
	names     []string // in lower case, each once, in the order of their first mention
	words     []string // in lower case, in their order
}

// FactsOf reads the facts of a text.
func FactsOf(text string) *Facts {
	f := &Facts{script: scriptOf(text), quotes: quotesOf(text)}
	opens := true // a sentence
	for token := range tokens(text) {
		switch {
		case token.mark != 0:
			opens = opens || strings.ContainsRune(".?!:;\n", token.mark)
			continue
		case token.digits:
			f.addNumber(token.text)
		default:
			f.addWord(token.text, opens)
		}
		opens = false
	}
	slices.SortFunc(f.names, func(a, b string) int { return slices.Index(f.words, a) - slices.Index(f.words, b) })
	f.language = languageOf(f.words)
	return f
}

// addNumber adds a token with digits: a date or time such as 2026-10-01 and 10:30, a number such as 1,000.50 and 3rd, or a
// name such as gpt-4 and B12.
func (f *Facts) addNumber(token string) {
	lower := strings.ToLower(token)
	f.words = append(f.words, lower)
	first := lower[0]
	switch {
	case first < '0' || first > '9':
		f.numbers = append(f.numbers, lower)
	case strings.ContainsAny(lower, "-/:"):
		f.dates = append(f.dates, lower)
	default:
		lower = strings.ReplaceAll(lower, ",", "")
		for _, ordinal := range [...]string{"st", "nd", "rd", "th"} {
			lower = strings.TrimSuffix(lower, ordinal)
		}
		f.numbers = append(f.numbers, lower)
	}
}

func (f *Facts) addWord(word string, opens bool) {
	lower := strings.ToLower(word)
	stem := strings.TrimSuffix(strings.TrimSuffix(lower, "'s"), "’s")
	f.words = append(f.words, stem)
	switch {
	case negative(lower):
		f.negations++
		return
	case numberWords[lower] != "":
		f.numbers = append(f.numbers, numberWords[lower])
		return
	case dateWords[lower] && (lower != "may" && lower != "march" || lower != word && !opens):
		f.dates = append(f.dates, lower)
		return
	}
	if name(word, lower, opens) && !slices.Contains(f.names, stem) {
		f.names = append(f.names, stem)
	}
}

// negative reports whether a word denies.
func negative(lower string) bool {
	return negations[lower] || strings.HasSuffix(lower, "n't") || strings.HasSuffix(lower, "n’t")
}

// name reports whether a word is a name: it has a capital, and not only since it opens a sentence. Such a word is a name if
// few sentences open with it.
func name(word, lower string, opens bool) bool {
	switch {
	case word == lower || lower == "i" || strings.HasPrefix(lower, "i'") || strings.HasPrefix(lower, "i’"):
		return false
	case !opens:
		return true
	}
	return !openers[lower]
}

// A token is a word, something with digits, or a mark.
type token struct {
	text   string
	digits bool
	mark   rune
}

// tokens cuts a text. Marks within a word (don't, well-known) or number (1,000.5, 10:30, 2026-10-01) belong to it.
func tokens(text string) func(yield func(token) bool) {
	return func(yield func(token) bool) {
		for i := 0; i < len(text); {
			end, digits := wordAt(text, i)
			if end > i {
				if !yield(token{text: text[i:end], digits: digits}) {
					return
				}
				i = end
				continue
			}
			r, size := decode(text[i:])
			if !unicode.IsSpace(r) || r == '\n' {
				if !yield(token{mark: r}) {
					return
				}
			}
			i += size
		}
	}
}

// wordAt returns the end of the word at i, i if there is none.
func wordAt(text string, i int) (end int, digits bool) {
	for end = i; end < len(text); {
		r, size := decode(text[end:])
		switch {
		case unicode.IsLetter(r) || unicode.IsMark(r):
		case unicode.IsNumber(r):
			digits = true
		case end > i && inside(text, end, size, r, digits):
		default:
			return end, digits
		}
		end += size
	}
	return end, digits
}

// inside reports whether a mark is within a word or number: between letters or digits.
func inside(text string, at, size int, r rune, digits bool) bool {
	next, _ := decode(text[at+size:])
	switch r {
	case '\'', '’', '-', '_', '+', '#':
		return unicode.IsLetter(next) || unicode.IsNumber(next)
	case '.', ',', ':', '/':
		return digits && unicode.IsNumber(next)
	}
	return false
}
