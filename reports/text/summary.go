package text

import (
	"bufio"
	"strings"
	"unicode/utf8"

	"github.com/tierwise/tierwise/reports"
)

// writeSummary writes what a document comes to: the sentence, the figures, and what there is to say of them.
func writeSummary(b *bufio.Writer, d *reports.Document, width int) {
	s := d.Summary
	head := plain(s.Sentence)
	if s.Word != "" {
		head = strings.ToUpper(plain(s.Word)) + "  " + head
	}
	writeLines(b, head, width)
	if s.Meaning != "" {
		writeLines(b, reports.SentenceOf(plain(s.Meaning)), width)
	}
	if len(s.Figures) > 0 {
		b.WriteByte('\n')
	}
	t := &reports.Table{Columns: []reports.Column{{Unit: reports.Text}, {Unit: reports.Text}, {Unit: reports.Text}, {Unit: reports.Text}}}
	for i := range s.Figures {
		f := &s.Figures[i]
		interval, n := "", ""
		if x := f.Cell.Interval; x != nil {
			interval = "[" + reports.FormatNumber(f.Unit, x.Lo) + ", " + reports.FormatNumber(f.Unit, x.Hi) + "]"
		}
		if f.Cell.N > 0 {
			n = "n " + reports.FormatNumber(reports.Count, float64(f.Cell.N))
		}
		t.Rows = append(t.Rows, []reports.Cell{reports.T("  " + f.Name), reports.T(reports.Format(f.Unit, f.Cell)), reports.T(interval), reports.T(n)})
	}
	writeRows(b, t)
	if len(s.Lines) > 0 {
		b.WriteByte('\n')
	}
	for _, line := range s.Lines {
		writeLines(b, plain(line), width)
	}
}

// writeLines writes a text in lines of so many columns, those after the first indented. Commands are not broken: they are copied.
func writeLines(b *bufio.Writer, line string, width int) {
	used := 0
	command := -1
	if _, after, ok := strings.Cut(line, ": tierwise "); ok {
		command = len(strings.Fields(line)) - len(strings.Fields("tierwise "+after))
	}
	for i, word := range strings.Fields(line) {
		n := utf8.RuneCountInString(word)
		switch {
		case used > 0 && used+1+n > width && (command < 0 || i <= command):
			b.WriteString("\n  ")
			used = 2
		case used > 0:
			b.WriteByte(' ')
			used++
		}
		b.WriteString(word)
		used += n
	}
	b.WriteByte('\n')
}
