package reports

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/tierwise/tierwise/eval"
)

// byQuality returns the models from the best on, those without quality last, in rising order of cost.
func byQuality(x *eval.Inspection) []*eval.InspectedModel {
	out := make([]*eval.InspectedModel, len(x.Models))
	for i := range x.Models {
		out[i] = &x.Models[i]
	}
	slices.SortStableFunc(out, func(a, b *eval.InspectedModel) int { return compareBestFirst(a.Quality, b.Quality) })
	return out
}

// compareBestFirst orders qualities, the highest first and unknown ones last.
func compareBestFirst(a, b eval.Number) int {
	switch {
	case a.Known() && b.Known():
		return cmp.Compare(b, a)
	case a.Known():
		return -1
	case b.Known():
		return 1
	}
	return 0
}

var observedColumns = []Column{
	{"quality", Share}, {"graded", Count}, {"coverage", Share}, {"$/1,000", USD}, {"p50", Millis}, {"p95", Millis},
	{"tokens in", Count}, {"out", Count}, {"failed", Share},
}

func observedCells(o *eval.Observed) []Cell {
	return []Cell{
		N(o.Quality), N(o.Judged), N(o.Coverage), N(o.CostPer1000), N(o.LatencyP50), N(o.LatencyP95),
		N(o.InputTokens), N(o.OutputTokens), N(float64(o.Failed) / float64(o.Outcomes)),
	}
}

func inspectedModels(x *eval.Inspection, all bool) Section {
	t := &Table{Columns: slices.Concat([]Column{{"", Text}}, observedColumns, []Column{{"", Text}})}
	rest := 0
	for i, m := range byQuality(x) {
		worthIt := m.CostPer1000.Known() && m.DominatedBy == ""
		if !all && i >= shownModels && !worthIt {
			rest++
			continue
		}
		name, note := m.Model, ""
		if name == x.Baseline {
			name += " (baseline)"
		}
		if m.DominatedBy != "" {
			note = "dearer and no better than another"
		}
		t.Rows = append(t.Rows, slices.Concat([]Cell{T(name)}, observedCells(&m.Observed), []Cell{T(note)}))
	}
	s := Section{Title: "MODELS, best first", Table: withoutUnknown(t)}
	if rest > 0 {
		s.Lines = append(s.Lines, fmt.Sprintf("and %s, of less quality and of unknown or higher cost (--all)", many(int64(rest), "model")))
	}
	return s
}

// withoutUnknown leaves out the columns of which nothing is known.
func withoutUnknown(t *Table) *Table {
	says := func(c int) bool {
		return c == 0 || slices.ContainsFunc(t.Rows, func(row []Cell) bool { return row[c].Known() && (!row[c].IsText || row[c].Text != "") })
	}
	out := &Table{Rows: make([][]Cell, len(t.Rows))}
	for c, column := range t.Columns {
		if says(c) {
			out.Columns = append(out.Columns, column)
			for i, row := range t.Rows {
				out.Rows[i] = append(out.Rows[i], row[c])
			}
		}
	}
	return out
}

// taskColumns are the models whose quality stands in the table of tasks: the tiers that a draft would take, and the best of
// the others.
func taskColumns(x *eval.Inspection) []string {
	const most = 4
	var out []string
	if draft, err := x.Draft(&eval.DraftOptions{Tiers: most}); err == nil {
		for _, t := range draft.Tiers {
			out = append(out, t.Model)
		}
	}
	for _, m := range byQuality(x) {
		if len(out) < most && m.DominatedBy == "" && m.Quality.Known() && !slices.Contains(out, m.Model) {
			out = append([]string{m.Model}, out...)
		}
	}
	return out
}

func inspectedTasks(x *eval.Inspection, all bool) Section {
	models := taskColumns(x)
	t := &Table{Columns: []Column{{"", Text}, {"requests", Count}, {"share", Share}, {"graded", Count}}}
	for _, m := range models {
		t.Columns = append(t.Columns, Column{m, Share})
	}
	shown, s := cutTasks(x, all)
	for i := range shown {
		k := &shown[i]
		row := []Cell{T(taskName(k)), N(k.Requests), N(k.Share), N(k.Graded)}
		for _, m := range models {
			row = append(row, N(qualityOn(k, m)))
		}
		t.Rows = append(t.Rows, row)
	}
	s.Title, s.Table = "TASKS", t
	if len(models) > 0 {
		s.Title = "TASKS, quality by model"
	}
	return s
}

// cutTasks returns the tasks to show, and a section that says how many are left out.
func cutTasks(x *eval.Inspection, all bool) ([]eval.InspectedTask, Section) {
	if all || len(x.Tasks) <= shownTasks {
		return x.Tasks, Section{}
	}
	rest := many(int64(len(x.Tasks)-shownTasks), "task")
	return x.Tasks[:shownTasks], Section{Lines: []string{"and " + rest + " with fewer requests (--all)"}}
}

func taskName(k *eval.InspectedTask) string {
	if k.Task == "" {
		return "(no task)"
	}
	return k.Task
}

func qualityOn(k *eval.InspectedTask, model string) eval.Number {
	for i := range k.ByModel {
		if k.ByModel[i].Model == model {
			return k.ByModel[i].Quality
		}
	}
	return eval.Unknown
}

func everyModelOnEveryTask(x *eval.Inspection) Section {
	t := &Table{Columns: slices.Concat([]Column{{"", Text}, {"model", Text}}, observedColumns, []Column{{"delta", Points}, {"at worst", Bound}})}
	for i := range x.Tasks {
		k := &x.Tasks[i]
		models := slices.SortedStableFunc(slices.Values(k.ByModel), func(a, b eval.TaskModel) int {
			return compareBestFirst(a.Quality, b.Quality)
		})
		for j := range models {
			m := &models[j]
			row := slices.Concat([]Cell{T(taskName(k)), T(m.Model)}, observedCells(&m.Observed), []Cell{N(m.Delta), N(m.Bound)})
			t.Rows = append(t.Rows, row)
		}
	}
	return Section{Title: "EACH MODEL ON EACH TASK", Table: withoutUnknown(t)}
}
