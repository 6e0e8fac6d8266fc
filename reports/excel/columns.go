package excel

import (
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tierwise/tierwise/reports"
)

// A source is the rows of a table: those that it has, then those that it streams, of which the first are read ahead to lay the
// columns out.
type source struct {
	sample [][]reports.Cell
	rest   [][]reports.Cell // not in the sample
	foot   [][]reports.Cell
	next   func() ([]reports.Cell, error, bool)
	stop   func()
}

func newSource(t *reports.Table) (*source, error) {
	s := &source{foot: t.Foot, stop: func() {}}
	n := min(len(t.Rows), sampled)
	s.sample, s.rest = t.Rows[:n], t.Rows[n:]
	if t.Stream == nil {
		return s, nil
	}
	s.next, s.stop = iter.Pull2(t.Stream)
	s.sample = slices.Clip(s.sample)
	for len(s.sample) < sampled && len(s.rest) == 0 {
		row, err, ok := s.next()
		if err != nil {
			s.stop()
			return nil, err
		}
		if !ok {
			s.next = nil
			break
		}
		s.sample = append(s.sample, slices.Clone(row))
	}
	return s, nil
}

func (s *source) close() { s.stop() }

// rows yields all rows. One that was streamed is valid until the next.
func (s *source) rows() iter.Seq2[[]reports.Cell, error] {
	return func(yield func([]reports.Cell, error) bool) {
		for _, list := range [][][]reports.Cell{s.sample, s.rest} {
			for _, row := range list {
				if !yield(row, nil) {
					return
				}
			}
		}
		for s.next != nil {
			row, err, ok := s.next()
			if !ok || !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// layOut returns the columns of a sheet: after each of the table's those for the interval and the n that its cells carry.
func layOut(t *reports.Table, rows [][]reports.Cell) []column {
	var out []column
	for i, c := range t.Columns {
		most, text, interval, n, verdict, says, confidence := 0.0, 0, false, false, false, false, 0.0
		for _, row := range rows {
			v := row[i]
			if !v.IsText && v.Known() {
				most = max(most, math.Abs(v.Number))
			}
			if v.IsText && toneOf(v) != reports.Neutral {
				verdict = true
			}
			if v.Interval != nil {
				interval, confidence = true, v.Interval.Confidence
			}
			n = n || v.N > 0
			says = says || v.Known() && (!v.IsText || v.Text != "")
			text = max(text, longestLine(reports.Format(c.Unit, v)))
		}
		if !says && i > 0 && t.Stream == nil && len(rows) > 0 {
			continue // nothing is known
		}
		dollars := dollarDecimals(most)
		base := column{title: c.Title, unit: c.Unit, dollars: dollars, verdict: verdict, of: func(row []reports.Cell) reports.Cell { return row[i] }}
		if verdict {
			text += 2
		}
		base.width = columnWidth(c.Title, text)
		out = append(out, base)
		if interval {
			out = append(out, bounds(base, confidence, i)...)
		}
		if n && !saysN(out, rows, i) && !saysN(countColumns(t), rows, i) {
			out = append(out, column{title: nTitle(out, c.Title), unit: reports.Count, width: 10, of: func(row []reports.Cell) reports.Cell {
				if row[i].N == 0 {
					return reports.N(math.NaN())
				}
				return reports.N(row[i].N)
			}})
		}
	}
	return out
}

// nTitle is the heading of an n: the first needs not say of what, the column is to its left.
func nTitle(columns []column, of string) string {
	if slices.ContainsFunc(columns, func(c column) bool { return c.title == "n" }) {
		return "n of " + orValue(of)
	}
	return "n"
}

// countColumns are the table's own columns of counts.
func countColumns(t *reports.Table) []column {
	var out []column
	for i, c := range t.Columns {
		if c.Unit == reports.Count {
			out = append(out, column{unit: c.Unit, of: func(row []reports.Cell) reports.Cell { return row[i] }})
		}
	}
	return out
}

// saysN reports whether a column that is there already has the n of the cells of the table's column i.
func saysN(columns []column, rows [][]reports.Cell, i int) bool {
	return slices.ContainsFunc(columns, func(c column) bool {
		return c.unit == reports.Count && !slices.ContainsFunc(rows, func(row []reports.Cell) bool {
			return row[i].N != 0 && c.of(row).Number != float64(row[i].N)
		})
	})
}

func orValue(title string) string {
	if title == "" {
		return "value"
	}
	return title
}

// bounds are the columns of an interval's two ends.
func bounds(base column, confidence float64, i int) []column {
	side := func(name string, end func(*reports.Interval) float64) column {
		c := base
		c.verdict = false
		c.title = orValue(base.title) + ", " + name
		if confidence > 0 {
			c.title += fmt.Sprintf(" %.0f %%", 100*confidence)
		}
		c.width = columnWidth(c.title, 8)
		c.of = func(row []reports.Cell) reports.Cell {
			if row[i].Interval == nil {
				return reports.N(math.NaN())
			}
			return reports.N(end(row[i].Interval))
		}
		return c
	}
	return []column{
		side("low", func(i *reports.Interval) float64 { return i.Lo }),
		side("high", func(i *reports.Interval) float64 { return i.Hi }),
	}
}

func longestLine(s string) int {
	most := 0
	for line := range strings.SplitSeq(s, "\n") {
		most = max(most, utf8.RuneCountInString(line))
	}
	return most
}

// columnWidth fits the longest cell and the longest word of the heading, which is wrapped and has a button.
func columnWidth(title string, text int) float64 {
	for word := range strings.FieldsSeq(title) {
		text = max(text, utf8.RuneCountInString(word)+2)
	}
	if text > 3*maxWidth {
		return wideWidth
	}
	return min(max(float64(text)*1.08+2, minWidth), maxWidth)
}

// uniqueTitles are the headings, as a table of Excel's wants them: none empty, none twice. The cells say
// their units.
func uniqueTitles(columns []column) []string {
	out := make([]string, len(columns))
	seen := map[string]bool{}
	for i, c := range columns {
		title := strings.TrimSpace(strings.ReplaceAll(clean(c.title), "\n", " "))
		if title == "" {
			title = "Note"
			if i == 0 {
				title = "Name"
			}
		}
		if title != "n" {
			title = upperFirst(title)
		}
		title = cutUnits(title, 240)
		unique := title
		for n := 2; seen[strings.ToLower(unique)]; n++ {
			unique = fmt.Sprintf("%s %d", title, n)
		}
		seen[strings.ToLower(unique)] = true
		out[i] = unique
	}
	return out
}

func upperFirst(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	if upper := strings.ToUpper(string(r)); utf8.RuneCountInString(upper) == 1 {
		return upper + s[size:]
	}
	return s
}
