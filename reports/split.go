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
	return lines
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
	effect := func(n eval.Number, write func(x float64) string) (verb, text string) {
		if !n.Known() {
			return "cost", "an unknown part of"
		}
		verb = "cost"
		if n > 0 {
			verb = "gain"
		}
		return verb, write(math.Abs(float64(n)))
	}
	moneyVerb, money := effect(m.Savings, func(x float64) string { return FormatNumber(Share, x) + " of" })
	pointsVerb, lost := effect(m.Delta, points)
	if !m.Delta.Known() {
		lost = "unknown quality"
	}
	if moneyVerb == pointsVerb {
		return fmt.Sprintf("%s %s the bill and %s", moneyVerb, money, lost)
	}
	return fmt.Sprintf("%s %s the bill and %s %s", moneyVerb, money, pointsVerb, lost)
}
