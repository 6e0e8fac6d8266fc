package markdown

import (
	"strings"
	"unicode/utf8"

	"github.com/tierwise/tierwise/reports"
)

// Characters of a passage that are shown.
const (
	maxAbove  = 500
	maxBeside = 1000
)

// pair writes two texts one below the other, each in a block of its own in which nothing is markup.
func pair(p *reports.Pair) string {
	var b strings.Builder
	b.WriteString("\n" + escape(visible([]rune(p.Title))) + "\n\n")
	for i := range p.Above {
		passage(&b, &p.Above[i], maxAbove)
	}
	passage(&b, &p.Left, maxBeside)
	passage(&b, &p.Right, maxBeside)
	return b.String()
}

func passage(b *strings.Builder, p *reports.Passage, most int) {
	if p.Title != "" {
		b.WriteString(escape(p.Title) + "\n\n")
	}
	if p.Text == "" {
		return
	}
	text := []rune(strings.ReplaceAll(p.Text, "\r\n", "\n"))
	dropped := utf8.RuneCountInString(p.Text) - len(text)
	shown := text[:min(len(text), most)]
	block := visible(shown)
	fence := strings.Repeat("`", max(longestRun(block, '`')+1, 3))
	b.WriteString(fence + "text\n" + strings.TrimRight(block, "\n") + "\n")
	if more := reports.More(p.Chars - len(shown) - dropped); more != "" {
		b.WriteString(more + "\n")
	}
	b.WriteString(fence + "\n\n")
}

func visible(text []rune) string {
	var b strings.Builder
	for _, r := range text {
		b.WriteString(reports.Visible(r))
	}
	return b.String()
}

// longestRun returns how often c stands in a row, at most.
func longestRun(s string, c rune) int {
	longest, run := 0, 0
	for _, r := range s {
		run++
		if r != c {
			run = 0
		}
		longest = max(longest, run)
	}
	return longest
}
