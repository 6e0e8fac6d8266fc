package excel

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tierwise/tierwise/reports"
)

// pairTable lays pairs of texts out as a table: a request in each row, what both sides are about, then the two sides.
func pairTable(pairs []reports.Pair) *reports.Table {
	var above []string
	for i := range pairs {
		for _, p := range pairs[i].Above {
			if !slices.Contains(above, p.Title) {
				above = append(above, p.Title)
			}
		}
	}
	t := &reports.Table{Columns: []reports.Column{{Title: "request"}}}
	for _, title := range above {
		t.Columns = append(t.Columns, reports.Column{Title: title})
	}
	left, right := sideNames(pairs)
	t.Columns = append(t.Columns, reports.Column{Title: left}, reports.Column{Title: left + " answer"}, reports.Column{Title: right}, reports.Column{Title: right + " answer"})
	for i := range pairs {
		p := &pairs[i]
		row := []reports.Cell{reports.T(p.Title)}
		for _, title := range above {
			text := ""
			if k := slices.IndexFunc(p.Above, func(a reports.Passage) bool { return a.Title == title }); k >= 0 {
				text = passage(&p.Above[k])
			}
			row = append(row, reports.T(text))
		}
		for _, side := range []*reports.Passage{&p.Left, &p.Right} {
			about := side.Title
			if i := strings.IndexAny(about, ":,"); i >= 0 {
				about = strings.TrimSpace(about[i+1:])
			}
			row = append(row, reports.T(about), reports.T(passage(side)))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// sideNames are what the two sides are called: what stands before the colon of the first pair's titles.
func sideNames(pairs []reports.Pair) (left, right string) {
	name := func(title string) string { return title[:max(strings.IndexAny(title, ":,"), 0)] }
	left, right = name(pairs[0].Left.Title), name(pairs[0].Right.Title)
	if left == right || left == "" || right == "" {
		return "left", "right"
	}
	return left, right
}

// passage is a text and how much of it is left out.
func passage(p *reports.Passage) string {
	if more := reports.More(p.Chars - utf8.RuneCountInString(p.Text)); more != "" {
		return p.Text + " " + more
	}
	return p.Text
}

// withTexts returns a table with the texts of its first rows beside them.
func withTexts(t *reports.Table, pairs []reports.Pair) *reports.Table {
	texts := pairTable(pairs)
	out := &reports.Table{Columns: slices.Clone(t.Columns)}
	var kept []int // what says something: where there are no texts there are no columns for them
	for i := 1; i < len(texts.Columns); i++ {
		about := i == len(texts.Columns)-4 || i == len(texts.Columns)-2 // the table's own cells say that
		if !about && slices.ContainsFunc(texts.Rows, func(row []reports.Cell) bool { return row[i].Text != "" }) {
			kept = append(kept, i)
			out.Columns = append(out.Columns, texts.Columns[i])
		}
	}
	for i, row := range t.Rows {
		row = slices.Clone(row)
		for _, k := range kept {
			c := reports.T("")
			if i < len(texts.Rows) {
				c = texts.Rows[i][k]
			}
			row = append(row, c)
		}
		out.Rows = append(out.Rows, row)
	}
	out.Foot = widened(t.Foot, len(kept))
	if t.Stream != nil {
		out.Stream = func(yield func([]reports.Cell, error) bool) {
			for row, err := range t.Stream {
				if err == nil {
					row = widened([][]reports.Cell{row}, len(kept))[0]
				}
				if !yield(row, err) {
					return
				}
			}
		}
	}
	return out
}

// widened returns rows with so many empty cells more.
func widened(rows [][]reports.Cell, more int) [][]reports.Cell {
	out := make([][]reports.Cell, len(rows))
	for i, row := range rows {
		out[i] = slices.Clone(row)
		for range more {
			out[i] = append(out[i], reports.T(""))
		}
	}
	return out
}
