package gate

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/stats"
	"github.com/tierwise/tierwise/routing"
)

// rules judges all rules of a section but the certificate's.
func (j *judge) rules(s *Section, e *evidence) {
	for i := range s.Rules {
		rule := &s.Rules[i]
		switch {
		case rule.Name == CertificateIs:
		case e.missing != "":
			entry := j.entry(s, rule, "", eval.Unknown, 0)
			entry.Outcome, entry.Message, entry.Command = Unclear, e.missing, j.CheckCommand
			entry.place(j.Config, j.place(""))
			j.add(entry, rule)
		case byTask(rule.Name):
			if len(e.tasks) == 0 { // a rule about nothing must not pass
				entry := j.entry(s, rule, "", eval.Unknown, 0)
				entry.Outcome, entry.Message, entry.Command = Unclear, "there is no evidence of any task", j.CheckCommand
				entry.sayLeftOut(e)
				entry.place(j.Config, j.place("tasks"))
				j.add(entry, rule)
			}
			for k := range e.tasks {
				j.add(j.taskRule(s, rule, &e.tasks[k]), rule)
			}
		default:
			entry := j.wholeRule(s, rule, e)
			entry.sayLeftOut(e)
			j.add(entry, rule)
		}
	}
}

// add adds an entry. A rule that only warns does not hold anything up.
func (j *judge) add(e Entry, rule *Rule) {
	if rule.Warn && (e.Outcome == Fail || e.Outcome == Unclear) {
		if e.Outcome == Unclear {
			e.Message = "inconclusive: " + e.Message
		}
		e.Outcome = Warn
	}
	j.result.Rules = append(j.result.Rules, e)
}

// entry starts the entry of a rule that passes.
func (j *judge) entry(s *Section, rule *Rule, task string, measured eval.Number, n int64) Entry {
	sign := "≤ "
	limit := eval.Number(rule.Limit)
	switch rule.Name {
	case Tolerance, TaskTolerance:
		sign, limit = "≥ ", -limit
	case MinSavings, MinLabels, MinCoverage:
		sign = "≥ "
	}
	return Entry{
		Section: s.Name, Rule: rule.Name, Task: task, Limit: eval.Number(rule.Limit), Measured: measured, Bound: eval.Unknown, N: n,
		LimitText: sign + text(rule.Name, limit), MeasuredText: text(rule.Name, measured), Outcome: Pass,
	}
}

// place says where in a config the entry's cause stands.
func (e *Entry) place(c *routing.Config, at routing.Position) {
	e.File, e.Line, e.Column = c.Source, at.Line, at.Column
}

func (j *judge) taskRule(s *Section, rule *Rule, t *eval.TaskResult) Entry {
	if rule.Name == TaskTolerance {
		e := j.quality(s, rule, t.Task, &t.Result, false, draws(t))
		e.place(j.Config, j.taskPlace(t.Task, "chain"))
		return e
	}
	e := j.entry(s, rule, t.Task, eval.Number(t.Covered), t.Covered)
	e.place(j.Config, j.taskPlace(t.Task, "chain"))
	switch {
	case t.Test == nothingChanged:
		e.Message = fmt.Sprintf("%s labels, and none are needed: nothing changed", number(t.Covered))
		if float64(t.Covered) < rule.Limit {
			e.MeasuredText += ", none needed"
		}
	case float64(t.Covered) >= rule.Limit:
		e.Message = number(t.Covered) + " labels"
	default:
		wanted := int64(math.Ceil(rule.Limit))
		e.Outcome, e.Command = Unclear, j.drawing(draws(t), j.CheckCommand)
		e.Message = fmt.Sprintf("%s labels of %s: %s", number(t.Covered), number(wanted), more("", wanted-t.Covered, draws(t)))
	}
	return e
}

// nothingChanged is how stats names the test of a table that cannot differ.
var nothingChanged = stats.Unchanged(0, 0, 0.05).Test

// quality judges a tolerance by the verdict that eval gave at it. incomplete: requests are left out of it; draws: there are
// requests to label that would settle it.
func (j *judge) quality(s *Section, rule *Rule, task string, r *eval.Result, incomplete, draws bool) Entry {
	e := j.entry(s, rule, task, r.Delta, r.Covered)
	e.Bound = r.Bound
	bound, upper := pointsBeside(r.Bound, -rule.Limit), pointsBeside(r.Upper, -rule.Limit)
	if r.Bound.Known() {
		e.MeasuredText += " (≥ " + bound + ")"
	}
	limit := strings.TrimPrefix(points(eval.Number(rule.Limit)), "+")
	switch r.Verdict {
	case stats.Holds:
		e.Message = fmt.Sprintf("quality %s, at worst %s: within %s (%s)", points(r.Delta), bound, limit, j.basis(r))
	case stats.Fails:
		e.Outcome = Fail
		e.Message = fmt.Sprintf("loses more than %s: quality %s, at best %s (%s)", limit, points(r.Delta), upper, j.basis(r))
	case stats.Inconclusive:
		e.Outcome = Unclear
		e.Message, e.Command = j.undecided(r, limit, bound, incomplete, draws)
	}
	return e
}

// basis is what a verdict stands on. By a certificate not all labels need have certified.
func (j *judge) basis(r *eval.Result) string {
	s := fmt.Sprintf("n %s, %s changed", number(r.Covered), number(r.Changed))
	if j.result.Evidence != "replay" && r.Graded != r.Covered {
		s = fmt.Sprintf("n %s that certified, of %s labels; %s changed", number(r.Covered), number(r.Graded), number(r.Changed))
	}
	if r.Test != "" {
		s += "; " + r.Test
	}
	return s
}

// undecided says what keeps a verdict from being one, and what would settle it. draws: there are requests to label that would.
func (j *judge) undecided(r *eval.Result, limit, bound string, incomplete, draws bool) (message, command string) {
	switch {
	case r.Reason != "" && len(r.Uncovered) > 0 && draws && lacksGrades(r):
		return r.Reason + ": " + uncovered(r) + "; label what lacks no more than a grade, collect the rest", j.LabelCommand
	case r.Reason != "" && len(r.Uncovered) > 0:
		return r.Reason + ": " + uncovered(r) + "; collect what is missing", j.CheckCommand
	case r.Reason != "" && incomplete:
		return r.Reason, j.CheckCommand
	case r.Reason != "" && r.Covered == 0 && r.MoreLabels > 0 && draws:
		return r.Reason + "; label about " + number(r.MoreLabels), j.LabelCommand
	case r.Reason != "" && r.Covered == 0 && r.MoreLabels > 0 && r.Requests > 0:
		return r.Reason + ", and no request has all outcomes and signals that it takes: collect what is missing", j.CheckCommand
	case r.Reason != "" && r.Covered == 0:
		return r.Reason, j.drawing(draws, j.InspectCommand)
	case r.Reason != "" && r.Delta.Known():
		return fmt.Sprintf("quality %s, at worst %s: %s; change the chain or the limit, and check again", points(r.Delta), bound, r.Reason), j.CheckCommand
	case r.Reason != "":
		return r.Reason, j.CheckCommand
	case r.MoreLabels > 0:
		return fmt.Sprintf("quality %s, at worst %s: the labels, n %s, do not tell whether it loses %s; %s",
			points(r.Delta), bound, number(r.Covered), limit, more("about ", r.MoreLabels, draws)), j.drawing(draws, j.CheckCommand)
	}
	command = j.CheckCommand
	if j.result.Evidence == "certificate" { // which does not know what there is to label: the replay does
		command = j.LabelCommand
	}
	return fmt.Sprintf("quality %s, at worst %s: the evidence does not tell whether it loses %s", points(r.Delta), bound, limit), command
}

// uncovered lists what is missing, most first, three at most.
func uncovered(r *eval.Result) string {
	reasons := missing(r)
	parts := make([]string, 0, 3)
	for _, reason := range reasons[:min(len(reasons), 3)] {
		parts = append(parts, fmt.Sprintf("%s (%s)", reason, number(r.Uncovered[reason])))
	}
	return strings.Join(parts, ", ")
}

func missing(r *eval.Result) []string {
	var reasons []string
	for reason := range r.Uncovered {
		reasons = append(reasons, reason)
	}
	slices.SortFunc(reasons, func(a, b string) int {
		if d := r.Uncovered[b] - r.Uncovered[a]; d != 0 {
			return int(d)
		}
		return strings.Compare(a, b)
	})
	return reasons
}

func (j *judge) wholeRule(s *Section, rule *Rule, ev *evidence) Entry {
	r := &ev.whole
	switch rule.Name {
	case MaxFalseHits:
		return j.falseHits(s, rule)
	case Tolerance:
		drawn := slices.ContainsFunc(ev.tasks, func(t eval.TaskResult) bool { return draws(&t) })
		e := j.quality(s, rule, "", r, ev.leftOut != "", drawn)
		if e.Outcome == Unclear && ev.leftOut == "" && ev.unlabeled() {
			if e.Command = j.drawing(drawn, j.InspectCommand); r.Reason != "" {
				e.Message = r.Reason
			}
		}
		e.place(j.Config, j.blame(ev, "chain", func(t *eval.TaskResult) float64 { return -float64(t.Share * t.Bound) }))
		return e
	case MinSavings:
		e := j.entry(s, rule, "", r.Savings, r.SavingsKnown)
		e.Message = "saves " + e.MeasuredText + " of the bill of " + j.other(s)
		e.place(j.Config, j.blameCost(ev))
		if j.partly(&e, ev, func(r *eval.Result) eval.Number { return r.SavingsShare }) {
			return e
		}
		if r.SavingsBound.Known() && float64(r.SavingsBound) < rule.Limit && float64(r.SavingsUpper) >= rule.Limit {
			e.Outcome, e.Command = Unclear, j.CheckCommand
			e.Message += fmt.Sprintf(", somewhere from %s to %s: more requests with outcomes, which need no labels, would tell",
				percent(r.SavingsBound), percent(r.SavingsUpper))
			return e
		}
		e = j.known(e, float64(r.Savings) < rule.Limit, "what the table saves is not known")
		if e.Outcome != Unclear {
			j.sayFlip(&e, s, r)
		}
		return e
	case MaxCost:
		e := j.entry(s, rule, "", r.CostPer1000, r.CostKnown)
		e.Message = "costs " + e.MeasuredText + " per 1,000 requests"
		e.place(j.Config, j.blameCost(ev))
		if j.partly(&e, ev, func(r *eval.Result) eval.Number { return r.CostShare }) {
			return e
		}
		return j.known(e, float64(r.CostPer1000) > rule.Limit, "what the table costs is not known")
	case MaxP95:
		e := j.entry(s, rule, "", r.LatencyP95, r.LatencyKnown)
		e.Message = "95 % of the requests are answered within " + e.MeasuredText
		e.place(j.Config, j.blame(ev, "chain", func(t *eval.TaskResult) float64 { return float64(t.LatencyP95) }))
		if j.partly(&e, ev, func(r *eval.Result) eval.Number { return r.LatencyShare }) || j.blurred(&e, ev, rule) {
			return e
		}
		return j.known(e, float64(r.LatencyP95) > rule.Limit, "no latency is known")
	case MaxEscalation:
		e := j.entry(s, rule, "", r.EscalationRate, r.Requests-r.Unevaluable)
		e.Message = e.MeasuredText + " of the requests escalate"
		e.place(j.Config, j.blame(ev, "accept", func(t *eval.TaskResult) float64 { return float64(t.Share * t.EscalationRate) }))
		if j.partly(&e, ev, func(r *eval.Result) eval.Number { return r.WalkedShare }) {
			return e
		}
		return j.known(e, float64(r.EscalationRate) > rule.Limit, "how often it escalates is not known")
	}
	e := j.entry(s, rule, "", r.Coverage, r.Covered) // min_coverage
	e.Message = e.MeasuredText + " of the labeled requests can be judged"
	e.place(j.Config, j.blameCoverage(ev))
	e = j.known(e, false, "how much is covered is not known")
	if e.Outcome == Pass && float64(r.Coverage) < rule.Limit {
		e.Outcome, e.Command = Unclear, j.CheckCommand
		if len(r.Uncovered) > 0 {
			e.Message += "; missing: " + uncovered(r)
		}
		if lacksGrades(r) {
			e.Command = j.drawing(slices.ContainsFunc(ev.tasks, func(t eval.TaskResult) bool { return draws(&t) }), e.Command)
		}
	}
	return e
}

// unlabeled reports whether there is a task that changed and has no labels at all.
func (e *evidence) unlabeled() bool {
	return slices.ContainsFunc(e.tasks, func(t eval.TaskResult) bool { return t.Graded == 0 && t.Test != nothingChanged })
}

// other names what a section compares with.
func (j *judge) other(s *Section) string {
	if s.Name == vsMain {
		return j.Against.Source
	}
	return j.Config.Baseline
}

// exceeds makes the entry fail if its limit is broken.
func (e *Entry) exceeds(broken bool) {
	if broken {
		e.Outcome = Fail
		e.Message += ", and the limit is " + strings.TrimLeft(e.LimitText, "≥≤ ")
	}
}

// known judges a measured value that the evidence may lack.
func (j *judge) known(e Entry, broken bool, reason string) Entry {
	if !e.Measured.Known() {
		e.Outcome, e.Message, e.Command = Unclear, reason, j.CheckCommand
		return e
	}
	e.exceeds(broken)
	return e
}
