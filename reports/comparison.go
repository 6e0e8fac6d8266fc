package reports

import (
	"fmt"
	"strings"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/stats"
)

// Comparison reports what an evaluation found. Without candidates it is about the single models.
func Comparison(c *eval.Comparison) *Document {
	d := &Document{Title: "Evaluation against " + c.Baseline}
	d.add(Section{Lines: append([]string{dataLine(c), baselineLine(c)}, mixLine(c)...)})
	if len(c.Candidates) == 0 {
		d.add(singleModels(c))
		d.add(taskChoices(c))
	} else {
		d.add(candidates(c))
		d.whatIf(c)
		for i := range c.Candidates {
			if len(c.Candidates[i].Tasks) > 0 {
				d.add(tasks(&c.Candidates[i], c.Settings.TaskTolerance))
			}
			d.checks(&c.Candidates[i])
			d.caches(&c.Candidates[i], c.Settings.Alpha)
		}
		d.routing(c)
		d.add(references(c))
	}
	if len(c.Findings) > 0 {
		d.add(Section{Title: "NOTE", Lines: findingLines(c.Findings)})
	}
	return d
}

// Candidates reports the candidates as a whole, and nothing else of a comparison.
func Candidates(c *eval.Comparison) *Document {
	d := &Document{Title: "Evaluation against " + c.Baseline}
	d.add(Section{Lines: []string{dataLine(c), baselineLine(c)}})
	s := candidates(c)
	s.Lines = nil
	d.add(s)
	return d
}

func (d *Document) add(s Section) { d.Sections = append(d.Sections, s) }

func dataLine(c *eval.Comparison) string {
	line := fmt.Sprintf("%s requests, %s graded", count(c.Data.Requests), count(c.Data.Graded))
	if len(c.Data.Files) > 0 {
		line = files(c.Data.Files) + ": " + line
	}
	if c.Data.Weighted {
		line += ", weighted"
	}
	if c.Settings.GoldTasks && len(c.Candidates) > 0 {
		line += "; gold tasks, as if every caller named the task"
	}
	return line
}

func files(names []string) string {
	if len(names) > 2 {
		return fmt.Sprintf("%s and %d more files", names[0], len(names)-1)
	}
	return strings.Join(names, ", ")
}

func baselineLine(c *eval.Comparison) string {
	for i := range c.References {
		if r := &c.References[i]; r.Model == c.Baseline {
			return fmt.Sprintf("Baseline %s: quality %s (n %s), %s per 1,000 requests", c.Baseline,
				known(Share, r.Whole.Quality), count(r.Whole.Covered), known(USD, r.Whole.CostPer1000))
		}
	}
	return "Baseline " + c.Baseline
}

// known writes a number, a dash if it is unknown.
func known(u Unit, n eval.Number) string { return Format(u, N(n)) }

func count(n int64) string { return FormatNumber(Count, float64(n)) }

func singleModels(c *eval.Comparison) Section {
	t := &Table{Columns: []Column{
		{"", Text}, {"quality", Share}, {"n", Count}, {"delta", Points}, {"$/1,000", USD}, {"saves", Share},
		{"p50", Millis}, {"p95", Millis}, {"failed", Share},
	}}
	for i := range c.References {
		r := &c.References[i]
		name := r.Model
		if name == c.Baseline {
			name += " (baseline)"
		}
		t.Rows = append(t.Rows, []Cell{
			T(name), N(r.Whole.Quality), N(r.Whole.Covered), N(r.Whole.Delta), N(r.Whole.CostPer1000), N(r.Whole.Savings),
			N(r.Whole.LatencyP50), N(r.Whole.LatencyP95), N(r.Whole.FailureRate),
		})
	}
	return Section{Title: "MODELS", Table: t}
}

func taskChoices(c *eval.Comparison) Section {
	t := &Table{Columns: []Column{
		{"", Text}, {"requests", Count}, {"n", Count}, {"baseline", Share}, {"best model", Text}, {"quality", Share},
		{"cheapest as good", Text}, {"quality", Share}, {"saves", Share},
	}}
	for _, k := range c.PerfectTable.Tasks {
		name := k.Task
		if name == "" {
			name = "(no task)"
		}
		t.Rows = append(t.Rows, []Cell{
			T(name), N(k.Requests), N(k.Graded), N(k.BaseQuality), T(k.Best), N(k.BestQuality), T(k.Model), N(k.Quality), N(k.Savings),
		})
	}
	p, o := &c.PerfectTable, &c.Oracle
	return Section{Title: "TASKS", Table: t, Lines: []string{
		"",
		fmt.Sprintf("A perfect task table (the cheapest model as good, chosen in hindsight) saves %s at %s.",
			known(Share, p.Savings), known(Points, p.Delta)),
		fmt.Sprintf("The oracle (the cheapest of the best, for each request) has quality %s, %s, and saves %s: no router does better.",
			known(Share, o.Quality), known(Points, o.Delta), known(Share, o.Savings)),
	}}
}

func candidates(c *eval.Comparison) Section {
	t := &Table{Columns: []Column{
		{"", Text}, {"verdict", Text}, {"delta", Points}, {"at worst", Bound}, {"quality", Share}, {"baseline", Share}, {"n", Count}, {"changed", Count},
		{"saves", Share}, {"$/1,000", USD}, {"p95", Millis}, {"escalated", Share},
	}}
	var lines []string
	for i := range c.Candidates {
		k := &c.Candidates[i]
		r := &k.Whole
		t.Rows = append(t.Rows, []Cell{
			T(k.Label), T(string(r.Verdict)), N(r.Delta), beside(r.Bound, c.Settings.Tolerance), N(r.Quality), N(r.BaseQuality), N(r.Covered), N(r.Changed),
			N(r.Savings), N(r.CostPer1000), N(r.LatencyP95), N(r.EscalationRate),
		})
		if line := intervalLine(k); line != "" {
			lines = append(lines, line)
		}
		if more := wholeLabels(k); more != "" {
			lines = append(lines, k.Label+": "+more)
		}
		lines = append(lines, splitLines(k)...)
		lines = append(lines, flipLines(c, k)...)
	}
	lines = append(lines, labelCommand(c)...)
	lines = append(lines, "Intervals: 95 %, two-sided. Much worse: by half the scale or more.")
	lines = append(lines, fmt.Sprintf("Verdicts: the whole may lose %s, a task %s, at %s one-sided. A fixed table is judged; nothing is certified.",
		points(c.Settings.Tolerance), points(c.Settings.TaskTolerance), FormatNumber(Share, c.Settings.Alpha)))
	return Section{Title: "CANDIDATES", Table: t, Lines: lines}
}

func points(x float64) string { return strings.TrimPrefix(FormatNumber(Points, x), "+") }

// tasks shows what each task came to, which may lose a tolerance.
func tasks(k *eval.CandidateResult, tolerance float64) Section {
	t := &Table{Columns: []Column{
		{"", Text}, {"chain", Text}, {"requests", Count}, {"n", Count}, {"changed", Count}, {"quality", Share}, {"delta", Points},
		{"at worst", Bound}, {"verdict", Text}, {"saves", Share}, {"$/1,000", USD}, {"p95", Millis}, {"escal.", Share}, {"failover", Share},
	}}
	var lines []string
	for i := range k.Tasks {
		r := &k.Tasks[i]
		t.Rows = append(t.Rows, []Cell{
			T(r.Task), T(strings.Join(r.Chain, " → ")), N(r.Requests), N(r.Covered), N(r.Changed), N(r.Quality), N(r.Delta),
			beside(r.Bound, tolerance), T(string(r.Verdict)), N(r.Savings), N(r.CostPer1000), N(r.LatencyP95), N(r.EscalationRate), N(r.FailoverRate),
		})
		if more := labelsOf(k, r); more != "" {
			lines = append(lines, "  "+r.Task+": "+more)
		}
	}
	return Section{Title: strings.ToUpper(k.Label), Table: t, Lines: lines}
}

func references(c *eval.Comparison) Section {
	t := &Table{Columns: []Column{
		{"", Text}, {"quality", Share}, {"delta", Points}, {"$/1,000", USD}, {"saves", Share}, {"p95", Millis},
	}}
	for i := range c.References {
		r := &c.References[i]
		t.Rows = append(t.Rows, []Cell{
			T(referenceName(c, r.Model)), N(r.Whole.Quality), N(r.Whole.Delta), N(r.Whole.CostPer1000), N(r.Whole.Savings), N(r.Whole.LatencyP95),
		})
	}
	for i := range c.Candidates {
		k := &c.Candidates[i]
		t.Rows = append(t.Rows,
			[]Cell{T("random mix at the cost of " + k.Label), blank, N(k.RandomMix.Delta), N(k.RandomMix.CostPer1000), blank, blank},
			[]Cell{T(k.Label + " with shuffled tasks"), blank, N(k.Shuffled.Delta), N(k.Shuffled.CostPer1000), blank, blank})
	}
	o := &c.Oracle
	t.Rows = append(t.Rows, []Cell{T("oracle"), N(o.Quality), N(o.Delta), N(o.CostPer1000), N(o.Savings), blank})
	return Section{Title: "TO COMPARE", Table: t, Lines: curveLines(c)}
}

func referenceName(c *eval.Comparison, model string) string {
	var roles []string
	for _, r := range []struct {
		model, role string
	}{{c.Baseline, "baseline"}, {c.AlwaysCheapest, "cheapest"}, {c.AlwaysStrongest, "strongest"}} {
		if r.model == model {
			roles = append(roles, r.role)
		}
	}
	if len(roles) == 0 {
		return "always " + model
	}
	return "always " + model + " (" + strings.Join(roles, ", ") + ")"
}

func findingLines(findings []eval.Finding) []string {
	var lines []string
	for _, f := range findings {
		lines = append(lines, "- "+f.Message)
		if f.Fix != "" {
			lines = append(lines, "  "+f.Fix)
		}
	}
	return lines
}

// Sentence says in one sentence what a candidate saves and what that costs in quality.
func Sentence(c *eval.Comparison, k *eval.CandidateResult) string {
	r := &k.Whole
	base, now := bills(c, r)
	return fmt.Sprintf("%s saves %s%s of the bill (%s → %s per 1,000 requests) and moves quality by %s%s, at worst %s (n %s, %s changed): %s.",
		k.Label, known(Share, r.Savings), interval(Share, r.SavingsInterval), known(USD, base), known(USD, now),
		known(Points, r.Delta), interval(Points, r.DeltaInterval), Format(Points, beside(r.Bound, c.Settings.Tolerance)), count(r.Covered), count(r.Changed), verdictClause(c, r))
}

// bills returns what the baseline and the candidate cost per 1,000 of the requests that the savings are about, weighted as
// these are: savings = 1 - now/base. The baseline's own line may be about others, and goes by gold tasks where production's mix
// weighs the candidate by the tasks that it finds.
func bills(c *eval.Comparison, r *eval.Result) (base, now eval.Number) {
	base, now = baselineCost(c), r.CostPer1000
	if !r.SavingsBaseUSD.Known() || !r.SavingsCostUSD.Known() || !(r.SavingsShare > 0) || !(r.CostShare > 0) || !(r.CostUSD > 0) {
		return base, now
	}
	thousands := r.CostUSD / r.CostPer1000 * r.SavingsShare / r.CostShare // of requests, by weight
	return r.SavingsBaseUSD / thousands, r.SavingsCostUSD / thousands
}

func baselineCost(c *eval.Comparison) eval.Number {
	for i := range c.References {
		if c.References[i].Model == c.Baseline {
			return c.References[i].Whole.CostPer1000
		}
	}
	return eval.Unknown
}

func verdictClause(c *eval.Comparison, r *eval.Result) string {
	return verdictAt(r.Verdict, c.Settings.Tolerance)
}

// verdictAt says what a verdict is about.
func verdictAt(v stats.Verdict, most float64) string {
	tolerance := points(most)
	switch v {
	case stats.Holds:
		return "holds within " + tolerance
	case stats.Fails:
		return "fails, it loses more than " + tolerance
	case stats.Inconclusive:
	}
	return "inconclusive at " + tolerance
}
