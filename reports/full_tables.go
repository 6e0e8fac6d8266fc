package reports

import (
	"fmt"
	"strings"

	"github.com/tierwise/tierwise/eval"
)

func (f *full) candidates() Section {
	t := &Table{Columns: []Column{
		{"Table", Text}, {"Verdict", Text}, {"Saves", Share}, {"$ per 1,000", USD}, {"Change of quality", Points}, {"At worst", Bound}, {"Quality", Share}, {"Baseline", Share},
		{"Graded", Count}, {"Changed", Count}, {"Much worse", Share}, {"p50", Millis}, {"p95", Millis}, {"Escalated", Share}, {"Failed", Share}, {"What would tell", Text},
	}}
	var lines []string
	for i := range f.c.Candidates {
		k := &f.c.Candidates[i]
		r := &k.Whole
		worse := of(r.WorseShare, r.Covered)
		t.Rows = append(t.Rows, []Cell{
			T(k.Label), verdictCell(r.Verdict), sure(r.Savings, r.SavingsInterval, r.SavingsKnown), of(r.CostPer1000, r.CostKnown), sure(r.Delta, r.DeltaInterval, r.Covered),
			beside(r.Bound, f.c.Settings.Tolerance), of(r.Quality, r.Covered), of(r.BaseQuality, r.Covered), N(r.Covered), N(r.Changed), worse,
			of(r.LatencyP50, r.LatencyKnown), of(r.LatencyP95, r.LatencyKnown), N(r.EscalationRate), N(r.FailureRate), T(wholeLabels(k)),
		})
		lines = append(lines, flipLines(f.c, k)...)
	}
	return Section{
		ID: CandidatesID, Title: "Candidates", Table: t, Lines: append(lines, curveLines(f.c)...),
		About: "All tables that were compared, on the same requests. Much worse: by half the scale or more.",
	}
}

func (f *full) models() Section {
	t := &Table{Columns: []Column{
		{"Model", Text}, {"Role", Text}, {"Quality", Share}, {"Change of quality", Points}, {"At worst", Bound}, {"Graded", Count}, {"$ per 1,000", USD}, {"Saves", Share},
		{"p50", Millis}, {"p95", Millis}, {"Failed", Share}, {"Answers", Share}, {"Spent on it", Share},
	}}
	if f.k == nil {
		t.Columns = t.Columns[:11]
	}
	for i := range f.c.References {
		r := &f.c.References[i]
		w := &r.Whole
		row := []Cell{
			T(r.Model), T(roles(f.c, r.Model)), of(w.Quality, w.Covered), sure(w.Delta, w.DeltaInterval, w.Covered), beside(w.Bound, f.c.Settings.Tolerance), N(w.Covered),
			of(w.CostPer1000, w.CostKnown), sure(w.Savings, w.SavingsInterval, w.SavingsKnown), of(w.LatencyP50, w.LatencyKnown), of(w.LatencyP95, w.LatencyKnown), N(w.FailureRate),
		}
		if f.k != nil {
			row = append(row, N(f.answers(r.Model)), N(f.spent(r.Model)))
		}
		t.Rows = append(t.Rows, row)
	}
	about := "Each model alone, for everything."
	if f.k != nil {
		about += fmt.Sprintf(" The last two columns are what %s makes of it: the share of requests that it answers, and of the money that goes to it.", f.k.Label)
	}
	s := Section{ID: ModelsID, Title: "Models", Table: t, About: about}
	if f.k != nil {
		k := f.k
		for _, line := range []struct {
			name string
			c    *eval.Control
		}{{"A random mix of single models at the cost of " + k.Label, &k.RandomMix}, {k.Label + " with shuffled tasks", &k.Shuffled}} {
			if line.c.Delta.Known() {
				s.Lines = append(s.Lines, fmt.Sprintf("%s: quality %s, %s per 1,000 requests.", line.name, known(Points, line.c.Delta), known(USD, line.c.CostPer1000)))
			}
		}
	}
	if o := &f.c.Oracle; o.Quality.Known() {
		s.Lines = append(s.Lines, fmt.Sprintf("The oracle, which no router beats: quality %s, %s, saves %s.", known(Share, o.Quality), known(Points, o.Delta), known(Share, o.Savings)))
	}
	return s
}

func (f *full) answers(model string) eval.Number {
	for _, a := range f.k.Whole.Answers {
		if a.Model == model {
			return a.Share
		}
	}
	return 0
}

func (f *full) spent(model string) eval.Number {
	for _, a := range f.k.Whole.Spend {
		if a.Model == model {
			return a.Share
		}
	}
	if len(f.k.Whole.Spend) == 0 {
		return eval.Unknown
	}
	return 0
}

func roles(c *eval.Comparison, model string) string {
	name := strings.TrimPrefix(referenceName(c, model), "always "+model)
	return strings.Trim(name, " ()")
}

// choices are the tasks with the models that would serve them, where there is no table yet.
func (f *full) choices() Section {
	s := taskChoices(f.c)
	s.ID, s.Title, s.About = ChoicesID, "Tasks", "The best model of each task, and the cheapest that is as good as the baseline, in hindsight."
	s.Table.Columns = []Column{
		{"Task", Text}, {"Requests", Count}, {"Graded", Count}, {"Baseline", Share}, {"Best model", Text}, {"Its quality", Share}, {"Cheapest as good", Text}, {"Quality", Share}, {"Saves", Share},
	}
	s.Lines = s.Lines[1:]
	return s
}

func (f *full) scenarios() Section {
	var d Document
	d.whatIf(f.c)
	if len(d.Sections) == 0 {
		return Section{}
	}
	s := d.Sections[0]
	s.ID, s.Title, s.About = ScenariosID, "What if", "The tables once more, under other prices or with something that does not answer."
	s.Table.Columns = []Column{
		{"Table", Text}, {"Scenario", Text}, {"Verdict", Text}, {"Change of quality", Points}, {"At worst", Bound}, {"Quality", Share},
		{"Saves", Share}, {"$ per 1,000", USD}, {"p95", Millis}, {"Failed", Share},
	}
	label := blank
	for _, row := range s.Table.Rows {
		if row[0].Text != "" {
			label = row[0]
		}
		row[0] = label
	}
	return s
}

// routers are the sections about how requests found their tasks.
func (f *full) routers() {
	if f.c.Settings.GoldTasks {
		return
	}
	if hasRouter(f.k) {
		s := layers(f.k, []string{f.k.Label})
		s.ID, s.Title = RoutingID, "How requests found their task"
		s.About = "Which layer of the router decided, and how often it was right where the true task is known."
		s.Table.Columns = []Column{
			{"Decided by", Text}, {"Requests", Count}, {"Share", Share}, {"Right", Share}, {"Of known task", Count}, {"At most", Share}, {"Says", Share},
		}[:len(s.Table.Columns)]
		if chart := f.reliability(); chart != nil {
			s.Charts = []*Chart{chart}
		}
		f.put(s)
	}
}
