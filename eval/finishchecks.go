package eval

import (
	"github.com/tierwise/tierwise/eval/stats"
	"github.com/tierwise/tierwise/routing"
)

// A CheckResult is how good a check is at one place in the chain of a task, where another tier can follow. A graded answer
// of quality q counts q times as good and 1 − q times as bad.
type CheckResult struct {
	Task  string `json:"task"`
	Tier  string `json:"tier"`
	Model string `json:"model"`
	Check string `json:"check"`
	Min   Number `json:"min"` // as configured

	// How well the signal separates: over all answers of the tier's model to the task's requests that have a signal and a
	// grade and whose baseline is graded, whether or not a walk gets there.
	Requests  int64  `json:"requests"`
	Good      Number `json:"good"` // by weight
	Bad       Number `json:"bad"`
	AUC       Number `json:"auc"` // chance that a good answer's signal is above a bad one's
	AUCLow    Number `json:"auc_low"`
	AUCHigh   Number `json:"auc_high"`
	Few       bool   `json:"few_answers,omitempty"` // fewer than 20 good or bad ones: the interval is wide
	Accepted  Number `json:"accepted"`              // share
	Precision Number `json:"escalation_precision"`  // of the refused answers the share of bad ones
	Recall    Number `json:"escalation_recall"`     // of the bad answers the share of refused ones

	// What its mistakes come to, on the walks of covered requests.
	Walks            int64  `json:"walks"`
	FalseAccepts     Number `json:"false_accepts"`     // bad answers returned from here, by weight
	QualityLost      Number `json:"quality_lost"`      // of the task's mean quality, by answers returned from here that are worse than the baseline's
	FalseEscalations Number `json:"false_escalations"` // good answers that this check sent on, by weight
	WastedUSD        Number `json:"wasted_usd"`        // what came after those, on walks of known cost
	WastedPer1000    Number `json:"wasted_per_1000_usd"`

	refused   int64 // answers
	separates bool  // the signal, or the threshold at least, is shown to
}

// checkLevel is the two-sided level of the interval of a check's area.
const checkLevel = 0.95

// finishChecks returns how good the checks of a candidate are, where they can send a request on.
func (j *Job) finishChecks(v int, s *Sums) []CheckResult {
	var out []CheckResult
	table := j.tables[v].table
	for k, cell := range j.plan[v] {
		task := routing.TaskID(k)
		checks, chain := table.Checks(task), table.Chain(task)
		covered := s.Cells[cell].total().Covered
		for _, step := range chain[:len(chain)-1] {
			for _, c := range checks {
				threshold, ok := c.Threshold(step.Position)
				if !ok {
					continue
				}
				result := CheckResult{
					Task: table.TaskName(task), Tier: table.TierName(step.Tier), Model: table.ModelName(step.Model),
					Check: c.Word(), Min: Number(threshold),
				}
				index := step.Position*len(checks) + c.Index
				place := &s.Checks[cell].Places[index]
				result.setSeparation(j.sweep(s, cell, index), place)
				result.setMistakes(place, &covered, &s.Checks[cell].Unpriced)
				out = append(out, result)
			}
		}
	}
	return out
}

// tallies returns the good and the bad answers.
func (b *SweepBin) tallies() (good, bad stats.Tally) {
	all := b.Requests.Weight()
	good = stats.Tally{W: b.Quality.Float64(), W2: b.GoodW2.Float64()}
	return good, stats.Tally{W: max(all-good.W, 0), W2: b.BadW2.Float64()}
}

// setSeparation fills in what the check says of all answers.
func (r *CheckResult) setSeparation(sweep Sweep, place *CheckPlace) {
	bins := make([]stats.SignalBin, 0, len(sweep))
	for b, sum := range sweep { // AUC sorts them
		bin := stats.SignalBin{Signal: binFloor(b)}
		bin.Good, bin.Bad = sum.tallies()
		bins = append(bins, bin)
	}
	area := stats.AUC(bins, checkLevel)
	r.AUC, r.AUCLow, r.AUCHigh = Number(area.AUC), Number(area.Interval.Lo), Number(area.Interval.Hi)
	var decided [2]stats.SignalBin
	for i, sum := range []*SweepBin{&place.Refused, &place.Accepted} {
		decided[i].Signal = float64(i)
		decided[i].Good, decided[i].Bad = sum.tallies()
	}
	refused, accepted := &decided[0], &decided[1]
	r.Requests = place.Refused.Requests.N + place.Accepted.Requests.N
	good, bad := refused.Good.W+accepted.Good.W, refused.Bad.W+accepted.Bad.W
	r.refused = place.Refused.Requests.N
	r.Good, r.Bad = Number(good), Number(bad)
	r.Few = min(area.Good, area.Bad) < 20
	r.Accepted = Number((accepted.Good.W + accepted.Bad.W) / (good + bad))
	r.Precision = Number(refused.Bad.W / (refused.Good.W + refused.Bad.W))
	r.Recall = Number(refused.Bad.W / bad)
	r.separates = area.Interval.Lo > 0.5 || stats.AUC(decided[:], checkLevel).Interval.Lo > 0.5
}

// setMistakes fills in what the check's mistakes cost on the walks of the covered requests, some of which
// may have no known cost.
func (r *CheckResult) setMistakes(place *CheckPlace, covered, unpriced *Count) {
	r.Walks = covered.N
	r.FalseAccepts, r.FalseEscalations = Number(place.FalseAccepts.Float64()), Number(place.FalseEscalations.Float64())
	r.QualityLost, r.WastedUSD, r.WastedPer1000 = Unknown, Unknown, Unknown
	if w := covered.Weight(); w > 0 {
		r.QualityLost = Number(place.Lost.Float64() / w)
	} else {
		r.FalseAccepts, r.FalseEscalations = Unknown, Unknown
	}
	if w := covered.Weight() - unpriced.Weight(); unpriced.N < covered.N && w > 0 {
		r.WastedUSD = Number(place.Wasted.Float64())
		r.WastedPer1000 = 1000 * r.WastedUSD / Number(w)
	}
}
