package reports

import (
	"fmt"
	"strings"

	"github.com/tierwise/tierwise/eval"
)

// Path reports one request's way through one table: how its task was found, every call, every measurement against its
// threshold, and how it ended.
func Path(r *eval.Record) Section {
	t := &Table{Columns: []Column{{"", Text}, {"", Text}, {"quality", Decimals}, {"cost", USD}, {"latency", Millis}, {"", Text}}}
	if r.Task == "" {
		t.Rows = append(t.Rows,
			[]Cell{T("  left out"), blank, blank, blank, blank, T(r.Why)},
			[]Cell{T("  baseline"), blank, N(r.BaseQuality), N(r.BaseCostUSD), blank, blank})
		return Section{Title: r.Candidate, Table: t}
	}
	t.Rows = append(t.Rows, []Cell{T("  route"), T(r.Task), blank, routerCost(r), blank, T(routeReason(r))})
	for _, tier := range r.Skipped {
		t.Rows = append(t.Rows, []Cell{T("  " + tier), T("skipped"), blank, blank, blank, T("the request does not fit its context")})
	}
	for i := range r.Attempts {
		a := &r.Attempts[i]
		t.Rows = append(t.Rows, []Cell{T("  " + a.Tier), T(a.Model), N(a.Quality), N(a.CostUSD), N(a.LatencyMS), T(attemptReason(a, i == len(r.Attempts)-1))})
		for _, s := range a.Signals {
			t.Rows = append(t.Rows, []Cell{blank, T("  " + s.Check), blank, blank, blank, T(comparison(s))})
		}
	}
	if r.CheckCostUSD > 0 {
		t.Rows = append(t.Rows, []Cell{T("  checks"), blank, blank, N(r.CheckCostUSD), blank, T("self-checks")})
	}
	t.Rows = append(t.Rows,
		[]Cell{T("  " + r.Ended), T(orDash(r.Answer)), N(r.Quality), N(r.CostUSD), N(r.LatencyMS), T(r.Why)},
		[]Cell{T("  baseline"), blank, N(r.BaseQuality), N(r.BaseCostUSD), blank, T(judgement(r))})
	return Section{Title: r.Candidate, Table: t}
}

func routerCost(r *eval.Record) Cell {
	if r.RouterCostUSD == 0 {
		return blank
	}
	return N(r.RouterCostUSD)
}

func routeReason(r *eval.Record) string {
	reason := layerReason(r)
	if r.OutOfFold {
		reason += " (out of fold: the classifier was trained on this)"
	}
	return reason + splitReason(r)
}

// splitReason says what the split of the task that was found came to; "" if it has none.
func splitReason(r *eval.Record) string {
	if r.Gain == nil {
		return ""
	}
	gain := fmt.Sprintf("gain %.3f predicted", *r.Gain)
	if r.GainOutOfFold {
		gain += ", out of fold"
	}
	if r.Split == "" {
		return "; not split off: " + gain
	}
	return fmt.Sprintf("; split off %s: %s", r.Split, gain)
}

func layerReason(r *eval.Record) string {
	switch {
	case r.UnknownTask != "":
		return fmt.Sprintf("the default: the table has no task %q", r.UnknownTask)
	case r.Rule != "":
		return fmt.Sprintf("rule %q, confidence %.2f", r.Rule, r.Confidence)
	case r.Layer == "default":
		return "the default: no layer was sure"
	case !r.Confidence.Known():
		return r.Layer
	}
	return fmt.Sprintf("%s, confidence %.2f", r.Layer, r.Confidence)
}

func attemptReason(a *eval.Attempt, last bool) string {
	switch {
	case a.Error != "":
		return a.Error
	case a.Passed || last:
		return ""
	}
	return "escalates"
}

func comparison(s eval.Signal) string {
	switch {
	case !s.Signal.Known():
		return "no signal: not accepted"
	case s.Passed:
		return fmt.Sprintf("%.4g ≥ %.4g  ok", s.Signal, s.Threshold)
	}
	return fmt.Sprintf("%.4g < %.4g  no", s.Signal, s.Threshold)
}

func judgement(r *eval.Record) string {
	switch {
	case len(r.Uncovered) > 0:
		return "not judged: " + strings.Join(r.Uncovered, ", ")
	case !r.Delta.Known():
		return "not judged: the baseline's outcome has no quality"
	}
	return "delta " + known(Points, r.Delta)
}

func orDash(s string) string {
	if s == "" {
		return Dash
	}
	return s
}
