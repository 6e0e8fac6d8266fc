package markdown_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tierwise/tierwise/reports"
	"github.com/tierwise/tierwise/reports/markdown"
)

// Nothing in a text ends the block that it stands in, and pairs that do not fit are counted.
func TestPairs(t *testing.T) {
	evil := "```\n</details>\n\x1b[2J````\n" + strings.Repeat("x", 1500)
	s := reports.Section{Title: "WORST", Detail: true}
	for i := range 60 {
		p := reports.Passage{Title: "old", Text: evil, Chars: len(evil) + 1}
		s.Pairs = append(s.Pairs, reports.Pair{Title: fmt.Sprintf("r%d_\u202e<b>", i), Left: p, Right: p})
	}
	var b strings.Builder
	if err := markdown.Write(&b, &reports.Document{Sections: []reports.Section{s}}, &markdown.Options{Limit: 20_000}); err != nil {
		t.Fatal(err)
	}
	got := b.String()
	shown := strings.Count(got, "\nr")
	if len(got) > 20_000 || shown < 5 || !strings.Contains(got, fmt.Sprintf("_… %d more_", 60-shown)) || !strings.HasSuffix(got, "</details>\n\n") {
		t.Errorf("%d bytes, %d pairs, …%s", len(got), shown, got[max(0, len(got)-200):])
	}
	if n := strings.Count(got, "\n`````text\n"); n != 2*shown {
		t.Errorf("%d blocks for %d pairs", n, shown)
	}
	if want := `r0\_&lt;U+202E>&lt;b>`; !strings.Contains(got, want) || strings.ContainsAny(got, "\x1b\u202e") {
		t.Errorf("no %s, or control characters, in\n%s", want, got[:300])
	}
	if want := fmt.Sprintf("… %d more characters\n`````", len(evil)+1-1000); !strings.Contains(got, want) {
		t.Errorf("no %q in\n%s", want, got[:1500])
	}
}
