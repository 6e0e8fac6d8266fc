package bundle

import (
	"math"
	"strconv"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/gate"
	"github.com/tierwise/tierwise/eval/tune"
)

// search writes down how the table was found.
func search(in *CertificateInput) *gate.Search {
	r := in.Result
	out := &gate.Search{
		Grouped: in.Grouped, Weighted: in.Weighted, AssumedWeights: r.AssumedWeights, UnlabeledShare: number(r.Unlabeled),
		Tables: []gate.CertificateTable{}, Table: r.Table, Warnings: append([]string{}, r.Warnings...),
	}
	if m := in.Mix; m != nil {
		out.Mix = &gate.CertificateMix{Requests: m.Requests, Data: map[string]eval.Number{}}
		for _, n := range m.LeftOut {
			out.Mix.LeftOut += n
		}
		for _, s := range in.Replay.Mix {
			out.Mix.Data[s.Task] = number(s.DataShare)
		}
	}
	for i := range r.Tasks {
		out.Requests += int64(r.Tasks[i].Requests)
	}
	for i := range r.Tables {
		out.Tables = append(out.Tables, searchedTable(&r.Tables[i]))
	}
	if shipped := &r.Tables[r.Table]; shipped.Changed && r.Moved() {
		out.Delta, out.NaiveDelta = number(shipped.Overall.Delta), number(shipped.Naive)
	}
	return out
}

func searchedTable(t *tune.Table) gate.CertificateTable {
	o := &t.Overall
	out := gate.CertificateTable{
		TaskTolerance: float64(number(t.TaskTolerance)), Passed: t.Passed, N: number(o.N), Delta: number(o.Delta),
		Lower: number(o.Bound), Upper: number(o.Upper), P: number(o.P), Verdict: o.Verdict(), Test: o.Test,
		SavingShare: number(t.SavingShare), FoldSavingShare: eval.Unknown,
	}
	for _, option := range t.Options {
		if option >= 0 {
			out.Moved++
		}
	}
	if t.Saving > 0 {
		out.FoldSavingShare = number(t.FoldSaving / t.Saving)
	}
	return out
}

// taskEvidence writes down what was tried for a task.
func taskEvidence(r *tune.TaskResult, m *tune.Menu) *gate.TaskEvidence {
	out := &gate.TaskEvidence{
		Requests: int64(r.Requests), Covered: int64(r.Covered), Units: int64(r.Units),
		Pilot: number(r.Pilot), Verify: number(r.Verify), Level: number(r.Level), Held: string(r.Reason), Pinned: r.Pinned,
		Chains: []gate.CertificateChain{},
	}
	if r.Option >= 0 {
		out.Option = m.Options[r.Option].Name
	}
	for i := range r.Chains {
		c := &r.Chains[i]
		chain := gate.CertificateChain{Chain: m.Chains[c.Chain].Name, Picked: c.Picked, Score: eval.Unknown}
		if c.Promise != nil {
			chain.Score = number(c.Score)
		}
		for k := range c.Walk {
			chain.Walk = append(chain.Walk, walkedStep(&c.Walk[k], m))
		}
		out.Chains = append(out.Chains, chain)
	}
	for _, d := range r.Dropped {
		out.Dropped = append(out.Dropped, gate.DroppedOption{Option: m.Options[d.Option].Name, Coverage: number(d.Coverage)})
	}
	return out
}

func walkedStep(s *tune.Step, m *tune.Menu) gate.CertificateStep {
	t := &s.Test
	out := gate.CertificateStep{
		Option: m.Options[s.Option].Name, Saving: number(s.Saving), N: number(t.N), Gained: number(s.Gained), Lost: number(s.Lost),
		Delta: number(t.Delta), Lower: number(t.Bound), Upper: number(t.Upper), P: number(t.P), Test: t.Test, Passed: s.Passed,
	}
	if l := s.Labels; l != nil {
		out.Labels = &gate.StepLabels{Have: int64(l.Have), Floor: int64(l.Floor), Equal: int64(l.Equal), AsSeen: int64(l.AsSeen), Helps: l.Helps}
	}
	return out
}

// digits are how many of a number are written: those behind say how a machine rounds.
const digits = 12

// number returns x as it is written, unknown where it is no number: JSON has no infinity.
func number[T ~float64](x T) eval.Number {
	if math.IsInf(float64(x), 0) || math.IsNaN(float64(x)) {
		return eval.Unknown
	}
	y, err := strconv.ParseFloat(strconv.FormatFloat(float64(x), 'g', digits, 64), 64)
	if err != nil { // of what FormatFloat wrote of a finite number there is none
		return eval.Unknown
	}
	return eval.Number(y)
}
