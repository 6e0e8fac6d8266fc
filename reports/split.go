package reports

import (
	"fmt"
	"math"
	"strings"

	"github.com/tierwise/tierwise/eval"
)

// splitLines say where a candidate's saving comes from.
func splitLines(k *eval.CandidateResult) []string {
	s := k.SavingSplit
	if s == nil {
		return nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s saves %s", k.Label, known(Share, s.Savings))
	if s.Share < 0.999 {
		fmt.Fprintf(&b, " in its tasks with labels and known costs (%s of its requests)", known(Share, s.Share))
	}
	fmt.Fprintf(&b, ": %s a cheaper model for everything, %s knowing the task, %s %s (at equal quality, in hindsight)",
		hundredths(s.CheaperModel), hundredths(s.KnowingTask), hundredths(s.Checks), rest(k))
	if s.Misroutes != nil {
		b.WriteString("; misroutes " + misrouteClause(s.Misroutes))
	}
	lines := []string{b.String()}
	for _, c := range []struct {
		name string
		*eval.Hindsight
	}{{"mix of single models", &s.Mix.Hindsight}, {"table without checks", &s.Table.Hindsight}} {
		if !c.Reaches {
			lines = append(lines, fmt.Sprintf("  no %s reaches its quality (%s): it is compared with the best, %s", c.name,
				known(Points, s.Delta), known(Points, c.Delta)))
		}
	}
	return append(lines, hindsightLine(s)...)
}

// hundredths writes a part of a saving without its unit.
func hundredths(n eval.Number) string { return fixed(100*float64(n), 1) }

// rest names what is left of a saving beside better models and knowing the task.
func rest(k *eval.CandidateResult) string {
	what := "the acceptance checks"
	if len(k.Checks) == 0 {
		what = "its own choice of models, without checks"
	}
	if k.Whole.RouterCostUSD > 0 {
		what += ", less what routing costs"
	}
	return what
}

// misrouteClause says what misroutes cost: either of the two may be a gain.
func misrouteClause(m *eval.MisrouteLoss) string {
	money, points := effect(m.Savings, Share), effect(m.Delta, Points)
	if money.text != "" {
		money.text += " of the bill"
	}
	switch {
	case money.text == "" && points.text == "":
		return "cost nothing"
	case points.text == "":
		return money.verb + " " + money.text
	case money.text == "":
		return points.verb + " " + points.text
	case money.verb == points.verb:
		return money.verb + " " + money.text + " and " + points.text
	}
	return money.verb + " " + money.text + " and " + points.verb + " " + points.text
}

// A verbal number says whether it is a gain or a loss; text is "" if it is neither, or not known.
type verbal struct{ verb, text string }

func effect(n eval.Number, unit Unit) verbal {
	if !n.Known() || hundredths(n) == hundredths(0) {
		return verbal{}
	}
	verb := "cost"
	if n > 0 {
		verb = "gain"
	}
	return verbal{verb, strings.TrimPrefix(FormatNumber(unit, math.Abs(float64(n))), "+")}
}

// hindsightLine names the table that would have saved more than the candidate, if there is one.
func hindsightLine(s *eval.SavingSplit) []string {
	if !s.Table.Reaches || hundredths(s.Checks) == hundredths(0) || s.Checks > 0 {
		return nil
	}
	line := fmt.Sprintf("  in hindsight a table without checks saves %s at that quality", known(Share, s.Table.Savings))
	if len(s.Table.Tasks) <= maxHindsightTasks {
		var tasks []string
		for _, t := range s.Table.Tasks {
			tasks = append(tasks, t.Task+" "+modelShares(t.Models))
		}
		line += ": " + strings.Join(tasks, ", ")
	}
	return []string{line}
}

// maxHindsightTasks is how many tasks of a table fit in a line.
const maxHindsightTasks = 6

func modelShares(models []eval.ModelShare) string {
	if len(models) == 1 {
		return models[0].Model
	}
	var parts []string
	for _, m := range models {
		parts = append(parts, fmt.Sprintf("%s %.0f %%", m.Model, 100*m.Share))
	}
	return strings.Join(parts, " / ")
}
