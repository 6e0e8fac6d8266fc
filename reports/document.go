// Package reports turns results into documents: sections of tables whose numbers keep their units. Renderers, in the
// packages below, decide how a document looks; none of them computes anything.
package reports

import (
	"iter"
	"math"
	"slices"
)

// A Document is a report, whatever it will look like.
type Document struct {
	Title    string
	Summary  *Summary // what it comes to; nil: renderers start with the sections
	Sections []Section
	Checks   []Check // what was judged, if something was: for CI systems
	WhatIf   *WhatIf // what costs would come to at other prices, nil: nobody knows
	// LeftOut says what a full report has besides, and what would put it there.
	LeftOut []string
	// Source is what the document was made of, for the small print: files, hashes, version.
	Source []string
}

// Charts returns all charts, those of the summary first.
func (d *Document) Charts() []*Chart {
	var out []*Chart
	if d.Summary != nil {
		out = append(out, d.Summary.Charts...)
	}
	for i := range d.Sections {
		out = append(out, d.Sections[i].Charts...)
	}
	return out
}

// A Summary is a whole document for those who read no further: one sentence, a verdict, and the figures behind it.
type Summary struct {
	Sentence string
	Verdict  Tone   // of the whole
	Word     string // of the verdict: holds, fails, inconclusive; of a gate, "check fails" and the like
	Meaning  string // what the word means here, in plain words, without a capital or a full stop; "": nothing beyond the word
	Figures  []Figure
	Lines    []string // what was not moved and why, what to do next
	Charts   []*Chart
}

// A Figure is a number with its name.
type Figure struct {
	Name string
	Unit Unit
	Cell Cell
	Note string // what it is, in plain words
}

// A Tone says how a word or a number is to be taken. Colours and glyphs go by it, and never without a word.
type Tone int

// Tones.
const (
	Neutral Tone = iota
	Good
	Unsure
	Bad
)

// An Interval is what a number is known to lie in.
type Interval struct {
	Lo, Hi     float64
	Confidence float64 // share: 0.95
}

// A Section is a heading with a table, lines of text, or both.
type Section struct {
	// ID names the section wherever it stands: "tasks", "ladder", …; "": it cannot be referred to.
	ID     string
	Title  string
	About  string // what the section shows, in a sentence for people who know nothing of the project; above the table
	Table  *Table
	Charts []*Chart // after the table
	Lines  []string // below the table
	// Detail is what a first look can do without: renderers that can fold it away do.
	Detail bool
	Pairs  []Pair // below the lines; one for each of the first rows of the table, if there is one
}

// A Table is rows of cells under columns.
type Table struct {
	Columns []Column
	Rows    [][]Cell // as long as Columns
	// Stream yields rows that come after Rows, too many to be held at once; nil: there are none. A row is valid until the next.
	// Renderers for people to read through leave them out.
	Stream iter.Seq2[[]Cell, error]
	Foot   [][]Cell // what the rows come to together: it stays below when they are sorted
}

// All returns the rows, and below them the foot.
func (t *Table) All() [][]Cell { return slices.Concat(t.Rows, t.Foot) }

// A Column is a heading and what its numbers are.
type Column struct {
	Title string
	Unit  Unit
}

// A Unit is what a number is, which decides how it is written.
type Unit int

// Units. A share is written in percent, a delta in points: they are never the same thing.
const (
	Text     Unit = iota
	Count         // whole number
	Share         // 0.43 → 43.0 %
	Points        // −0.012 → -1.2 pp
	Bound         // a lower bound in points: ≥ -1.9 pp
	USD           // dollars
	Millis        // milliseconds
	PValue        // probability
	Decimals      // a plain number
)

// A Cell is a text or a number. A number that is not known is NaN and is written as a dash.
type Cell struct {
	Text   string
	Number float64
	IsText bool
	// Limit is what the number is held to, 0 if it is to nothing: it gets the decimals that show on which side it is.
	Limit float64
	// Interval is nil if there is none beside the number.
	Interval *Interval
	// N is how many requests the number is about, 0 if it stands in a column of its own or is not known.
	N    int64
	Tone Tone
}

// T returns a cell of text.
func T(s string) Cell { return Cell{Text: s, IsText: true} }

// N returns a cell with a number.
func N[F ~float64 | ~int64 | ~int](x F) Cell { return Cell{Number: float64(x)} }

// beside returns a cell with a delta, or a bound of one, that may be no worse than -tolerance.
func beside[F ~float64](x F, tolerance float64) Cell {
	return Cell{Number: float64(x), Limit: -tolerance}
}

// toned returns a cell of text that is good or bad news.
func toned(s string, tone Tone) Cell { return Cell{Text: s, IsText: true, Tone: tone} }

// Blank is a cell that says nothing.
var blank = Cell{IsText: true}

// Known reports whether the cell says something.
func (c Cell) Known() bool { return c.IsText || !math.IsNaN(c.Number) }
