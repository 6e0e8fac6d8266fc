package reports

import (
	"fmt"
	"strings"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/stats"
)

// DiffOptions say what of a diff is shown.
type DiffOptions struct {
	Show     int      // requests of each list
	Wins     bool     // list them too
	Unjudged bool     // list changed answers that nothing judges
	Next     []string // commands to go on with
}

// Diff reports what a change of a dispatch config does.
func Diff(d *eval.Diff, opts *DiffOptions) *Document {
	doc := &Document{Title: fmt.Sprintf("tierwise diff: %s ⇒ %s", d.Old.Label, d.New.Label)}
	doc.add(Section{Lines: []string{fmt.Sprintf("%s  ⇒  %s: %s", sideName(&d.Old), sideName(&d.New), configSentence(d.Config))}})
	for _, k := range []struct {
		kind      eval.ChangeKind
		id, title string
	}{{eval.DecisionChange, ConfigID, "DECISIONS"}, {eval.PriceChange, "prices", "PRICES, in USD per million tokens"}, {eval.OtherChange, "else", "ELSE, which decides nothing"}} {
		if lines := changeLines(d.Config, k.kind); len(lines) > 0 {
			doc.add(Section{ID: k.id, Title: k.title, Lines: lines})
		}
	}
	if d.Traffic == nil {
		doc.add(Section{Lines: []string{"Nothing was replayed: -d FILE shows which requests win and lose by it."}})
		return doc
	}
	doc.traffic(d, opts)
	return doc
}

func sideName(s *eval.DiffSide) string {
	if s.File == "" {
		return s.Label
	}
	return s.Label + " " + s.File
}

// configSentence says what kind of a change it is.
func configSentence(c *eval.ConfigDiff) string {
	n := map[eval.ChangeKind]int{}
	for i := range c.Changes {
		n[c.Changes[i].Kind]++
	}
	switch {
	case !c.SameDecisions:
		return howMany(n[eval.DecisionChange], "change of decisions", "changes of decisions")
	case !c.SamePrices:
		return "decisions are the same; prices differ"
	case len(c.Changes) > 0:
		return "decisions and prices are the same; names, addresses or descriptions differ"
	}
	return "decisions and prices are the same; nothing differs but the text"
}

// maxValue is how many characters of a value of a config are shown.
const maxValue = 300

func changeLines(c *eval.ConfigDiff, kind eval.ChangeKind) []string {
	value := func(s string) string {
		if runes := []rune(s); len(runes) > maxValue {
			return string(runes[:maxValue]) + " " + More(len(runes)-maxValue)
		}
		if s == "" {
			return Dash
		}
		return s
	}
	var lines []string
	for i := range c.Changes {
		x := &c.Changes[i]
		if x.Kind != kind {
			continue
		}
		path := x.Path
		if x.About != "" {
			path += fmt.Sprintf(" (%s)", x.About)
		}
		lines = append(lines, fmt.Sprintf("%s%s: %s  ⇒  %s", place(x.File, x.Line, x.Column), path, value(x.Old), value(x.New)))
	}
	return lines
}

// traffic adds what the change does to requests.
func (d *Document) traffic(x *eval.Diff, opts *DiffOptions) {
	t := x.Traffic
	c := &eval.Comparison{Data: t.Data, Settings: t.Settings, Candidates: []eval.CandidateResult{{}}}
	d.add(Section{ID: "requests", Title: "REQUESTS", Lines: append([]string{dataLine(c)}, requestLines(t, opts)...)})
	d.add(diffQuality(x))
	d.add(diffCost(t))
	d.add(diffBaseline(x))
	if len(t.Flows) > 0 {
		d.add(flows(t))
	}
	d.pairs(RegressionsID, "WORST REGRESSIONS", t.Whole.Lost, t.Regressions, t.Task, opts)
	if opts.Wins {
		d.pairs(WinsID, "BEST WINS", t.Whole.Better, t.Wins, t.Task, opts)
	}
	if opts.Unjudged {
		d.pairs("unjudged", "CHANGED, NOT JUDGED", t.Whole.AnswersUnjudged, t.Unjudged, t.Task, opts)
	}
	if len(t.Findings) > 0 {
		d.add(Section{ID: FindingsID, Title: "NOTE", Lines: findingLines(t.Findings)})
	}
	if len(opts.Next) > 0 {
		lines := make([]string, len(opts.Next))
		for i, command := range opts.Next {
			lines[i] = "    " + command
		}
		d.add(Section{ID: "next", Title: "NEXT", Lines: lines})
	}
}

func requestLines(t *eval.TrafficDiff, opts *DiffOptions) []string {
	w := &t.Whole
	lines := []string{fmt.Sprintf("%s compared: %s dispatched to another task, %s answered otherwise (%s of those that can be told)",
		count(w.Requests), count(w.Moved), count(w.AnswersChanged), known(Share, ratio(w.AnswersChanged, w.Walked)))}
	if w.AnswersChanged > 0 {
		lines = append(lines, fmt.Sprintf("of these %s are judged: %s better, %s worse (%s much worse: by 50 points or more), %s as good",
			count(w.Changed), count(w.Better), count(w.Lost), count(w.Worse), count(w.Changed-w.Better-w.Lost)))
	}
	if w.AnswersUnjudged > 0 {
		line := count(w.AnswersUnjudged) + " cannot be judged, for want of labels or outcomes"
		if !opts.Unjudged {
			line += ": --changed lists some to read"
		}
		lines = append(lines, line)
	}
	if n := w.Requests - w.Walked; n > 0 {
		lines = append(lines, count(n)+" lack the outcomes to tell what one of the two answers")
	}
	if t.LeftOut > 0 {
		lines = append(lines, count(t.LeftOut)+" are left out: a classifier was trained on them")
	}
	return lines
}

func ratio(part, whole int64) eval.Number {
	if whole == 0 {
		return eval.Unknown
	}
	return eval.Number(float64(part) / float64(whole))
}

// wholeRow is the name of the row of all tasks.
const wholeRow = "whole"

// diffRows calls row with each task, then the whole.
func diffRows(t *eval.TrafficDiff, row func(name, chain string, r *eval.DiffResult)) {
	for i := range t.Tasks {
		row(t.Tasks[i].Task, strings.Join(t.Tasks[i].Chain, " → "), &t.Tasks[i].DiffResult)
	}
	row(wholeRow, "", &t.Whole)
}

func diffQuality(x *eval.Diff) Section {
	t := &Table{Columns: []Column{
		{"task", Text}, {"chain", Text}, {"requests", Count}, {"moved", Count}, {"changed", Count}, {"n", Count}, {"better", Count}, {"worse", Count}, {"much", Count},
		{"delta", Points}, {"at worst", Bound}, {"at best", Points}, {"verdict", Text},
	}}
	lines := []string{fmt.Sprintf("Against %s the whole may lose %s, a task %s, at %s one-sided.", x.Old.Label,
		points(x.Traffic.Settings.Tolerance), points(x.Traffic.Settings.TaskTolerance), FormatNumber(Share, x.Traffic.Settings.Alpha))}
	diffRows(x.Traffic, func(name, chain string, r *eval.DiffResult) {
		tolerance := x.Traffic.Settings.TaskTolerance
		if r == &x.Traffic.Whole {
			tolerance = x.Traffic.Settings.Tolerance
		}
		t.Rows = append(t.Rows, []Cell{
			T(name), T(chain), N(r.Requests), N(r.Moved), N(r.AnswersChanged), N(r.Covered), N(r.Better), N(r.Lost), N(r.Worse),
			N(r.Delta), beside(r.Bound, tolerance), beside(r.Upper, tolerance), T(string(r.Verdict)),
		})
		switch {
		case r.Reason != "" && r.Covered == 0 && r.Graded > 0:
			lines = append(lines, "  "+name+": "+r.Reason+lacking(&r.Result))
		case r.Reason != "":
			lines = append(lines, "  "+name+": "+r.Reason)
		case r.Verdict == stats.Inconclusive && r.MoreLabels > 0:
			lines = append(lines, "  "+name+": "+diffWants(x.Traffic, name == wholeRow, r))
		}
	})
	return Section{ID: TasksID, Title: fmt.Sprintf("QUALITY of %s against %s, by the task of %[1]s", x.New.Label, x.Old.Label), Table: t, Lines: lines}
}

func diffCost(d *eval.TrafficDiff) Section {
	t := &Table{Columns: []Column{
		{"task", Text}, {"$/1,000 old", USD}, {"new", USD}, {"saves", Share}, {"n", Count}, {"p95 old", Millis}, {"new", Millis}, {"escalated old", Share}, {"new", Share},
	}}
	diffRows(d, func(name, _ string, r *eval.DiffResult) {
		t.Rows = append(t.Rows, []Cell{
			T(name), N(r.OldCostPer1000), N(r.NewCostPer1000), N(r.Savings), N(r.SavingsKnown), N(r.OldLatencyP95), N(r.NewLatencyP95),
			N(r.OldEscalationRate), N(r.NewEscalationRate),
		})
	})
	return Section{ID: LatencyID, Title: "COST AND LATENCY, on the same requests", Table: t}
}

func diffBaseline(x *eval.Diff) Section {
	t := &Table{Columns: []Column{
		{"", Text}, {"verdict", Text}, {"delta", Points}, {"at worst", Bound}, {"n", Count}, {"changed", Count}, {"saves", Share}, {"$/1,000", USD},
		{"p95", Millis}, {"escalated", Share},
	}}
	for _, s := range []struct {
		label string
		r     *eval.Result
	}{{x.Old.Label, &x.Traffic.OldVsBaseline}, {x.New.Label, &x.Traffic.NewVsBaseline}} {
		t.Rows = append(t.Rows, []Cell{
			T(s.label), T(string(s.r.Verdict)), N(s.r.Delta), beside(s.r.Bound, x.Traffic.Settings.Tolerance), N(s.r.Covered), N(s.r.Changed), N(s.r.Savings), N(s.r.CostPer1000),
			N(s.r.LatencyP95), N(s.r.EscalationRate),
		})
	}
	return Section{ID: "baseline", Title: "VS BASELINE " + x.Traffic.Baseline, Table: t}
}

// maxFlows is how many flows are shown.
const maxFlows = 10

func flows(d *eval.TrafficDiff) Section {
	t := &Table{Columns: []Column{
		{"", Text}, {"requests", Count}, {"changed", Count}, {"judged", Count}, {"better", Count}, {"worse", Count}, {"much", Count},
	}}
	var lines []string
	for i := range d.Flows {
		f := &d.Flows[i]
		if i == maxFlows {
			lines = append(lines, howMany(len(d.Flows)-i, "more flow", "more flows"))
			break
		}
		t.Rows = append(t.Rows, []Cell{
			T(f.OldTask + " → " + f.NewTask), N(f.Requests), N(f.Changed), N(f.Judged), N(f.Better), N(f.Lost), N(f.Worse),
		})
	}
	return Section{ID: FlowsID, Title: "MOVED", Table: t, Lines: lines}
}

// pairs lists requests.
func (d *Document) pairs(id, title string, all int64, list []eval.RequestChange, task string, opts *DiffOptions) {
	list = list[:min(len(list), opts.Show)]
	if opts.Show == 0 {
		return
	}
	switch {
	case len(list) == 0 && task != "":
		d.add(Section{ID: id, Title: title, Lines: []string{"none of task " + task}})
		return
	case len(list) == 0:
		d.add(Section{ID: id, Title: title, Lines: []string{"none"}})
		return
	case task != "":
		title += fmt.Sprintf(" of task %s (%d)", task, len(list))
	default:
		title += fmt.Sprintf(" (%d of %s)", len(list), count(all))
	}
	s := Section{ID: id, Title: title, Detail: true}
	for i := range list {
		s.Pairs = append(s.Pairs, changePair(&list[i]))
	}
	d.add(s)
}

func changePair(x *eval.RequestChange) Pair {
	p := Pair{Title: x.ID + "  " + x.OldTask}
	if x.NewTask != x.OldTask {
		p.Title += " → " + x.NewTask
	}
	if x.GoldTask != "" && x.GoldTask != x.NewTask {
		p.Title += fmt.Sprintf(" (gold task %s)", x.GoldTask)
	}
	if x.Delta.Known() {
		p.Title += "  " + known(Points, x.Delta)
	}
	for _, a := range []struct {
		title string
		text  *eval.Excerpt
	}{{"prompt", x.Prompt}, {"expected", x.Expected}} {
		if a.text != nil {
			p.Above = append(p.Above, Passage{a.title, a.text.Text, a.text.Chars})
		}
	}
	p.Left = answer("old", x.OldModel, x.OldQuality, x.OldCostUSD, x.OldEscalations, x.OldResponse)
	p.Right = answer("new", x.NewModel, x.NewQuality, x.NewCostUSD, x.NewEscalations, x.NewResponse)
	return p
}

func answer(side, model string, quality, cost eval.Number, escalations int, text *eval.Excerpt) Passage {
	if model == "" {
		model = "no answer"
	}
	p := Passage{Title: fmt.Sprintf("%s: %s, quality %s, %s", side, model, known(Decimals, quality), known(USD, cost))}
	switch {
	case escalations == 1:
		p.Title += ", escalated"
	case escalations > 1:
		p.Title += fmt.Sprintf(", escalated %d times", escalations)
	}
	if text == nil {
		return p
	}
	p.Text, p.Chars = text.Text, text.Chars
	if p.Chars == 0 {
		p.Title += ", an empty answer"
	}
	return p
}
