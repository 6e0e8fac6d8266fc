package reports

import (
	"slices"

	"github.com/tierwise/tierwise/eval"
)

// IDs of the confusion matrices.
const (
	ConfusionID    = "confusion"
	ConfusionUSDID = "confusion-dollars"
)

// maxConfused is how many tasks a matrix shows: beyond, nobody reads one, and the list of misroutes has all.
const maxConfused = 20

// confusion are two matrices of true task × task that the request was sent to: requests, and what wrong ones cost more.
func (f *full) confusion() []Section {
	k := f.k
	if len(k.Misroutes) == 0 || f.c.Settings.GoldTasks {
		return nil
	}
	var golds, sent []string
	at := map[[2]string]*eval.MisrouteCount{}
	for i := range k.Misroutes {
		m := &k.Misroutes[i]
		golds, sent = append(golds, m.Gold), append(sent, m.Task)
		at[[2]string{m.Gold, m.Task}] = m
	}
	slices.Sort(golds)
	slices.Sort(sent)
	golds, sent = slices.Compact(golds), slices.Compact(sent)
	if len(golds) > maxConfused || len(sent) > maxConfused {
		return nil
	}
	matrix := func(unit Unit, cell func(m *eval.MisrouteCount) Cell) *Table {
		t := &Table{Columns: []Column{{"True task", Text}}}
		for _, task := range sent {
			t.Columns = append(t.Columns, Column{"→ " + task, unit})
		}
		for _, gold := range golds {
			row := []Cell{T(gold)}
			for _, task := range sent {
				if m := at[[2]string{gold, task}]; m != nil {
					row = append(row, cell(m))
				} else {
					row = append(row, blank)
				}
			}
			t.Rows = append(t.Rows, row)
		}
		return t
	}
	requests := matrix(Count, func(m *eval.MisrouteCount) Cell {
		c := N(m.Requests)
		if c.Tone = Good; m.Price != nil {
			c.Tone = Unsure
		}
		return c
	})
	dollars := matrix(USD, func(m *eval.MisrouteCount) Cell {
		if m.Price == nil {
			return blank
		}
		return N(m.Price.ExtraUSD)
	})
	out := []Section{{
		ID: ConfusionID, Title: "Where requests were sent", Table: requests,
		About: "A row for each true task, a column for each task that the router found: how many requests. What is not on the diagonal was taken for another task.",
	}}
	if slices.ContainsFunc(k.Misroutes, func(m eval.MisrouteCount) bool { return m.Price != nil }) {
		out = append(out, Section{
			ID: ConfusionUSDID, Title: "What wrong ones cost", Table: dollars,
			About: "The same rows and columns: by how many dollars the requests of a field cost more than the chain of their true task. Below 0: less.",
		})
	}
	return out
}
