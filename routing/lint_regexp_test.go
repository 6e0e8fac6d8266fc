package routing

import (
	"regexp"
	"testing"
	"unicode/utf8"
)

func TestFindsInAll(t *testing.T) {
	for pattern, want := range map[string]bool{
		"": true, ".*": true, "^": true, "$": true, "(?s)^.*": true, "a*": true, "(a|b?)": true, "(?m)^": true, `\z`: true, "x{0,3}": true, "(a*)+": true, "a|": true,
		"a": false, "^$": false, "^.*$": false, ".+": false, `\b`: false, "x{1,3}": false, "^a": false, "(": false,
	} {
		if got := findsInAll(pattern); got != want {
			t.Errorf("%q: got %v, want %v", pattern, got, want)
		}
	}
}

func TestLeastMatch(t *testing.T) {
	for pattern, want := range map[string]int{
		"": 0, "ab": 2, "(?i)straße": 6, "a|bcd": 1, "(abc|de)f{2,9}": 4, "x*y+": 1, "^a.$": 2, "[a-c]{3}": 3, `\bwhat\b`: 4, "(ab){2}": 4, "(?:[^\\x00-\\x{10FFFF}]|abc)": 3,
	} {
		if got, ok := leastMatch(pattern); got != want || !ok {
			t.Errorf("%q: got %d, %v, want %d", pattern, got, ok, want)
		}
	}
	for _, pattern := range []string{`[^\x00-\x{10FFFF}]`, `a[^\x00-\x{10FFFF}]b`, `[^\x00-\x{10FFFF}]+`} {
		if _, ok := leastMatch(pattern); ok {
			t.Errorf("%q can match", pattern)
		}
	}
}

// What is said of a pattern holds for the texts that it is found in.
func FuzzPatternFacts(f *testing.F) {
	f.Add("(a|b?)$", "xyz\n")
	f.Add("^(ab{2,3}|c+)", "abb")
	f.Add(`(?i)\bk\B.`, "\u212ax\xff")
	f.Add("(?U)^.{0,2}$", "a\nb")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		re, err := regexp.Compile(pattern)
		if err != nil {
			return
		}
		found := re.MatchString(text)
		if !found && findsInAll(pattern) {
			t.Fatalf("%q is not found in %q", pattern, text)
		}
		if least, ok := leastMatch(pattern); found && (!ok || utf8.RuneCountInString(text) < least) {
			t.Fatalf("%q is found in %q, though it takes %d characters, %v", pattern, text, least, ok)
		}
	})
}
