package reports

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tierwise/tierwise/eval"
)

// InspectionOptions of Inspection. The zero value shows what fits a screen.
type InspectionOptions struct {
	// All shows every model and task, and every model on every task.
	All bool
}

// What is shown without All.
const (
	shownModels = 10 // the best; with them those that are worth their price
	shownTasks  = 15
)

// Inspection reports what labeled traffic holds, what is odd about it and what it can prove.
func Inspection(x *eval.Inspection, opts *InspectionOptions) *Document {
	if opts == nil {
		opts = &InspectionOptions{}
	}
	d := &Document{Title: "Labeled traffic"}
	d.add(Section{Lines: trafficLines(x)})
	if len(x.Models) > 0 {
		d.add(inspectedModels(x, opts.All))
	}
	if len(x.Tasks) > 1 || x.Tasks[0].Task != "" {
		d.add(inspectedTasks(x, opts.All))
	}
	if opts.All && len(x.Models) > 0 {
		d.add(everyModelOnEveryTask(x))
	}
	if len(x.Models) > 0 {
		d.add(replayableChecks(x))
	}
	d.add(proofs(x, opts.All))
	d.add(Section{Title: "COLUMNS", Lines: columnLines(&x.Data)})
	if len(x.Findings) > 0 {
		d.add(Section{Title: "FINDINGS", Lines: inspectionFindings(x.Findings)})
	}
	return d
}

// trafficLines describe the traffic as a whole.
func trafficLines(x *eval.Inspection) []string {
	d := &x.Data
	var names []string
	for _, f := range d.Files {
		names = append(names, filepath.Base(f))
	}
	rows := ""
	if d.FileRows != d.Requests {
		rows = fmt.Sprintf(" of %s rows", count(d.FileRows))
	}
	lines := []string{
		fmt.Sprintf("%s: %s requests%s, %s layout, %s", files(names), count(d.Requests), rows, d.Layout, size(d.Bytes)),
		fmt.Sprintf("%s, %s, %s outcomes; %s requests have a graded answer",
			many(int64(len(x.Models)), "model"), tasksPhrase(x), count(d.Outcomes), count(d.Graded)),
	}
	if d.From != nil {
		line := fmt.Sprintf("time %s to %s UTC", d.From.Format("2006-01-02 15:04"), d.To.Format("2006-01-02 15:04"))
		if d.Untimed > 0 {
			line += fmt.Sprintf(", %s without", many(d.Untimed, "request"))
		}
		lines = append(lines, line)
	}
	if len(d.Splits) > 0 {
		var parts []string
		for _, s := range d.Splits {
			parts = append(parts, s.Name+" "+count(s.Requests))
		}
		lines = append(lines, "splits "+strings.Join(parts, ", "))
	}
	if d.Weighted {
		lines = append(lines, fmt.Sprintf("weighted: worth %s requests of equal weight", known(Count, d.Effective)))
	}
	return append(lines, repetitions(d)...)
}

// columnLines say which columns the data have.
func columnLines(d *eval.InspectedData) []string {
	return append(wrap("in use: "+strings.Join(d.Columns, ", ")), wrap("not there, or all null: "+strings.Join(d.Absent, ", "))...)
}

func inspectionFindings(findings []eval.Finding) []string {
	var lines []string
	for _, f := range findings {
		lines = append(lines, wrap("- "+f.Message)...)
		if f.Fix != "" {
			for _, line := range wrap("→ " + f.Fix) {
				lines = append(lines, "  "+line)
			}
		}
	}
	return lines
}

// wrap breaks text into lines, all but the first indented.
func wrap(text string) []string {
	const width = 110
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines = append(lines, line)
			line = " "
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

func tasksPhrase(x *eval.Inspection) string {
	n := int64(0)
	for i := range x.Tasks {
		if x.Tasks[i].Task != "" {
			n++
		}
	}
	return many(n, "task")
}

// repetitions say what is there more than once.
func repetitions(d *eval.InspectedData) []string {
	var lines []string
	if r := &d.SamePrompt; r.Sets > 0 {
		lines = append(lines, fmt.Sprintf("the same prompt more than once: %s share %s (up to case and white space), the most frequent is there %s times",
			many(r.Requests, "request"), many(r.Sets, "prompt"), count(r.Largest)))
	}
	if r := &d.Groups; r.Sets > 0 {
		lines = append(lines, fmt.Sprintf("groups: %s of %s, the largest has %s", count(r.Sets), many(r.Requests, "request"), count(r.Largest)))
	}
	if n := &d.Noise; n.Repeated > 0 {
		lines = append(lines, fmt.Sprintf("repeats: %s of a request and model have %s graded outcomes; in %s they differ, by a standard deviation of %s",
			many(n.Repeated, "pair"), count(n.Outcomes), count(n.Differ), known(Decimals, n.SD)))
	}
	return lines
}

// many writes a number of things: "1 model", "2 models".
func many(n int64, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return count(n) + " " + thing
}

// size writes a number of bytes.
func size(n int64) string {
	switch {
	case n >= 1e9:
		return fixed(float64(n)/1e9, 1) + " GB"
	case n >= 1e6:
		return fixed(float64(n)/1e6, 1) + " MB"
	}
	return fixed(float64(n)/1e3, 0) + " kB"
}

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
