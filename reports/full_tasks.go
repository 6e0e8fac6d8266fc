package reports

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/eval"
)

func (f *full) tasks() Section {
	t := &Table{Columns: []Column{
		{"Task", Text}, {"Goes to", Text}, {"Requests", Count}, {"Share", Share}, {"Verdict", Text}, {"Change of quality", Points}, {"At worst", Bound},
		{"Graded", Count}, {"Changed", Count}, {"Quality", Share}, {"Baseline", Share}, {"Saves", Share}, {"$ per 1,000", USD}, {"$ per 1,000 today", USD},
		{"p95", Millis}, {"Escalated", Share}, {"Failed over", Share}, {"What would tell", Text},
	}}
	row := func(name, chain string, r *eval.Result, tolerance float64, wants string) []Cell {
		return []Cell{
			T(name), T(chain), N(r.Requests), N(r.Share), verdictCell(r.Verdict), sure(r.Delta, r.DeltaInterval, r.Covered), beside(r.Bound, tolerance),
			N(r.Covered), N(r.Changed), of(r.Quality, r.Covered), of(r.BaseQuality, r.Covered), sure(r.Savings, r.SavingsInterval, r.SavingsKnown),
			of(r.CostPer1000, r.CostKnown), of(today(r), r.SavingsKnown), of(r.LatencyP95, r.LatencyKnown), N(r.EscalationRate), N(r.FailoverRate), T(wants),
		}
	}
	for i := range f.k.Tasks {
		r := &f.k.Tasks[i]
		t.Rows = append(t.Rows, row(r.Task, strings.Join(r.Chain, " → "), &r.Result, f.c.Settings.TaskTolerance, labelsOf(f.k, r)))
	}
	t.Foot = [][]Cell{row(wholeRow, "", &f.k.Whole, f.c.Settings.Tolerance, wholeLabels(f.k))}
	s := Section{
		ID: TasksID, Title: "Tasks", Table: t,
		About: fmt.Sprintf("What %s does with each task, against %s on the same requests. A task may lose %s, the whole %s, each at %s confidence.", f.k.Label, f.c.Baseline,
			points(f.c.Settings.TaskTolerance), points(f.c.Settings.Tolerance), confidenceOf(f.c.Settings.Alpha)),
	}
	if chart := f.deltas(); chart != nil {
		s.Charts = []*Chart{chart}
	}
	return s
}

// maxUnmoved is how many tasks that stay on the baseline charts show one by one.
const maxUnmoved = 6

// today is what the baseline costs per 1,000 of the requests that the savings are about, where these are those of the cost.
func today(r *eval.Result) eval.Number {
	if r.SavingsKnown != r.CostKnown || !(r.SavingsCostUSD > 0) {
		return eval.Unknown
	}
	return r.CostPer1000 * r.SavingsBaseUSD / r.SavingsCostUSD
}

// savings is the ladder of a table that nobody tuned: its tasks by what they save of the bill.
func (f *full) savings() Section {
	whole := &f.k.Whole
	bill := float64(whole.SavingsBaseUSD)
	base, _ := bills(f.c, whole)
	if !(bill > 0) || !whole.Savings.Known() {
		return Section{}
	}
	type rung struct {
		task  *eval.TaskResult
		saves float64
	}
	var rungs []rung
	sum := 0.0
	for i := range f.k.Tasks {
		t := &f.k.Tasks[i]
		before, cost := float64(t.SavingsBaseUSD), float64(t.SavingsCostUSD)
		if !(before >= 0) || !(cost >= 0) {
			continue
		}
		saves := (before - cost) / bill
		if f.c.Settings.Mix != nil { // sums are those of the data, the whole is weighted as production is
			saves = math.NaN()
			if now := today(&t.Result); now.Known() && base.Known() {
				saves = float64(t.Share*(now-t.CostPer1000)) / float64(base)
			}
		}
		if math.IsNaN(saves) {
			continue
		}
		sum += saves
		rungs = append(rungs, rung{t, saves})
	}
	slices.SortStableFunc(rungs, func(a, b rung) int {
		return cmp.Or(cmp.Compare(b.saves, a.saves), cmp.Compare(a.task.Task, b.task.Task))
	})
	t := &Table{Columns: []Column{
		{"Task", Text}, {"Goes to", Text}, {"Saves of the bill", Share}, {"Saved so far", Share}, {"Share of requests", Share}, {"Change of quality", Points}, {"Verdict", Text},
	}}
	var steps []Point
	unmoved, still := 0, 0.0 // tasks that stay, and what they save: nothing, but for failures of the baseline
	for _, r := range rungs {
		if stays(r.task, f.c.Baseline) {
			unmoved++
		}
	}
	so := 0.0
	add := func(name, chain string, saves float64, rest ...Cell) {
		so += saves
		t.Rows = append(t.Rows, append([]Cell{T(name), T(chain), N(saves), N(so)}, rest...))
	}
	for _, r := range rungs {
		k := r.task
		add(k.Task, strings.Join(k.Chain, " → "), r.saves, N(k.Share), sure(k.Delta, k.DeltaInterval, k.Covered), verdictCell(k.Verdict))
		step := Point{
			Label: k.Task, Y: -r.saves, N: k.SavingsKnown, Tone: toneOf(k.Verdict),
			Note: fmt.Sprintf("saves %s of the bill; quality %s, %s", FormatNumber(Share, r.saves), known(Points, k.Delta), k.Verdict),
		}
		if stays(k, f.c.Baseline) {
			if step.Tone, step.Note = Neutral, "not moved"; unmoved > maxUnmoved {
				still += r.saves
				continue
			}
		}
		steps = append(steps, step)
	}
	if unmoved > maxUnmoved {
		steps = append(steps, Point{Label: fmt.Sprintf("%d tasks that stay", unmoved), Note: "not moved", Y: -still})
	}
	if rest := float64(whole.Savings) - sum; math.Abs(rest) > 5e-4 {
		add("(the rest)", "", rest, blank, blank, blank)
		steps = append(steps, Point{Label: "(the rest)", Y: -rest, Note: "what the tasks' own figures do not say: requests without a task, or of unknown cost"})
	}
	lines := splitLines(f.k)
	return Section{
		ID: LadderID, Title: "Where the savings come from", Table: t, Lines: lines,
		About:  "Tasks by what they save of the baseline's whole bill.",
		Charts: []*Chart{waterfall(f.c.Baseline, f.k.Label, "From the baseline's bill, at 100 %, each task takes away what it saves; what is left is what the table costs.", steps, 1-float64(whole.Savings))},
	}
}
