package train

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A wordCount counts in how many requests of each cluster a word is.
type wordCount struct {
	words    []string
	counts   [][]int32 // by word, by cluster
	places   [][]int32 // likewise: sums of the places where the word is met first in a request, counted in words
	sums     []int     // of each cluster's counts
	requests []int     // of each cluster
}

// countWords counts words in requests, whose clusters are given; −1: none.
func countWords(requests []Request, of []int32, clusters int) *wordCount {
	w := &wordCount{sums: make([]int, clusters), requests: make([]int, clusters)}
	number := map[string]int{}
	last := []int{} // request that a word was met in, from 1
	for i := range requests {
		c := of[i]
		if c < 0 {
			continue
		}
		w.requests[c]++
		place := int32(0)
		eachWord(requests[i].Input.Text, func(word string) {
			place++
			n, ok := number[word]
			if !ok {
				n = len(w.words)
				word = strings.Clone(word)
				number[word] = n
				w.words = append(w.words, word)
				w.counts = append(w.counts, make([]int32, clusters))
				w.places = append(w.places, make([]int32, clusters))
				last = append(last, 0)
			}
			if last[n] != i+1 {
				last[n] = i + 1
				w.counts[n][c]++
				w.places[n][c] += place
				w.sums[c]++
			}
		})
	}
	return w
}

const (
	firstEastAsian = 0x2e80 // where the blocks begin of scripts that do without blanks
	maxWord        = 24     // characters
)

// eachWord hands out the words of a text in lower case: runs of letters and digits with a letter, and pairs of
// characters where there are no blanks between words.
func eachWord(text string, visit func(string)) {
	text = strings.ToLower(text)
	start, letters, runes := -1, 0, 0
	flush := func(end int) {
		if start >= 0 && letters > 0 && runes >= 2 && runes <= maxWord {
			visit(strings.TrimRight(text[start:end], "'"))
		}
		start, letters, runes = -1, 0, 0
	}
	before := -1 // where the East Asian character before this one begins
	for i, r := range text {
		letter := unicode.IsLetter(r)
		if letter && r >= firstEastAsian {
			flush(i)
			if before >= 0 {
				visit(text[before : i+utf8.RuneLen(r)])
			}
			before = i
			continue
		}
		before = -1
		switch {
		case letter, unicode.IsDigit(r), unicode.IsMark(r), r == '\'' && start >= 0:
			if start < 0 {
				start = i
			}
			runes++
			if letter {
				letters++
			}
		default:
			flush(i)
		}
	}
	flush(len(text))
}

const (
	maxTerms = 8
	minLift  = 3.0 // how much more frequent in a cluster than elsewhere a term is
)

// terms returns the words that set a cluster apart: those with the greatest z-score of the log-odds ratio between the
// cluster and all others (Monroe, Colaresi and Quinn, Fightin' words, 2008, eqs. 16, 19, 22). The prior are the counts in all
// clusters: with a weaker one a word that is nowhere else counts for little, since its share there is hardly known.
func (w *wordCount) terms(cluster int) []term {
	all, requests := 0, 0
	for c, sum := range w.sums {
		all += sum
		requests += w.requests[c]
	}
	type scored struct {
		term
		z float64
	}
	var found []scored
	here, rest := float64(w.sums[cluster]), float64(all-w.sums[cluster])
	for i, counts := range w.counts {
		total := 0
		for _, n := range counts {
			total += int(n)
		}
		in, out := float64(counts[cluster]), float64(total-int(counts[cluster]))
		shareIn := in / float64(max(w.requests[cluster], 1))
		shareOut := out / float64(max(requests-w.requests[cluster], 1))
		if in < min(2, float64(w.requests[cluster])) || shareIn < minLift*shareOut {
			continue
		}
		prior, size := float64(total), float64(all)
		delta := math.Log((in+prior)/(here+size-in-prior)) - math.Log((out+prior)/(rest+size-out-prior))
		place := float64(w.places[i][cluster]) / in
		found = append(found, scored{term{w.words[i], place}, delta / math.Sqrt(1/(in+prior)+1/(out+prior))})
	}
	slices.SortFunc(found, func(a, b scored) int { return cmp.Or(cmp.Compare(b.z, a.z), cmp.Compare(a.word, b.word)) })
	out := []term{}
	for _, f := range found[:min(len(found), maxTerms)] {
		out = append(out, f.term)
	}
	return out
}

// A term is a word that sets a cluster apart, and where it is met in its requests, on the average.
type term struct {
	word  string
	place float64
}

// nameOf makes a name of the first terms, in the order in which requests have them, another one than those in use.
func nameOf(terms []term, used map[string]bool) string {
	var parts []term
	base := ""
	for _, t := range terms {
		if utf8.RuneCountInString(t.word) < 3 && t.word[0] < utf8.RuneSelf ||
			slices.ContainsFunc(parts, func(p term) bool { return related(p.word, t.word) }) {
			continue
		}
		parts = append(parts, t)
		if base = joined(parts); len(parts) > 1 && !used[base] {
			return base
		}
	}
	base = cmp.Or(base, "cluster")
	name := base
	for n := 2; used[name]; n++ {
		name = base + "-" + strconv.Itoa(n)
	}
	return name
}

func joined(parts []term) string {
	parts = slices.Clone(parts)
	slices.SortStableFunc(parts, func(a, b term) int { return cmp.Compare(a.place, b.place) })
	words := make([]string, len(parts))
	for i, p := range parts {
		words[i] = strings.ReplaceAll(p.word, "'", "")
	}
	return strings.Join(words, "-")
}

// related reports whether two words are probably forms of one: they begin alike.
func related(a, b string) bool {
	const alike = 4
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n >= alike || n == min(len(a), len(b))
}
