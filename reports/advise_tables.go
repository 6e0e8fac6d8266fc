package reports

import (
	"fmt"
	"strings"

	"github.com/tierwise/tierwise/eval"
)

func adviceOptions(x *eval.Advice) Section {
	t := &Table{Columns: []Column{
		{"", Text}, {"moves", Share}, {"delta", Points}, {"n", Count}, {"saves", Share}, {"a month", USD},
		{"router adds", USD}, {"pays back in", Text}, {"pays from", Text}, {"net, " + planMonths(x), USD},
	}}
	for i := range x.Options {
		o := &x.Options[i]
		row := []Cell{
			T(optionName(x, o)), N(o.Share), N(o.Delta), N(o.N), N(o.Savings), N(o.SavedPerMonth), blank, T("no router"), blank, blank,
		}
		if r := o.Router; r != nil {
			row = append(row[:6], N(r.GainPerMonth), T(months(r.Months)), T(perDay(r.RequestsPerDay)), N(r.Net))
		}
		t.Rows = append(t.Rows, row)
	}
	return Section{Title: "WHAT COULD BE SAVED", Table: t, Lines: optionLegend(x)}
}

// optionLegend says how far each kind of option can be trusted.
func optionLegend(x *eval.Advice) []string {
	whole, task := points(x.Settings.Tolerance), points(x.Settings.TaskTolerance)
	options, table := false, false
	for i := range x.Options {
		switch x.Options[i].Kind {
		case eval.TableProven, eval.TableHoped:
			options, table = true, true
		case eval.SwitchProven, eval.SwitchHoped:
			options = true
		case eval.OracleOption, eval.PerfectOption, eval.PriceOnly:
		}
	}
	if !options {
		return nil
	}
	lines := append([]string{""}, wrap(fmt.Sprintf("holds: proven at %s one-sided, divided by the models tried; for everything within %s, task by task within %s and not seen to lose more than %s. at face value: not seen to lose more than %s, by labels that may be too few.",
		FormatNumber(Share, x.Settings.Alpha), whole, task, whole, whole))...)
	if table {
		lines = append(lines, wrap(fmt.Sprintf("A table knows each request's task, as if callers named it, and was chosen by the labels that judge it: %s of what it adds is counted as the router's.",
			FormatNumber(Share, x.Plan.Realized)))...)
	}
	if x.SwitchTo != "" {
		lines = append(lines, wrap("A router adds what is saved beyond "+x.SwitchTo+" for everything, which needs none.")...)
	}
	return lines
}

func perDay(n eval.Number) string {
	if !n.Known() {
		return "no volume"
	}
	return volume(n) + " a day"
}

func optionName(x *eval.Advice, o *eval.AdviceOption) string {
	switch o.Kind {
	case eval.SwitchProven:
		return o.Model + " for everything: holds"
	case eval.SwitchHoped:
		return o.Model + " for everything: at face value"
	case eval.TableProven:
		return fmt.Sprintf("table by task, %s: holds", movesPhrase(x, o))
	case eval.TableHoped:
		return fmt.Sprintf("table by task, %s: at face value", movesPhrase(x, o))
	case eval.OracleOption:
		return "oracle: each request by the cheapest of the best"
	case eval.PerfectOption:
		return "perfect foresight, within " + points(x.Settings.Tolerance)
	case eval.PriceOnly:
		return o.Model + " for everything: by price alone"
	}
	return string(o.Kind)
}

func movesPhrase(x *eval.Advice, o *eval.AdviceOption) string {
	named := int64(0)
	for i := range x.Tasks {
		if x.Tasks[i].Task != "" {
			named++
		}
	}
	return fmt.Sprintf("%s of %s", count(int64(o.Tasks)), many(named, "task"))
}

func adviceSkew(x *eval.Advice) Section {
	t := &Table{Columns: []Column{{"", Text}, {"tasks", Count}, {"of the requests", Share}, {"of the bill", Share}}}
	for _, s := range x.Skew {
		if s.Tasks > 0 {
			t.Rows = append(t.Rows, []Cell{T(skewName(s.State)), N(int64(s.Tasks)), N(s.Share), N(s.Bill)})
		}
	}
	return Section{Title: "SKEW", Table: t}
}

func skewName(s eval.TaskState) string {
	switch s {
	case eval.TaskHolds:
		return "a cheaper model holds"
	case eval.TaskCouldHold:
		return "a cheaper model could hold"
	case eval.TaskStays:
		return "seems to need the baseline"
	case eval.TaskUnknown:
	}
	return "not known"
}

func adviceTasks(x *eval.Advice) Section {
	t := &Table{Columns: []Column{
		{"", Text}, {"requests", Count}, {"of the bill", Share}, {"state", Text}, {"cheaper model", Text}, {"delta", Points}, {"at worst", Bound},
		{"n", Count}, {"saves", Share}, {"labels to prove it", Count},
	}}
	left := 0
	for i := range x.Tasks {
		if i == shownTasks {
			left = len(x.Tasks) - i
			break
		}
		k := &x.Tasks[i]
		row := []Cell{T(orNoTask(k.Task)), N(k.Requests), N(k.Bill), T(strings.ReplaceAll(string(k.State), "_", " "))}
		if m := shownMove(k); m != nil {
			row = append(row, T(m.Model), N(m.Delta), N(m.Bound), N(m.N), N(m.Savings), labels(k, m))
		} else {
			row = append(row, blank, blank, blank, N(k.Graded), blank, blank)
		}
		t.Rows = append(t.Rows, row)
	}
	s := Section{Title: "TASKS", Table: withoutUnknown(t)}
	if left > 0 {
		s.Lines = []string{fmt.Sprintf("and %s with a smaller share of the bill (all with --json)", many(int64(left), "more task"))}
	}
	return s
}

// shownMove is the move that a task is shown with: the proven one if there is one.
func shownMove(k *eval.AdviceTask) *eval.Move {
	switch {
	case k.Proven != nil:
		return k.Proven
	case k.Hoped != nil:
		return k.Hoped
	}
	return k.Nearest
}

func labels(k *eval.AdviceTask, m *eval.Move) Cell {
	switch {
	case m != k.Hoped:
		return blank
	case m.Labels == 0:
		return T("will not help")
	}
	return N(m.Labels)
}

func orNoTask(name string) string {
	if name == "" {
		return "(no task)"
	}
	return name
}

func adviceModels(x *eval.Advice) Section {
	t := &Table{Columns: []Column{
		{"", Text}, {"quality", Share}, {"delta", Points}, {"n", Count}, {"$/1,000", USD}, {"p50", Millis}, {"p95", Millis}, {"failed", Share},
	}}
	for i := range x.Models {
		m := &x.Models[i]
		name := m.Model
		if name == x.Baseline {
			name += " (baseline)"
		}
		t.Rows = append(t.Rows, []Cell{
			T(name), N(m.Quality), N(m.Delta), N(m.N), N(m.CostPer1000), N(m.LatencyP50), N(m.LatencyP95), N(m.FailureRate),
		})
	}
	return Section{Title: "MODELS", Table: withoutUnknown(t)}
}
