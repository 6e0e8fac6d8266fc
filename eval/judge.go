package eval

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/tierwise/tierwise/eval/stats"
)

// judgeWhole gives the whole table its verdict: the weighted mean of the tasks' deltas against the tolerance.
func (j *Job) judgeWhole(r *Result, parts []taskPartial) {
	r.Verdict = stats.Inconclusive
	var strata []stats.Stratum
	var unjudged []taskPartial
	changed := false
	for _, part := range parts {
		if part.units.count() == 0 && !part.unchanged {
			unjudged = append(unjudged, part)
			continue
		}
		changed = changed || !part.unchanged
		strata = append(strata, part.stratum())
	}
	if len(strata) == 0 {
		r.Reason = "no labels"
		if r.Graded > 0 {
			r.Reason = "no request has all that it takes to judge this table"
		}
		return
	}
	if changed || len(unjudged) == 0 { // else there is no evidence: that what is not changed loses nothing is none
		r.setTest(stats.Overall(strata, j.opts.Tolerance, j.opts.Alpha))
	}
	switch {
	case len(unjudged) > 0:
		r.Verdict, r.Reason = stats.Inconclusive, whyUnjudged(unjudged)
	case r.Coverage < minCoverage && r.Test != "nothing changed":
		r.Verdict, r.Reason = stats.Inconclusive, fmt.Sprintf("coverage below %.0f %%", 100*minCoverage)
	}
	if r.Verdict == stats.Inconclusive && r.Reason == "" {
		r.sayLabelsOfWhole(j.opts.Tolerance, j.opts.Alpha)
	}
}

// sayLabelsOfWhole says how many more labels, spread over the tasks as these are, would tell: the standard error that the
// bound shows must shrink until the delta, if it is as it seems, is told from the tolerance with the usual power.
func (r *Result) sayLabelsOfWhole(tolerance, alpha float64) {
	z, zPower := distuv.UnitNormal.Quantile(1-alpha), distuv.UnitNormal.Quantile(power)
	margin := float64(r.Delta) + tolerance
	if !(margin > tolerance/5) {
		r.Reason = notByLabels
		return
	}
	factor := (z + zPower) / z * float64(r.Delta-r.Bound) / margin
	r.MoreLabels = max(int64(math.Ceil(float64(r.Covered)*(factor*factor-1))), 1)
}
