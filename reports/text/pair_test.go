package text_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/tierwise/tierwise/reports"
	"github.com/tierwise/tierwise/reports/text"
)

func writePair(t *testing.T, p reports.Pair, width int) string {
	t.Helper()
	var b strings.Builder
	if err := text.WriteWidth(&b, &reports.Document{Sections: []reports.Section{{Title: "PAIRS", Pairs: []reports.Pair{p}}}}, width); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func whole(title, s string) reports.Passage {
	return reports.Passage{Title: title, Text: s, Chars: utf8.RuneCountInString(s)}
}

func TestWritePair(t *testing.T) {
	p := reports.Pair{
		Title: "r1  reply",
		Above: []reports.Passage{whole("prompt", "say\thi"), whole("expected", "hi\n")},
		Left:  whole("old", "hi there"), Right: whole("new", "no\r\nsecond"),
	}
	for width, want := range map[int]string{
		100: `PAIRS
  r1  reply
    prompt    say    hi
    expected  hi
    old                                            │ new
    hi there                                       │ no
                                                   │ second
`,
		99: `PAIRS
  r1  reply
    prompt    say    hi
    expected  hi
    old
        hi there
    new
        no
        second
`,
	} {
		if got := writePair(t, p, width); got != want {
			t.Errorf("width %d: got\n%s\nwant\n%s", width, got, want)
		}
	}
	p.Right = whole("new", "لا")
	if got := writePair(t, p, 120); strings.Contains(got, "│") {
		t.Errorf("a text from right to left stands beside another:\n%s", got)
	}
}

// Whatever a text is, no line is too long, nothing in it is an order to the terminal, and what is shown and what is said to
// be left out are all of it.
func TestWritePairHostile(t *testing.T) {
	for name, s := range map[string]string{
		"escapes":   strings.Repeat("\x1b[31m\u009b2J\x07\x00\x7f", 50),
		"direction": strings.Repeat("\u202eabc\u2066 \u200b", 50),
		"one word":  strings.Repeat("x", 1900),
		"words":     strings.Repeat("four ", 380),
		"wide":      strings.Repeat("日本 ", 300),
		"emoji":     strings.Repeat("👩‍💻 ", 150),
		"marks":     "e" + strings.Repeat("\u0301", 900),
		"lines":     strings.Repeat("\n", 1000) + "end",
		"not UTF-8": strings.Repeat("\xff\xfe ", 300),
	} {
		for _, width := range []int{1, 60, 100, 133} {
			p := reports.Passage{Title: "side", Text: s, Chars: utf8.RuneCountInString(s) + 38_000}
			got := writePair(t, reports.Pair{Title: "id\x1b[2J\u202e", Above: []reports.Passage{p}, Left: p, Right: p}, width)
			for line := range strings.Lines(got) {
				line = strings.TrimSuffix(line, "\n")
				if n := columns(line); n > max(width, 40) {
					t.Errorf("%s at %d: a line of %d columns: %q", name, width, n, line)
				}
				if i := strings.IndexFunc(line, func(r rune) bool {
					return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != '\u200d' || r == '\u2028'
				}); i >= 0 {
					t.Errorf("%s at %d: %q is in a line", name, width, line[i:])
				}
			}
			if !regexp.MustCompile(`… 3\d,\d\d\d more characters`).MatchString(got) {
				t.Errorf("%s at %d does not say what is left out:\n%s", name, width, got)
			}
		}
	}
}

// columns is what a terminal needs for a line, of the characters in these tests.
func columns(line string) int {
	n := 0
	for _, r := range line {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Cf):
		case unicode.Is(unicode.Han, r), r > 0xffff:
			n += 2
		default:
			n++
		}
	}
	return n
}

// The number of characters that are left out is exact.
func TestWritePairCounts(t *testing.T) {
	var words []string
	for i := range 400 {
		words = append(words, fmt.Sprintf("w%03d", i))
	}
	p := whole("side", strings.Join(words, " "))
	got := writePair(t, reports.Pair{Title: "t", Left: p, Right: p}, 80)
	left := regexp.MustCompile(`… ([\d,]+) more characters`).FindStringSubmatch(got)
	shown := regexp.MustCompile(`w\d\d\d`).FindAllString(got, -1)
	if left == nil || len(shown)%2 != 0 {
		t.Fatalf("got\n%s", got)
	}
	n, err := strconv.Atoi(strings.ReplaceAll(left[1], ",", ""))
	if err != nil {
		t.Fatal(err)
	}
	// Every word is four characters and a space, but for the last.
	if want := len(words)*5 - 1 - len(shown)/2*5; n != want {
		t.Errorf("%d characters are said to be left out, %d are", n, want)
	}
}
