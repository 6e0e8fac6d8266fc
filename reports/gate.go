package reports

import (
	"fmt"
	"strings"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/gate"
	"github.com/tierwise/tierwise/eval/stats"
)

// Gate reports what the gate found.
func Gate(r *gate.Result) *Document {
	d := &Document{Title: "tierwise check", Checks: gateChecks(r)}
	d.add(Section{Lines: []string{gateSentence(r)}})
	if len(r.Problems) > 0 {
		d.add(Section{ID: "problems", Title: "PROBLEMS", Lines: problemLines(r.Problems)})
		return d
	}
	d.add(gateRules(r))
	if why := gateReasons(r); len(why) > 0 {
		d.add(Section{ID: "why", Title: "WHY", Lines: why})
	}
	if r.Comparison != nil {
		t := tasks(undrawn(&r.Comparison.Candidates[0]), r.Comparison.Settings.TaskTolerance)
		t.ID, t.Title, t.Detail = TasksID, "TASKS vs "+r.Baseline, true
		d.add(t)
	}
	if r.Versus != nil {
		t := tasks(undrawn(&eval.CandidateResult{Tasks: r.Versus.Tasks}), taskLimit(r, "vs_main"))
		t.ID, t.Title, t.Detail = AgainstID, "TASKS vs "+r.Against, true
		d.add(t)
	}
	if notes := gateNotes(r); len(notes) > 0 {
		d.add(Section{ID: FindingsID, Title: "NOTE", Lines: notes})
	}
	return d
}

// gateSentence is the verdict: "FAILS  router.toml: 1 of 7 rules fails, 1 is inconclusive; replay of traffic.parquet, …".
func gateSentence(r *gate.Result) string {
	if len(r.Problems) > 0 {
		return "COULD NOT RUN  " + howMany(len(r.Problems), "problem", "problems")
	}
	n := len(r.Rules)
	var parts []string
	for _, o := range []struct {
		outcome   gate.Outcome
		one, many string
	}{{gate.Fail, "fails", "fail"}, {gate.Unclear, "is inconclusive", "are inconclusive"}, {gate.Warn, "warns", "warn"}, {gate.Waived, "is waived", "are waived"}} {
		k := r.Count(o.outcome)
		if k == 0 {
			continue
		}
		word, which := o.many, count(int64(k))
		if k == 1 {
			word = o.one
		}
		switch {
		case n == 1:
			which = "its only check"
		case len(parts) == 0:
			which += " of " + count(int64(n)) + " checks"
		}
		parts = append(parts, which+" "+word)
	}
	found := "all of " + count(int64(n)) + " checks pass"
	switch {
	case len(parts) > 0:
		found = strings.Join(parts, ", ")
	case n == 1:
		found = "its only check passes"
	}
	return fmt.Sprintf("%s  %s: %s", gateVerdict(r), r.Config, found) + evidenceClause(r)
}

// gateVerdict is the first word. That something warns must be seen there: nothing else stands out where all else holds.
func gateVerdict(r *gate.Result) string {
	verdict := strings.ToUpper(string(r.Verdict))
	if r.Verdict == stats.Holds && r.Count(gate.Warn) > 0 {
		verdict += ", with warnings"
	}
	return verdict
}

func howMany(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return count(int64(n)) + " " + many
}

// evidenceClause says what the verdict goes by.
func evidenceClause(r *gate.Result) string {
	clause := ""
	switch {
	case r.Comparison != nil:
		clause = "; replayed " + dataLine(&eval.Comparison{Data: r.Comparison.Data})
	case r.Evidence != "":
		clause = "; by " + r.Certificate
	}
	if r.GoldTasks {
		clause += "; gold tasks, as if every caller named the task"
	}
	if !r.Certified {
		clause += "; not certified"
	}
	return clause
}

// taskLimit is what each task may lose by a section of the policy, 0 if that does not say.
func taskLimit(r *gate.Result, section string) float64 {
	for i := range r.Rules {
		if e := &r.Rules[i]; e.Section == section && e.Rule == gate.TaskTolerance {
			return float64(e.Limit)
		}
	}
	return 0
}

func gateRules(r *gate.Result) Section {
	t := &Table{Columns: []Column{{"", Text}, {"task", Text}, {"limit", Text}, {"measured", Text}, {"n", Count}, {"", Text}}}
	for i := range r.Rules {
		e := &r.Rules[i]
		n := N(e.N)
		if e.N == 0 {
			n = blank
		}
		t.Rows = append(t.Rows, []Cell{T(e.Section + "." + e.Rule), T(e.Task), T(e.LimitText), T(e.MeasuredText), n, T(string(e.Outcome))})
	}
	return Section{ID: RulesID, Title: "RULES", Table: t}
}

// gateReasons explains all that does not pass, worst first.
func gateReasons(r *gate.Result) []string {
	var lines []string
	for _, o := range []gate.Outcome{gate.Fail, gate.Unclear, gate.Warn, gate.Waived} {
		for i := range r.Rules {
			e := &r.Rules[i]
			if e.Outcome != o {
				continue
			}
			lines = append(lines, fmt.Sprintf("%s%s: %s: %s", place(e.File, e.Line, e.Column), e.Outcome, e.Name(), e.Message))
			if e.Command != "" {
				lines = append(lines, "    "+e.Command)
			}
		}
	}
	return lines
}

func place(file string, line, column int) string {
	switch {
	case file == "":
		return ""
	case line == 0:
		return file + ": "
	}
	return fmt.Sprintf("%s:%d:%d: ", file, line, column)
}

func problemLines(problems []gate.Problem) []string {
	var lines []string
	for _, p := range problems {
		lines = append(lines, place(p.File, p.Line, p.Column)+p.Message)
	}
	return lines
}

func gateNotes(r *gate.Result) []string {
	var lines []string
	for _, n := range r.Notes {
		lines = append(lines, "- "+place(n.File, n.Line, n.Column)+n.Message)
	}
	if r.Comparison != nil {
		lines = append(lines, findingLines(r.Comparison.Findings)...)
	}
	return lines
}

func gateChecks(r *gate.Result) []Check {
	var out []Check
	for _, p := range r.Problems {
		name := strings.TrimSuffix(place(p.File, p.Line, p.Column), ": ")
		if name == "" {
			name = "run"
		}
		out = append(out, Check{Group: "could not run", Name: name, Outcome: Broken, Message: p.Message, File: p.File, Line: p.Line, Column: p.Column})
	}
	for i := range r.Rules {
		e := &r.Rules[i]
		name := e.Rule
		if e.Task != "" {
			name += " (" + e.Task + ")"
		}
		out = append(out, Check{
			Group: e.Section, Name: name, Outcome: gateOutcomes[e.Outcome], Message: e.Message,
			Values: gateValues(e), Hint: e.Command, File: e.File, Line: e.Line, Column: e.Column,
		})
	}
	return out
}

var gateOutcomes = map[gate.Outcome]Outcome{
	gate.Pass: Passed, gate.Waived: Waived, gate.Warn: Warned, gate.Unclear: Undecided, gate.Fail: Failed,
}

func gateValues(e *gate.Entry) string {
	s := "measured " + e.MeasuredText
	if e.LimitText != "" {
		s = "limit " + e.LimitText + ", " + s
	}
	if e.N > 0 {
		s += ", n " + count(e.N)
	}
	return s
}
