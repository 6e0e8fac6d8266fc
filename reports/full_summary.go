package reports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/stats"
)

// candidateSummary says what the candidate comes to.
func (f *full) candidateSummary() {
	r := &f.k.Whole
	f.Summary = &Summary{
		Sentence: Sentence(f.c, f.k), Verdict: toneOf(r.Verdict), Word: string(r.Verdict), Meaning: resultMeaning(f.c, f.k),
		Lines: slices.Concat(f.story(), f.oneModel(), f.notMoved(nil), f.unproved()), Charts: f.costQuality(nil),
	}
	bound := N(r.Bound)
	bound.Tone = toneOf(r.Verdict)
	f.figures(sure(r.Delta, r.DeltaInterval, r.Covered), bound, f.c.Settings.Tolerance, 1-f.c.Settings.Alpha)
	for _, line := range f.in.Next {
		f.Summary.Lines = append(f.Summary.Lines, "Next: "+line)
	}
}

// verdicts are the checks of a report that no policy judged: the whole, and each task.
func (f *full) verdicts() {
	check := func(name string, r *eval.Result, tolerance float64, hint string) {
		c := Check{
			Group: f.k.Label, Name: name, Outcome: verdictOutcomes[r.Verdict],
			Message: fmt.Sprintf("quality %s, at worst %s: %s within %s", known(Points, r.Delta), Format(Points, beside(r.Bound, tolerance)), r.Verdict, points(tolerance)),
			Values:  fmt.Sprintf("limit %s, measured %s%s, n %s", points(tolerance), known(Points, r.Delta), interval(Points, r.DeltaInterval), count(r.Covered)), Hint: hint,
		}
		f.Checks = append(f.Checks, c)
	}
	check(wholeRow, &f.k.Whole, f.c.Settings.Tolerance, wholeLabels(f.k))
	for i := range f.k.Tasks {
		t := &f.k.Tasks[i]
		check("task "+t.Task, &t.Result, f.c.Settings.TaskTolerance, labelsOf(f.k, t))
	}
}

var verdictOutcomes = map[stats.Verdict]Outcome{stats.Holds: Passed, stats.Fails: Failed, stats.Inconclusive: Undecided}

// story says in plain words what was done.
func (f *full) story() []string {
	r := &f.k.Whole
	return []string{fmt.Sprintf("Everything goes to %s today. The routing table %s sends each task to a cheaper model where it has one; both were compared on the same %s requests, %s of them graded.",
		f.c.Baseline, f.k.Label, count(r.Requests), count(r.Covered))}
}

// figures fills in the figures of a candidate. delta and bound are what its verdict goes by; the bound has the tone of quality,
// whatever the verdict of the document is about.
func (f *full) figures(delta, bound Cell, tolerance, confidence float64) {
	r := &f.k.Whole
	base, now := bills(f.c, r)
	bound.Limit = -tolerance
	saves := sure(r.Savings, r.SavingsInterval, r.SavingsKnown)
	cost := of(now, r.SavingsKnown)
	f.Summary.Figures = append(f.Summary.Figures,
		Figure{"Saves", Share, saves, "of what " + f.c.Baseline + " costs for everything, on the same requests"},
		Figure{"Change of quality", Points, delta, "in percentage points (pp) of the mean grade, against " + f.c.Baseline},
		Figure{"At worst", Bound, bound, "quality changes by no less, with " + strings.Replace(FormatNumber(Share, confidence), ".0 %", " %", 1) + " confidence"},
		Figure{"Quality", Share, Cell{Number: float64(r.BaseQuality) + delta.Number, N: delta.N}, "mean grade; " + f.c.Baseline + " has " + known(Share, r.BaseQuality)},
		Figure{"Cost per 1,000 requests", USD, cost, "instead of " + known(USD, base)},
		f.dollars(r, base),
		Figure{"Answers that change", Share, of(ratio(r.Changed, r.Covered), r.Covered), "of the graded requests are answered by another model"},
	)
}

// perMillion is the volume where none is known.
const perMillion = 1e6

// dollars is what is saved in money.
func (f *full) dollars(r *eval.Result, base eval.Number) Figure {
	volume, name, note := f.in.Volume, "Saved a month", "at "+volumeWords(f.in.Volume)+" requests a month"
	if volume == 0 {
		volume, name, note = perMillion, "Saved per million requests", "nobody said how many requests there are in a month: --volume does"
	}
	bill := float64(base) / 1000 * volume
	c := sure(r.Savings, r.SavingsInterval, r.SavingsKnown)
	c.Number *= bill
	if !base.Known() {
		c.Interval = nil
	}
	if c.Interval != nil {
		c.Interval = &Interval{c.Interval.Lo * bill, c.Interval.Hi * bill, c.Interval.Confidence}
	}
	return Figure{name, USD, c, note}
}

// volumeWords writes a number of requests as people say it.
func volumeWords(x float64) string {
	switch {
	case x >= 1e6:
		return strings.TrimSuffix(strings.TrimRight(fixed(x/1e6, 2), "0"), ".") + " million"
	default:
		return FormatNumber(Count, x)
	}
}

// notMoved says which tasks stay on the baseline. why says why one does; nil: the config says so.
func (f *full) notMoved(why func(task string) string) []string {
	var stay, changed []string
	for i := range f.k.Tasks {
		t := &f.k.Tasks[i]
		if t.Requests == 0 {
			continue
		}
		if !stays(t, f.c.Baseline) {
			changed = append(changed, t.Task)
			continue
		}
		line := t.Task
		if why != nil {
			if reason := why(t.Task); reason != "" {
				line += " (" + reason + ")"
			}
		}
		stay = append(stay, line)
	}
	switch {
	case len(stay) == 0 && len(changed) > 0:
		return []string{"Every task is moved off " + f.c.Baseline + ", at least in part."}
	case len(changed) == 0:
		return []string{"Nothing is moved: everything stays on " + f.c.Baseline + "."}
	}
	return []string{fmt.Sprintf("Moved: %s. Not moved, still on %s: %s.", some(changed, ", "), f.c.Baseline, some(stay, "; "))}
}

// maxNames is how many names a sentence has.
const maxNames = 12

// some lists names, so many at most.
func some(names []string, between string) string {
	if more := len(names) - maxNames; more > 1 {
		return strings.Join(names[:maxNames], between) + between + howMany(more, "other", "others")
	}
	return strings.Join(names, between)
}

// stays reports whether a task's requests are all answered by the baseline, but for failures.
func stays(t *eval.TaskResult, baseline string) bool {
	for _, a := range t.Answers {
		if a.Model != baseline && a.Requests > 0 && a.Share > 0.02 {
			return false
		}
	}
	return len(t.Answers) > 0
}

// modelsSummary says what a router could save, where there is none yet.
func (f *full) modelsSummary() {
	c, p, o := f.c, &f.c.PerfectTable, &f.c.Oracle
	f.Summary = &Summary{
		Sentence: fmt.Sprintf("Sending each task to the cheapest model that is as good as %s would save %s of its %s per 1,000 requests at %s quality, in hindsight.",
			c.Baseline, known(Share, p.Savings), known(USD, baselineCost(c)), known(Points, p.Delta)),
		Verdict: Neutral, Word: "in hindsight",
		Lines: []string{
			"These are the single models, each for everything: no routing table was evaluated yet, and nothing is proved.",
			fmt.Sprintf("No router does better than the oracle, which picks the best model for each request: it saves %s at %s quality.", known(Share, o.Savings), known(Points, o.Delta)),
		},
		Charts: f.costQuality(nil),
	}
	if r := f.reference(c.Baseline); r != nil {
		f.Summary.Figures = []Figure{
			{"Quality of " + c.Baseline, Share, of(r.Whole.Quality, r.Whole.Covered), "mean grade of the baseline"},
			{"Cost per 1,000 requests", USD, of(r.Whole.CostPer1000, r.Whole.CostKnown), "of the baseline"},
			{"A perfect task table saves", Share, N(p.Savings), "chosen in hindsight: not a promise"},
		}
	}
	for _, line := range f.in.Next {
		f.Summary.Lines = append(f.Summary.Lines, "Next: "+line)
	}
}

func (f *full) reference(model string) *eval.ReferenceResult {
	for i := range f.c.References {
		if f.c.References[i].Model == model {
			return &f.c.References[i]
		}
	}
	return nil
}
