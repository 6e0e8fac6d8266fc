package stats

// An Escalation counts what an acceptance check did to right and wrong answers. What it should do is escalate the wrong
// ones.
type Escalation struct {
	GoodAccepted, GoodEscalated Tally
	BadAccepted, BadEscalated   Tally
}

// EscalationAt returns what a check does that accepts signals of at least the threshold.
func EscalationAt(bins []SignalBin, threshold float64) Escalation {
	var e Escalation
	for _, bin := range bins {
		if bin.Signal >= threshold {
			e.GoodAccepted.Merge(bin.Good)
			e.BadAccepted.Merge(bin.Bad)
			continue
		}
		e.GoodEscalated.Merge(bin.Good)
		e.BadEscalated.Merge(bin.Bad)
	}
	return e
}

// Precision returns the share of the escalated answers that were wrong, with its interval: 1 − precision of what was
// escalated is money for nothing.
func (e Escalation) Precision(level float64) (float64, Interval) {
	return Share(e.BadEscalated, sum(e.BadEscalated, e.GoodEscalated), level)
}

// Recall returns the share of the wrong answers that were escalated, with its interval: the others went out.
func (e Escalation) Recall(level float64) (float64, Interval) {
	return Share(e.BadEscalated, sum(e.BadEscalated, e.BadAccepted), level)
}

// FalseAccepts returns the share of the accepted answers that were wrong, with its interval.
func (e Escalation) FalseAccepts(level float64) (float64, Interval) {
	return Share(e.BadAccepted, sum(e.BadAccepted, e.GoodAccepted), level)
}

// FalseEscalations returns the share of the right answers that were escalated, with its interval.
func (e Escalation) FalseEscalations(level float64) (float64, Interval) {
	return Share(e.GoodEscalated, sum(e.GoodEscalated, e.GoodAccepted), level)
}

func sum(a, b Tally) Tally {
	a.Merge(b)
	return a
}
