package reports

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/eval"
)

// hitColumns are the columns of a cache's hits.
func hitColumns(first ...Column) []Column {
	return append(first, Column{"exact", Count}, Column{"share", Share}, Column{"saved", USD}, Column{"semantic", Count}, Column{"share", Share},
		Column{"saved", USD}, Column{"false", Count}, Column{"rate", Share}, Column{"at most", Share})
}

func hitCells(exact, semantic *eval.CacheHits) []Cell {
	return []Cell{
		N(exact.Hits), N(exact.Share), N(exact.SavedUSD), N(semantic.Hits), N(semantic.Share), N(semantic.SavedUSD),
		N(semantic.False), N(semantic.FalseRate), N(semantic.FalseUpper),
	}
}

// caches reports what a candidate's caches did.
func (d *Document) caches(k *eval.CandidateResult, alpha float64) {
	c := k.Caches
	if c == nil {
		return
	}
	t := &Table{Columns: hitColumns(Column{"", Text})}
	for i := range c.Tasks {
		t.Rows = append(t.Rows, append([]Cell{T(c.Tasks[i].Task)}, hitCells(&c.Tasks[i].Exact, &c.Tasks[i].Semantic)...))
	}
	t.Rows = append(t.Rows, append([]Cell{T("all")}, hitCells(&c.Exact, &c.Semantic)...))
	lines := []string{fmt.Sprintf("Of %s requests, in the order of time. Figures above are those behind the caches.", count(c.Requests))}
	if c.MinSimilarity != nil {
		lines = append(lines, fmt.Sprintf("Semantic: similarity ≥ %v by %s. False: neither group nor expected proves the answer right; at most: the upper bound, %v %%.",
			*c.MinSimilarity, c.Embedder, 100*(1-alpha)))
		lines = append(lines, guarded(c.Guarded)...)
	}
	d.add(Section{Title: "CACHES OF " + strings.ToUpper(k.Label), Table: t, Lines: append(lines, falseHitLines(c.FalseHits)...)})
}

// guarded says what the guards turned away.
func guarded(byReason map[string]int64) []string {
	var parts []string
	for _, reason := range slices.Sorted(maps.Keys(byReason)) {
		parts = append(parts, fmt.Sprintf("%s %s", reason, count(byReason[reason])))
	}
	if len(parts) == 0 {
		return nil
	}
	return []string{"Near enough, but turned away by a guard: " + strings.Join(parts, ", ") + "."}
}

// maxHitPairs is how many false hits a report shows.
const maxHitPairs = 5

func falseHitLines(hits []eval.FalseHit) []string {
	var lines []string
	for i := range hits[:min(len(hits), maxHitPairs)] {
		h := &hits[i]
		how := "false"
		if !h.Proven {
			how = "not proven right"
		}
		lines = append(lines, fmt.Sprintf("%s %s got the answer of %s (similarity %.3f, %s):", h.Task, h.ID, h.Source, h.Similarity, how))
		if h.Text != "" {
			lines = append(lines, "  "+oneLine(h.Text), "  "+oneLine(h.SourceText))
		}
	}
	return lines
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// SemanticSweeps reports what semantic caches would do at other thresholds.
func SemanticSweeps(sweeps []eval.SemanticSweep) *Document {
	d := &Document{Title: "Semantic caches by threshold"}
	for i := range sweeps {
		s := &sweeps[i]
		t := &Table{Columns: []Column{
			{"similarity ≥", Text}, {"hits", Count}, {"share", Share}, {"saved", USD}, {"false", Count}, {"rate", Share}, {"at most", Share}, {"guarded", Count},
		}}
		for k := range s.Thresholds {
			row := &s.Thresholds[k]
			turned := int64(0)
			for _, n := range row.Guarded {
				turned += n
			}
			h := &row.Semantic
			t.Rows = append(t.Rows, []Cell{
				T(fmt.Sprintf("%.3f", row.MinSimilarity)), N(h.Hits), N(h.Share), N(h.SavedUSD), N(h.False), N(h.FalseRate), N(h.FalseUpper), N(turned),
			})
		}
		verdict := fmt.Sprintf("off: no threshold is shown to keep false hits below %v %%. It takes %s hits without a false one.", 100*s.MaxFalse, count(s.Need))
		if s.Loosest != nil {
			verdict = fmt.Sprintf("min_similarity = %v is the loosest that is shown to keep false hits below %v %%.", *s.Loosest, 100*s.MaxFalse)
		}
		lines := []string{verdict, fmt.Sprintf("Similarity by %s. At most: the upper bounds of all rows together hold with %v %%. False: neither group nor expected proves the answer right.",
			s.Embedder, 100*(1-s.Alpha))}
		d.add(Section{Title: "SEMANTIC CACHE OF " + strings.ToUpper(s.Label), Table: t, Lines: append(lines, falseHitLines(s.FalseHits)...)})
	}
	return d
}
