package reports

import (
	"fmt"
	"strings"

	"github.com/tierwise/tierwise/eval"
)

// intervalLine says what a candidate saves and loses with its intervals, and how many requests got much worse.
func intervalLine(k *eval.CandidateResult) string {
	r := &k.Whole
	var parts []string
	if r.Savings.Known() {
		parts = append(parts, fmt.Sprintf("saves %s%s (n %s)", known(Share, r.Savings), interval(Share, r.SavingsInterval), count(r.SavingsKnown)))
	}
	if r.Delta.Known() {
		parts = append(parts, fmt.Sprintf("quality %s%s (n %s, %s changed)", known(Points, r.Delta), interval(Points, r.DeltaInterval), count(r.Covered), count(r.Changed)))
	}
	if r.WorseShare.Known() {
		parts = append(parts, fmt.Sprintf("much worse %s, at most %s", known(Share, r.WorseShare), known(Share, r.WorseUpper)))
	}
	if len(parts) == 0 {
		return ""
	}
	return k.Label + ": " + strings.Join(parts, "; ")
}

// interval writes an interval behind its number, in that number's unit; nothing if there is none.
func interval(u Unit, i *eval.Interval) string {
	if i == nil || !i.Lo.Known() || !i.Hi.Known() {
		return ""
	}
	unit := map[Unit]string{Share: " %", Points: " pp"}[u]
	bare := func(x eval.Number) string { return strings.TrimSuffix(known(u, x), unit) }
	return " [" + bare(i.Lo) + ", " + bare(i.Hi) + "]"
}
