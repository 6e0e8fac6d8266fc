// Package text writes documents for a terminal: aligned columns, no colour, nothing that a pipe would choke on.
package text

import (
	"bufio"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tierwise/tierwise/reports"
)

// Write writes the document, pairs of texts for a line of DefaultWidth.
func Write(w io.Writer, d *reports.Document) error { return WriteWidth(w, d, DefaultWidth) }

// WriteWidth writes the document. Pairs of texts fill a line of so many columns; tables are as wide as they are.
func WriteWidth(w io.Writer, d *reports.Document, width int) error {
	b := bufio.NewWriter(w)
	if d.Summary != nil {
		writeSummary(b, d, width)
	}
	for i := range d.Sections {
		if i > 0 || d.Summary != nil {
			b.WriteByte('\n')
		}
		writeSection(b, &d.Sections[i])
		writePairs(b, d.Sections[i].Pairs, width)
	}
	if len(d.LeftOut) > 0 {
		b.WriteString("\nNot in this report\n")
		for _, line := range d.LeftOut {
			writeLines(b, line, width)
		}
	}
	return b.Flush()
}

func writeSection(b *bufio.Writer, s *reports.Section) {
	if s.Table != nil {
		writeTable(b, s.Title, s.Table)
	} else if s.Title != "" {
		b.WriteString(s.Title + "\n")
	}
	for _, line := range s.Lines {
		b.WriteString(plain(line) + "\n")
	}
}

// writeTable writes the table with its title over the first column, if that has no heading of its own.
func writeTable(b *bufio.Writer, title string, t *reports.Table) {
	head := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		head[i] = c.Title
	}
	if head[0] == "" {
		head[0] = title
	} else if title != "" {
		b.WriteString(title + "\n")
	}
	writeRows(b, t, head)
}

// writeRows writes lines of text above the rows of a table, and these.
func writeRows(b *bufio.Writer, t *reports.Table, heads ...[]string) {
	rows := slices.Clone(heads)
	for _, row := range t.All() {
		cells := make([]string, len(row))
		for i, c := range row {
			cells[i] = cut(plain(reports.Format(t.Columns[i].Unit, c)))
		}
		rows = append(rows, cells)
	}
	widths := make([]int, len(t.Columns))
	for _, row := range rows {
		for i, s := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(s))
		}
	}
	for _, row := range rows {
		writeRow(b, t.Columns, widths, row)
	}
}

// plain replaces control characters, which names and prompts may hold: a terminal would obey them.
func plain(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case unicode.IsControl(r):
			b.WriteRune(utf8.RuneError)
		case unicode.Is(unicode.Cf, r): // they turn the direction of a line, or are not seen
			b.WriteString(reports.Visible(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// maxCell is how many characters of a cell are shown.
const maxCell = 100

func cut(s string) string {
	if utf8.RuneCountInString(s) <= maxCell {
		return s
	}
	return string([]rune(s)[:maxCell-1]) + "…"
}

// writeRow writes one line: text to the left, numbers to the right, nothing after the last word.
func writeRow(b *bufio.Writer, columns []reports.Column, widths []int, row []string) {
	var line strings.Builder
	for i, s := range row {
		if i > 0 {
			line.WriteString("  ")
		}
		pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(s))
		if columns[i].Unit == reports.Text {
			line.WriteString(s + pad)
		} else {
			line.WriteString(pad + s)
		}
	}
	b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
}
