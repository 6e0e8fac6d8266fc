package reports

import (
	"iter"

	"github.com/tierwise/tierwise/eval"
)

// RowsID is the ID of the section with a row for every request.
const RowsID = "rows"

// RowsSection lays decisions out, a row for each. They are read while the table is written.
func RowsSection(label, baseline string, decisions iter.Seq2[*eval.Record, error]) Section {
	t := &Table{Columns: []Column{
		{"Request", Text}, {"Task", Text}, {"True task", Text}, {"Decided by", Text}, {"Ended", Text}, {"Answered by", Text}, {"Escalations", Count}, {"Failovers", Count},
		{"Quality", Decimals}, {"Baseline quality", Decimals}, {"Change of quality", Points}, {"Cost", USD}, {"Baseline cost", USD}, {"Latency", Millis},
	}}
	t.Stream = func(yield func([]Cell, error) bool) {
		row := make([]Cell, len(t.Columns))
		for r, err := range decisions {
			if err != nil {
				yield(nil, err)
				return
			}
			copy(row, []Cell{
				T(r.ID), T(r.Task), T(r.GoldTask), T(r.Layer), T(r.Ended), T(r.Answer), N(int64(r.Escalations)), N(int64(r.Failovers)),
				N(r.Quality), N(r.BaseQuality), N(r.Delta), N(r.CostUSD), N(r.BaseCostUSD), N(r.LatencyMS),
			})
			if !yield(row, nil) {
				return
			}
		}
	}
	return Section{
		ID: RowsID, Title: "All requests", Table: t, Detail: true,
		About: "Every request as " + label + " would have served it, beside what it is under " + baseline + ". Requests that were not graded have no quality.",
	}
}
