package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/tune"
)

// frontierPoints is about how many tables of a frontier are shown.
const frontierPoints = 8

// A Frontier is what quality can be had for what money, beside a tuning.
type Frontier struct {
	*tune.Frontier
	Ask    tune.FrontierAsk
	Answer *tune.FrontierTable // nil: nothing was asked for
	Halves *tune.FrontierTable // what comes of choosing on one half of the labels and judging on the other
	// Written is the config that the answer was written to; "": it was not.
	Written string
}

// sections show the table that was asked for and the frontier.
func (f *Frontier) sections(t *Tuning) []Section {
	var out []Section
	if f.Answer != nil {
		out = append(out, f.answer(t))
	}
	return append(out, f.curve(t))
}

// answer is the table that was asked for, task by task.
func (f *Frontier) answer(t *Tuning) Section {
	title := "FOR " + FormatNumber(USD, 1000*f.Ask.Budget) + " PER 1,000 REQUESTS, NOT CERTIFIED"
	if f.Ask.Budget == 0 {
		title = "FOR A QUALITY OF " + FormatNumber(Share, f.Ask.Quality) + ", NOT CERTIFIED"
	}
	table := &Table{Columns: []Column{{"task", Text}, {"share", Share}, {"goes to", Text}, {"quality", Share}, {"n", Count}, {"per 1,000", USD}, {"saves", Share}, {"", Text}}}
	for k := range f.Tasks {
		task, i := &f.Tasks[k], f.Answer.Options[k]
		o, way, note := &task.Options[i], task.Way(i), ""
		switch {
		case task.Fixed != "":
			note = "not searched: " + task.Fixed
		case o.Tuned:
			note = "as certified"
		case !o.Exact:
			note = "thresholds at quantiles"
		}
		table.Rows = append(table.Rows, []Cell{
			T(task.Task), N(task.Share), T(wayText(&way)), N(o.Quality), N(task.Graded), N(1000 * o.Cost), N(1 - o.Cost/task.BaseCost), T(note),
		})
	}
	tuned := f.TunedTable()
	lines := []string{"This table:       " + figures(f.Answer), "Certified one:    " + figures(&tuned) + ", " + t.word()}
	if f.Halves != nil {
		lines = append(lines, "On other labels:  about "+figures(f.Halves)+" (chosen on one half, judged on the other)")
	}
	lines = append(lines, wrap("Not certified: it was chosen on the labels that judge it, so that it looks better than it is. "+f.exactness())...)
	if f.Written != "" {
		lines = append(lines, wrap("To get it proved, evaluate it on labels that no search has seen:  tierwise eval "+f.Written+" -d FRESH.parquet")...)
	} else {
		lines = append(lines, wrap("To get it proved, write it with -o frontier.toml, and evaluate that on labels that no search has seen.")...)
	}
	return Section{Title: title, Table: table, Lines: lines}
}

// word is what may be said of the tuned table.
func (t *Tuning) word() string {
	if !t.Tables[t.Table].Changed {
		return "nothing is moved"
	}
	return string(t.Verdict)
}

// figures are what a table comes to.
func figures(t *tune.FrontierTable) string {
	return fmt.Sprintf("quality %s, %s per 1,000 requests, saves %s", FormatNumber(Share, t.Quality), FormatNumber(USD, 1000*t.Cost), FormatNumber(Share, t.Saves))
}

// exactness says among what a table is the best, and whether it is.
func (f *Frontier) exactness() string {
	among := fmt.Sprintf("of all chains of up to %d tiers under all thresholds", f.Longest)
	if !f.Exact() {
		among = fmt.Sprintf("of all chains of up to %d tiers, three thresholds at up to 64 quantiles each and fewer at every value,", f.Longest)
	}
	switch {
	case f.Ask.Budget > 0 && f.Answer.Exact:
		return fmt.Sprintf("No table %s is better for that money.", among)
	case f.Ask.Budget > 0:
		return fmt.Sprintf("No table %s is better for that money by more than %s.", among, points(f.Answer.Gap))
	case f.Answer.Exact:
		return fmt.Sprintf("No table %s is that good and cheaper.", among)
	}
	return fmt.Sprintf("No table %s is that good and cheaper by more than %s per 1,000 requests.", among, FormatNumber(USD, 1000*f.Answer.Gap))
}

// curve is a few tables from the cheapest to the best, the certified one and the baseline among them.
func (f *Frontier) curve(t *Tuning) Section {
	type point struct {
		tune.FrontierTable
		name string
	}
	base := f.BaselineTable()
	rows := []point{{base, "everything on " + f.Baseline}, {f.TunedTable(), "the tuned table: " + t.word()}}
	for i, p := range f.Curve(frontierPoints) {
		name := "not certified"
		if i == 0 {
			name = "the cheapest, not certified"
		}
		rows = append(rows, point{p, name})
	}
	slices.SortStableFunc(rows, func(a, b point) int { return cmp.Or(cmp.Compare(a.Cost, b.Cost), cmp.Compare(a.Quality, b.Quality)) })
	table := &Table{Columns: []Column{{"per 1,000", USD}, {"saves", Share}, {"quality", Share}, {"to the baseline", Points}, {"", Text}}}
	for _, p := range rows {
		table.Rows = append(table.Rows, []Cell{N(1000 * p.Cost), N(p.Saves), N(p.Quality), N(p.Quality - base.Quality), T(p.name)})
	}
	about := fmt.Sprintf("%s chains of up to %d tiers, without what routing costs", count(int64(f.Chains)), f.Longest)
	if f.Exact() {
		about += "; every threshold tried"
	} else {
		about += "; every threshold tried where a chain has up to two, else up to 64 quantiles of each"
	}
	return Section{Title: "WHAT QUALITY COSTS, IN HINDSIGHT", Table: table, Lines: wrap(about + ". All but the tuned table is " + tune.NotCertified + ".")}
}

// wayText writes a way to serve a task.
func wayText(w *tune.Way) string {
	if len(w.Accept) == 0 || len(w.Chain) == 1 {
		return w.Chain[0]
	}
	return strings.Join(w.Chain, " → ") + " (" + passes(w) + ")"
}

// wrongBaseline says it when a single cheaper model is better than the baseline in every task: then whatever is saved
// against that baseline is no news.
func (t *Tuning) wrongBaseline() []string {
	base := t.reference(t.Baseline)
	if base == nil {
		return nil
	}
	var best *eval.ReferenceResult
	for i := range t.Replay.References {
		r := &t.Replay.References[i]
		if r.Model != t.Baseline && float64(r.Whole.CostPer1000) < float64(base.Whole.CostPer1000) && betterEverywhere(r) && (best == nil || r.Whole.Delta > best.Whole.Delta) {
			best = r
		}
	}
	if best == nil {
		return nil
	}
	word := "is the wrong one"
	if !(best.Whole.Bound >= 0) {
		word = "may be the wrong one"
	}
	return wrap(fmt.Sprintf("%s alone is better than the baseline in every task (%s, at worst %s, n %s) and costs %s per 1,000 requests instead of %s: the baseline %s. "+
		"Before anything else, compare with --baseline %s", best.Model, known(Points, best.Whole.Delta), known(Points, best.Whole.Bound), count(best.Whole.Covered),
		known(USD, best.Whole.CostPer1000), known(USD, base.Whole.CostPer1000), word, best.Model))
}

func (t *Tuning) reference(model string) *eval.ReferenceResult {
	for i := range t.Replay.References {
		if t.Replay.References[i].Model == model {
			return &t.Replay.References[i]
		}
	}
	return nil
}

// leastCoverage is the share of the graded requests that a model must be graded on to be called better.
const leastCoverage = 0.95

// betterEverywhere reports whether a model is better than the baseline in every task that has labels.
func betterEverywhere(r *eval.ReferenceResult) bool {
	judged := false
	for i := range r.Tasks {
		k := &r.Tasks[i]
		if k.Graded == 0 {
			continue
		}
		if judged = true; !(float64(k.Delta) > 0) || !(float64(k.Coverage) >= leastCoverage) {
			return false
		}
	}
	return judged
}

// Head says of the whole table what stands above the config that it is written to.
func (f *Frontier) Head() []string {
	asked := "the best for " + FormatNumber(USD, 1000*f.Ask.Budget) + " per 1,000 requests"
	if f.Ask.Budget == 0 {
		asked = "the cheapest of a quality of " + FormatNumber(Share, f.Ask.Quality)
	}
	return []string{
		"Frontier: " + asked + ". NOT CERTIFIED: chosen on the labels that judge it.",
		"There it has " + figures(f.Answer) + " of what the baseline " + f.Baseline + " costs.",
	}
}

// Evidence says of a task what stands above it there.
func (f *Frontier) Evidence(name string) []string {
	k := slices.IndexFunc(f.Tasks, func(t tune.FrontierTask) bool { return t.Task == name })
	if k < 0 {
		return []string{"no request is dispatched to it"}
	}
	t, i := &f.Tasks[k], f.Answer.Options[k]
	o, way := &t.Options[i], t.Way(i)
	return []string{fmt.Sprintf("not certified: %s; quality %s, the baseline's %s (n %s); saves %s per 1,000 requests of the task", wayText(&way),
		FormatNumber(Share, o.Quality), FormatNumber(Share, t.BaseQuality), count(int64(t.Graded)), FormatNumber(USD, 1000*(t.BaseCost-o.Cost)))}
}
