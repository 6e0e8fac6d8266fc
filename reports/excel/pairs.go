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
			_, about, ok := strings.Cut(side.Title, ": ")
			if !ok {
				about = side.Title
			}
			row = append(row, reports.T(about), reports.T(passage(side)))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// sideNames are what the two sides are called: what stands before the colon of the first pair's titles.
func sideNames(pairs []reports.Pair) (left, right string) {
	left, _, _ = strings.Cut(pairs[0].Left.Title, ":")
	right, _, _ = strings.Cut(pairs[0].Right.Title, ":")
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

// pairsBelow writes pairs under a section's own table, where no second table can be filtered.
func (x *sheet) pairsBelow(pairs []reports.Pair, last int) {
	for i := range pairs {
		p := &pairs[i]
		x.skip(1)
		x.paragraph(p.Title, last, style{bold: true})
		for _, a := range append(slices.Clone(p.Above), p.Left, p.Right) {
			x.paragraph(a.Title+": "+passage(&a), last, style{})
		}
	}
}
