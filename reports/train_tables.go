package reports

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/tierwise/tierwise/eval/train"
)

// trainedTasks shows the tasks, those that are told apart worst first.
func trainedTasks(r *train.Report) Section {
	t := &Table{Columns: []Column{{"", Text}, {"requests", Count}, {"precision", Share}, {"recall", Share}, {"F1", Share}}}
	treated := map[string]string{}
	if r.Misroutes != nil {
		t.Columns = append(t.Columns, Column{"treated by", Text})
		for _, x := range r.Misroutes.Treatments {
			treated[x.Task] = x.Chain
		}
	}
	byF1 := slices.Clone(r.ByTask)
	slices.SortStableFunc(byF1, func(a, b train.TaskF1) int { return cmp.Compare(a.F1, b.F1) })
	left := max(len(byF1)-shownTasks, 0)
	for _, k := range byF1[:len(byF1)-left] {
		row := []Cell{T(k.Task), N(k.Requests), N(k.Precision), N(k.Recall), N(k.F1)}
		if r.Misroutes != nil {
			row = append(row, T(treated[k.Task]))
		}
		t.Rows = append(t.Rows, row)
	}
	s := Section{Title: "TASKS", Table: t}
	if left > 0 {
		s.Lines = []string{fmt.Sprintf("and %s that are told apart better (all with --json)", many(int64(left), "task"))}
	}
	return s
}

// mistakes shows the worst confusions: the most costly if they are priced, else the most frequent.
func mistakes(r *train.Report) Section {
	if r.Misroutes != nil {
		return pricedMistakes(r.Misroutes, r.Folds)
	}
	t := &Table{Columns: []Column{{"", Text}, {"taken for", Text}, {"requests", Count}}}
	var wrong []train.Mistaken
	for _, m := range r.Matrix {
		if m.Gold != m.Predicted {
			wrong = append(wrong, m)
		}
	}
	slices.SortStableFunc(wrong, func(a, b train.Mistaken) int { return cmp.Compare(b.Requests, a.Requests) })
	for _, m := range wrong[:min(len(wrong), shownMistakes)] {
		t.Rows = append(t.Rows, []Cell{T(m.Gold), T(m.Predicted), N(m.Requests)})
	}
	return Section{Title: "MISTAKES", Table: t, Lines: andMore(len(wrong)-shownMistakes, "pair")}
}

func pricedMistakes(m *train.Misroutes, folds int) Section {
	t := &Table{Columns: []Column{
		{"", Text}, {"taken for", Text}, {"requests", Count}, {"confident", Count}, {"delta", Points}, {"extra $/1,000", USD}, {"n", Count}, {"loss, $/1,000 of all", USD},
	}}
	for _, c := range m.Confusion[:min(len(m.Confusion), shownMistakes)] {
		n := N(c.Pairs)
		if c.Pooled {
			n = T("all tasks")
		}
		t.Rows = append(t.Rows, []Cell{T(c.Gold), T(c.Predicted), N(c.Requests), N(c.Confident), N(c.Delta), N(1000 * c.USD), n, N(c.Loss)})
	}
	lines := append(andMore(len(m.Confusion)-shownMistakes, "pair"), "")
	pilot := "all of the split tune"
	if m.PilotFolds > 0 {
		pilot = fmt.Sprintf("folds 0 to %d of %d", m.PilotFolds-1, folds)
	}
	lines = append(lines, wrap("whatever the confidence; confident: at or above min_confidence; delta and extra: means over the pilot requests ("+pilot+
		") of the gold task, whatever they were taken for, against the treatment of their own task; n: graded requests behind delta.")...)
	return Section{Title: "MISTAKES, most costly first", Table: withoutUnknown(t), Lines: lines}
}

func andMore(left int, what string) []string {
	if left <= 0 {
		return nil
	}
	return []string{fmt.Sprintf("and %s (all with --json)", many(int64(left), "more "+what))}
}

func suspects(r *train.Report) Section {
	t := &Table{Columns: []Column{{"", Text}, {"labeled", Text}, {"probability", Share}, {"looks like", Text}, {"probability", Share}}}
	for _, s := range r.Suspects[:min(len(r.Suspects), shownSuspects)] {
		t.Rows = append(t.Rows, []Cell{T(s.ID), T(s.Gold), N(s.OfGold), T(s.Predicted), N(s.Probability)})
	}
	lines := append(andMore(len(r.Suspects)-shownSuspects, "request"), "tierwise explain shows what they say")
	return Section{Title: "LABELS TO LOOK AT", Table: t, Lines: lines}
}
