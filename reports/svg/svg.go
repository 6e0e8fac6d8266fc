// Package svg draws charts of documents: plain SVG, without a script, that stands in a page or alone.
//
// In a page the colours are the page's, by class; alone a drawing has its own, for light paper. Nothing is said by colour
// alone: series differ in shape or in dashes, verdicts have a glyph and their word.
package svg

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tierwise/tierwise/reports"
)

// Options of Write. The zero value draws for a page.
type Options struct {
	Alone bool // as a file: with colours and a background of its own
}

const (
	width    = 720.0
	fontSize = 13.0
)

// Write draws a chart; nothing if it has no points.
func Write(w io.Writer, c *reports.Chart, opts *Options) error {
	if opts == nil {
		opts = &Options{}
	}
	d := &drawing{}
	height := 0.0
	switch c.Kind {
	case reports.Scatter:
		height = d.scatter(c)
	case reports.Forest:
		height = d.forest(c)
	case reports.Waterfall:
		height = d.waterfall(c)
	case reports.Bars:
		height = d.bars(c)
	}
	if height == 0 {
		return nil
	}
	b := bufio.NewWriter(w)
	id := Escape(c.ID)
	fmt.Fprintf(b, `<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 %s %s" role="img" aria-labelledby="chart-%s-title chart-%s-about"`, num(width), num(height+d.top(c, opts)), id, id)
	if opts.Alone {
		fmt.Fprintf(b, ` width="%s" height="%s"`, num(width), num(height+d.top(c, opts)))
	}
	fmt.Fprintf(b, ">\n<title id=\"chart-%s-title\">%s</title>\n<desc id=\"chart-%s-about\">%s</desc>\n", id, Escape(c.Title), id, Escape(c.About))
	if opts.Alone {
		fmt.Fprintf(b, "<style>%s</style>\n<rect class=\"paper\" width=\"%s\" height=\"%s\"/>\n", alone, num(width), num(height+d.top(c, opts)))
		fmt.Fprintf(b, "<text class=\"heading\" x=\"12\" y=\"26\">%s</text>\n<g transform=\"translate(0 %s)\">\n", Escape(c.Title), num(d.top(c, opts)))
	}
	b.WriteString(d.b.String())
	if opts.Alone {
		b.WriteString("</g>\n")
	}
	b.WriteString("</svg>\n")
	return b.Flush()
}

// A drawing is what is drawn so far.
type drawing struct{ b strings.Builder }

// top is the room for the heading of a drawing that stands alone; a page has its own.
func (*drawing) top(_ *reports.Chart, opts *Options) float64 {
	if opts.Alone {
		return 40
	}
	return 0
}

func (d *drawing) line(class string, x1, y1, x2, y2 float64) {
	fmt.Fprintf(&d.b, "<line class=\"%s\" x1=\"%s\" y1=\"%s\" x2=\"%s\" y2=\"%s\"/>\n", class, num(x1), num(y1), num(x2), num(y2))
}

func (d *drawing) rect(class string, x, y, w, h float64) {
	fmt.Fprintf(&d.b, "<rect class=\"%s\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\"/>\n", class, num(x), num(y), num(w), num(h))
}

// text writes s; anchor is start, middle or end.
func (d *drawing) text(class, anchor string, x, y float64, s string) {
	if s == "" {
		return
	}
	fmt.Fprintf(&d.b, "<text class=\"%s\" text-anchor=\"%s\" x=\"%s\" y=\"%s\">%s</text>\n", class, anchor, num(x), num(y), Escape(s))
}

// begin opens a group that says what it is about when it is pointed at.
func (d *drawing) begin(p *reports.Point) {
	title := p.Note
	if p.Label != "" && title != "" {
		title = p.Label + ": " + title
	} else if title == "" {
		title = p.Label
	}
	d.b.WriteString("<g class=\"pt\">")
	if title != "" {
		d.b.WriteString("<title>" + Escape(title) + "</title>")
	}
	d.b.WriteByte('\n')
}

func (d *drawing) end() { d.b.WriteString("</g>\n") }

// num writes a coordinate.
func num(x float64) string {
	s := strconv.FormatFloat(math.Round(x*10)/10, 'f', -1, 64)
	if s == "-0" {
		return "0"
	}
	return s
}

// Escape writes a text that nobody here wrote as SVG and HTML take it, without what a reader would not see.
func Escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch r {
		case '<':
			b.WriteString("&lt;")
		case '>':
			b.WriteString("&gt;")
		case '&':
			b.WriteString("&amp;")
		case '"':
			b.WriteString("&#34;")
		case '\'':
			b.WriteString("&#39;")
		case '\n', '\t':
			b.WriteByte(' ')
		default:
			if v := reports.Visible(r); v != string(r) {
				b.WriteString(strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace(v))
			} else {
				b.WriteRune(r)
			}
		}
	}
	return b.String()
}

// widthOf is about how wide a text is.
func widthOf(s string) float64 {
	w := 0.0
	for _, r := range s {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		case r >= 0x1100 && (unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) || r > 0xffff):
			w += fontSize
		case r == ' ' || r == '.' || r == ',' || r == 'i' || r == 'l' || r == '|' || r == '\'':
			w += 0.33 * fontSize
		default:
			w += 0.61 * fontSize
		}
	}
	return w
}

// fit cuts a text to a width.
func fit(s string, most float64) string {
	if widthOf(s) <= most {
		return s
	}
	runes := []rune(s)
	for len(runes) > 1 && widthOf(string(runes))+fontSize > most {
		runes = runes[:len(runes)-1]
	}
	return strings.TrimRight(string(runes), " ") + "…"
}

// Glyph is the sign of a tone, which never stands without its word.
func Glyph(t reports.Tone) string {
	switch t {
	case reports.Good:
		return "✓"
	case reports.Unsure:
		return "?"
	case reports.Bad:
		return "✕"
	case reports.Neutral:
	}
	return ""
}

// ToneClass is the class of a tone.
func ToneClass(t reports.Tone) string {
	switch t {
	case reports.Good:
		return "good"
	case reports.Unsure:
		return "unsure"
	case reports.Bad:
		return "bad"
	case reports.Neutral:
	}
	return "neutral"
}

// upper makes the first letter of a text a capital.
func upper(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[n:]
}
