package tune

import (
	"math"

	"github.com/tierwise/tierwise/eval/stats"
	"gonum.org/v1/gonum/stat/distuv"
)

// WholeWants returns how many more labels of each task would probably tell whether the table as a whole holds, where the
// labels do not: as many times those that the moved tasks have as make the margin to the tolerance, if the delta is as it
// looks, z(α)+z(power) standard errors wide. A margin of less than half the tolerance is taken to be that: at the edge itself
// no number of labels tells. Nil: the verdict is not inconclusive, or nothing is moved.
func (r *Result) WholeWants() []int {
	o := &r.Tables[r.Table].Overall
	if r.Verdict != stats.Inconclusive || !(o.Bound < o.Delta) {
		return nil
	}
	share := r.Settings.Share
	if r.Settings.Next > 0 {
		share = r.Settings.Next
	}
	z := distuv.UnitNormal.Quantile
	se := (o.Delta - o.Bound) / -z(o.Alpha)
	margin := max(math.Abs(o.Delta+o.Tolerance), o.Tolerance/2)
	times := math.Pow((z(1-r.Settings.Alpha*share)+z(power))*se/margin, 2)
	out := make([]int, len(r.Tasks))
	for k := range r.Tasks {
		if t := &r.Tasks[k]; t.Option != stays && t.Share > 0 {
			// At least a twentieth more: where the tables without a fold are what keeps the claim from holding, the number of
			// labels says nothing, and some more of them still do.
			out[k] = int(math.Ceil(float64(t.Requests) * max(times-1, 1./foldCount)))
		}
	}
	return out
}

// Wants returns how many more labels of a task would probably move it, or tell of the whole where that is inconclusive.
func (r *Result) Wants(task int) int {
	wanted := r.Tasks[task].Wanted()
	if whole := r.WholeWants(); whole != nil {
		wanted = max(wanted, whole[task])
	}
	return wanted
}
