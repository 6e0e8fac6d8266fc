package reports

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/gate"
	"github.com/tierwise/tierwise/eval/stats"
)

// fullDiff is the report of a diff.
func fullDiff(in *FullInput) *Document {
	x := in.Diff
	opts := &DiffOptions{Show: 200, Wins: true, Unjudged: true, Next: in.Next}
	d := Diff(x, opts)
	d.Title = fmt.Sprintf("%s against %s", x.New.Label, x.Old.Label)
	if x.Tool != "" {
		d.Source = append(d.Source, "Made by tierwise "+x.Tool)
	}
	d.Sections = d.Sections[1:]
	for i := range d.Sections {
		s := &d.Sections[i]
		s.Detail = false
		if title, ok := diffTitles[s.ID]; ok {
			s.Title = title
		}
		headings(s)
		describe(s, diffAbouts)
	}
	d.Sections = slices.DeleteFunc(d.Sections, func(s Section) bool { return s.ID == "requests" }) // the summary says it
	d.Summary = diffSummary(x)
	if x.Traffic == nil {
		d.LeftOut = append(d.LeftOut, "What the change does to requests: -d FILE")
		return d
	}
	d.Source = append([]string{"Data: " + dataLine(&eval.Comparison{Data: x.Traffic.Data, Settings: x.Traffic.Settings})}, d.Source...)
	diffSections(d, x)
	return d
}

// diffColumns are the headings of a diff's tables on a page, where there is room for them.
var diffColumns = map[string][]Column{
	TasksID: {
		{"Task", Text}, {"Goes to", Text}, {"Requests", Count}, {"Moved here", Count}, {"Changed", Count}, {"Graded", Count}, {"Better", Count}, {"Worse", Count}, {"Much worse", Count},
		{"Change of quality", Points}, {"At worst", Bound}, {"At best", Points}, {"Verdict", Text},
	},
	LatencyID: {
		{"Task", Text}, {"$ per 1,000, old", USD}, {"$ per 1,000, new", USD}, {"Saves", Share}, {"Requests", Count}, {"p95, old", Millis}, {"p95, new", Millis}, {"Escalated, old", Share}, {"Escalated, new", Share},
	},
	"baseline": {
		{"Config", Text}, {"Verdict", Text}, {"Change of quality", Points}, {"At worst", Bound}, {"Graded", Count}, {"Changed", Count}, {"Saves", Share}, {"$ per 1,000", USD}, {"p95", Millis}, {"Escalated", Share},
	},
	FlowsID: {{"From and to", Text}, {"Requests", Count}, {"Changed", Count}, {"Judged", Count}, {"Better", Count}, {"Worse", Count}, {"Much worse", Count}},
	AgainstID: {
		{"Task", Text}, {"Goes to", Text}, {"Requests", Count}, {"Graded", Count}, {"Changed", Count}, {"Quality", Share}, {"Change of quality", Points},
		{"At worst", Bound}, {"Verdict", Text}, {"Saves", Share}, {"$ per 1,000", USD}, {"p95", Millis}, {"Escalated", Share}, {"Failed over", Share},
	},
}

// headings gives a table the headings of its section, and tells its verdicts apart.
func headings(s *Section) {
	columns, ok := diffColumns[s.ID]
	if !ok || s.Table == nil {
		return
	}
	s.Table.Columns = columns
	for k, c := range columns {
		if c.Title != "Verdict" {
			continue
		}
		for _, row := range s.Table.Rows {
			row[k] = verdictCell(stats.Verdict(row[k].Text))
		}
	}
	if last := len(s.Table.Rows) - 1; last >= 0 && s.Table.Rows[last][0].Text == wholeRow {
		s.Table.Rows, s.Table.Foot = s.Table.Rows[:last], s.Table.Rows[last:]
	}
}

// capital begins a text with a capital.
func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[n:]
}

var diffTitles = map[string]string{
	ConfigID: "What decides otherwise", "prices": "Prices, in USD per million tokens", "else": "What decides nothing",
	TasksID: "Quality, by task of the new config", LatencyID: "Cost and latency, on the same requests", "baseline": "Each against the baseline", FlowsID: "Requests that move to another task",
	RegressionsID: "Worst regressions", WinsID: "Best wins", "unjudged": "Changed, and judged by nobody", FindingsID: "What to know before trusting a figure", "next": "Next",
}

// diffSections names the sections with tables, and draws the charts.
func diffSections(d *Document, x *eval.Diff) {
	i := slices.IndexFunc(d.Sections, func(s Section) bool { return s.ID == TasksID })
	if i >= 0 {
		s := &d.Sections[i]
		for r, row := range s.Table.All() {
			result := &x.Traffic.Whole.Result
			if r < len(x.Traffic.Tasks) {
				result = &x.Traffic.Tasks[r].Result
			}
			row[9] = sure(result.Delta, result.DeltaInterval, result.Covered)
		}
	}
}

func diffSummary(x *eval.Diff) *Summary {
	s := &Summary{Sentence: fmt.Sprintf("%s ⇒ %s: %s.", sideName(&x.Old), sideName(&x.New), configSentence(x.Config)), Word: "not replayed"}
	if x.Traffic == nil {
		return s
	}
	t := x.Traffic
	w := &t.Whole
	s.Verdict, s.Word = toneOf(w.Verdict), string(w.Verdict)
	s.Meaning = "against " + x.Old.Label + ", " + qualityMeaning(w.Verdict, t.Settings.Tolerance, t.Settings.Alpha, w.Reason)
	s.Sentence = fmt.Sprintf("%s saves %s%s against %s (%s → %s per 1,000 requests) and moves quality by %s%s, at worst %s (n %s): %s.",
		x.New.Label, known(Share, w.Savings), interval(Share, w.SavingsInterval), x.Old.Label, known(USD, w.OldCostPer1000), known(USD, w.NewCostPer1000),
		known(Points, w.Delta), interval(Points, w.DeltaInterval), Format(Points, beside(w.Bound, t.Settings.Tolerance)), count(w.Covered), verdictAt(w.Verdict, t.Settings.Tolerance))
	s.Lines = append(s.Lines, fmt.Sprintf("Two routing tables, %s (old) and %s (new), were run on the same %s requests: what the new one changes is compared with the old one, not with a single model.",
		x.Old.Label, x.New.Label, count(w.Requests)))
	for _, line := range append([]string{configSentence(x.Config)}, requestLines(t, &DiffOptions{Unjudged: true})...) {
		s.Lines = append(s.Lines, capital(line)+".")
	}
	s.Figures = []Figure{
		{"Saves", Share, sure(w.Savings, w.SavingsInterval, w.SavingsKnown), "of what " + x.Old.Label + " costs, on the same requests"},
		{"Change of quality", Points, sure(w.Delta, w.DeltaInterval, w.Covered), "in percentage points (pp) of the mean grade, against " + x.Old.Label},
		{"At worst", Bound, beside(w.Bound, t.Settings.Tolerance), "quality changes by no less"},
		{"Cost per 1,000 requests", USD, of(w.NewCostPer1000, w.SavingsKnown), "instead of " + known(USD, w.OldCostPer1000)},
		{"Answers that change", Share, of(ratio(w.AnswersChanged, w.Walked), w.Walked), "of the requests are answered by another model"},
		{"Better", Count, N(w.Better), "requests of those that are judged"},
		{"Worse", Count, N(w.Lost), "requests of those that are judged"},
	}
	return s
}

// fullGate is the report of a gate: its rules, and the evidence behind them.
func fullGate(in *FullInput) *Document {
	r := in.Gate
	d := Gate(r)
	sections := d.Sections[1:]
	for i := range sections {
		s := &sections[i]
		if title, ok := gateTitles[s.ID]; ok {
			s.Title = title
		}
		headings(s)
		describe(s, gateAbouts)
		if s.ID == RulesID {
			s.Table.Columns = []Column{{"Rule", Text}, {"Task", Text}, {"Limit", Text}, {"Measured", Text}, {"n", Count}, {"Outcome", Text}}
			for k, row := range s.Table.Rows {
				row[5].Tone = outcomeTone(r.Rules[k].Outcome)
			}
		}
	}
	_, sentence, _ := strings.Cut(gateSentence(r), "  ") // the verdict has a place of its own
	summary := &Summary{Sentence: sentence + ".", Verdict: toneOf(r.Verdict), Word: "check " + string(r.Verdict), Meaning: gateMeaning(r)}
	if len(r.Problems) > 0 {
		summary.Verdict, summary.Word, summary.Meaning = Bad, "could not run", ""
	}
	if r.Comparison == nil {
		d.Summary, d.Sections = summary, sections
		return d
	}
	f := newFull(in, r.Comparison)
	if f.k != nil {
		f.k = &r.Comparison.Candidates[0] // the config that is checked; the other is the one it is compared with
	}
	f.Title, f.Checks, f.Summary, f.Source = d.Title+" "+r.Config, d.Checks, summary, sourceOf(r.Comparison)
	for _, s := range sections {
		if f.k == nil || s.ID != TasksID { // the replay says more of the tasks
			f.put(s)
		}
	}
	if f.k != nil {
		tolerance := r.Comparison.Settings.Tolerance
		bound := N(f.k.Whole.Bound)
		if e := gateQuality(r); e != nil {
			bound.Tone = outcomeTone(e.Outcome)
		}
		f.figures(sure(f.k.Whole.Delta, f.k.Whole.DeltaInterval, f.k.Whole.Covered), bound, tolerance, 1-r.Comparison.Settings.Alpha)
		summary.Charts = f.costQuality(nil)
		summary.Lines = slices.Concat([]string{
			fmt.Sprintf("A check compares the routing table %s with what the policy %s asks for, and passes only if every rule is met.", r.Config, r.Policy), gateQualityLine(r, f.k),
		}, f.oneModel(), f.notMoved(nil), f.unproved())
		f.put(f.tasks())
		f.put(f.savings())
		f.put(f.models())
		f.routed()
	}
	return f.Document
}

var gateTitles = map[string]string{
	"problems": "Why it could not run", RulesID: "Rules", "why": "Why", FindingsID: "What to know before trusting a figure", TasksID: "Tasks, against the baseline", AgainstID: "Tasks, against the other config",
}

func outcomeTone(o gate.Outcome) Tone {
	switch o {
	case gate.Pass:
		return Good
	case gate.Fail:
		return Bad
	case gate.Unclear, gate.Warn:
		return Unsure
	case gate.Waived:
	}
	return Neutral
}
