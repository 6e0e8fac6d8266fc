package judge

import (
	"encoding/json"
	"errors"
	"math"
	"strings"

	"github.com/tierwise/tierwise/routing/llm"
)

var (
	errNoObject = errors.New("it answered no JSON object")
	errTwice    = errors.New("it gave a field twice")
)

// unknown is a signal that a model did not give.
var unknown = math.NaN()

// A field is a value of an answer's JSON object and where it stands in the text.
type field struct {
	value      any // string, json.Number, …
	start, end int
}

// fields reads the first JSON object in the text, which models like to wrap in a fence or a sentence.
func fields(text string) (map[string]field, error) {
	begin := strings.IndexByte(text, '{')
	if begin < 0 {
		return nil, errNoObject
	}
	d := json.NewDecoder(strings.NewReader(text[begin:]))
	d.UseNumber()
	if _, err := d.Token(); err != nil {
		return nil, errNoObject
	}
	out := make(map[string]field)
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, errNoObject
		}
		var f field
		before := begin + int(d.InputOffset())
		if err := d.Decode(&f.value); err != nil {
			return nil, errNoObject
		}
		f.end = begin + int(d.InputOffset())
		f.start = before + strings.IndexFunc(text[before:f.end], func(r rune) bool { return !strings.ContainsRune(" \t\r\n:", r) })
		if _, twice := out[key.(string)]; twice {
			return nil, errTwice
		}
		out[key.(string)] = f
	}
	if _, err := d.Token(); err != nil {
		return nil, errNoObject
	}
	return out, nil
}

// tokensAt returns the tokens that have a part in text[start:end], nil if the tokens are not known or are not those of the
// text, as where a character is split over tokens.
func tokensAt(r *llm.Response, start, end int) []llm.Logprob {
	var out []llm.Logprob
	offset := 0
	for _, t := range r.Logprobs {
		if offset >= end {
			break
		}
		if !strings.HasPrefix(r.Text[offset:], t.Token) {
			return nil
		}
		if offset+len(t.Token) > start {
			out = append(out, t)
		}
		offset += len(t.Token)
	}
	if offset < end {
		return nil
	}
	return out
}

// probability returns the product of the tokens' probabilities, in [0, 1]: that of the text which they make up, given what
// stands before it. NaN: there are no tokens.
func probability(tokens []llm.Logprob) float64 {
	if len(tokens) == 0 {
		return unknown
	}
	sum := 0.0
	for _, t := range tokens {
		sum += t.Logprob
	}
	return math.Exp(min(sum, 0)) // NaN stays NaN
}
