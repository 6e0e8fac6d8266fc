// Package markdown writes documents for a pull request or a job summary: as GitHub renders them, within the size that it
// takes, with a marker that lets a bot find its own comment again.
package markdown

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tierwise/tierwise/reports"
)

// Sizes that GitHub takes, in bytes.
const (
	CommentLimit = 65_000 // 65,536 characters of a comment
	SummaryLimit = 1 << 20
)

// Options of Write. The zero value is usable.
type Options struct {
	// Marker stands in an HTML comment at the start, so that the next run can find and replace this one; "": none.
	Marker string
	// Limit is how many bytes there may be; 0: CommentLimit. What does not fit is left out, sections from the end first.
	Limit int
}

// leftOut is kept free for the line that says what is left out.
const leftOut = 200

// Write writes the document: its title, its sections, and those that are details folded away.
func Write(w io.Writer, d *reports.Document, opts *Options) error {
	if opts == nil {
		opts = &Options{}
	}
	limit := opts.Limit
	if limit == 0 {
		limit = CommentLimit
	}
	var b strings.Builder
	if opts.Marker != "" {
		fmt.Fprintf(&b, "<!-- %s -->\n", strings.ReplaceAll(opts.Marker, "--", "- -"))
	}
	if d.Title != "" {
		fmt.Fprintf(&b, "### %s\n\n", escape(d.Title))
	}
	if d.Summary != nil {
		summary(&b, d.Summary)
	}
	dropped := 0
	for i := range d.Sections {
		room := limit - leftOut - b.Len()
		s := &d.Sections[i]
		if d.Summary != nil {
			s = brief(s)
		}
		text := section(s, room)
		if text == "" || dropped > 0 {
			dropped++
			continue
		}
		b.WriteString(text)
	}
	if dropped > 0 {
		fmt.Fprintf(&b, "_%d more sections are left out: the report is too long for this place._\n", dropped)
	}
	if len(d.LeftOut) > 0 && dropped == 0 {
		b.WriteString("<details><summary>Not in this report</summary>\n\n")
		for _, line := range d.LeftOut {
			b.WriteString("- " + escape(line) + "\n")
		}
		b.WriteString("\n</details>\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// summary writes what a document comes to; its charts are for other renderers, their numbers stand in the tables.
func summary(b *strings.Builder, s *reports.Summary) {
	if s.Word != "" {
		b.WriteString("**" + escape(strings.TrimSpace(glyph(s.Verdict)+" "+s.Word)) + "** · ")
	}
	b.WriteString(escape(s.Sentence) + "\n\n")
	if s.Meaning != "" {
		b.WriteString(escape(reports.SentenceOf(s.Meaning)) + "\n\n")
	}
	if len(s.Figures) > 0 {
		b.WriteString("| | | | |\n| --- | ---: | --- | --- |\n")
	}
	for i := range s.Figures {
		f := &s.Figures[i]
		var sure []string
		if x := f.Cell.Interval; x != nil {
			sure = append(sure, "["+reports.FormatNumber(f.Unit, x.Lo)+", "+reports.FormatNumber(f.Unit, x.Hi)+"]")
		}
		if f.Cell.N > 0 {
			sure = append(sure, "n "+reports.FormatNumber(reports.Count, float64(f.Cell.N)))
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", escape(f.Name), escape(reports.Format(f.Unit, f.Cell)), escape(strings.Join(sure, ", ")), escape(f.Note))
	}
	if len(s.Figures) > 0 {
		b.WriteByte('\n')
	}
	for _, line := range s.Lines {
		b.WriteString(escape(line) + "\n\n")
	}
}

// What a full report shows of a section here: the whole of it is for pages and workbooks.
const (
	briefRows  = 30
	briefPairs = 10
)

// brief returns a section of a full report for a place where many will scroll past it.
func brief(s *reports.Section) *reports.Section {
	out := *s
	out.Detail = s.Detail || s.Table != nil && s.ID != reports.TasksID && s.ID != reports.RulesID
	if s.Table != nil && len(s.Table.Rows) > briefRows {
		table := *s.Table
		table.Rows = table.Rows[:briefRows]
		out.Table = &table
		out.Lines = append([]string{fmt.Sprintf("The first %d of %d rows.", briefRows, len(s.Table.Rows))}, s.Lines...)
	}
	out.Pairs = s.Pairs[:min(len(s.Pairs), briefPairs)]
	return &out
}

// glyph is the sign of a tone, beside its word.
func glyph(t reports.Tone) string {
	return map[reports.Tone]string{reports.Good: "✓", reports.Unsure: "?", reports.Bad: "✕"}[t]
}

// section returns a section of at most room bytes: rows and lines that do not fit are left out, and said so; "" if
// nothing fits.
func section(s *reports.Section, room int) string {
	head, foot := "", ""
	switch {
	case s.Detail:
		head, foot = "<details><summary>"+escape(s.Title)+"</summary>\n\n", "</details>\n\n"
	case s.Title != "":
		head = "**" + escape(s.Title) + "**\n\n"
	}
	more := len("_… 1,000,000 more_\n\n")
	room -= len(head) + len(foot) + more + 4
	if room < 0 {
		return ""
	}
	var b strings.Builder
	missing := 0
	write := func(line string) {
		if missing > 0 || b.Len()+len(line) > room {
			missing++
			return
		}
		b.WriteString(line)
	}
	if s.About != "" {
		write(escape(s.About) + "\n\n")
	}
	if s.Table != nil {
		rows(s.Table, write)
		if missing == 0 {
			b.WriteByte('\n')
		}
	}
	for _, line := range s.Lines {
		if s.Title == "" {
			write(escape(line) + "\n")
			continue
		}
		write(item(line))
	}
	for i := range s.Pairs {
		write(pair(&s.Pairs[i]))
	}
	if missing > 0 {
		fmt.Fprintf(&b, "\n_… %d more_\n\n", missing)
	} else if len(s.Lines) > 0 {
		b.WriteByte('\n')
	}
	if b.Len() == 0 {
		return ""
	}
	return head + b.String() + foot
}

func rows(t *reports.Table, write func(string)) {
	titles, rules := make([]string, len(t.Columns)), make([]string, len(t.Columns))
	for i, c := range t.Columns {
		titles[i], rules[i] = escape(c.Title), "---:"
		if c.Unit == reports.Text {
			rules[i] = "---"
		}
	}
	write("| " + strings.Join(titles, " | ") + " |\n| " + strings.Join(rules, " | ") + " |\n")
	for _, row := range t.All() {
		cells := make([]string, len(row))
		for i, c := range row {
			cells[i] = escape(reports.Format(t.Columns[i].Unit, c))
		}
		write("| " + strings.Join(cells, " | ") + " |\n")
	}
}

// item writes a line below a heading as an item of a list: those that are indented belong to the one above, those that
// are indented far are commands.
func item(line string) string {
	text := strings.TrimLeft(line, " ")
	switch indent := len(line) - len(text); {
	case text == "":
		return "\n"
	case indent >= 4:
		return "  `" + strings.ReplaceAll(plain(text), "`", "'") + "`\n"
	case strings.HasPrefix(text, "- "):
		return "- " + escape(text[2:]) + "\n"
	case indent > 0:
		return "  " + escape(text) + "\n"
	}
	return "- " + escape(text) + "\n"
}

// escape makes text that Markdown shows as it is.
func escape(s string) string {
	var b strings.Builder
	for _, r := range plain(s) {
		switch r {
		case '<':
			b.WriteString("&lt;")
			continue
		case '&':
			b.WriteString("&amp;")
			continue
		case '@': // mentions somebody
			b.WriteString("&#64;")
			continue
		case '\\', '`', '*', '_', '[', ']', '|', '~', '#':
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// plain makes one line of what names and messages may hold.
func plain(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			b.WriteByte(' ')
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
