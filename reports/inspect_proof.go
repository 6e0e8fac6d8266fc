package reports

import (
	"fmt"
	"strings"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/stats"
)

// carriedShare is the share of a model's answers that must carry a signal for a check on it to be replayed: with less, the
// table is not covered.
const carriedShare = 0.95

// replayableChecks says which acceptance checks the outcomes let a replay make.
func replayableChecks(x *eval.Inspection) Section {
	t := &Table{Columns: []Column{{"", Text}, {"checks", Text}, {"models", Count}, {"of", Count}, {"", Text}}}
	for _, s := range []struct {
		signal, checks string
		share          func(*eval.Signals) eval.Number
	}{
		{"response", "chars, regex, json, json_schema", func(s *eval.Signals) eval.Number { return s.Response }},
		{"finish_reason", "finish", func(s *eval.Signals) eval.Number { return s.FinishReason }},
		{"logprob_mean", "logprob_mean", func(s *eval.Signals) eval.Number { return s.LogprobMean }},
		{"logprob_min", "logprob_min", func(s *eval.Signals) eval.Number { return s.LogprobMin }},
		{"self_check", "self_check", func(s *eval.Signals) eval.Number { return s.SelfCheck }},
	} {
		carried := int64(0)
		var partly []string
		for i := range x.Models {
			m := &x.Models[i]
			switch share := s.share(&m.Signals); {
			case share >= carriedShare:
				carried++
			case share > 0:
				partly = append(partly, fmt.Sprintf("%s only %s", m.Model, known(Share, share)))
			}
		}
		note := strings.Join(partly[:min(len(partly), 3)], ", ")
		if len(partly) > 3 {
			note += fmt.Sprintf(" and %d more", len(partly)-3)
		}
		if carried > 0 || len(partly) > 0 {
			t.Rows = append(t.Rows, []Cell{T(s.signal), T(s.checks), N(carried), N(int64(len(x.Models))), T(note)})
		}
	}
	if len(t.Rows) == 0 {
		return Section{Title: "CHECKS", Lines: []string{
			"None can be replayed: no outcome carries a response, finish_reason, log-probabilities or a self-check.",
			"Chains then only fail over; a cheap model either takes a whole task or none of it.",
		}}
	}
	return Section{Title: "CHECKS that can be replayed", Table: t}
}

// proofs says what the labels can prove.
func proofs(x *eval.Inspection, all bool) Section {
	set := &x.Settings
	if !x.Whole.Discordance.Known() {
		return floorOnly(x)
	}
	t := &Table{Columns: []Column{
		{"", Text}, {"labels", Count}, {"disagree", Share}, {"proves a loss below", Points}, {"at best", Points},
		{tolerance(set.TaskTolerance) + " needs", Count}, {"missing", Count}, {"tune needs", Count},
	}}
	shown, s := cutTasks(x, all)
	for i := range shown {
		t.Rows = append(t.Rows, append([]Cell{T(taskName(&shown[i]))}, proofCells(&shown[i].Proof)...))
	}
	t.Rows = append(t.Rows, append([]Cell{T("all tasks, to " + tolerance(set.Tolerance))}, proofCells(&x.Whole)...))
	s.Title, s.Table = "PROOF, what the labels can show", t
	s.Lines = append(s.Lines, "")
	for _, line := range []string{
		fmt.Sprintf("Take a model that is truly as good as %s. With a chance of %s these labels show that it loses less than "+
			"\"proves a loss below\", at the level of %s (one-sided).", x.Baseline, percent(set.Power), percent(set.Alpha)),
		"\"at best\" is what they show if not one request is lost: nothing below it can be shown, however good the model.",
		"\"disagree\" is how often exactly one of the two is right, as seen for models about as good, else the nearest; the less, " +
			"the fewer labels it takes.",
		"\"tune needs\" more, for it also chooses. \"all tasks\" is for a table that moves every task; one that moves a few needs fewer.",
	} {
		s.Lines = append(s.Lines, wrap(line)...)
	}
	return s
}

// tolerance writes what may be lost, without decimals that say nothing.
func tolerance(x float64) string { return strings.Replace(points(x), ".0 pp", " pp", 1) }

func proofCells(p *eval.Proof) []Cell {
	return []Cell{
		N(p.Labels), N(p.Discordance), bound(p.CanProve), bound(p.Floor), counted(p.Needed), N(p.Missing), counted(p.NeededToTune),
	}
}

// bound writes a tolerance without the sign of a delta; one of 1 is none.
func bound(n eval.Number) Cell {
	if !n.Known() || n >= 1 {
		return N(eval.Unknown)
	}
	return T(points(float64(n)))
}

func counted(n int64) Cell {
	if n == 0 {
		return N(eval.Unknown)
	}
	return N(n)
}

func percent(x float64) string { return fixed(100*x, 0) + " %" }

// floorOnly is for traffic that does not tell how often models disagree.
func floorOnly(x *eval.Inspection) Section {
	set := &x.Settings
	lines := []string{"Nothing yet: it takes graded answers of two models on the same requests."}
	if x.Whole.Floor.Known() {
		lines = append(lines, fmt.Sprintf("%s labels of %s certify a loss of %s at best, if not one request is lost.",
			known(Count, x.Whole.Labels), x.Baseline, points(float64(x.Whole.Floor))))
	}
	lines = append(lines, fmt.Sprintf("To show a loss below %s for one task takes %s or more, below %s for all tasks %s or more.",
		tolerance(set.TaskTolerance), many(int64(stats.FloorLabels(set.TaskTolerance, set.Alpha)), "label"),
		tolerance(set.Tolerance), many(int64(stats.FloorLabels(set.Tolerance, set.Alpha)), "label")))
	return Section{Title: "PROOF, what the labels can show", Lines: lines}
}
