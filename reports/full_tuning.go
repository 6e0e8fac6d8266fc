package reports

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/eval/stats"
	"github.com/tierwise/tierwise/eval/tune"
)

// fullTuning is the report of a tuning: its claims are the certified ones, not those of the replay on the labels that chose.
func fullTuning(in *FullInput) *Document {
	t := in.Tuning
	f := newFull(in, t.Replay)
	f.Title = "Routing tuned against " + t.Baseline
	f.Source = append(sourceOf(t.Replay), "Labels: "+t.DataHash)
	f.tuningSummary(t)
	f.put(f.certified(t))
	f.put(heldSection(t))
	f.put(replayed(f.tasks()))
	tables := t.tables()
	tables.ID, tables.Title = CandidatesID, "Three tables, tested in turn"
	tables.About = "Tables of stricter and looser tolerances for the tasks, each judged on labels that did not choose it. They are tested in turn until one does not hold, and the last that holds is taken."
	tables.Table.Columns = []Column{{"Tasks at", Text}, {"Moved", Count}, {"Saves", Share}, {"Without a fold", Share}, {"Change of quality", Points}, {"At worst", Bound}, {"On its own labels", Points}, {"Verdict", Text}}
	for i := range t.Tables {
		if row := tables.Table.Rows[i]; t.Tables[i].Changed {
			row[len(row)-1].Tone = toneOf(t.Tables[i].Overall.Verdict())
		}
	}
	f.put(tables)
	if t.Frontier != nil {
		if t.Frontier.Answer != nil {
			s := t.Frontier.answer(t)
			s.ID, s.Title, s.About = "answer", "The table that was asked for, not certified", "The cheapest table, in hindsight, that gives the quality that was asked for, or the best for the money. The labels that chose it judge it."
			f.put(s)
		}
		s := t.Frontier.curve(t)
		s.ID, s.Title = FrontierID, "What quality costs, in hindsight"
		s.About = "What quality could have been had for what money, by the best table for each sum. It is chosen on the labels that judge it: only the tuned table is certified."
		f.put(s)
	}
	f.put(f.models())
	f.routed()
	if notes := t.notes(); len(notes) > 0 {
		f.put(Section{ID: "notes", Title: "Notes on the search", About: "What the search looked at, and what it left out.", Lines: notes})
	}
	return f.Document
}

// replayed says of figures of the tuned table that they are no claims.
func replayed(s Section) Section {
	const flatters = " These figures are also of the labels that chose the table, which flatters them: the claims are those of the ladder and of the summary."
	s.About += flatters
	for _, c := range s.Charts {
		c.About += flatters
	}
	return s
}

func (f *full) tuningSummary(t *Tuning) {
	whole := &t.Tables[t.Table]
	o, r := &whole.Overall, &t.table().Whole
	var curve []Point
	if t.Frontier != nil {
		for _, p := range t.Frontier.Curve(40) {
			curve = append(curve, Point{
				X: 1000 * p.Cost, Y: p.Quality, Lo: math.NaN(), Hi: math.NaN(),
				Note: fmt.Sprintf("%s per 1,000 requests, quality %s, saves %s: in hindsight, not certified", FormatNumber(USD, 1000*p.Cost), FormatNumber(Share, p.Quality), FormatNumber(Share, p.Saves)),
			})
		}
	}
	f.Summary = &Summary{Charts: f.costQuality(curve)}
	for _, c := range f.Summary.Charts {
		crossFitted(c, t)
	}
	why := func(task string) string {
		k := slices.IndexFunc(f.in.Tuning.Tasks, func(x tune.TaskResult) bool { return x.Task == task })
		if k < 0 || t.Tasks[k].Option >= 0 {
			return ""
		}
		return t.why(k)
	}
	if !t.Moved() {
		f.Summary.Sentence = fmt.Sprintf("Nothing is moved: on this evidence everything stays on %s, and nothing is saved.", t.Baseline)
		f.Summary.Verdict, f.Summary.Word = Unsure, "nothing is moved"
		f.Summary.Lines = f.notMoved(why)
	} else {
		base, now := bills(t.Replay, r)
		f.Summary.Sentence = fmt.Sprintf("The tuned table saves %s%s of the bill (%s → %s per 1,000 requests) and moves quality by %s, at worst %s (cross-fitted, n %s): %s, at %s confidence.",
			known(Share, r.Savings), interval(Share, r.SavingsInterval), known(USD, base), known(USD, now), FormatNumber(Points, o.Delta),
			FormatNumber(Points, t.bound()), count(int64(math.Round(o.N))), verdictAt(t.Verdict, o.Tolerance), confidenceOf(o.Alpha))
		f.Summary.Verdict, f.Summary.Word = toneOf(t.Verdict), string(t.Verdict)
		f.Summary.Lines = []string{
			fmt.Sprintf("Everything goes to %s today. Tuning moved each task to a cheaper model, or behind a check, as far as the grades prove that quality holds; what is not proved stays.", t.Baseline),
		}
		if t.Verdict == stats.Inconclusive {
			f.Summary.Lines = append(f.Summary.Lines, "The claims for the tasks stand; for the whole the labels do not tell.")
		}
		f.Summary.Lines = slices.Concat(f.Summary.Lines, f.oneModel(), f.notMoved(why))
		f.Summary.Meaning = qualityMeaning(t.Verdict, o.Tolerance, o.Alpha, "")
		n := int64(math.Round(o.N))
		f.figures(Cell{Number: o.Delta, N: n}, Cell{Number: t.bound(), N: n, Tone: toneOf(t.Verdict)}, o.Tolerance, 1-o.Alpha)
	}
	if t.Labelable() {
		f.Summary.Lines = append(f.Summary.Lines, "More may be moved with more labels: "+t.LabelCommand)
	}
	for _, line := range f.in.Next {
		f.Summary.Lines = append(f.Summary.Lines, "Next: "+line)
	}
}

// crossFitted moves the tuned table to where labels that did not choose it have it.
func crossFitted(c *Chart, t *Tuning) {
	o, base := &t.Tables[t.Table].Overall, t.reference(t.Baseline)
	for i := range c.Series {
		s := &c.Series[i]
		if s.Role != Chosen || !t.Moved() || base == nil {
			continue
		}
		p := &s.Points[0]
		p.Y, p.Lo, p.Hi, p.Tone = float64(base.Whole.Quality)+o.Delta, math.NaN(), math.NaN(), toneOf(t.Verdict)
		if !slices.ContainsFunc(c.Series, func(s Series) bool { return s.Role == Candidate }) {
			c.About = strings.Replace(c.About, whiskers, "", 1)
		}
		p.Note = fmt.Sprintf("%s: %s per 1,000 requests, saves %s; quality %s, at worst %s (cross-fitted, n %s)", t.Verdict, known(USD, t.table().Whole.CostPer1000),
			known(Share, t.table().Whole.Savings), FormatNumber(Points, o.Delta), FormatNumber(Points, t.bound()), count(int64(math.Round(o.N))))
	}
}

// certified is the ladder as it was certified.
func (f *full) certified(t *Tuning) Section {
	s := t.ladder()
	s.ID, s.Title, s.About = LadderID, "The ladder", "Tasks that are moved, by what they save, each with the claim that was certified for it."
	if s.Table == nil {
		return s
	}
	s.Table.Columns = []Column{
		{"Step", Text}, {"Task", Text}, {"Goes to", Text}, {"Its change of quality", Points}, {"At worst", Bound}, {"Labels that certify", Count}, {"Whole so far", Points}, {"Saved so far", Share}, {"Verdict", Text},
	}
	var steps []Point
	sum := 0.0
	for i, r := range t.rungs() {
		row := s.Table.Rows[i]
		step := t.Tasks[r.task].Chosen()
		tone := toneOf(step.Test.Verdict())
		row[len(row)-1].Tone = tone
		row[3].N, row[4].N = int64(math.Round(step.Test.N)), int64(math.Round(step.Test.N))
		sum += r.saving
		steps = append(steps, Point{
			Label: t.Tasks[r.task].Task, Y: -r.saving, Tone: tone, N: int64(math.Round(step.Test.N)),
			Note: fmt.Sprintf("saves %s of the bill by %s; quality %s, at worst %s", FormatNumber(Share, r.saving), row[2].Text, FormatNumber(Points, step.Test.Delta), FormatNumber(Points, step.Test.Bound)),
		})
	}
	left := 1 - sum
	if r := t.table().Whole.Savings; r.Known() {
		left = 1 - float64(r)
	}
	if rest := 1 - sum - left; math.Abs(rest) > 5e-4 {
		steps = append(steps, Point{Label: "(routing and the rest)", Y: -rest, Note: "what routing costs, and what tasks that stay cost otherwise"})
	}
	s.Charts = []*Chart{waterfall(t.Baseline, "tuned", "From the baseline's bill, at 100 %, each task that is moved takes away what it saves.", steps, left)}
	s.Lines = append(s.Lines, splitLines(t.table())...)
	return s
}

func heldSection(t *Tuning) Section {
	s := t.held()
	s.ID, s.Title, s.About = "held", "What stays on the baseline", "Tasks that were not moved: what was tried, why it was not enough, and what it would take."
	s.Table.Columns = []Column{{"Task", Text}, {"Share", Share}, {"Labels", Count}, {"Tried", Text}, {"Its change of quality", Points}, {"At worst", Bound}, {"Labels that certify", Count}, {"Why, and what it would take", Text}}
	return s
}
