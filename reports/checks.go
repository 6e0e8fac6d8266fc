package reports

import (
	"fmt"
	"strings"

	"github.com/tierwise/tierwise/eval"
)

// checks reports how good a candidate's acceptance checks are, if it has any that can send a request on.
func (d *Document) checks(k *eval.CandidateResult) {
	if len(k.Checks) == 0 {
		return
	}
	t := &Table{Columns: []Column{
		{"", Text}, {"tier", Text}, {"check", Text}, {"at least", Decimals}, {"n", Count}, {"bad", Count}, {"AUC", Decimals}, {"95 %", Text},
		{"accepts", Share}, {"precision", Share}, {"recall", Share}, {"false accepts", Count}, {"lose", Points},
		{"false escal.", Count}, {"$/1,000", USD},
	}}
	few := false
	for i := range k.Checks {
		c := &k.Checks[i]
		interval := Dash
		if c.AUC.Known() {
			interval = fmt.Sprintf("%.2f to %.2f", c.AUCLow, c.AUCHigh)
		}
		if c.Few {
			interval += " *"
			few = true
		}
		t.Rows = append(t.Rows, []Cell{
			T(c.Task), T(c.Tier), T(c.Check), N(c.Min), N(c.Requests), N(c.Bad), N(c.AUC), T(interval),
			N(c.Accepted), N(c.Precision), N(c.Recall), N(c.FalseAccepts), N(-c.QualityLost),
			N(c.FalseEscalations), N(c.WastedPer1000),
		})
	}
	lines := []string{
		"AUC: the chance that a good answer's signal is above a bad one's; 0.50 is a coin. Up to recall: over all graded answers of the",
		"tier's model to the task's requests, visited or not. Precision: how many of the refused are bad; recall: how many of the bad are",
		"refused. False accepts: bad answers returned from here (a tier's checks share them), and what they take from the task's quality",
		"where the baseline did better. False escalations: good answers sent on, and what came after them per 1,000 requests of the task.",
	}
	if few {
		lines = append(lines, "* fewer than 20 good or 20 bad answers: the interval is wide, label more of them")
	}
	d.add(Section{Title: "CHECKS OF " + strings.ToUpper(k.Label), Table: t, Lines: lines})
}
