package reports

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/tierwise/tierwise/eval"
)

// caches are the sections about what the candidate's caches did: their hits by task, and the hits that nothing proves right.
func (f *full) caches() {
	if f.c.CachesOff != "" {
		f.lacks("Caches", "they cannot be replayed, for the data has "+f.c.CachesOff)
	}
	c := f.k.Caches
	if c == nil {
		return
	}
	t := &Table{Columns: []Column{
		{"Task", Text}, {"Exact hits", Count}, {"Exact, of all", Share}, {"Exact saves $", USD}, {"Semantic hits", Count}, {"Semantic, of all", Share},
		{"Semantic saves $", USD}, {"False", Count}, {"Of semantic hits", Share}, {"At most", Share},
	}}
	for i := range c.Tasks {
		t.Rows = append(t.Rows, append([]Cell{T(c.Tasks[i].Task)}, hitCells(&c.Tasks[i].Exact, &c.Tasks[i].Semantic)...))
	}
	t.Foot = [][]Cell{append([]Cell{T("all")}, hitCells(&c.Exact, &c.Semantic)...)}
	if len(t.Rows) == 0 {
		t.Rows, t.Foot = t.Foot, nil
	}
	lines := []string{fmt.Sprintf("Of %s requests, in the order of time, by a server that forgets nothing before its time.", count(c.Requests))}
	if c.MinSimilarity != nil {
		lines = append(lines, fmt.Sprintf("Semantic: similarity of at least %v by %s. False: neither group nor expected proves the answer right. At most: the upper bound, %v %%.",
			*c.MinSimilarity, c.Embedder, 100*(1-f.c.Settings.Alpha)))
		lines = append(lines, guarded(c.Guarded)...)
	}
	f.put(Section{
		ID: CachesID, Title: "Caches", Table: t, Lines: lines,
		About: "What the caches of " + f.k.Label + " would have answered, at no cost. All other figures are those behind the caches.",
	})
	f.put(f.falseHits(c.FalseHits))
}

// falseHits are the semantic hits to read.
func (f *full) falseHits(hits []eval.FalseHit) Section {
	t := &Table{Columns: []Column{{"Request", Text}, {"Task", Text}, {"Got the answer to", Text}, {"Similarity", Decimals}, {"The answer is", Text}}}
	s := Section{
		ID: FalseHitsID, Title: "False hits", Table: t, Detail: true,
		About: "Requests that the semantic cache would have given the answer to another, which nothing proves right: read whether it serves.",
	}
	for i := range hits {
		h := &hits[i]
		verdict := toned("not proven right", Unsure)
		if h.Proven {
			verdict = toned("false", Bad)
		}
		t.Rows = append(t.Rows, []Cell{T(h.ID), T(h.Task), T(h.Source), N(h.Similarity), verdict})
		if h.Text != "" && !f.in.NoText {
			s.Pairs = append(s.Pairs, Pair{
				Title: strings.Join([]string{h.ID, h.Task, fmt.Sprintf("similarity %.3f", h.Similarity)}, "  "),
				Left:  Passage{"Request " + h.ID, h.Text, utf8.RuneCountInString(h.Text)},
				Right: Passage{"Got the answer to " + h.Source, h.SourceText, utf8.RuneCountInString(h.SourceText)},
			})
		}
	}
	return s
}
