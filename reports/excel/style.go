package excel

import (
	"github.com/xuri/excelize/v2"

	"github.com/tierwise/tierwise/reports"
)

// The palette: ink on white, one blue, and the three colours of a verdict, which never stand without a word.
const (
	ink    = "1F2937"
	muted  = "6B7280"
	faint  = "D5DBE3"
	blue   = "1D4E89"
	pale   = "F1F5F9"
	white  = "FFFFFF"
	yellow = "FFF7CC"
	sky    = "8FB3D9"
	amber  = "B45309"
	grey   = "9CA3AF"

	goodInk, goodFill     = "1B6B3A", "E3F4E8"
	unsureInk, unsureFill = "8A5A00", "FFF1D0"
	badInk, badFill       = "A3261E", "FBE6E4"
)

// fontName is there on every machine, or has a metric twin.
const fontName = "Calibri"

// A style is what a cell looks like.
type style struct {
	format    string // of numbers; "": as they are
	size      float64
	bold      bool
	color     string
	fill      string
	line      string // colour of the border below; "" none
	frame     string // colour of a border around
	left      bool   // numbers too
	indent    bool   // off the edge
	right     bool
	middle    bool
	center    bool
	wrap      bool
	link      bool
	unlocked  bool
	textValue bool // the format of text: nothing typed over it becomes a formula
}

// styleID returns the workbook's number of a style.
func (b *book) styleID(s style) (int, error) {
	if id, ok := b.styles[s]; ok {
		return id, nil
	}
	font := &excelize.Font{Family: fontName, Size: s.size, Bold: s.bold, Color: s.color}
	if s.size == 0 {
		font.Size = 11
	}
	if s.color == "" {
		font.Color = ink
	}
	if s.link {
		font.Underline = "single"
	}
	x := &excelize.Style{Font: font, Alignment: &excelize.Alignment{Vertical: "top", WrapText: s.wrap}}
	if s.middle {
		x.Alignment.Vertical = "center"
	}
	switch {
	case s.left:
		x.Alignment.Horizontal = "left"
	case s.right:
		x.Alignment.Horizontal = "right"
	case s.center:
		x.Alignment.Horizontal = "center"
	}
	if s.indent {
		x.Alignment.Indent = 1
		if x.Alignment.Horizontal == "" {
			x.Alignment.Horizontal = "left"
		}
	}
	if s.format != "" {
		x.CustomNumFmt = &s.format
	}
	if s.textValue {
		x.NumFmt = 49
	}
	if s.fill != "" {
		x.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{s.fill}}
	}
	if s.line != "" {
		x.Border = append(x.Border, excelize.Border{Type: "bottom", Color: s.line, Style: 1})
	}
	if s.frame != "" {
		for _, side := range []string{"left", "right", "top", "bottom"} {
			x.Border = append(x.Border, excelize.Border{Type: side, Color: s.frame, Style: 1})
		}
	}
	if s.unlocked {
		x.Protection = &excelize.Protection{Locked: false}
	}
	id, err := b.file.NewStyle(x)
	if err == nil {
		b.styles[s] = id
	}
	return id, err
}

// glyphs stand before the word of a verdict, so that it can be told without colour.
var glyphs = map[reports.Tone]string{reports.Good: "✓", reports.Unsure: "?", reports.Bad: "✗"}

// tones are the words whose tone needs no saying.
var tones = map[string]reports.Tone{"holds": reports.Good, "inconclusive": reports.Unsure, "fails": reports.Bad}

// toneOf is the tone of a cell of text.
func toneOf(c reports.Cell) reports.Tone {
	if c.Tone == reports.Neutral && c.IsText {
		return tones[c.Text]
	}
	return c.Tone
}

// toneColors returns ink and fill of a tone.
func toneColors(t reports.Tone) (text, fill string) {
	switch t {
	case reports.Good:
		return goodInk, goodFill
	case reports.Unsure:
		return unsureInk, unsureFill
	case reports.Bad:
		return badInk, badFill
	case reports.Neutral:
	}
	return ink, pale
}
