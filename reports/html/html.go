// Package html writes documents as one page that needs nothing else: no network, no other file. Its policy forbids
// everything but its own style and script, whose hashes it names; texts that nobody here wrote are text and nothing else.
package html

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the page's parts
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tierwise/tierwise/reports"
	"github.com/tierwise/tierwise/reports/svg"
)

var (
	//go:embed page.tmpl
	pageText string
	//go:embed style.css
	styleText string
	//go:embed script.js
	scriptText string
)

// Write writes the document. The same document gives the same bytes.
func Write(w io.Writer, d *reports.Document) error {
	style := stylesheet()
	page := page{
		Document: d,
		Policy: fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; img-src data:; base-uri 'none'; form-action 'none'",
			hash(style), hash(scriptText)),
		Style:  template.HTML("<style>" + style + "</style>"),        //nolint:gosec // ours
		Script: template.HTML("<script>" + scriptText + "</script>"), //nolint:gosec // ours
	}
	for i := range d.Sections {
		s, err := newSection(&d.Sections[i], i)
		if err != nil {
			return err
		}
		page.Parts = append(page.Parts, s)
	}
	if d.Summary != nil {
		for _, c := range d.Summary.Charts {
			f, err := newFigure(c)
			if err != nil {
				return err
			}
			page.Charts = append(page.Charts, f)
		}
	}
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, &page); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}

// hash names a style or script in a policy.
func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// stylesheet is the style of the page: its colours, its own rules and those of charts.
func stylesheet() string {
	var light, dark strings.Builder
	for _, c := range svg.Palette {
		light.WriteString("--" + c.Name + ":" + c.Light + ";")
		dark.WriteString("--" + c.Name + ":" + c.Dark + ";")
	}
	return ":root{color-scheme:light;" + light.String() + "}\n" +
		"@media screen and (prefers-color-scheme:dark){:root:not([data-theme=light]){color-scheme:dark;" + dark.String() + "}}\n" +
		"@media screen{:root[data-theme=dark]{color-scheme:dark;" + dark.String() + "}}\n" + styleText + svg.Style
}

// A page is what the template shows.
type page struct {
	*reports.Document
	Policy        string
	Style, Script template.HTML
	Charts        []figure // of the summary
	Parts         []section
}

type section struct {
	*reports.Section
	ID     string
	Charts []figure
	Rows   [][]cell
	Foot   [][]cell
	Lines  []line
}

// A figure is a chart, drawn.
type figure struct {
	Chart *reports.Chart
	SVG   template.HTML
}

func newFigure(c *reports.Chart) (figure, error) {
	var b strings.Builder
	err := svg.Write(&b, c, nil)
	return figure{c, template.HTML(b.String())}, err //nolint:gosec // svg escapes what nobody here wrote
}

func newSection(s *reports.Section, i int) (section, error) {
	out := section{Section: s, ID: s.ID, Lines: lines(s.Lines)}
	if out.ID == "" {
		out.ID = "section-" + strconv.Itoa(i+1)
	}
	for _, c := range s.Charts {
		f, err := newFigure(c)
		if err != nil {
			return out, err
		}
		out.Charts = append(out.Charts, f)
	}
	if s.Table != nil {
		out.Rows, out.Foot = cells(s.Table, s.Table.Rows), cells(s.Table, s.Table.Foot)
	}
	return out, nil
}

// A cell is a cell as it is shown: with what it is sorted by, and what lies beside the number.
type cell struct {
	Text   string
	Value  string // the number as it is, "" if it is a text or not known
	Beside string // its interval
	About  string // the requests behind it
	Tone   string
	Glyph  string
	Number bool
	Long   bool
}

// longText is from how many characters on a text gets a wide column.
const longText = 32

func cells(t *reports.Table, rows [][]reports.Cell) [][]cell {
	out := make([][]cell, len(rows))
	for i, row := range rows {
		out[i] = make([]cell, len(row))
		for k, c := range row {
			out[i][k] = newCell(t.Columns[k].Unit, c)
		}
	}
	return out
}

func newCell(u reports.Unit, c reports.Cell) cell {
	out := cell{Text: plain(reports.Format(u, c)), Number: u != reports.Text, Tone: svg.ToneClass(c.Tone), Glyph: svg.Glyph(c.Tone)}
	out.Long = !out.Number && utf8.RuneCountInString(out.Text) > longText
	if c.IsText || math.IsNaN(c.Number) {
		return out
	}
	out.Value = strconv.FormatFloat(c.Number, 'g', -1, 64)
	if c.Interval != nil {
		out.Beside = interval(u, c.Interval)
	}
	if c.N > 0 {
		out.About = "n " + reports.FormatNumber(reports.Count, float64(c.N))
	}
	return out
}

// interval writes an interval in the unit of its number.
func interval(u reports.Unit, i *reports.Interval) string {
	bare := func(x float64) string {
		s := strings.TrimPrefix(reports.FormatNumber(u, x), "≥ ")
		return strings.TrimSuffix(strings.TrimSuffix(s, " pp"), " %")
	}
	return "[" + bare(i.Lo) + ", " + bare(i.Hi) + "]"
}

// sureness says how sure a figure is, and what it was measured on, in words.
func sureness(f reports.Figure) string {
	var parts []string
	if i := f.Cell.Interval; i != nil {
		parts = append(parts, fmt.Sprintf("%s sure: between %s and %s", strings.Replace(reports.FormatNumber(reports.Share, i.Confidence), ".0 %", " %", 1),
			reports.FormatNumber(f.Unit, i.Lo), reports.FormatNumber(f.Unit, i.Hi)))
	}
	if f.Cell.N > 0 {
		parts = append(parts, "measured on "+reports.FormatNumber(reports.Count, float64(f.Cell.N))+" requests")
	}
	return plain(strings.Join(parts, "; "))
}

// peekChars is how many characters of a text show what a folded request is about.
const peekChars = 120

// peek is the start of the first text of a pair.
func peek(p reports.Pair) string {
	if len(p.Above) == 0 {
		return ""
	}
	runes := []rune(strings.Join(strings.Fields(p.Above[0].Text), " "))
	return plain(string(runes[:min(len(runes), peekChars)]))
}

// A line is a line of text: a command if it is indented far, an item of the one above if it is indented.
type line struct {
	Text     string
	Command  bool
	Indented bool
}

func lines(list []string) []line {
	var out []line
	for _, s := range list {
		text := strings.TrimLeft(s, " ")
		if text == "" {
			continue
		}
		indent := len(s) - len(text)
		out = append(out, line{plain(text), indent >= 4, indent > 0 && indent < 4})
	}
	return out
}

// plain shows what names and messages may hold, on one line.
func plain(s string) string { return strings.ReplaceAll(visible(s), "\n", " ") }

func visible(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteString(reports.Visible(r))
	}
	return b.String()
}

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"plain":     plain,
	"visible":   visible,
	"sentence":  reports.SentenceOf,
	"glyph":     svg.Glyph,
	"tone":      svg.ToneClass,
	"format":    reports.Format,
	"sure":      sureness,
	"howToRead": func() string { return reports.HowToRead },
	"cell":      newCell,
	"left": func(p reports.Passage) string {
		return reports.More(p.Chars - utf8.RuneCountInString(p.Text))
	},
	"peek":    peek,
	"numeric": func(u reports.Unit) bool { return u != reports.Text },
	"next": func(s string) []string { // "Next: command" and the like
		before, after, ok := strings.Cut(s, ": tierwise ")
		if !ok {
			return nil
		}
		return []string{plain(before), plain("tierwise " + after)}
	},
}).Parse(pageText))
