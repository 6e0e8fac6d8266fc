package reports

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/stats"
	"github.com/tierwise/tierwise/eval/tune"
)

// A Tuning is what tune found, and what the table that it chose comes to.
type Tuning struct {
	*tune.Tuned
	Replay *eval.Comparison // of the table that was chosen, its only candidate
	// LabelCommand draws the requests to label next.
	LabelCommand string
	Pinned       []string  // tasks whose tier was given
	Excluded     []string  // models that take no part
	Notes        []string  // of the looks before this one
	Frontier     *Frontier // nil: nobody asked for one
}

// table is the tuned table among the replay's candidates.
func (t *Tuning) table() *eval.CandidateResult { return &t.Replay.Candidates[0] }

// Document lays a tuning out: the ladder, the claim for the whole, what stays and why.
func (t *Tuning) Document() *Document {
	d := &Document{Title: "Tuning"}
	d.add(Section{Lines: t.about()})
	d.add(t.ladder())
	if s := t.held(); len(s.Table.Rows) > 0 {
		d.add(s)
	}
	if s := t.splits(); len(s.Lines) > 0 {
		d.add(s)
	}
	d.add(Section{Lines: t.claim()})
	d.add(t.tables())
	if t.Frontier != nil {
		d.Sections = append(d.Sections, t.Frontier.sections(t)...)
	}
	if lines := t.notes(); len(lines) > 0 {
		d.add(Section{Title: "NOTE", Lines: lines})
	}
	return d
}

func (t *Tuning) about() []string {
	labels, requests, tasks := 0, int64(0), 0
	for i := range t.Tried {
		labels, requests = labels+len(t.Tried[i].Labeled), requests+t.Tried[i].Requests
		if t.Tried[i].Requests > 0 {
			tasks++
		}
	}
	s := &t.Settings
	how := ""
	if t.Replay.Settings.GoldTasks {
		how = ", for callers who name the task"
	}
	lines := wrap(fmt.Sprintf("%s: %s requests of %s, %s with a graded answer of the baseline %s%s", files(t.Replay.Data.Files),
		count(requests), many(int64(tasks), "task"), count(int64(labels)), t.Baseline, how))
	for i := range t.Replay.References {
		if r := &t.Replay.References[i]; r.Model == t.Baseline {
			lines = append(lines, fmt.Sprintf("Baseline %s: quality %s (n %s), %s per 1,000 requests", t.Baseline,
				known(Share, r.Whole.Quality), count(r.Whole.Covered), known(USD, r.Whole.CostPer1000)))
		}
	}
	var tiers []string
	for _, tier := range t.Config.Tiers {
		tiers = append(tiers, tier.Name+" "+tier.Model)
	}
	lines = append(lines, wrap("Tiers: "+strings.Join(tiers, ", "))...)
	lines = append(lines, t.mixed()...)
	each := "each task"
	if s.Family {
		each = "all tasks together"
	}
	return append(lines, fmt.Sprintf("Claims at %s: %s within %s, the whole within %s; %s tried of %s",
		confidenceOf(s.Alpha*s.Share), each, points(s.TaskTolerance), points(s.Tolerance), many(int64(len(t.Menu.Options)), "option"), many(int64(len(t.Menu.Chains)), "chain")))
}

// mixed says what the whole is weighted by where that is not the data, and what of it the data has too much or too little of.
func (t *Tuning) mixed() []string {
	m := t.Replay.Settings.Mix
	if m == nil {
		return nil
	}
	of := m.Source
	if m.Requests > 0 {
		of += ": " + count(m.Requests) + " requests, routed"
	}
	var shares []string
	for _, s := range t.table().Mix {
		shares = append(shares, fmt.Sprintf("%s %s (%s of the data)", s.Task, known(Share, s.Share), known(Share, s.DataShare)))
	}
	return append(wrap("The whole weighted to production, "+of), wrap("Production: "+strings.Join(shares, ", "))...)
}

// confidenceOf writes the confidence of a one-sided level.
func confidenceOf(alpha float64) string {
	return strings.TrimSuffix(strings.TrimRight(fixed(100*(1-alpha), 2), "0"), ".") + " %"
}

// A rung is a task of the ladder: its place in Tasks, and what moving it saves of the bill.
type rung struct {
	task   int
	saving float64 // share of the baseline's bill
}

// bill is what the baseline costs per request of all traffic.
func (t *Tuning) bill() float64 {
	bill := 0.0
	for k := range t.Tasks {
		if c := t.Tried[k].BaseCost; c == c {
			bill += t.Tasks[k].Share * c
		}
	}
	return bill
}

// rungs are the tasks that are moved, by what they save.
func (t *Tuning) rungs() (out []rung) {
	for k := range t.Tasks {
		if step := t.Tasks[k].Chosen(); step != nil {
			out = append(out, rung{k, t.Tasks[k].Share * step.Saving / t.bill()})
		}
	}
	slices.SortFunc(out, func(a, b rung) int {
		return cmp.Or(cmp.Compare(b.saving, a.saving), cmp.Compare(a.task, b.task))
	})
	return out
}

func (t *Tuning) ladder() Section {
	table := &Table{Columns: []Column{
		{"", Text}, {"task", Text}, {"goes to", Text}, {"alone", Points}, {"bound", Bound}, {"n", Count}, {"whole so far", Points}, {"saved so far", Share}, {"", Text},
	}}
	delta, saved := 0.0, 0.0
	for i, r := range t.rungs() {
		task := &t.Tasks[r.task]
		step := task.Chosen()
		delta += task.Share * step.Test.Delta
		saved += r.saving
		verdict := string(step.Test.Verdict())
		if task.Pinned {
			verdict = "pinned: " + verdict
		}
		table.Rows = append(table.Rows, []Cell{
			T(fmt.Sprint(i + 1)), T(task.Task), T(t.route(r.task, task.Option)), N(step.Test.Delta), beside(step.Test.Bound, step.Test.Tolerance), N(step.Test.N), N(delta), N(saved), T(verdict),
		})
	}
	if len(table.Rows) == 0 {
		return Section{Title: "LADDER", Lines: []string{"No task can be moved off the baseline."}}
	}
	return Section{Title: "LADDER", Table: table, Lines: wrap(t.within())}
}

// route writes an option as a task has it: the chain, and what lets an answer pass.
func (t *Tuning) route(task, option int) string {
	for i := range t.Ways[task] {
		w := &t.Ways[task][i]
		if w.Option != option {
			continue
		}
		if len(w.Accept) == 0 {
			return w.Chain[0]
		}
		return strings.Join(w.Chain, " → ") + " (" + passes(w) + ")"
	}
	return t.Menu.Options[option].Name
}

// passes says which answers are taken.
func passes(w *tune.Way) string {
	var parts []string
	for i := range w.Accept {
		if a := &w.Accept[i]; a.Check != w.Signal {
			parts = append(parts, a.Check)
		}
	}
	if w.Signal != "" {
		var shares []string
		for _, s := range w.Shares {
			shares = append(shares, percent(s))
		}
		parts = append(parts, fmt.Sprintf("%s: %s pass", w.Signal, strings.Join(shares, ", ")))
	}
	return strings.Join(parts, ", ")
}

// held are the tasks that stay on the baseline, and what it would take to move them.
func (t *Tuning) held() Section {
	table := &Table{Columns: []Column{{"task", Text}, {"share", Share}, {"labels", Count}, {"tried", Text}, {"alone", Points}, {"bound", Bound}, {"n", Count}, {"why, and what it would take", Text}}}
	for k := range t.Tasks {
		task := &t.Tasks[k]
		if task.Option >= 0 {
			continue
		}
		row := []Cell{T(task.Task), N(task.Share), N(task.Requests), blank, blank, blank, blank}
		if step := task.Stopped(); step != nil {
			row[3], row[4], row[5], row[6] = T(t.ofHalf(task.Task)+t.route(k, step.Option)), N(step.Test.Delta), beside(step.Test.Bound, step.Test.Tolerance), N(step.Test.N)
		}
		table.Rows = append(table.Rows, append(row, T(t.why(k))))
	}
	return Section{Title: "STAYS ON THE BASELINE", Table: table, Lines: []string{"Of the labels n could certify" + t.counted() + "; what was tried is the step that failed."}}
}

// why says why a task stays.
func (t *Tuning) why(k int) string {
	task := &t.Tasks[k]
	if task.Share == 0 && t.Tried[k].Requests > 0 {
		return "production has nothing of it"
	}
	switch task.Reason {
	case tune.Unlabeled:
		if t.Tried[k].Requests == 0 {
			return "no request is dispatched to it"
		}
		return "no graded answer of the baseline: label some of its requests"
	case tune.NoOption:
		return t.noOption(k)
	case tune.TooFew:
		return t.tooFew(k)
	case tune.Fails:
		return "fails: more labels will not help, a better cheap model would"
	case tune.WholeFails:
		return t.wholeFails()
	case tune.Inconclusive:
	}
	return t.undecided(k)
}

// more says how many labels a task wants, and whether there are requests to label.
func (t *Tuning) more(k int) string {
	wanted, there := t.Tasks[k].Wanted(), int(t.Tried[k].Requests)-len(t.Tried[k].Labeled)
	switch {
	case there >= wanted:
		return fmt.Sprintf("label %s more", count(int64(wanted)))
	case there > 0:
		return fmt.Sprintf("%s more labels, and %s to label: collect more traffic", count(int64(wanted)), many(int64(there), "request"))
	}
	return fmt.Sprintf("%s more labels, and all requests have theirs: collect more traffic", count(int64(wanted)))
}

// Labelable reports whether some task, or the whole, wants labels and there are requests to label.
func (t *Tuning) Labelable() bool {
	for k := range t.Tasks {
		if t.Wants(k) > 0 && int(t.Tried[k].Requests) > len(t.Tried[k].Labeled) {
			return true
		}
	}
	return false
}

// claim is what may be said of the whole.
func (t *Tuning) claim() []string {
	whole := &t.Tables[t.Table]
	if !t.Moved() {
		lines := []string{"NOTHING IS MOVED: everything stays on the baseline, and nothing is saved."}
		if t.Verdict == stats.Fails {
			lines = append(lines, wrap(fmt.Sprintf("Task by task something holds, but even the safest such table loses more than the whole may: quality %s, at best %s (cross-fitted, tolerance %s).",
				FormatNumber(Points, whole.Overall.Delta), FormatNumber(Points, whole.Overall.Upper), points(whole.Overall.Tolerance)))...)
		}
		if t.Labelable() {
			lines = append(lines, "Label next:  "+t.LabelCommand)
		}
		return lines
	}
	r := &t.table().Whole
	o := &whole.Overall
	base, now := bills(t.Replay, r)
	lines := wrap(fmt.Sprintf("%s  saves %s%s of the bill (%s → %s per 1,000 requests); quality %s, at worst %s (cross-fitted, n %s, tolerance %s, %s)",
		strings.ToUpper(string(t.Verdict)), known(Share, r.Savings), interval(Share, r.SavingsInterval), known(USD, base), known(USD, now),
		FormatNumber(Points, o.Delta), FormatNumber(Points, t.bound()), count(int64(math.Round(o.N))), points(o.Tolerance), confidenceOf(o.Alpha)))
	lines = append(lines, wrap(fmt.Sprintf("On the labels that certified it the table shows %s: %s of that is the luck of the search.",
		FormatNumber(Points, whole.Naive), FormatNumber(Points, whole.Naive-o.Delta)))...)
	switch t.Verdict {
	case stats.Inconclusive:
		lines = append(lines, t.wholeWants()...)
		lines = append(lines, wrap("The claims for the tasks stand; for the whole the labels do not tell. It holds at a tolerance of "+points(max(-t.bound(), 0))+".")...)
	case stats.Fails:
		lines = append(lines, wrap("It loses more than the whole may: it is written for the sake of the tasks that are pinned.")...)
	case stats.Holds:
	}
	lines = append(lines, splitLines(t.table())...)
	if t.Labelable() {
		lines = append(lines, "Label next:  "+t.LabelCommand)
	}
	return lines
}

// bound is the lower bound of the whole, as the certificate has it: a table is reached only past those before it, so that at
// every tolerance at once it is the least of theirs.
func (t *Tuning) bound() float64 {
	bound := t.Tables[t.Table].Overall.Bound
	for i := range t.Tables[:t.Table] {
		if x := &t.Tables[i]; x.Changed {
			bound = min(bound, x.Overall.Bound)
		}
	}
	return bound
}

// tables are the three tables whose overall claims were tested in turn.
func (t *Tuning) tables() Section {
	table := &Table{Columns: []Column{{"tasks at", Text}, {"moved", Count}, {"saves", Share}, {"without a fold", Share}, {"delta", Points}, {"bound", Bound}, {"on its own labels", Points}, {"", Text}}}
	for i := range t.Tables {
		x := &t.Tables[i]
		moved := 0
		for _, o := range x.Options {
			if o >= 0 {
				moved++
			}
		}
		verdict := string(x.Overall.Verdict())
		switch {
		case !x.Changed:
			verdict = "nothing is moved"
		case !x.Passed && x.Overall.Verdict() == stats.Holds:
			verdict = "does not speak for the table"
		}
		switch {
		case i != t.Table:
		case x.Changed && !t.Moved():
			verdict += ": so nothing is moved"
		default:
			verdict += " ◂ this one"
		}
		table.Rows = append(table.Rows, []Cell{
			T(points(x.TaskTolerance)), N(moved), N(x.SavingShare), N(x.FoldSaving / t.bill()), N(x.Overall.Delta), beside(x.Overall.Bound, x.Overall.Tolerance), N(x.Naive), T(verdict),
		})
	}
	return Section{Title: "THREE TABLES, TESTED IN TURN", Table: table, Detail: true}
}

func (t *Tuning) notes() (out []string) {
	for _, n := range t.Notes {
		out = append(out, wrap(n)...)
	}
	out = append(out, t.wrongBaseline()...)
	out = append(out, t.leftOut()...)
	for _, f := range t.Replay.Findings {
		if strings.HasPrefix(f.ID, "mix-") {
			out = append(out, wrap(strings.TrimPrefix(f.Message, t.table().Label+": "))...)
		}
	}
	for _, w := range t.Warnings {
		out = append(out, wrap(w)...)
	}
	if t.LeftOut > 0 {
		out = append(out, wrap(fmt.Sprintf("%s requests were left out: the classifier was trained on them, and there are no out-of-fold predictions beside it", count(t.LeftOut)))...)
	}
	for k := range t.Barred {
		if n := len(t.Barred[k]); n > 0 {
			out = append(out, wrap(fmt.Sprintf("%s: the limits rule out %s of %s", t.Tasks[k].Task, many(int64(n), "option"), count(int64(len(t.Ways[k])))))...)
		}
	}
	return out
}

// Head says of the whole table what stands above a tuned config.
func (t *Tuning) Head() []string {
	whole, r := &t.Tables[t.Table], &t.table().Whole
	if !t.Moved() {
		return []string{"Tuned: nothing can be moved off the baseline " + t.Baseline + " on this evidence."}
	}
	o := &whole.Overall
	return []string{
		fmt.Sprintf("Tuned: %s at %s. It saves %s%s of what the baseline %s costs.", t.Verdict, points(o.Tolerance), known(Share, r.Savings), interval(Share, r.SavingsInterval), t.Baseline),
		fmt.Sprintf("Quality %s, at worst %s (cross-fitted, n %s, %s).", FormatNumber(Points, o.Delta), FormatNumber(Points, t.bound()), count(int64(math.Round(o.N))), confidenceOf(o.Alpha)),
		"Data " + t.DataHash + ".",
	}
}

// Evidence says of a task what stands above it in a tuned config.
func (t *Tuning) Evidence(name string) []string {
	k := slices.IndexFunc(t.Tasks, func(r tune.TaskResult) bool { return r.Task == name })
	if k < 0 {
		return []string{}
	}
	task := &t.Tasks[k]
	step := task.Chosen()
	if step == nil {
		return append(t.splitEvidence(name), "stays on the baseline; "+t.why(k))
	}
	verdict := string(step.Test.Verdict())
	if task.Pinned {
		verdict = "pinned, " + verdict
	}
	return append(t.splitEvidence(name),
		fmt.Sprintf("%s: %s", verdict, t.route(k, task.Option)),
		fmt.Sprintf("quality %s, at worst %s (n %s that certified, %s); saves %s per 1,000 requests of the task", FormatNumber(Points, step.Test.Delta),
			FormatNumber(Points, step.Test.Bound), count(int64(math.Round(step.Test.N))), confidenceOf(step.Test.Alpha), FormatNumber(USD, 1000*step.Saving)))
}
